"""Migrations, shipped inside the package and run by `coopfed db upgrade`. The two rules stand in README.md beside this file."""
