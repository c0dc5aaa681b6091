"""What a repository pulls, gathered from its facts: one entry for each thing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum

import msgspec

from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job
from seawall.policy.finding import Context
from seawall.policy.inventory.entitlement import name_access
from seawall.policy.knowledge.tagging import hidden_digest, is_channel
from seawall.policy.repository import Repository


class Kind(StrEnum):
    """What is pulled."""

    IMAGE = "image"
    CHART = "chart"
    PACKAGES = "packages"
    TOOL = "tool"


class How(StrEnum):
    """Whether it is the same thing next time."""

    PINNED = "pinned"  # by a digest, a commit or a sum
    VERSION = "version"  # a name that is not meant to change, and can
    FLOATING = "floating"  # another thing on another day
    IMPLICIT = "implicit"  # no file names it: a tool pulls it
    OPEN = "filled in later"  # files alone do not say it


class Use(msgspec.Struct, frozen=True):
    """One place that pulls something.

    Attributes:
        path: The file.
        start: Where in its bytes.
        owner: Who pulls it: `Deployment/web`, `job test`.
        context: What the file is for.
        job: The job of a pipeline that pulls it, as file and name; empty: none does.
        build: The Dockerfile whose build pulls it; empty: none does.
        times: Jobs that have it from there in one run, as from a template.
    """

    path: str
    start: int
    owner: str
    context: Context
    job: str = ""
    build: str = ""
    times: int = 1


class Pull(msgspec.Struct, frozen=True):
    """One thing from one place, at one version, with one credential.

    Attributes:
        kind: What it is.
        registry: Whose it is: a registry, a host, or the default of a tool.
        name: Its name there.
        version: Its tag, digest or version; empty, if none is said.
        how: Whether it is the same next time.
        access: With which credential it is pulled, in words.
    """

    kind: Kind
    registry: str
    name: str
    version: str
    how: How
    access: str


class Entry(msgspec.Struct, frozen=True):
    """A thing that is pulled, with all places that pull it.

    Attributes:
        pull: The thing.
        uses: The places, by file.
    """

    pull: Pull
    uses: tuple[Use, ...]


def gather(found: Iterable[tuple[Pull, Use]]) -> list[Entry]:
    """Put the places that pull one thing together, by kind, registry and name."""
    places: dict[Pull, list[Use]] = defaultdict(list)
    for pull, use in found:
        places[pull].append(use)
    entries = [Entry(pull, tuple(uses)) for pull, uses in places.items()]
    return sorted(entries, key=lambda entry: msgspec.structs.astuple(entry.pull))


def find_images(repository: Repository) -> Iterator[tuple[Pull, Use]]:
    """Find the images that somebody pulls; those that are never pulled are none."""
    for image in repository.all(ImageUse):
        if image.is_never_pulled or image.unresolved == "empty":
            continue
        if repository.callings.is_given(image):  # callers' values are others' places
            continue
        name = image.repository
        pull = Pull(
            kind=Kind.IMAGE,
            registry=name.registry if name else "",
            name=name.path if name else image.label,
            version=_version(image),
            how=_how(image),
            access=name_access(image, repository),
        )
        job = repository.parent(image, Job)
        build = repository.parent(image, Dockerfile)
        yield (
            pull,
            Use(
                path=image.path,
                start=image.start,
                owner=image.owner,
                context=repository.context(image.path),
                job=f"{image.path} {job.name}" if job else "",
                build=image.path if build else "",
                times=repository.callings.count(image) if job else 1,
            ),
        )


def _version(image: ImageUse) -> str:
    reference = image.reference
    if reference is None:
        return ""
    tag = reference.tag or ""
    return f"{tag}@{reference.digest}".lstrip(":") if reference.digest else tag


def _how(image: ImageUse) -> How:
    if image.role is Role.IMPLICIT:
        return How.IMPLICIT
    reference = image.reference
    if reference is None:
        return How.OPEN
    if reference.digest or hidden_digest(reference.tag or ""):
        return How.PINNED
    tag = reference.tag or "latest"
    moves = tag == "latest" or is_channel(tag)
    return How.FLOATING if moves else How.VERSION
