"""CircleCI's configurations: images of Docker executors, and what steps run."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_WORDS = (b"jobs", b"executors", b"commands", b"orbs")
_WORTH = re.compile(rb"^(?:jobs|executors|commands|orbs)\s*:", re.MULTILINE)
_VERSION = re.compile(rb"^version\s*:\s*[\"']?2(?:\.\d)?[\"']?\s*$", re.MULTILINE)
_EXECUTOR = re.compile(rb"^\s+docker\s*:\s*$", re.MULTILINE)
_HOME = ".circleci/"
_PARAMETER = re.compile(r"<<\s*parameters\.([\w-]+)\s*>>")


def sniff(data: bytes) -> bool:
    """Whether it has jobs, or what they share."""
    return any(word in data for word in _WORDS) and _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read jobs, executors and commands; each thing once, where it is written.

    `machine` names an image of a virtual machine, which no registry serves. Elsewhere
    than where CircleCI looks, as in documentation, a file has to say what it is.
    """
    if _HOME not in f"/{source.path}" and not (
        _VERSION.search(source.data) and _EXECUTOR.search(source.data)
    ):
        return
    for root in source.documents:
        if not isinstance(root, Mapping):
            continue
        seen: set[int] = set()
        jobs = tuple(
            _read_job(source, f"{kind} {name.value}", node, seen)
            for kind in ("executors", "jobs", "commands")
            for name, node in _pairs(root.get(kind))
            if isinstance(node, Mapping)
        )
        yield Workflow(
            path=source.path,
            start=root.start,
            stop=root.stop,
            system=System.CIRCLECI,
            jobs=jobs,
        )


def _pairs(node: Node | None) -> Iterator[tuple[Text, Node]]:
    if isinstance(node, Mapping):
        yield from node.pairs()


def _read_job(source: Source, name: str, node: Mapping, seen: set[int]) -> Job:
    owner = f"{name.replace('s ', ' ', 1)}"
    images = list(_read_images(source, node, owner, seen))
    steps = node.get("steps")
    scripts = steps.items if isinstance(steps, Sequence) else []
    first = images[0] if images and images[0].role is Role.JOB else None
    return Job(
        path=source.path,
        start=node.start,
        stop=tail(node),
        name=name.partition(" ")[2],
        container=first,
        services=tuple(use for use in images if use is not first),
        steps=tuple(
            _read_step(source, number, item, owner)
            for number, item in enumerate(scripts)
            if _is_fresh(item, seen)
        ),
    )


def _is_fresh(node: Node, seen: set[int]) -> bool:
    """Whether a value is met for the first time; anchors are met often."""
    if node.start in seen:
        return False
    seen.add(node.start)
    return True


def _read_images(
    source: Source, node: Mapping, owner: str, seen: set[int]
) -> Iterator[ImageUse]:
    """Yield the images of an executor: the first runs the steps, others are beside."""
    defaults = {
        name.value: said
        for name, one in _pairs(node.get("parameters"))
        if isinstance(one, Mapping) and (said := text(one.get("default"))) is not None
    }
    docker = node.get("docker")
    for number, item in enumerate(docker.items if isinstance(docker, Sequence) else ()):
        found = text(item.get("image")) if isinstance(item, Mapping) else None
        if found is None or not isinstance(item, Mapping):
            continue
        if found.start in seen:
            continue
        seen.add(found.start)
        role = Role.SERVICE if number else Role.JOB
        signed = any(item.get(key) is not None for key in ("auth", "aws_auth"))
        use = _name(source.path, found, role, owner, defaults)
        yield msgspec.structs.replace(use, signed=signed)


def _name(
    path: str, found: Text, role: Role, owner: str, defaults: dict[str, Text]
) -> ImageUse:
    names = _PARAMETER.findall(found.value)
    if not names or any(name not in defaults for name in names):
        return name_image(path, found, role, owner=owner)
    return name_image(
        path,
        found,
        role,
        owner=owner,
        value=_PARAMETER.sub(lambda match: defaults[match[1]].value, found.value),
        origin=f"parameter {names[0]}",
        written=defaults[names[0]] if _PARAMETER.fullmatch(found.value) else None,
    )


def _read_step(source: Source, number: int, item: Node, owner: str) -> Step:
    run = item.get("run") if isinstance(item, Mapping) else None
    command = run.get("command") if isinstance(run, Mapping) else run
    script = read_script(
        source, command if isinstance(command, Scalar) else None, owner
    )
    return Step(
        path=source.path,
        start=item.start,
        stop=tail(item),
        number=number,
        name=word(run.get("name")) if isinstance(run, Mapping) else "",
        commands=script.commands,
        images=script.images,
    )


READER = Reader(
    name="CircleCI",
    names=("*.yml", "*.yaml"),
    read=read,
    sniff=sniff,
)
