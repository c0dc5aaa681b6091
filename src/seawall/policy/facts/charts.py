"""Helm charts and kustomizations: what belongs together, and what templates emit."""

from collections.abc import Iterator, Mapping

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Insertion, Text


class PodTemplate(Fact, frozen=True, kw_only=True):
    """One pod spec in the text of a chart's template.

    Attributes:
        kind: The kind of the object it stands in, as far as it is plain text.
        name: The object's name, or the text that makes it.
        hooks: The moments at which Helm runs it.
        emits_secrets: Whether it emits `imagePullSecrets`, itself or by an include.
        account: What its `serviceAccountName` is, as written.
        images: What its containers' `image:` lines say.
        secrets: The lines that emit pull secrets, as text, to be put in elsewhere.
        room: Where such lines may be put in.
    """

    kind: str
    name: str
    hooks: frozenset[str] = frozenset()
    emits_secrets: bool = False
    account: Text | None = None
    images: tuple[ImageUse, ...] = ()
    secrets: Text | None = None
    room: Insertion | None = None

    def parts(self) -> Iterator[Fact]:
        """Yield its images."""
        yield from self.images


class Template(Fact, frozen=True, kw_only=True):
    """One file of a chart's `templates`.

    Attributes:
        pods: The pod specs in it.
        accounts: Whether it makes service accounts that have pull secrets.
        defines: The names of the helpers that it defines, with their text.
        includes: The helpers that it includes.
        values: The values that it consumes: `.Values.image.tag` as `image.tag`.
    """

    pods: tuple[PodTemplate, ...] = ()
    accounts: bool = False
    defines: Mapping[str, str] = {}
    includes: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()

    def parts(self) -> Iterator[Fact]:
        """Yield its pod specs."""
        yield from self.pods


class ChartValues(Fact, frozen=True, kw_only=True):
    """A chart's `values.yaml`, or a file of values for one.

    Attributes:
        keys: Where each value stands, by its dotted path; lists by their index.
        images: What it names as images.
    """

    keys: Mapping[str, Text] = {}
    images: tuple[ImageUse, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield the images."""
        yield from self.images


class Dependency(msgspec.Struct, frozen=True):
    """A chart that another one needs.

    Attributes:
        name: Its name.
        version: Its version, as written.
        repository: Where it is fetched; empty if it is packed in.
    """

    name: str
    version: str = ""
    repository: Text | None = None


class Chart(Fact, frozen=True, kw_only=True):
    """A chart's `Chart.yaml`; its folder is that of its path.

    Attributes:
        name: Its name.
        version: Its version.
        dependencies: The charts that it needs.
    """

    name: str
    version: str = ""
    dependencies: tuple[Dependency, ...] = ()

    @property
    def folder(self) -> str:
        """The folder of the chart; empty for the root of the check."""
        return self.path.rpartition("/")[0]


class Kustomization(Fact, frozen=True, kw_only=True):
    """A `kustomization.yaml`.

    Attributes:
        namespace: The namespace that it puts all objects into.
        resources: What it takes in: files, folders, addresses.
        images: What its `images` put in the place of other names.
        generated: The names of secrets that it generates.
    """

    namespace: str = ""
    resources: tuple[Text, ...] = ()
    images: tuple[ImageUse, ...] = ()
    generated: tuple[str, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield the images."""
        yield from self.images
