"""All facts of a repository: by kind, by file, and which stands within which."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TypeVar

import msgspec

from seawall.policy.facts.images import ImageUse, Unresolved
from seawall.policy.facts.pipelines import Job
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import Manifest, Workload
from seawall.policy.finding import Context
from seawall.policy.lookups.building.homemade import Homemade
from seawall.policy.lookups.building.namedcontexts import NamedContexts
from seawall.policy.lookups.contexts import Contexts

T = TypeVar("T", bound=Fact)


class Gathered:
    """Facts, unfolded.

    Args:
        facts: What readers found, the outermost facts only.
        contexts: What files are for.

    Attributes:
        contexts: The same.
    """

    def __init__(self, facts: Iterable[Fact], contexts: Contexts | None = None) -> None:
        self._by_kind: dict[type[Fact], list[Fact]] = defaultdict(list)
        self._by_path: dict[str, list[Fact]] = defaultdict(list)
        self._parents: dict[int, Fact] = {}
        self._homemade_uses: dict[int, ImageUse] = {}
        self._manifests: dict[str, tuple[list[int], list[Manifest]]] = {}
        listed = sorted(facts, key=lambda fact: (fact.path, fact.start))
        self.contexts = known = contexts or Contexts()
        self._homemade = Homemade(listed, lambda path: known.of(path) is Context.PROD)
        self._named = NamedContexts(listed)
        for fact in listed:
            self._add(fact)

    def _add(self, fact: Fact, parent: Fact | None = None) -> None:
        if isinstance(fact, ImageUse) and fact.unresolved is Unresolved.PATTERN:
            return  # it says which images are meant, and is none
        if parent is not None:
            self._parents[id(fact)] = parent
        if isinstance(fact, ImageUse) and (
            self._homemade.has(fact) or self._named.has(fact)
        ):
            made = msgspec.structs.replace(fact, homemade=True)
            self._homemade_uses[id(fact)] = fact = made
            if parent is not None:
                self._parents[id(fact)] = parent
        for kind in _kinds_of(type(fact)):
            self._by_kind[kind].append(fact)
        self._by_path[fact.path].append(fact)
        for part in fact.parts():
            self._add(part, fact)

    def adopt(self, use: ImageUse) -> None:
        """Take in an image that another file makes one: it is its step's, or job's."""
        jobs = [job for job in self.in_file(use.path, Job) if _holds(job, use)]
        steps = [step for job in jobs for step in job.steps if _holds(step, use)]
        self._add(use, next(iter([*steps, *jobs]), None))

    def images(self, workload: Workload) -> list[ImageUse]:
        """List the images of a pod, each with what is known of it by now."""
        uses = workload.images
        return [self._homemade_uses.get(id(use), use) for use in uses]

    def all(self, kind: type[T]) -> Sequence[T]:
        """All facts of a kind, inner ones included, by file and place."""
        return self._by_kind.get(kind, ())  # type: ignore[return-value]

    def in_file(self, path: str, kind: type[T]) -> Iterator[T]:
        """Yield the facts of a kind in one file."""
        for fact in self._by_path.get(path, ()):
            if isinstance(fact, kind):
                yield fact

    def parent(self, fact: Fact, kind: type[T]) -> T | None:
        """Find the nearest fact of a kind that this one stands in, or itself."""
        at: Fact | None = fact
        while at is not None and not isinstance(at, kind):
            at = self._parents.get(id(at))
        return at

    def manifest_at(self, path: str, offset: int) -> Manifest | None:
        """Find the Kubernetes object that a byte of a file belongs to."""
        if path not in self._manifests:
            listed = list(self.in_file(path, Manifest))
            self._manifests[path] = ([one.start for one in listed], listed)
        starts, found = self._manifests[path]
        at = bisect_right(starts, offset) - 1
        return found[at] if at >= 0 and offset < found[at].stop else None


@cache
def _kinds_of(kind: type[Fact]) -> tuple[type[Fact], ...]:
    """List a kind, and those that it is one of."""
    return tuple(one for one in kind.__mro__ if issubclass(one, Fact))


def _holds(outer: Fact, inner: Fact) -> bool:
    return outer.start <= inner.start and inner.stop <= outer.stop
