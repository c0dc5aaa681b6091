"""The first catalog: names, contents, links, and what triggers keep about them."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A content that goes takes along what was only known through it. History is bounded,
# since a tag may change with every check for years.
_TRIGGERS = """
CREATE TRIGGER contents_come AFTER INSERT ON contents BEGIN
    UPDATE totals SET blobs = blobs + 1, bytes = bytes + NEW.size;
    UPDATE contents SET parents = (
        SELECT count(*) FROM children WHERE child = NEW.digest
    ) WHERE digest = NEW.digest;
END
---
CREATE TRIGGER contents_resized AFTER UPDATE OF size ON contents
WHEN NEW.size <> OLD.size BEGIN
    UPDATE totals SET bytes = bytes + NEW.size - OLD.size;
END
---
CREATE TRIGGER contents_go AFTER DELETE ON contents BEGIN
    UPDATE totals SET blobs = blobs - 1, bytes = bytes - OLD.size;
    DELETE FROM children WHERE parent = OLD.digest;
    DELETE FROM links WHERE digest = OLD.digest;
END
---
CREATE TRIGGER children_come AFTER INSERT ON children BEGIN
    UPDATE contents SET parents = parents + 1 WHERE digest = NEW.child;
END
---
CREATE TRIGGER children_go AFTER DELETE ON children BEGIN
    UPDATE contents SET parents = parents - 1 WHERE digest = OLD.child;
END
---
CREATE TRIGGER names_come AFTER INSERT ON names BEGIN
    UPDATE totals SET names = names + 1;
    INSERT INTO name_history (repository_id, tag, kind, digest, changed_at, source)
    VALUES (
        NEW.repository_id, NEW.tag, NEW.kind, NEW.digest, NEW.changed_at, NEW.source
    );
END
---
CREATE TRIGGER names_change AFTER UPDATE OF digest ON names
WHEN NEW.digest IS NOT OLD.digest BEGIN
    INSERT INTO name_history (repository_id, tag, kind, digest, changed_at, source)
    VALUES (
        NEW.repository_id, NEW.tag, NEW.kind, NEW.digest, NEW.changed_at, NEW.source
    );
    DELETE FROM name_history WHERE id IN (
        SELECT id FROM name_history
        WHERE repository_id = NEW.repository_id AND tag = NEW.tag AND kind = NEW.kind
        ORDER BY id DESC LIMIT -1 OFFSET 1000
    );
END
---
CREATE TRIGGER names_go AFTER DELETE ON names BEGIN
    UPDATE totals SET names = names - 1;
END
"""


def upgrade() -> None:
    """Make everything."""
    _make_repositories()
    _make_contents()
    _make_names()
    op.create_table(
        "totals",
        sa.Column("id", sa.Integer, primary_key=True),
        *_figures("blobs", "bytes", "names"),
    )
    op.execute("INSERT INTO totals VALUES (1, 0, 0, 0)")
    for trigger in _TRIGGERS.split("---"):
        op.execute(trigger)


def _make_repositories() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("registry", "path"),
        sa.Column("private", sa.Integer),
        sa.Column("checked_at", sa.Float),
    )
    op.create_index(
        "repositories_by_name", "repositories", ["registry", "path"], unique=True
    )


def _make_contents() -> None:
    op.create_table(
        "contents",
        sa.Column("digest", sa.Text, primary_key=True),
        *_figures("size"),
        sa.Column("media_type", sa.Text),
        *_times("stored_at", "used_at"),
        sa.Column("pinned", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("parents", sa.Integer, nullable=False, server_default=sa.text("0")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "contents_to_evict",
        "contents",
        ["used_at", "digest"],
        sqlite_where=sa.text("pinned = 0 AND parents = 0"),
    )
    op.create_table(
        "children",
        sa.Column("parent", sa.Text, primary_key=True),
        sa.Column("child", sa.Text, primary_key=True),
        *_figures("size"),
        sqlite_with_rowid=False,
    )
    op.create_index("children_by_child", "children", ["child"])
    op.create_table(
        "links",
        sa.Column("digest", sa.Text, primary_key=True),
        _repository_id(primary_key=True),
        sqlite_with_rowid=False,
    )


def _make_names() -> None:
    op.create_table(
        "names",
        _repository_id(primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text),
        *_texts("media_type"),
        *_figures("size"),
        *_times("checked_at", "changed_at"),
        *_texts("source"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "names_absent", "names", ["checked_at"], sqlite_where=sa.text("digest IS NULL")
    )
    op.create_table(
        "name_history",
        sa.Column("id", sa.Integer, primary_key=True),
        _repository_id(),
        *_texts("tag", "kind"),
        sa.Column("digest", sa.Text),
        *_times("changed_at"),
        *_texts("source"),
    )
    op.create_index(
        "name_history_by_name", "name_history", ["repository_id", "tag", "kind", "id"]
    )
    op.create_table(
        "listings",
        _repository_id(primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
        *_texts("media_type", "link"),
        *_times("checked_at"),
    )


def _repository_id(*, primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        "repository_id",
        sa.Integer,
        sa.ForeignKey("repositories.id"),
        primary_key=primary_key,
        nullable=False,
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _figures(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _times(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Float, nullable=False) for name in names]
