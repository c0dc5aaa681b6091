"""Bases that are named by whoever builds: `--build-context base=…`."""

from collections.abc import Iterable

from seawall.policy.facts.builds import BuildContext
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.text import Fact

_BASES = frozenset({Role.FROM, Role.COPY_FROM, Role.MOUNT_FROM})


class NamedContexts:
    """Which names in Dockerfiles mean a context that a build is given.

    Args:
        facts: What readers found, the outermost facts only.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._names = {fact.name for fact in facts if isinstance(fact, BuildContext)}

    def has(self, use: ImageUse) -> bool:
        """Whether nothing is pulled by this name where it stands."""
        return use.role in _BASES and use.text.value in self._names
