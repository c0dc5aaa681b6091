"""Names of registries, repositories and images, as people and files write them."""

import re
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from seawall.errors import ReferenceSyntaxError
from seawall.kit import redact
from seawall.oci.digest import Digest

DOCKER_HUB = "docker.io"
_HUB_ALIASES = frozenset({"index.docker.io", "registry-1.docker.io"})

MAX_REPOSITORY_CHARS = 255
MAX_TAG_CHARS = 128
_MAX_REGISTRY_CHARS = 253
_MAX_PORT = 65535
_MAX_REFERENCE_CHARS = 1024

# distribution-spec, "Pulling manifests"
COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*"
PATH = f"{COMPONENT}(?:/{COMPONENT})*"
TAG = "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}"

_LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_REGISTRY = re.compile(rf"{_LABEL}(?:\.{_LABEL})*(?::([1-9][0-9]{{0,4}}))?")
_PATH = re.compile(PATH)
_TAG = re.compile(TAG)


# A struct, since its hash and comparisons run in C: names are keys everywhere.
class RepositoryName(
    msgspec.Struct, frozen=True, order=True, cache_hash=True, gc=False
):
    """A repository of a logical registry, such as ``docker.io/library/busybox``."""

    registry: str
    path: str

    def __post_init__(self) -> None:
        """Refuse what is no name, however it was made."""
        parse_registry(self.registry)
        parse_repository(self.path)

    def __str__(self) -> str:
        """Write it in full."""
        return f"{self.registry}/{self.path}"


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person or a file calls an image; without tag and digest, a repository."""

    repository: RepositoryName
    tag: str | None = None
    digest: Digest | None = None

    def __str__(self) -> str:
        """Write it in full."""
        return f"{self.repository}{_tail(self)}"


def _tail(reference: Reference) -> str:
    tag = "" if reference.tag is None else f":{reference.tag}"
    return tag if reference.digest is None else f"{tag}@{reference.digest}"


@lru_cache(maxsize=1024)
def parse_registry(name: str) -> str:
    """Read a registry's name: a host in lower case, with a port if need be.

    Raises:
        ReferenceSyntaxError: Something else, such as a URL or a bracketed address.

    >>> parse_registry("registry.example:5000")
    'registry.example:5000'
    """
    match = _REGISTRY.fullmatch(name) if len(name) <= _MAX_REGISTRY_CHARS else None
    if match is None or int(match.group(1) or 1) > _MAX_PORT:
        raise _refuse("a registry (host or host:port, in lower case)", name)
    return name


@lru_cache(maxsize=4096)
def parse_repository(path: str) -> str:
    """Read the path of a repository within its registry.

    Raises:
        ReferenceSyntaxError: It is too long, or of another grammar.
    """
    if len(path) > MAX_REPOSITORY_CHARS or not _PATH.fullmatch(path):
        raise _refuse("a repository", path)
    return path


def parse_tag(text: str) -> str:
    """Read a tag.

    Raises:
        ReferenceSyntaxError: It is too long, or of another grammar.
    """
    if not _TAG.fullmatch(text):
        raise _refuse("a tag", text)
    return text


def canonical_registry(name: str) -> str:
    """Give Docker Hub its one name, whichever of its hosts is written.

    >>> canonical_registry("registry-1.docker.io")
    'docker.io'
    """
    return DOCKER_HUB if name in _HUB_ALIASES else name


def name_repository(registry: str, path: str) -> RepositoryName:
    """Put a name together; Docker Hub's short ones get their ``library/``.

    Raises:
        ReferenceSyntaxError: One of the two is none.
    """
    registry = canonical_registry(registry)
    if registry == DOCKER_HUB and "/" not in path:
        path = f"library/{path}"
    return RepositoryName(registry, path)


def parse_reference(text: str, *, default_registry: str = DOCKER_HUB) -> Reference:
    """Read an image's name as it stands in a Dockerfile or on a command line.

    Args:
        text: Registry, path, tag and digest; all but the path may be left out.
        default_registry: Where a name without a registry belongs.

    Raises:
        ReferenceSyntaxError: It is not such a name.
        DigestSyntaxError: What follows the ``@`` cannot be verified.

    >>> str(parse_reference("busybox:1.37"))
    'docker.io/library/busybox:1.37'
    """
    if len(text) > _MAX_REFERENCE_CHARS:
        raise _refuse("an image reference", text)
    named, at, digest_text = text.partition("@")
    first, slash, rest = named.partition("/")
    if not (slash and is_registry_like(first)):
        first, rest = default_registry, named
    path, colon, tag = rest.partition(":")
    return Reference(
        name_repository(first, path),
        parse_tag(tag) if colon else None,
        Digest.parse(digest_text) if at else None,
    )


def is_registry_like(component: str) -> bool:
    """Whether the first part of a path is a registry: Hub's namespaces have no dots.

    >>> is_registry_like("quay.io"), is_registry_like("library")
    (True, False)
    """
    return "." in component or ":" in component or component == "localhost"


def is_host(value: str) -> bool:
    """Whether what is called a repository is no more than a registry.

    >>> is_host("ghcr.io"), is_host("ghcr.io/team"), is_host("team")
    (True, False, False)
    """
    return "/" not in value and is_registry_like(value)


def familiar(reference: Reference) -> str:
    """Write it as short as `parse_reference` still understands.

    >>> familiar(parse_reference("index.docker.io/library/busybox:1.37"))
    'busybox:1.37'
    """
    short = reference.repository.path
    if reference.repository.registry != DOCKER_HUB:
        return str(reference)
    namespace, _, rest = short.partition("/")
    if namespace == "library" and "/" not in rest:
        short = rest
    elif is_registry_like(namespace):
        return str(reference)
    return f"{short}{_tail(reference)}"


def _refuse(what: str, text: str) -> ReferenceSyntaxError:
    return ReferenceSyntaxError(f"not {what}: {redact.show_input(text)}")
