"""Helm charts: what belongs together, and what their templates emit."""

from collections.abc import Iterator, Mapping

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Insertion, Text


class PodTemplate(Fact, frozen=True, kw_only=True):
    """One pod spec in the text of a chart's template.

    Attributes:
        kind: The kind of the object it stands in, as far as it is plain text.
        name: The object's name, with `*` for what is filled in.
        helper: The named template that it is a part of; empty outside of all.
        is_shifted: Whether the dot may mean something else here than in other files.
        is_open: Whether something is put in that the text does not name.
        hooks: The moments at which Helm runs it.
        emits: Whether it says `imagePullSecrets` itself.
        includes: The helpers that it includes anywhere.
        printed: Those of them that are put in between its own keys.
        values: The values that its containers' `image:` lines name.
        account: What its `serviceAccountName` is, as written; the last, if there is
            one for each of several conditions.
        images: What its containers' `image:` lines say.
        secrets: The lines that emit pull secrets, as text, to be put in elsewhere.
        column: How far its keys are indented.
        room: Where such lines may be put in.
    """

    kind: str
    name: str
    helper: str = ""
    is_shifted: bool = False
    is_open: bool = False
    hooks: frozenset[str] = frozenset()
    emits: bool = False
    includes: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    account: Text | None = None
    images: tuple[ImageUse, ...] = ()
    secrets: Text | None = None
    column: int = 0
    room: Insertion | None = None

    @property
    def owner(self) -> str:
        """What it is called in findings: `Job/*-verify`."""
        name = self.name or self.helper
        return f"{self.kind or 'pod spec'}/{name}" if name else self.kind or "pod spec"

    def parts(self) -> Iterator[Fact]:
        """Yield its images."""
        yield from self.images


class Call(msgspec.Struct, frozen=True):
    """One place at which a helper is included.

    Attributes:
        name: The helper.
        within: The helper that includes it; empty outside of all.
        emits: Whether its document says `imagePullSecrets` itself.
        beside: All helpers that its document includes.
    """

    name: str
    within: str
    emits: bool
    beside: frozenset[str]


class AccountTemplate(msgspec.Struct, frozen=True):
    """One service account in the text of a template.

    Attributes:
        name: Its name as written, without quotes, spaces and trim marks.
        emits: Whether it says `imagePullSecrets` itself.
        includes: The helpers that it includes.
        helper: The helper that makes it, perhaps for other charts; or empty.
        is_shifted: Whether the dot may mean something else here than in other files.
        secrets: The lines that emit pull secrets, as text, to be put in elsewhere.
        room: Where such lines may be put in.
    """

    name: str
    emits: bool
    includes: frozenset[str]
    helper: str = ""
    is_shifted: bool = False
    secrets: Text | None = None
    room: Insertion | None = None


class Front(msgspec.Struct, frozen=True):
    """What a template writes before an image's repository.

    Attributes:
        value: The value that is the repository, `image.repository`; empty if it has
            another name there, as in helpers that are given an image. Of one that may
            be a whole image, `=image`; `=.image` if only its last key is known, and
            `=$` if that is not, either: these are told where something is before them.
        lead: What stands before the `/` before it, with its actions; empty if there
            is no `/`.
    """

    value: str
    lead: str


class Template(Fact, frozen=True, kw_only=True):
    """One file of a chart's `templates`.

    Attributes:
        pods: The pod specs in it.
        accounts: The service accounts that it makes.
        defines: The names of the helpers that it defines, with their text.
        calls: The helpers that it includes.
        values: The values that it consumes: `.Values.image.tag` as `image.tag`; the
            empty name, if it takes all at once.
        fronts: What it writes before the repositories of images.
    """

    pods: tuple[PodTemplate, ...] = ()
    accounts: tuple[AccountTemplate, ...] = ()
    defines: Mapping[str, str] = {}
    calls: tuple[Call, ...] = ()
    values: frozenset[str] = frozenset()
    fronts: tuple[Front, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield its pod specs."""
        yield from self.pods


class ChartValues(Fact, frozen=True, kw_only=True):
    """A chart's `values.yaml`, or a file of values for one.

    Attributes:
        keys: Where each value stands, by its dotted path; lists by their index.
        words: What it says of images, by the path: `db.image.tag`.
        images: What it names as images.
    """

    keys: Mapping[str, Text] = {}
    words: Mapping[str, Text] = {}
    images: tuple[ImageUse, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield the images."""
        yield from self.images


class ChartSchema(Fact, frozen=True, kw_only=True):
    """A chart's `values.schema.json`: what its values may be.

    Attributes:
        keys: The values that it knows, by their dotted paths.
    """

    keys: tuple[str, ...] = ()


class Dependency(msgspec.Struct, frozen=True):
    """A chart that another one needs.

    Attributes:
        name: Its name.
        version: Its version, as written.
        repository: Where it is fetched; empty if it is packed in.
        alias: What its values are called by, if that is not its name.
    """

    name: str
    version: str = ""
    repository: Text | None = None
    alias: str = ""


class Chart(Fact, frozen=True, kw_only=True):
    """A chart's `Chart.yaml`; its folder is that of its path.

    Attributes:
        name: Its name.
        version: Its version.
        dependencies: The charts that it needs.
        is_library: Whether it makes nothing itself.
    """

    name: str
    version: str = ""
    dependencies: tuple[Dependency, ...] = ()
    is_library: bool = False

    @property
    def folder(self) -> str:
        """The folder of the chart; empty for the root of the check."""
        return self.path.rpartition("/")[0]
