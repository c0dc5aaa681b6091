"""Takes the inventory of a repository: all that it pulls, by registry."""

from collections.abc import Mapping

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.inventory.costs import Load, Quota, Share, concentrate, weigh
from seawall.policy.inventory.entries import (
    Entry,
    How,
    Kind,
    find_images,
    gather,
)
from seawall.policy.inventory.sources import find_charts, find_fetched, list_packages
from seawall.policy.repository import Repository


class Inventory(msgspec.Struct, frozen=True):
    """All that a repository pulls.

    Attributes:
        entries: The things, by kind, registry and name.
        shares: What depends on each registry, and what a run costs there.
        concentration: How much hangs on few registries, from 0 to 1.
        images: References that can be pulled, each once.
        packages: Debian packages that are installed by name, each once.
        load: What costs were counted for.
        jobs: Jobs that the pipelines name and that pull something.
        unresolved: Places whose image is filled in later.
    """

    entries: tuple[Entry, ...]
    shares: tuple[Share, ...]
    concentration: float
    images: tuple[str, ...]
    packages: tuple[str, ...]
    load: Load
    jobs: int
    unresolved: int

    def of(self, registry: str) -> list[Entry]:
        """List the images and charts of one registry."""
        kinds = (Kind.IMAGE, Kind.CHART)
        return [
            entry
            for entry in self.entries
            if entry.pull.registry == registry and entry.pull.kind in kinds
        ]


def take_inventory(
    repository: Repository, load: Load, quotas: Mapping[str, Quota]
) -> Inventory:
    """Take it, from what is known of a repository's files.

    Args:
        repository: The facts.
        load: What costs are counted for.
        quotas: What registries allow, by their names; nothing is taken for known.
    """
    entries = gather(
        (
            *find_images(repository),
            *find_charts(repository),
            *find_fetched(repository),
        )
    )
    shares = weigh(entries, load, quotas)
    images = {
        str(image.reference)
        for image in repository.all(ImageUse)
        if image.reference is not None and not image.is_never_pulled
    }
    return Inventory(
        entries=tuple(entries),
        shares=tuple(shares),
        concentration=concentrate(shares),
        images=tuple(sorted(images)),
        packages=tuple(list_packages(repository)),
        load=load,
        jobs=len({use.job for entry in entries for use in entry.uses if use.job}),
        unresolved=sum(len(e.uses) for e in entries if e.pull.how is How.OPEN),
    )
