"""Runs the migrations on the connection that the ledger opened."""

from alembic import context
from sqlalchemy import Connection

from seawall.store.ledger.schema import metadata


def _migrate() -> None:
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError("migrations run on the ledger's own connection")
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()


_migrate()
