"""What is written to the catalog: statements, and the records they take."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert

from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName
from seawall.store.ledger.schema import (
    children,
    contents,
    links,
    listings,
    names,
    repositories,
)
from seawall.store.records import (
    Child,
    ContentRecord,
    ListingRecord,
    NameKey,
    NameRecord,
    RepositoryRecord,
)

_LISTINGS_KEPT = 64
_USUAL_WEIGHT = 1024

_REPOSITORY_ID = (
    select(repositories.c.id)
    .where(
        repositories.c.registry == bindparam("b_registry"),
        repositories.c.path == bindparam("b_path"),
    )
    .scalar_subquery()
)

_ADD_REPOSITORY = (
    insert(repositories)
    .values(registry=bindparam("b_registry"), path=bindparam("b_path"))
    .on_conflict_do_nothing()
)

_PUT_REPOSITORY = insert(repositories).values(
    registry=bindparam("b_registry"),
    path=bindparam("b_path"),
    private=bindparam("b_private"),
    checked_at=bindparam("b_checked_at"),
)
_PUT_REPOSITORY = _PUT_REPOSITORY.on_conflict_do_update(
    index_elements=["registry", "path"],
    set_={
        "private": _PUT_REPOSITORY.excluded.private,
        "checked_at": _PUT_REPOSITORY.excluded.checked_at,
    },
)

_NAME_VALUES = (
    "digest",
    "media_type",
    "size",
    "checked_at",
    "changed_at",
    "source",
)
_PUT_NAME = insert(names).values(
    repository_id=_REPOSITORY_ID,
    tag=bindparam("b_tag"),
    kind=bindparam("b_kind"),
    **{column: bindparam(f"b_{column}") for column in _NAME_VALUES},
)
_PUT_NAME = _PUT_NAME.on_conflict_do_update(
    index_elements=["repository_id", "tag", "kind"],
    set_={column: _PUT_NAME.excluded[column] for column in _NAME_VALUES},
)

_REMOVE_NAME = delete(names).where(
    names.c.repository_id == _REPOSITORY_ID,
    names.c.tag == bindparam("b_tag"),
    names.c.kind == bindparam("b_kind"),
)

_FORGET_ABSENT = delete(names).where(
    names.c.digest.is_(None), names.c.checked_at < bindparam("b_before")
)

_PUT_CONTENT = insert(contents).values(
    digest=bindparam("b_digest"),
    size=bindparam("b_size"),
    media_type=bindparam("b_media_type"),
    stored_at=bindparam("b_stored_at"),
    used_at=bindparam("b_used_at"),
    pinned=bindparam("b_pinned"),
)
# Recording again never forgets: a file found at start knows less than its first row.
_PUT_CONTENT = _PUT_CONTENT.on_conflict_do_update(
    index_elements=["digest"],
    set_={
        "size": _PUT_CONTENT.excluded.size,
        "media_type": func.coalesce(
            _PUT_CONTENT.excluded.media_type, contents.c.media_type
        ),
        "used_at": func.max(_PUT_CONTENT.excluded.used_at, contents.c.used_at),
        "pinned": func.max(_PUT_CONTENT.excluded.pinned, contents.c.pinned),
    },
)

_ADD_CHILD = (
    insert(children)
    .values(
        parent=bindparam("b_parent"),
        child=bindparam("b_child"),
        size=bindparam("b_size"),
    )
    .on_conflict_do_nothing()
)

_TOUCH = (
    update(contents)
    .where(contents.c.digest == bindparam("b_digest"))
    .values(used_at=func.max(contents.c.used_at, bindparam("b_used_at")))
)

_PIN = (
    update(contents)
    .where(contents.c.digest == bindparam("b_digest"))
    .values(pinned=bindparam("b_pinned"))
)

_REMOVE_CONTENT = delete(contents).where(contents.c.digest == bindparam("b_digest"))

_ADD_LINK = (
    insert(links)
    .values(repository_id=_REPOSITORY_ID, digest=bindparam("b_digest"))
    .on_conflict_do_nothing()
)

_LISTING_VALUES = ("body", "media_type", "link", "checked_at")
_PUT_LISTING = insert(listings).values(
    repository_id=_REPOSITORY_ID,
    key=bindparam("b_key"),
    **{column: bindparam(f"b_{column}") for column in _LISTING_VALUES},
)
_PUT_LISTING = _PUT_LISTING.on_conflict_do_update(
    index_elements=["repository_id", "key"],
    set_={column: _PUT_LISTING.excluded[column] for column in _LISTING_VALUES},
)

# The key comes from clients' queries, so there is no end to how many there may be.
_TRIM_LISTINGS = delete(listings).where(
    listings.c.repository_id == _REPOSITORY_ID,
    listings.c.key.in_(
        select(listings.c.key)
        .where(listings.c.repository_id == _REPOSITORY_ID)
        .order_by(listings.c.checked_at.desc())
        .limit(-1)
        .offset(_LISTINGS_KEPT)
    ),
)


@dataclass(frozen=True, slots=True)
class Operation:
    """One statement with what it takes; `weight` is about the bytes it holds."""

    statement: Executable
    parameters: dict[str, Any]
    weight: int = _USUAL_WEIGHT


def apply_operations(connection: Connection, operations: Iterable[Operation]) -> None:
    """Write them, in their order, inside the caller's transaction. Blocking."""
    for statement, run in groupby(operations, key=attrgetter("statement")):
        connection.execute(statement, [item.parameters for item in run])


def put_name(record: NameRecord) -> Iterator[Operation]:
    """Write what a name means."""
    values = {f"b_{column}": getattr(record, column) for column in _NAME_VALUES}
    values["b_digest"] = None if record.digest is None else str(record.digest)
    place = _place(record.key.repository)
    yield Operation(_ADD_REPOSITORY, place)
    yield Operation(_PUT_NAME, place | _name(record.key) | values)


def remove_name(key: NameKey) -> Operation:
    """Forget a name; its history stays."""
    return Operation(_REMOVE_NAME, _place(key.repository) | _name(key))


def forget_absent(before: float) -> Operation:
    """Forget the names that the origin did not know when last asked, before then."""
    return Operation(_FORGET_ABSENT, {"b_before": before})


def put_content(record: ContentRecord) -> Operation:
    """Write that a content is stored."""
    return Operation(
        _PUT_CONTENT,
        {
            "b_digest": str(record.digest),
            "b_size": record.size,
            "b_media_type": record.media_type,
            "b_stored_at": record.stored_at,
            "b_used_at": record.used_at,
            "b_pinned": int(record.pinned),
        },
    )


def add_child(parent: Digest, child: Child) -> Operation:
    """Write that a manifest needs a content."""
    return Operation(
        _ADD_CHILD,
        {"b_parent": str(parent), "b_child": str(child.digest), "b_size": child.size},
    )


def touch(digest: Digest, used_at: float) -> Operation:
    """Write when a content was last used."""
    return Operation(_TOUCH, {"b_digest": str(digest), "b_used_at": used_at})


def pin(digest: Digest, *, pinned: bool) -> Operation:
    """Write whether a content may be evicted."""
    return Operation(_PIN, {"b_digest": str(digest), "b_pinned": int(pinned)})


def remove_content(digest: Digest) -> Operation:
    """Forget a content, what it needs and who contains it."""
    return Operation(_REMOVE_CONTENT, {"b_digest": str(digest)})


def add_link(repository: RepositoryName, digest: Digest) -> Iterator[Operation]:
    """Write that a repository contains a content."""
    place = _place(repository)
    yield Operation(_ADD_REPOSITORY, place)
    yield Operation(_ADD_LINK, place | {"b_digest": str(digest)})


def put_repository(record: RepositoryRecord) -> Operation:
    """Write what is known of a repository."""
    private = None if record.private is None else int(record.private)
    return Operation(
        _PUT_REPOSITORY,
        _place(record.repository)
        | {"b_private": private, "b_checked_at": record.checked_at},
    )


def put_listing(record: ListingRecord) -> Iterator[Operation]:
    """Write the answer to a listing, and forget the oldest of too many."""
    place = _place(record.repository)
    values = {f"b_{column}": getattr(record, column) for column in _LISTING_VALUES}
    yield Operation(_ADD_REPOSITORY, place)
    yield Operation(
        _PUT_LISTING,
        place | {"b_key": record.key} | values,
        _USUAL_WEIGHT + len(record.body),
    )
    yield Operation(_TRIM_LISTINGS, place)


def _place(repository: RepositoryName) -> dict[str, Any]:
    return {"b_registry": repository.registry, "b_path": repository.path}


def _name(key: NameKey) -> dict[str, Any]:
    return {"b_tag": key.tag, "b_kind": key.kind.value}
