"""The database: units of work on SQLite and PostgreSQL, tables, migrations, jobs, wake-up signals."""
