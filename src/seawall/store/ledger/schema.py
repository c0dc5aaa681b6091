"""The catalog's tables, as the newest migration leaves them."""

from sqlalchemy import (
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

HEAD = "0002"
"""The revision that these tables describe; the newest under `migrations`."""

metadata = MetaData()

repositories = Table(
    "repositories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("registry", Text, nullable=False),
    Column("path", Text, nullable=False),
    # 1, 0, or null while nobody has asked without credentials.
    Column("private", Integer),
    Column("checked_at", Float),
    Index("repositories_by_name", "registry", "path", unique=True),
)

contents = Table(
    "contents",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media_type", Text),
    Column("stored_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
    Column("pinned", Integer, nullable=False, server_default=text("0")),
    # How many stored manifests need it; kept by triggers.
    Column("parents", Integer, nullable=False, server_default=text("0")),
    # What eviction may begin with: neither pinned nor needed by anything stored.
    Index(
        "contents_to_evict",
        "used_at",
        "digest",
        sqlite_where=text("pinned = 0 AND parents = 0"),
    ),
    sqlite_with_rowid=False,
)

children = Table(
    "children",
    metadata,
    Column("parent", Text, primary_key=True),
    Column("child", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Index("children_by_child", "child"),
    sqlite_with_rowid=False,
)

links = Table(
    "links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("repository_id", Integer, ForeignKey("repositories.id"), primary_key=True),
    sqlite_with_rowid=False,
)

names = Table(
    "names",
    metadata,
    Column("repository_id", Integer, ForeignKey("repositories.id"), primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("digest", Text),
    Column("media_type", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("checked_at", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("source", Text, nullable=False),
    # So that names which never existed can be forgotten.
    Index("names_absent", "checked_at", sqlite_where=text("digest IS NULL")),
    sqlite_with_rowid=False,
)

name_history = Table(
    "name_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("repository_id", Integer, ForeignKey("repositories.id"), nullable=False),
    Column("tag", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("digest", Text),
    Column("changed_at", Float, nullable=False),
    Column("source", Text, nullable=False),
    Index("name_history_by_name", "repository_id", "tag", "kind", "id"),
)

listings = Table(
    "listings",
    metadata,
    Column("repository_id", Integer, ForeignKey("repositories.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("checked_at", Float, nullable=False),
)


def _memory(name: str) -> Table:
    return Table(
        name,
        metadata,
        Column("key", Text, primary_key=True),
        Column("body", LargeBinary, nullable=False),
        Column("at", Float, nullable=False),
        sqlite_with_rowid=False,
    )


# What is left of quotas, and what was learnt of waits.
budgets = _memory("budgets")
experience = _memory("experience")

totals = Table(
    "totals",
    metadata,
    # One row, kept by triggers: counting a million rows would take too long.
    Column("id", Integer, primary_key=True),
    Column("blobs", Integer, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("names", Integer, nullable=False),
)
