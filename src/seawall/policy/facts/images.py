"""Images as files name them: parsed, or with the reason why nobody can."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec

from seawall.errors import InputError
from seawall.oci.reference import (
    DOCKER_HUB,
    Reference,
    RepositoryName,
    canonical_registry,
    is_registry_like,
    parse_reference,
)
from seawall.policy.facts.text import Fact, Text

INJECTED = "auto"
"""What stands for the image that Istio's injector puts in its place:
https://istio.io/latest/docs/setup/additional-setup/gateway/#deploying-a-gateway"""
KO = "ko://"
"""What stands before the path of a Go program that ko builds, and puts its image in the
place of: https://ko.build/features/k8s/"""


OPEN_TAG = ":{{ tag of the "
"""What readers put behind a name whose tag they know to be said by something else."""


class Role(StrEnum):
    """What an image is for, where it is named."""

    CONTAINER = "container"
    INIT = "init container"
    EPHEMERAL = "ephemeral container"
    VOLUME = "image volume"
    FROM = "base of a stage"
    COPY_FROM = "source of COPY"
    MOUNT_FROM = "source of a mount"
    SYNTAX = "syntax of a Dockerfile"
    SERVICE = "service"
    JOB = "container of a job"
    ACTION = "action"
    IMPLICIT = "pulled by a tool"
    PARAMETER = "default of a parameter"
    VALUES = "value of a chart"
    CODE = "in code"
    COMMAND = "on a command line"
    HANDED = "handed to a program"


class Unresolved(StrEnum):
    """Why a text is no reference that anybody could pull."""

    EMPTY = "empty"
    PLACEHOLDER = "filled in later"
    PATTERN = "a pattern of names"
    INVALID = "not a reference"


class Pieces(msgspec.Struct, frozen=True):
    """An image whose parts are written in places of their own, as charts have it.

    Attributes:
        repository: The path, perhaps with its registry in front.
        registry: The registry, if it stands alone.
        tag: The tag, if it stands alone.
        digest: The digest, if it stands alone.
    """

    repository: Text
    registry: Text | None = None
    tag: Text | None = None
    digest: Text | None = None


class Blank(msgspec.Struct, frozen=True):
    """A place in a text where a value comes in.

    Attributes:
        begin: The first character, as an index into the text's value.
        end: The character behind the last one.
        name: What it is called where the text stands.
    """

    begin: int
    end: int
    name: str


class ImageUse(Fact, frozen=True, kw_only=True):
    """One place in a file that names an image to be pulled.

    Attributes:
        text: The name as it is written, or as its pieces make it.
        role: What it is for.
        owner: Who pulls it: `Deployment/web`, `stage build`, `job test`.
        reference: What is pulled; `None` if that is not known.
        repository: Where from; known, too, where only the tag is filled in later.
        unresolved: Why there is no `reference`.
        fault: What is wrong with an invalid name, in words.
        policy: When it is pulled, as written: `Always`, `IfNotPresent`, `never`.
        platform: The platform that is asked for, if any.
        origin: Where the value comes from if not from `text`: `default of ARG BASE`.
        written: The text elsewhere that is all of the value, such as that default.
        pieces: Its parts, if they stand apart.
        signed: Whether a credential for it is named beside it, as pipelines can.
        filled: The name with what the file knows filled in, if that is another text.
        scope: Whose names its blanks are; see `Scope`.
        blanks: Where values come in that callers may pass.
        homemade: Whether the repository's own commands build it.
        alone: Whether it is all of a chart's value that its templates use, and put
            nothing before.
    """

    text: Text
    role: Role
    owner: str = ""
    reference: Reference | None = None
    repository: RepositoryName | None = None
    unresolved: Unresolved | None = None
    fault: str = ""
    policy: Text | None = None
    platform: str = ""
    origin: str = ""
    written: Text | None = None
    pieces: Pieces | None = None
    signed: bool = False
    homemade: bool = False
    alone: bool = False
    filled: str = ""
    scope: str = ""
    blanks: tuple[Blank, ...] = ()

    @property
    def label(self) -> str:
        """What to call it in a sentence: the name that is pulled, as far as known.

        A placeholder says nothing to a reader where the file says what stands for it,
        and a tag that is left to somebody else is none of the name.
        """
        return (self.filled or self.text.value).partition(OPEN_TAG)[0]

    @property
    def is_short(self) -> bool:
        """Whether no registry is written, so that each client's own default holds."""
        if self.repository is not None and self.repository.registry != DOCKER_HUB:
            return False
        first, slash, _ = self.label.partition("/")
        return not slash or not (is_registry_like(first) or _PLACEHOLDER.search(first))

    @property
    def is_never_pulled(self) -> bool:
        """Whether it is on the machine already: built there, or its own registry's."""
        if self.homemade:
            return True
        if self.policy is not None and self.policy.value.lower() == "never":
            return True
        return self.repository is not None and is_local(self.repository.registry)

    @property
    def editable(self) -> Text | None:
        """The text that a fix may change, if there is one that says all of the name."""
        text = self.written if self.origin else self.text
        return text if text and text.exact and self.pieces is None else None

    @property
    def opening(self) -> Text | None:
        """The text that the name begins with, whatever fills in the rest of it."""
        text = self.text
        if self.editable is not None or self.pieces is not None or not text.exact:
            return self.editable
        gap = _PLACEHOLDER.search(text.value)
        head = text.value[: gap.start()] if gap else text.value
        return text if head and self.label.startswith(head) else None

    @property
    def subject(self) -> str:
        """What the finding is about, the same from version to version."""
        return str(self.repository) if self.repository else self.label


_OWN_HOSTS = frozenset(("localhost", "host.docker.internal", "ko.local", "kind.local"))
"""Names of the machine itself; ko's are no hosts: it loads what it built."""


def is_local(registry: str) -> bool:
    """Whether a registry is the machine's own, as in tests: nobody else serves it.

    >>> is_local("localhost:5000"), is_local("localhost.example")
    (True, False)
    """
    host = registry.partition(":")[0]
    return host in _OWN_HOSTS or host.startswith("127.")


# Words for the thing itself, which Docker Hub calls none of its own: `agent_image`.
# What is built here may be called so: whoever looks for that asks `resolve`.
_WORD = re.compile(r"^[\w.-]*image(?:[_-]?name)?$", re.IGNORECASE)
# Shell and Compose ${X} $X, Kubernetes and Tekton $(X), Helm and Argo {{ X }}, GitHub
# ${{ X }}, Autotools @X@, documentation <X>, Python %(x)s, {x} and {0}, GitLab
# $[[ x ]], Jinja {% x %}, ERB <% x %>, batch files %X%, Concourse ((x)); and the word
# that Istio's injector takes for "as you have it", what kubebuilder's Makefile has
# kustomize put the built image in the place of (`edit set image controller=`), and what
# ko builds; documentation, too: PROJECT_ID/app, [your alias]/app, your-registry/app.
_PLACEHOLDER = re.compile(
    r"\$\{|\$\(|\$[\w@*]|\$\[\[|\{\{|\}\}|@[A-Za-z_][A-Za-z0-9_.-]*@|<[^<>]*>|%\(|%[sdv]"
    r"|\{%|%[A-Za-z_]\w*%|\(\([^()]+\)\)|\{(?:[A-Za-z_]\w*|\d*)\}|__[A-Z][A-Z0-9_]*__|\bREPLACE_?ME\b|^[A-Z][A-Z0-9_]+$"
    rf"|^{INJECTED}$|^controller:latest$|^{KO}"
    r"|(?:^|/)[A-Z][A-Z0-9_ -]*[A-Z0-9]/|\[[A-Za-z][^\[\]/]*\]|(?:^|/)your[-_]"
)


# What policies compare names with: `*:latest`, `!*:latest`, `a/* | b/*`, `?*`.
_PATTERN = re.compile(r"[*?|&]")


class Resolution(msgspec.Struct, frozen=True):
    """What a text says of an image; see `ImageUse` for what the fields mean."""

    reference: Reference | None = None
    repository: RepositoryName | None = None
    unresolved: Unresolved | None = None
    fault: str = ""


@lru_cache(maxsize=8192)
def resolve(value: str) -> Resolution:
    """Understand the name of an image, as far as it can be.

    >>> resolve("busybox").reference.tag is None
    True
    >>> found = resolve("quay.io/x/y:${VERSION}")
    >>> str(found.repository), found.unresolved
    ('quay.io/x/y', <Unresolved.PLACEHOLDER: 'filled in later'>)
    >>> resolve("!*:latest").unresolved.value
    'a pattern of names'
    """
    if not value.strip():
        return Resolution(unresolved=Unresolved.EMPTY)
    gap = _PLACEHOLDER.search(value)
    if value.startswith("!") or (not gap and _PATTERN.search(value)):
        return Resolution(unresolved=Unresolved.PATTERN)
    if gap:
        known = _repository_before(value, gap.start())
        return Resolution(repository=known, unresolved=Unresolved.PLACEHOLDER)
    first, slash, rest = value.partition("/")
    if slash and is_registry_like(first):
        value = f"{first.lower()}/{rest}"  # clients take hosts in any case
    try:
        reference = parse_reference(value)
    except InputError as exc:
        return Resolution(unresolved=Unresolved.INVALID, fault=str(exc))
    return Resolution(reference=reference, repository=reference.repository)


def _repository_before(value: str, gap: int) -> RepositoryName | None:
    """Read the repository, if it ends before whatever is filled in later."""
    head = value[:gap]
    path, colon, _ = head.rpartition(":")
    if "@" in head:
        path = head.partition("@")[0]
    elif not colon or "/" in head[len(path) :]:
        return None
    try:
        return parse_reference(path).repository
    except InputError:
        return None


def is_word_for_it(value: str) -> bool:
    """Whether a text is no name, but a word for an image that is put there later.

    >>> is_word_for_it("fake-image"), is_word_for_it("fake-image:1")
    (True, False)
    """
    return _WORD.search(value) is not None


def registry_of(value: str) -> str:
    """Name the registry of a text, even if the rest of it is filled in later.

    Empty, if the registry itself is.

    >>> registry_of("quay.io/${ORG}/app"), registry_of("nginx"), registry_of("$R/x")
    ('quay.io', 'docker.io', '')
    """
    first, slash, _ = value.partition("/")
    if _PLACEHOLDER.search(first if slash else value.partition(":")[0]):
        return ""
    named = slash and is_registry_like(first)
    return canonical_registry(first) if named else DOCKER_HUB


def name_image(  # noqa: PLR0913  an image is named with all that is known of it
    path: str,
    text: Text,
    role: Role,
    *,
    value: str | None = None,
    owner: str = "",
    policy: Text | None = None,
    platform: str = "",
    origin: str = "",
    written: Text | None = None,
) -> ImageUse:
    """Make the fact of an image that is named by one text.

    Args:
        path: The file.
        text: The name.
        role: What it is for.
        value: What the text comes to, if that is not what is written.
        owner: Who pulls it.
        policy: When it is pulled, as written.
        platform: The platform that is asked for.
        origin: Where the value comes from if not from the text.
        written: The text elsewhere that is all of the value.
    """
    name = text.value if value is None else value
    found = resolve(name)
    if is_word_for_it(name):
        found = Resolution(unresolved=Unresolved.PLACEHOLDER)
    return ImageUse(
        path=path,
        start=text.start,
        stop=text.stop,
        text=text,
        role=role,
        owner=owner,
        reference=found.reference,
        repository=found.repository,
        unresolved=found.unresolved,
        fault=found.fault,
        policy=policy,
        platform=platform,
        origin=origin,
        written=written,
        filled="" if value is None or value == text.value else value,
    )


INNER = "::"
"""Stands in a key before the name of a scope within another, whose names it knows."""


class Given(msgspec.Struct, frozen=True):
    """A value as somebody writes it down.

    Attributes:
        text: The value, perhaps with blanks.
        blanks: What the names of the writer stand for in it.
    """

    text: Text
    blanks: tuple[Blank, ...] = ()


class Scope(Fact, frozen=True, kw_only=True):
    """Something that values can be passed to: a task, a template, a workflow.

    Attributes:
        key: What it is called by: `Task/build`, `.github/workflows/build.yml`.
        alias: What it is called by as well, by others who do not say in which file.
        defaults: What its names mean if nobody says anything else.
        shares: Keys of scopes whose defaults hold here, too, the last one first, as
            those of files that a pipeline includes.
    """

    key: str
    alias: str = ""
    defaults: Mapping[str, Given] = {}
    shares: tuple[str, ...] = ()


class Call(Fact, frozen=True, kw_only=True):
    """A place that uses a scope, and passes values to it.

    Attributes:
        caller: The scope that it stands in, whose names its values may use.
        callee: The scope that it uses.
        values: By the callee's names; several where each is used in turn.
        inherits: Whether the callee's blanks may be names of the caller, too, as where
            a job extends another one.
    """

    caller: str
    callee: str
    values: Mapping[str, tuple[Given, ...]] = {}
    inherits: bool = False
