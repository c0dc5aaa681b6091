"""What to give up when room is needed: whole images, least recently used first."""

import heapq
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from seawall.oci.digest import Digest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored content, as eviction sees it.

    Attributes:
        digest: Which one.
        size: What its removal frees.
        used_at: Its last use.
        pinned: Must stay.
        parents: How many stored manifests need it.
        children: What it needs itself, as far as that is stored.
    """

    digest: Digest
    size: int
    used_at: float
    pinned: bool = False
    parents: int = 0
    children: tuple[Digest, ...] = ()

    def with_children(self, children: Iterable[Digest]) -> "Candidate":
        """Give the same content, with what it needs."""
        return replace(self, children=tuple(children))


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the order of last use; what is before it was considered."""

    used_at: float
    digest: Digest


def plan_eviction(
    family: Mapping[Digest, Candidate],
    *,
    need_bytes: int,
    spared: Collection[Digest] = (),
    until: Mark | None = None,
) -> list[Candidate]:
    """Choose what goes, in the order in which it may go.

    A content goes only after everything stored that needs it has gone, so no manifest
    is left whose blobs were taken. A manifest that goes frees what only it needed to
    be judged by its own last use.

    Args:
        family: The contents that may begin, and all stored ones below them.
        need_bytes: Stop once this much is freed.
        spared: Arriving, or otherwise in use: stays, whatever its age.
        until: Nothing used after this goes; older ones outside `family` come first.

    Returns:
        What to remove; less than was needed if there is no more.
    """
    waiting = {digest: item.parents for digest, item in family.items()}
    queue = [
        (item.used_at, str(item.digest), item)
        for item in family.values()
        if not item.parents
    ]
    heapq.heapify(queue)
    chosen: list[Candidate] = []
    freed = 0
    while queue and freed < need_bytes:
        used_at, order, item = heapq.heappop(queue)
        if until is not None and (used_at, order) > (until.used_at, str(until.digest)):
            break
        if item.pinned or item.digest in spared:
            continue
        chosen.append(item)
        freed += item.size
        for digest in item.children:
            waiting[digest] -= 1
            if waiting[digest] == 0:
                child = family[digest]
                heapq.heappush(queue, (child.used_at, str(digest), child))
    return chosen
