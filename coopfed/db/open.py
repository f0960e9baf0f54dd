"""Opens the configured database."""

from coopfed.config import Config
from coopfed.db.engine import Database, storage_errors
from coopfed.db.signals import Signals
from coopfed.db.sqlite import SqliteDatabase
from coopfed.errors import ConfigError


def open_database(config: Config) -> Database:
    """The database of the configuration, open. In a running loop. ConfigError when the SQLite file is not there, StorageError
    when it is none or damaged."""
    signals = Signals()
    if config.on_postgres:
        return _postgres(config.database_url, signals)
    if not config.sqlite_path.exists():
        raise ConfigError(f"there is no database in {config.data_dir.resolve()}; run: coopfed init")
    with storage_errors():
        return SqliteDatabase(config.sqlite_path, signals)


def _postgres(url: str, signals: Signals) -> Database:
    # Its driver is not there where a node has SQLite: it comes with the extra `postgres`.
    try:
        from coopfed.db.postgres import PostgresDatabase
    except ModuleNotFoundError as error:
        raise ConfigError("DATABASE_URL is PostgreSQL; install its driver: pip install 'coopfed[postgres]'") from error
    return PostgresDatabase(url, signals)
