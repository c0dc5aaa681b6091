"""What a process remembers over a restart: quotas, and what it learnt of waits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables."""
    for name in ("budgets", "experience"):
        op.create_table(
            name,
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("body", sa.LargeBinary, nullable=False),
            sa.Column("at", sa.Float, nullable=False),
            sqlite_with_rowid=False,
        )
