"""The distribution API: method, path and query in, a typed request out."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, TypeAlias
from urllib.parse import parse_qsl

from seawall.errors import ReferenceSyntaxError, UnknownRegistryError
from seawall.kit import redact
from seawall.oci import reference
from seawall.oci.digest import PATTERN as DIGEST
from seawall.oci.digest import Digest
from seawall.oci.reference import RepositoryName

_READ = frozenset({"GET", "HEAD"})
_METHODS = _READ | {"POST", "PUT", "PATCH", "DELETE"}
_MAX_PATH_CHARS = 700  # registry, repository and the longest digest fit
_MAX_QUERY_CHARS = 2048
_MAX_FIELDS = 16
_MAX_VALUE_CHARS = 1024
_MAX_COUNT_DIGITS = 9


@dataclass(frozen=True, slots=True)
class NamePath:
    """A repository as the URL has it; `place_name` says whose it is.

    Attributes:
        path: What stands between ``/v2/`` and the endpoint.
        ns: The registry that containerd says it means, unchecked.
    """

    path: str
    ns: str | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    """``/v2/``: is this a registry?"""

    methods: ClassVar[frozenset[str]] = _READ


@dataclass(frozen=True, slots=True)
class ManifestRoute:
    """A manifest, by tag or by digest."""

    methods: ClassVar[frozenset[str]] = _READ | {"PUT", "DELETE"}
    name: NamePath
    reference: str | Digest


@dataclass(frozen=True, slots=True)
class BlobRoute:
    """A blob, by digest."""

    methods: ClassVar[frozenset[str]] = _READ | {"DELETE"}
    name: NamePath
    digest: Digest


@dataclass(frozen=True, slots=True)
class TagsRoute:
    """The tags of a repository, at most `n` of those after `last`."""

    methods: ClassVar[frozenset[str]] = _READ
    name: NamePath
    n: int | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class ReferrersRoute:
    """The manifests whose subject is this digest."""

    methods: ClassVar[frozenset[str]] = _READ
    name: NamePath
    digest: Digest
    artifact_type: str | None = None


@dataclass(frozen=True, slots=True)
class UploadRoute:
    """Any step of pushing a blob."""

    methods: ClassVar[frozenset[str]] = frozenset(_METHODS)
    name: NamePath


@dataclass(frozen=True, slots=True)
class CatalogRoute:
    """The list of all repositories."""

    methods: ClassVar[frozenset[str]] = _READ


Route: TypeAlias = (
    Ping
    | ManifestRoute
    | BlobRoute
    | TagsRoute
    | ReferrersRoute
    | UploadRoute
    | CatalogRoute
)
"""Each has `methods`, those the API knows for it; checking them is the caller's."""

# The first component may be a registry with a port. Names are read up to the last
# endpoint, so that a repository may be called `a/manifests/b`.
_NAME = rf"{reference.COMPONENT}(?::[0-9]{{1,5}}(?=/))?(?:/{reference.COMPONENT})*"
_MANIFEST = re.compile(rf"/v2/({_NAME})/manifests/(?:({reference.TAG})|({DIGEST}))")
_BLOB = re.compile(rf"/v2/({_NAME})/blobs/({DIGEST})")
_OTHER = re.compile(
    rf"/v2/({_NAME})/(?:(tags/list)|(blobs/uploads)(?:/[^/]*)?"
    r"|(manifests|blobs|referrers)/([^/]+))"
)
_UNRESERVED = re.compile(r"%(2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee])")
_FOREIGN = re.compile(r"[^A-Za-z0-9._~:/=+-]|//|/\.\.?(?:/|$)")


@lru_cache(maxsize=2048)
def parse_route(method: str, path: str, query: str = "") -> Route:
    """Say what a request asks for.

    Args:
        method: In upper case, as on the wire.
        path: Still percent-encoded. What the API never needs to encode is refused
            in encoded form, so that nobody can hide a slash in it.
        query: What follows the question mark.

    Raises:
        ReferenceSyntaxError: It is no request of this API, or a name in it is none.
        DigestSyntaxError: A digest in it cannot be verified.

    >>> parse_route("GET", "/v2/docker.io/library/busybox/manifests/1.37").name
    NamePath(path='docker.io/library/busybox', ns=None)
    """
    if method not in _METHODS:
        raise ReferenceSyntaxError(f"not a method: {redact.show_input(method)}")
    if len(path) > _MAX_PATH_CHARS:
        raise ReferenceSyntaxError(f"a path of {len(path)} characters")
    fields = _parse_query(query) if query else {}
    ns = fields.get("ns") or None
    # The two that nearly all requests are for come first.
    if match := _BLOB.fullmatch(path):
        return BlobRoute(NamePath(match[1], ns), Digest.parse(match[2]))
    if match := _MANIFEST.fullmatch(path):
        wanted = match[2] or Digest.parse(match[3])
        return ManifestRoute(NamePath(match[1], ns), wanted)
    return _parse_other(_decode(path), fields)


def _parse_other(path: str, fields: dict[str, str]) -> Route:
    if path in ("/v2/", "/v2"):
        return Ping()
    if path == "/v2/_catalog":
        return CatalogRoute()
    match = _OTHER.fullmatch(path)
    if match is None:
        raise ReferenceSyntaxError(
            "not a path of the distribution API, or a repository's name that is none: "
            + redact.show_input(path)
        )
    name = NamePath(match[1], fields.get("ns") or None)
    if match[2]:
        return TagsRoute(name, _parse_count(fields), fields.get("last") or None)
    if match[3]:
        return UploadRoute(name)
    return _build_route(name, match[4], match[5], fields.get("artifactType") or None)


def _build_route(name: NamePath, kind: str, wanted: str, only: str | None) -> Route:
    if kind == "blobs":
        return BlobRoute(name, Digest.parse(wanted))
    if kind == "referrers":
        return ReferrersRoute(name, Digest.parse(wanted), only)
    if ":" in wanted:
        return ManifestRoute(name, Digest.parse(wanted))
    return ManifestRoute(name, reference.parse_tag(wanted))


def _decode(path: str) -> str:
    """Undo the needless encoding of unreserved characters (RFC 3986, 2.3)."""
    plain = _UNRESERVED.sub(lambda match: chr(int(match[1], 16)), path)
    if _FOREIGN.search(plain):
        raise ReferenceSyntaxError(
            f"a path with characters that no name has: {redact.show_input(path)}"
        )
    return plain


def _parse_query(query: str) -> dict[str, str]:
    if len(query) > _MAX_QUERY_CHARS or not query.isascii():
        raise ReferenceSyntaxError("a query too long, or not in ASCII")
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS
        )
    except ValueError as exc:
        raise ReferenceSyntaxError("a query of too many or undecodable fields") from exc
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ReferenceSyntaxError("a query that says the same thing twice")
    for value in fields.values():
        if len(value) > _MAX_VALUE_CHARS or not value.isprintable():
            raise ReferenceSyntaxError("a query with a value that nobody prints")
    return fields


def _parse_count(fields: dict[str, str]) -> int | None:
    text = fields.get("n", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_COUNT_DIGITS):
        raise ReferenceSyntaxError(f"not a count: n={redact.show_input(text)}")
    return int(text)


def place_name(
    name: NamePath, *, known: Collection[str], default: str | None
) -> RepositoryName:
    """Say whose repository a URL means. Looks up, never dials.

    Args:
        name: As the URL has it.
        known: The registries that the settings know; a set, for speed.
        default: Whose the names without a registry are.

    Raises:
        UnknownRegistryError: The settings know no such registry.
        ReferenceSyntaxError: What is left names no repository.

    >>> known = {"docker.io", "quay.io"}
    >>> str(place_name(NamePath("busybox", "docker.io"), known=known, default=None))
    'docker.io/library/busybox'
    """
    first, _, rest = name.path.partition("/")
    if name.ns is not None:
        registry = reference.canonical_registry(name.ns)
        # Clients that add `ns` to a path with the registry in it say it twice.
        path = rest if reference.canonical_registry(first) == registry else name.path
    elif reference.is_registry_like(first):
        registry, path = reference.canonical_registry(first), rest
    elif default is not None:
        registry, path = default, name.path
    else:
        raise UnknownRegistryError(
            f"{redact.show_input(name.path)} names no registry, and none is the default"
        )
    if registry not in known:
        raise UnknownRegistryError(
            f"the settings know no registry {redact.show_input(registry)}"
        )
    return reference.name_repository(registry, path)
