"""Kubernetes objects that start pods, and those that let pods pull."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Insertion, Text

HOOK = "helm.sh/hook"


class Manifest(Fact, frozen=True, kw_only=True):
    """One Kubernetes object of a file; its place is its document's.

    Attributes:
        api: Its `apiVersion`.
        kind: Its `kind`.
        name: Its name, or the `generateName` that begins it.
        namespace: Its namespace, if it says one.
        labels: Its own labels.
        annotations: Its own annotations.
    """

    api: str
    kind: str
    name: str
    namespace: str = ""
    labels: Mapping[str, str] = {}
    annotations: Mapping[str, str] = {}

    @property
    def owner(self) -> str:
        """What it is called in findings, such as `Deployment/web`."""
        return f"{self.kind}/{self.name}"


class SecretEntry(msgspec.Struct, frozen=True):
    """One entry of a list of pull secrets.

    Attributes:
        start: Where the entry begins.
        stop: Where it ends.
        name: The secret's name, if the entry says one as it should.
        fault: What is wrong with it, and what comes of that: `is empty: it means no
            secret`; empty, too, for what a substitution of text replaces.
    """

    start: int
    stop: int
    name: Text | None
    fault: str = ""


class SecretList(msgspec.Struct, frozen=True):
    """The `imagePullSecrets` of a pod or of a service account.

    Attributes:
        key: The key of the list, as written.
        start: Where the list's value begins.
        stop: Where it ends.
        entries: What is in it.
        end: Where another entry may be put, as a line `- name: …`; `None` for a list
            in brackets, an empty one, or one that a template makes.
        flow: Whether it is written in brackets.
    """

    key: Text
    start: int
    stop: int
    entries: tuple[SecretEntry, ...]
    end: Insertion | None
    flow: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names in it; empty ones mean nothing to Kubernetes."""
        found = (entry.name.value for entry in self.entries if entry.name is not None)
        return tuple(name for name in found if name)


class Container(Fact, frozen=True, kw_only=True):
    """One container of a pod, or one image volume.

    Attributes:
        name: Its name.
        image: Its image; `None` if it names none.
        policy: When it pulls, as written.
        handed: The images that its program is told of, to start others with.
    """

    name: str
    image: ImageUse | None
    policy: Text | None = None
    handed: tuple[ImageUse, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield its image, and those that its program is told of."""
        if self.image is not None:
            yield self.image
        yield from self.handed


class Workload(Manifest, frozen=True, kw_only=True):
    """An object that starts pods: one for each pod spec in it.

    Attributes:
        at: The path to the pod spec within the object: `spec.template.spec`.
        pod_labels: The labels of its pods.
        pod_annotations: The annotations of its pods.
        account: The service account that it names.
        secrets: The pod's own list of pull secrets.
        room: Where a list may be put in, if there is none.
        containers: All its containers and image volumes.
    """

    at: str
    pod_labels: Mapping[str, str] = {}
    pod_annotations: Mapping[str, str] = {}
    account: Text | None = None
    secrets: SecretList | None = None
    room: Insertion | None = None
    containers: tuple[Container, ...] = ()

    @property
    def images(self) -> tuple[ImageUse, ...]:
        """The images of all its containers."""
        return tuple(c.image for c in self.containers if c.image is not None)

    @property
    def hooks(self) -> frozenset[str]:
        """The moments at which Helm runs it; none, if it is no hook."""
        words = self.annotations.get(HOOK, "").split(",")
        return frozenset(word.strip() for word in words if word.strip())

    @property
    def is_test(self) -> bool:
        """Whether it is a test pod of a chart."""
        return bool(self.hooks & {"test", "test-success", "test-failure"})

    def parts(self) -> Iterator[Fact]:
        """Yield its containers."""
        yield from self.containers


class ServiceAccount(Manifest, frozen=True, kw_only=True):
    """A service account: pods without pull secrets of their own get those of theirs.

    Attributes:
        secrets: Its list of pull secrets.
        room: Where a list may be put in, if there is none.
    """

    secrets: SecretList | None = None
    room: Insertion | None = None


class SecretKind(StrEnum):
    """What makes a secret."""

    PLAIN = "Secret"
    SEALED = "SealedSecret"
    EXTERNAL = "ExternalSecret"
    GENERATED = "generator"


class SecretObject(Manifest, frozen=True, kw_only=True):
    """An object that is, or becomes, a secret; what it hides is not kept.

    Attributes:
        made_by: What makes it.
        type: Its type, such as `kubernetes.io/dockerconfigjson`.
        keys: The keys of its data.
        hosts: The registries that it has credentials for, if they can be read.
        fault: What keeps its credentials from being read, in words.
        reveals: Whether a password is written out in it.
    """

    made_by: SecretKind
    type: Text | None = None
    keys: tuple[Text, ...] = ()
    hosts: tuple[Text, ...] = ()
    fault: str = ""
    reveals: bool = False


class MadeSecret(Fact, frozen=True, kw_only=True):
    """A secret that something makes which is no object of these files.

    Attributes:
        name: Its name.
        namespace: Where; empty if that is not said, or in all of them.
    """

    name: str
    namespace: str = ""
