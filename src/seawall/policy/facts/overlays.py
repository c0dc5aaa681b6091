"""Kustomizations: what they take in and rename, and what their patches change."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Text
from seawall.policy.facts.webhooks import Webhook


class Change(msgspec.Struct, frozen=True):
    """What one patch does to what an object pulls, and with which secrets.

    Attributes:
        kind: The kind of the object it is for; empty if only a target says it.
        name: That object's name; empty if only a target says it.
        at: The path to the pod spec: `spec.template.spec`; empty for what belongs to
            the object itself, such as the list of a service account.
        secrets: The pull secrets that it names; `None` if it says nothing of them.
        replaces: Whether they take the place of the list; else they join it.
        account: The service account that it gives a pod; empty if none.
        removes: Whether the object is taken out.
        containers: Images that it gives to containers, each with the container's name;
            without one, where it counts them.
        policies: When containers pull, in the same way.
        hook: What it says of a webhook: that of the same name, or else number.
        takes: What it takes away from that.
        opens: The field of a webhook that it fills with something that is not
            followed; `*` for any.
    """

    kind: str = ""
    name: str = ""
    at: str = ""
    secrets: tuple[str, ...] | None = None
    replaces: bool = False
    account: str = ""
    removes: bool = False
    containers: tuple[tuple[str, str], ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    hook: Webhook | None = None
    takes: str = ""
    opens: str = ""


class Target(msgspec.Struct, frozen=True):
    """Which objects a patch is for; what is empty is any.

    Attributes:
        kind: A pattern of kinds.
        name: A pattern of names, as a regular expression for all of the name.
        labels: Labels that the object has to have; `None` if that is said in a way
            that is not understood.
    """

    kind: str = ""
    name: str = ""
    labels: tuple[tuple[str, str], ...] | None = ()


class Patch(msgspec.Struct, frozen=True):
    """One patch of a kustomization.

    Attributes:
        file: The file that has it; `None` if it stands in the kustomization.
        target: Which objects it is for; `None`: those that it names itself.
        changes: What it does, if it stands in the kustomization.
    """

    file: Text | None
    target: Target | None = None
    changes: tuple[Change, ...] = ()


class PatchFile(Fact, frozen=True, kw_only=True):
    """A file that may be a patch, if a kustomization says so.

    Attributes:
        changes: What it does.
        images: Images that its operations put in, where no object has them.
        aims: What transformers change that are configured there; `None`, if none are.
    """

    changes: tuple[Change, ...]
    images: tuple[ImageUse, ...] = ()
    aims: tuple[Target, ...] | None = None

    def parts(self) -> Iterator[Fact]:
        """Yield the images."""
        yield from self.images


class Swap(msgspec.Struct, frozen=True):
    """One entry of a kustomization's `images`.

    Attributes:
        name: The name of the images that it is for, without tag and digest.
        new_name: What takes its place; empty if the name stays.
        tagged: Whether it says tag or digest, too.
    """

    name: str
    new_name: str
    tagged: bool


class Kustomization(Fact, frozen=True, kw_only=True):
    """A `kustomization.yaml`.

    Attributes:
        namespace: The namespace that it puts all objects into.
        resources: What it takes in: files, folders, addresses.
        components: The components that it takes in: they change what it has.
        is_component: Whether it is one itself, and nothing alone.
        images: What its `images` put in the place of other names.
        swaps: The same, as they are looked up.
        patches: Its patches, in the order in which they are applied.
        fills: What its replacements do to webhooks, and transformers that stand in it.
        transformers: The files, or folders, of its other transformers.
        generated: The names of secrets that it generates.
        affixes: What it puts before and behind the names of objects.
        is_open: Whether it has plugins or charts, which may change or make anything.
    """

    namespace: str = ""
    resources: tuple[Text, ...] = ()
    components: tuple[Text, ...] = ()
    is_component: bool = False
    images: tuple[ImageUse, ...] = ()
    swaps: tuple[Swap, ...] = ()
    patches: tuple[Patch, ...] = ()
    fills: tuple[Patch, ...] = ()
    transformers: tuple[Text, ...] = ()
    generated: tuple[str, ...] = ()
    affixes: tuple[str, str] = ("", "")
    is_open: bool = False

    @property
    def folder(self) -> str:
        """The folder that its paths are relative to; empty for the root."""
        return self.path.rpartition("/")[0]

    def parts(self) -> Iterator[Fact]:
        """Yield the images."""
        yield from self.images
