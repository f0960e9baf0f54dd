"""`python -m coopfed` is the `coopfed` command."""

from coopfed.cli import main

main()
