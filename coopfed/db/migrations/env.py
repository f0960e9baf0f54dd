"""Alembic's entry: runs migrations on the connection that `coopfed.db.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

from coopfed.db import models

assert models.__all__  # importing the models fills the metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
context.run_migrations()
