"""What is read from the catalog: every question an index lookup or a bounded page."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, text, tuple_

from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.eviction import Candidate, Mark
from seawall.store.ledger.schema import (
    children,
    contents,
    links,
    listings,
    name_history,
    names,
    repositories,
    totals,
)
from seawall.store.records import (
    ContentRecord,
    ListingRecord,
    NameChange,
    NameKey,
    NameRecord,
    RepositoryRecord,
    Totals,
)

_MAX_OWNERS = 256
_MAX_DEPTH = 8
_MANY = 500

_IN_REPOSITORY = (repositories.c.registry == bindparam("registry")) & (
    repositories.c.path == bindparam("path")
)

_NAMES = select(repositories.c.registry, repositories.c.path, names).join(
    repositories, names.c.repository_id == repositories.c.id
)
_FIND_NAME = _NAMES.where(
    _IN_REPOSITORY,
    names.c.tag == bindparam("b_tag"),
    names.c.kind == bindparam("b_kind"),
)

_FIND_CONTENT = select(contents).where(contents.c.digest == bindparam("b_digest"))

_FIND_LINK = (
    select(links.c.digest)
    .join(repositories, links.c.repository_id == repositories.c.id)
    .where(_IN_REPOSITORY, links.c.digest == bindparam("b_digest"))
)

# Public ones first: whoever asks for rights is content with one of them.
_OWNERS = (
    select(repositories)
    .join(links, links.c.repository_id == repositories.c.id)
    .where(links.c.digest == bindparam("b_digest"))
    .order_by(text("coalesce(private, 2) = 1"), repositories.c.private.desc())
    .limit(_MAX_OWNERS)
)

_FIND_REPOSITORY = select(repositories).where(_IN_REPOSITORY)

_FIND_LISTING = (
    select(listings)
    .join(repositories, listings.c.repository_id == repositories.c.id)
    .where(_IN_REPOSITORY, listings.c.key == bindparam("b_key"))
)

_SIZE_HINT = (
    select(children.c.size)
    .join(links, links.c.digest == children.c.parent)
    .join(repositories, links.c.repository_id == repositories.c.id)
    .where(_IN_REPOSITORY, children.c.child == bindparam("b_digest"))
    .limit(1)
)

_PARENTS = (
    select(children.c.parent, children.c.size)
    .where(children.c.child == bindparam("b_digest"))
    .limit(_MAX_OWNERS)
)

_HISTORY = (
    select(name_history)
    .join(repositories, name_history.c.repository_id == repositories.c.id)
    .where(
        _IN_REPOSITORY,
        name_history.c.tag == bindparam("b_tag"),
        name_history.c.kind == bindparam("b_kind"),
    )
    .order_by(name_history.c.id.desc())
)

_TAGS = (
    select(names.c.tag)
    .distinct()
    .join(repositories, names.c.repository_id == repositories.c.id)
    .where(_IN_REPOSITORY, names.c.digest.is_not(None))
    .order_by(names.c.tag)
)

# Written out, not bound: only then is the partial index made for this used.
_EVICTABLE = text("contents.pinned = 0 AND contents.parents = 0")
_BY_USE = (contents.c.used_at, contents.c.digest)


def find_name(connection: Connection, key: NameKey) -> NameRecord | None:
    """Look up a name. Blocking."""
    values = _place(key.repository) | {"b_tag": key.tag, "b_kind": key.kind.value}
    row = connection.execute(_FIND_NAME, values).first()
    return None if row is None else _read_name(row)


def page_names(
    connection: Connection,
    *,
    repository: RepositoryName | None,
    kinds: Collection[Kind],
    after: NameKey | None,
    limit: int,
) -> list[NameRecord]:
    """List names of these kinds in order. Blocking."""
    order = (repositories.c.registry, repositories.c.path, names.c.tag, names.c.kind)
    query: Select[Any] = _NAMES.order_by(*order).limit(limit)
    values = {}
    if len(kinds) < len(Kind):
        query = query.where(names.c.kind.in_([kind.value for kind in kinds]))
    if repository is not None:
        query = query.where(_IN_REPOSITORY)
        values = _place(repository)
    if after is not None:
        place = (after.repository.registry, after.repository.path)
        query = query.where(tuple_(*order) > (*place, after.tag, after.kind.value))
    return [_read_name(row) for row in connection.execute(query, values)]


def find_content(connection: Connection, digest: Digest) -> ContentRecord | None:
    """Look up a content. Blocking."""
    row = connection.execute(_FIND_CONTENT, {"b_digest": str(digest)}).first()
    return None if row is None else _read_content(row)


def page_contents(
    connection: Connection, *, after: Digest | None, limit: int
) -> list[ContentRecord]:
    """List contents by digest. Blocking."""
    query: Select[Any] = select(contents).order_by(contents.c.digest).limit(limit)
    if after is not None:
        query = query.where(contents.c.digest > str(after))
    return [_read_content(row) for row in connection.execute(query)]


def find_missing(connection: Connection, digests: Sequence[Digest]) -> set[Digest]:
    """Say which of these the catalog does not name. Blocking."""
    known: set[str] = set()
    for part in _parts(digests):
        query = select(contents.c.digest).where(contents.c.digest.in_(part))
        known.update(connection.execute(query).scalars())
    return {digest for digest in digests if str(digest) not in known}


def is_linked(
    connection: Connection, repository: RepositoryName, digest: Digest
) -> bool:
    """Whether a repository is known to contain a content. Blocking."""
    values = _place(repository) | {"b_digest": str(digest)}
    return connection.execute(_FIND_LINK, values).first() is not None


def find_owners(connection: Connection, digest: Digest) -> list[RepositoryRecord]:
    """List repositories known to contain a content, public ones first. Blocking."""
    rows = connection.execute(_OWNERS, {"b_digest": str(digest)})
    return [_read_repository(row) for row in rows]


def find_repository(
    connection: Connection, repository: RepositoryName
) -> RepositoryRecord | None:
    """Look up a repository that somebody asked about. Blocking."""
    row = connection.execute(_FIND_REPOSITORY, _place(repository)).first()
    if row is None or row.checked_at is None:
        return None
    return _read_repository(row)


def find_listing(
    connection: Connection, repository: RepositoryName, key: str
) -> ListingRecord | None:
    """Look up the answer to a listing. Blocking."""
    values = _place(repository) | {"b_key": key}
    row = connection.execute(_FIND_LISTING, values).first()
    if row is None:
        return None
    return ListingRecord(
        repository, key, row.body, row.media_type, row.link, row.checked_at
    )


def find_size_hint(
    connection: Connection, repository: RepositoryName, digest: Digest
) -> int | None:
    """Give the size that a manifest of the repository promises. Blocking."""
    values = _place(repository) | {"b_digest": str(digest)}
    return connection.execute(_SIZE_HINT, values).scalar()


def find_parents(connection: Connection, digest: Digest) -> list[tuple[Digest, int]]:
    """List manifests that need a content, with the size they promise. Blocking."""
    rows = connection.execute(_PARENTS, {"b_digest": str(digest)})
    return [(Digest.parse(row.parent), row.size) for row in rows]


def read_history(connection: Connection, key: NameKey) -> list[NameChange]:
    """List what a name meant, newest first. Blocking."""
    values = _place(key.repository) | {"b_tag": key.tag, "b_kind": key.kind.value}
    return [
        NameChange(_read_digest(row.digest), row.changed_at, row.source)
        for row in connection.execute(_HISTORY, values)
    ]


def read_tags(connection: Connection, repository: RepositoryName) -> list[str]:
    """List the tags known to mean something. Blocking."""
    return list(connection.execute(_TAGS, _place(repository)).scalars())


def read_totals(connection: Connection) -> Totals:
    """Say how much there is. Blocking."""
    row = connection.execute(select(totals)).one()
    return Totals(row.blobs, row.bytes, row.names)


def oldest_roots(
    connection: Connection, *, after: Mark | None, limit: int
) -> list[Candidate]:
    """List what eviction may begin with, least recently used first. Blocking."""
    query: Select[Any] = (
        select(contents).where(_EVICTABLE).order_by(*_BY_USE).limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(*_BY_USE) > (after.used_at, str(after.digest)))
    return [_read_candidate(row) for row in connection.execute(query)]


def read_families(
    connection: Connection, roots: Iterable[Candidate]
) -> dict[Digest, Candidate]:
    """Give these and every stored content below them, with who needs whom. Blocking."""
    family = {root.digest: root for root in roots}
    needs: dict[Digest, list[Digest]] = {}
    level = list(family)
    for _ in range(_MAX_DEPTH):
        found: list[Digest] = []
        for part in _parts(level):
            query = (
                select(children.c.parent, contents)
                .join(contents, contents.c.digest == children.c.child)
                .where(children.c.parent.in_(part))
            )
            for row in connection.execute(query):
                child = _read_candidate(row)
                needs.setdefault(Digest.parse(row.parent), []).append(child.digest)
                if family.setdefault(child.digest, child) is child:
                    found.append(child.digest)
        if not found:
            break
        level = found
    return {
        digest: candidate.with_children(needs.get(digest, ()))
        for digest, candidate in family.items()
    }


def read_ancestors(connection: Connection, digests: Collection[Digest]) -> set[Digest]:
    """Give these and every stored content that needs them. Blocking."""
    ancestors = set(digests)
    level = list(ancestors)
    for _ in range(_MAX_DEPTH):
        found: set[Digest] = set()
        for part in _parts(level):
            query = select(children.c.parent).where(children.c.child.in_(part))
            found.update(map(Digest.parse, connection.execute(query).scalars()))
        level = list(found - ancestors)
        ancestors |= found
        if not level:
            break
    return ancestors


def _parts(digests: Sequence[Digest]) -> Iterable[list[str]]:
    for start in range(0, len(digests), _MANY):
        yield [str(digest) for digest in digests[start : start + _MANY]]


def _place(repository: RepositoryName) -> dict[str, str]:
    return {"registry": repository.registry, "path": repository.path}


def _read_digest(value: str | None) -> Digest | None:
    return None if value is None else Digest.parse(value)


def _read_name(row: Row[Any]) -> NameRecord:
    key = NameKey(RepositoryName(row.registry, row.path), row.tag, Kind(row.kind))
    return NameRecord(
        key=key,
        digest=_read_digest(row.digest),
        media_type=row.media_type,
        size=row.size,
        checked_at=row.checked_at,
        changed_at=row.changed_at,
        source=row.source,
    )


def _read_content(row: Row[Any]) -> ContentRecord:
    return ContentRecord(
        digest=Digest.parse(row.digest),
        size=row.size,
        media_type=row.media_type,
        stored_at=row.stored_at,
        used_at=row.used_at,
        pinned=bool(row.pinned),
    )


def _read_candidate(row: Row[Any]) -> Candidate:
    return Candidate(
        digest=Digest.parse(row.digest),
        size=row.size,
        used_at=row.used_at,
        pinned=bool(row.pinned),
        parents=row.parents,
    )


def _read_repository(row: Row[Any]) -> RepositoryRecord:
    return RepositoryRecord(
        repository=RepositoryName(row.registry, row.path),
        private=None if row.private is None else bool(row.private),
        checked_at=row.checked_at or 0.0,
    )
