"""The rewrite map: which mirror takes the place of which registry, in which order.

There is one map, made of the settings: what checks find, what fixes write and what
`seawall render` tells clients are the same.
"""

from collections.abc import Iterable, Sequence

import msgspec

from seawall.errors import InputError, ReferenceSyntaxError
from seawall.oci.reference import (
    DOCKER_HUB,
    RepositoryName,
    canonical_registry,
    parse_registry,
    parse_repository,
)
from seawall.policy.knowledge.mirrorhosts import OFFICIAL, is_public
from seawall.policy.options import Mirror


class Target(msgspec.Struct, frozen=True):
    """One mirror, taken apart.

    Attributes:
        host: Its host, with a port if need be.
        path: What stands before the names of repositories; empty at the root.
        mirror: What settings say of it.
    """

    host: str
    path: str
    mirror: Mirror

    @property
    def place(self) -> str:
        """Host and path, as images are named."""
        return f"{self.host}/{self.path}" if self.path else self.host

    @property
    def resolves(self) -> bool:
        """Whether it may say what a tag means: nobody's public mirror may."""
        return not self.mirror.digests and not is_public(self.host)


class Route(msgspec.Struct, frozen=True):
    """A registry, or a part of one, with its mirrors.

    Attributes:
        registry: Its name: `docker.io`.
        path: The part of it; empty for all.
        targets: Its mirrors, the first to be tried first.
    """

    registry: str
    path: str
    targets: tuple[Target, ...]

    @property
    def source(self) -> str:
        """What it is for, as images are named."""
        return f"{self.registry}/{self.path}" if self.path else self.registry


def make_routes(mirrors: Iterable[Mirror]) -> tuple[Route, ...]:
    """Put mirrors together by what they mirror, in the order of the settings.

    Raises:
        InputError: A source or a target is no place that images can be named by.
    """
    found: dict[tuple[str, str], list[Target]] = {}
    for mirror in mirrors:
        registry, path = _split(name_source(mirror.source), "source")
        host, below = _split(mirror.target, "target")
        target = Target(host, below, mirror)
        source = f"{registry}/{path}".rstrip("/")
        if f"{target.place}/".startswith(f"{source}/"):
            # A client that rewrites names would do so again and again.
            raise InputError(
                f"mirrors: {mirror.target!r} is a part of {source!r} itself"
            )
        targets = found.setdefault((registry, path), [])
        if target.place not in [one.place for one in targets]:
            targets.append(target)
    return tuple(
        Route(registry, path, tuple(targets))
        for (registry, path), targets in found.items()
    )


def name_source(place: str) -> str:
    """Name a registry, or a part of one, as its images are named in full.

    >>> name_source("index.docker.io/alpine/"), name_source("docker.io/team")
    ('docker.io/library/alpine', 'docker.io/team')
    """
    registry, slash, path = place.rstrip("/").partition("/")
    registry = canonical_registry(registry)
    if registry == DOCKER_HUB and path in OFFICIAL:
        path = f"library/{path}"
    return f"{registry}{slash}{path}"


def _split(place: str, what: str) -> tuple[str, str]:
    host, _, path = place.rstrip("/").partition("/")
    if "://" in place:
        raise InputError(f"mirrors: the {what} {place!r} has a scheme: leave it out")
    try:
        parse_registry(host)
        if path:
            parse_repository(path)
    except ReferenceSyntaxError as exc:
        raise InputError(f"mirrors: the {what} {place!r}: {exc}") from exc
    if path == "v2" or path.startswith("v2/"):
        raise InputError(
            f"mirrors: the {what} {place!r} has /v2, which clients put in: leave it out"
        )
    return host, path


def find_mirror(mirrors: Sequence[Mirror], repository: RepositoryName) -> Mirror | None:
    """Find the mirror that takes a repository's place: the longest source wins.

    Of several with one source, it is the first. Sources are those that `name_source`
    gives.
    """
    name = str(repository)
    found = [
        mirror
        for mirror in mirrors
        if name == mirror.source or name.startswith(f"{mirror.source}/")
    ]
    return max(found, key=lambda mirror: len(mirror.source), default=None)
