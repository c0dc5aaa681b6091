"""All facts of a repository, with the questions that rules ask about them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.commands import Command
from seawall.policy.facts.configs import ClientConfig
from seawall.policy.facts.images import ImageUse, Role, Unresolved
from seawall.policy.facts.text import Fact
from seawall.policy.facts.webhooks import Webhook
from seawall.policy.facts.workloads import Manifest, Workload
from seawall.policy.finding import Context
from seawall.policy.lookups.access import Access
from seawall.policy.lookups.belonging import Belonging
from seawall.policy.lookups.building.copied import Copied
from seawall.policy.lookups.callings import Callings
from seawall.policy.lookups.charting import Charting
from seawall.policy.lookups.charts.fronting import give_registries
from seawall.policy.lookups.contexts import Contexts
from seawall.policy.lookups.gathered import Gathered
from seawall.policy.lookups.kustomizing import Kustomizing
from seawall.policy.lookups.valuing import Valuing
from seawall.policy.options import PolicyOptions

T = TypeVar("T", bound=Fact)


class Repository:
    """What is known of all files below the root of a check.

    Args:
        facts: What readers found, the outermost facts only.
        options: What the check was told.
        read: Gives a file's bytes if they are still those that were read.

    Attributes:
        passing: Images whose names are said by callers in other places.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        options: PolicyOptions | None = None,
        read: Callable[[str], bytes | None] = lambda _: None,
    ) -> None:
        self.options = options or PolicyOptions()
        self._read = read
        facts = tuple(give_registries(tuple(facts)))
        self._valuing = Valuing(facts)
        self.callings = Callings(facts)
        self._contexts = Contexts(self.options.contexts)
        self._gathered = Gathered((*facts, *self._valuing.images), self._contexts)
        for use in self.callings.images:
            self._gathered.adopt(use)
        self._pulled: dict[bool, list[ImageUse]] = {}

    def all(self, kind: type[T]) -> Sequence[T]:
        """All facts of a kind, inner ones included, by file and place.

        Webhooks are as kustomizations leave them: they are judged by nothing else.
        """
        if kind is Webhook:
            return self._webhooks  # type: ignore[return-value]
        return self._gathered.all(kind)

    @cached_property
    def _webhooks(self) -> list[Webhook]:
        found = self._gathered.all(Webhook)
        return [hook for one in found for hook in self.kustomizing.hooks(one)]

    def in_file(self, path: str, kind: type[T]) -> Iterator[T]:
        """Yield the facts of a kind in one file."""
        return self._gathered.in_file(path, kind)

    def parent(self, fact: Fact, kind: type[T]) -> T | None:
        """Find the fact of a kind that this one stands in: an image's workload."""
        return self._gathered.parent(fact, kind)

    def images(self, workload: Workload) -> list[ImageUse]:
        """List the images of a pod; of each it is known whether it is built here."""
        return self._gathered.images(workload)

    def manifest_at(self, path: str, offset: int) -> Manifest | None:
        """Find the Kubernetes object that a byte of a file belongs to."""
        return self._gathered.manifest_at(path, offset)

    def content(self, path: str) -> bytes | None:
        """Read a file's bytes again; `None` if they are not what they were."""
        return self._read(path)

    def context(self, path: str) -> Context:
        """Say what a file is for."""
        return self._contexts.of(path)

    @cached_property
    def belonging(self) -> Belonging:
        """What belongs together: namespaces, charts, siblings."""
        return Belonging(self._gathered)

    def is_moot(self, use: ImageUse, *, by_name: bool) -> bool:
        """Whether nobody pulls an image as it is written.

        Args:
            use: The image.
            by_name: Whether it is its repository that matters, not its version.
        """
        return self.kustomizing.is_moot(use, by_name=by_name) or self._valuing.is_moot(
            use, by_name=by_name
        )

    def is_open(self, use: ImageUse) -> bool:
        """Whether somebody pulls an image there, and the files do not say which.

        An empty name is none, and what tools pull unsaid has no name in any file.
        """
        if use.unresolved in (None, Unresolved.EMPTY) or use.is_never_pulled:
            return False
        return use.role is not Role.IMPLICIT and not self.callings.is_given(use)

    def pulled(self, *, by_name: bool) -> Sequence[ImageUse]:
        """All images but those that are moot, and what is built here, listed once.

        That one gets its tag, or is brought along, when it is built: what rules say of
        names, tags and registries is not true of it.
        """
        if by_name not in self._pulled:
            self._pulled[by_name] = [
                use
                for use in self.all(ImageUse)
                if not use.homemade and not self.is_moot(use, by_name=by_name)
            ]
        return self._pulled[by_name]

    @property
    def kustomizing(self) -> Kustomizing:
        """What kustomizations deploy: what becomes of their bases."""
        return self.belonging.kustomizing

    @cached_property
    def access(self) -> Access:
        """Who may pull what: secrets, service accounts, mirrors, providers."""
        return Access(self._gathered, self.belonging, self.options)

    @cached_property
    def copied(self) -> Copied:
        """Which files of the tree come to stand in its builds."""
        return Copied(self.all(ClientConfig), self.all(Command))

    @cached_property
    def built_scripts(self) -> frozenset[str]:
        """The scripts of the tree that builds run: their rules are those of builds."""
        return self.copied.scripts_of(self.all(Dockerfile))

    @cached_property
    def charting(self) -> Charting:
        """What charts' templates emit: pull secrets, and the values for them."""
        return Charting(self._gathered, self.belonging)
