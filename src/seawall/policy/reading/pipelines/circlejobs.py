"""CircleCI's configurations: images of Docker executors, and what steps run."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import (
    Blank,
    Call,
    Given,
    ImageUse,
    Role,
    Scope,
    name_image,
)
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
_PARAMETER = re.compile(r"<<\s*(?:(pipeline\.)?parameters\.)([\w-]+)\s*>>")
_DEPTH = 8


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
        reading = _Reading(source, _defaults(root, "pipeline."))
        jobs = tuple(_read_jobs(reading, root))
        orbs = tuple(
            job
            for name, orb in _pairs(root.get("orbs"))
            if isinstance(orb, Mapping)
            for job in _read_jobs(reading, orb, f"{name.value}/")
        )
        yield from reading.passed
        yield from _read_workflows(source, root)
        yield Workflow(
            path=source.path,
            start=root.start,
            stop=root.stop,
            system=System.CIRCLECI,
            jobs=(*jobs, *orbs),
        )


class _Reading:
    """A file that is being read: what was met in it, and who uses what of it.

    Args:
        source: The file.
        defaults: What the pipeline's own parameters are.
    """

    def __init__(self, source: Source, defaults: dict[str, Text]) -> None:
        self.source = source
        self.defaults = defaults
        self.seen: set[int] = set()
        self.passed: list[Scope | Call] = []


def _read_jobs(reading: _Reading, root: Mapping, lead: str = "") -> Iterator[Job]:
    """Read a file's jobs, or those of an orb that stands in it."""
    for kind in ("executors", "jobs", "commands"):
        for name, node in _pairs(root.get(kind)):
            if isinstance(node, Mapping):
                yield _read_job(reading, f"{kind} {lead}{name.value}", node, lead)


def _defaults(node: Mapping, lead: str = "") -> dict[str, Text]:
    return {
        f"{lead}{name.value}": said
        for name, one in _pairs(node.get("parameters"))
        if isinstance(one, Mapping) and (said := text(one.get("default"))) is not None
    }


def _key(source: Source, kind: str, name: str) -> str:
    return f"circleci@{source.path}#{kind} {name}"


def _give(node: Node) -> Given | None:
    found = text(node)
    return Given(found, _find_blanks(found.value)) if found is not None else None


def _find_blanks(value: str) -> tuple[Blank, ...]:
    return tuple(
        Blank(match.start(), match.end(), f"{match[1] or ''}{match[2]}")
        for match in _PARAMETER.finditer(value)
    )


def _read_workflows(source: Source, root: Mapping) -> Iterator[Call]:
    """Yield what workflows pass to jobs, each value of a matrix included."""
    for _, workflow in _pairs(root.get("workflows")):
        listed = workflow.get("jobs") if isinstance(workflow, Mapping) else None
        for item in listed.items if isinstance(listed, Sequence) else ():
            named = item.pairs() if isinstance(item, Mapping) else ()
            for name, given in named:
                if isinstance(given, Mapping):
                    yield _call(source, "", _key(source, "jobs", name.value), given)
            if text(item) is not None:
                empty = Mapping(item.start, item.stop, flow=False)
                yield _call(source, "", _key(source, "jobs", word(item)), empty)


def _call(source: Source, caller: str, callee: str, given: Mapping) -> Call:
    values: dict[str, tuple[Given, ...]] = {
        name.value: (said,)
        for name, node in given.pairs()
        if (said := _give(node)) is not None
    }
    matrix = given.get("matrix")
    each = matrix.get("parameters") if isinstance(matrix, Mapping) else None
    for name, node in _pairs(each):
        items = node.items if isinstance(node, Sequence) else []
        values[name.value] = tuple(filter(None, map(_give, items)))
    return Call(
        path=source.path,
        start=given.start,
        stop=max(given.start, tail(given)),
        caller=caller,
        callee=callee,
        values=values,
    )


def _pairs(node: Node | None) -> Iterator[tuple[Text, Node]]:
    if isinstance(node, Mapping):
        yield from node.pairs()


def _read_job(reading: _Reading, name: str, node: Mapping, lead: str) -> Job:
    source = reading.source
    kind, _, short = name.partition(" ")
    owner = f"{kind.removesuffix('s')} {short}"
    key = _key(source, kind, short)
    _note(reading, node, key, lead)
    images = list(_read_images(reading, node, owner, key))
    first = images[0] if images and images[0].role is Role.JOB else None
    return Job(
        path=source.path,
        start=node.start,
        stop=tail(node),
        name=short,
        container=first,
        services=tuple(use for use in images if use is not first),
        steps=tuple(
            _read_step(source, number, item, owner)
            for number, item in enumerate(_list_steps(node.get("steps")))
            if _is_fresh(item, reading.seen)
        ),
    )


def _note(reading: _Reading, node: Mapping, key: str, lead: str) -> None:
    """Note what a job can be told, and what it tells its executor."""
    source = reading.source
    known = {**reading.defaults, **_defaults(node)}
    reading.passed.append(
        Scope(
            path=source.path,
            start=node.start,
            stop=max(node.start, tail(node)),
            key=key,
            defaults={name: Given(said) for name, said in known.items()},
        )
    )
    executor = node.get("executor")
    given = executor if isinstance(executor, Mapping) else None
    name = word(given.get("name")) if given else word(executor)
    if name:
        empty = Mapping(node.start, node.start, flow=False)
        callee = _key(source, "executors", f"{lead}{name}")
        reading.passed.append(_call(source, key, callee, given or empty))


def _list_steps(node: Node | None, depth: int = 0) -> Iterator[Node]:
    """List steps, with those that run under a condition."""
    for item in node.items if isinstance(node, Sequence) else ():
        inner = None
        for word_ in ("when", "unless"):
            under = item.get(word_) if isinstance(item, Mapping) else None
            inner = under.get("steps") if isinstance(under, Mapping) else inner
        if inner is not None and depth < _DEPTH:
            yield from _list_steps(inner, depth + 1)
        else:
            yield item


def _is_fresh(node: Node, seen: set[int]) -> bool:
    """Whether a value is met for the first time; anchors are met often."""
    if node.start in seen:
        return False
    seen.add(node.start)
    return True


def _read_images(
    reading: _Reading, node: Mapping, owner: str, key: str
) -> Iterator[ImageUse]:
    """Yield the images of an executor: the first runs the steps, others are beside."""
    source, seen = reading.source, reading.seen
    known = {**reading.defaults, **_defaults(node)}
    docker = node.get("docker")
    for number, item in enumerate(docker.items if isinstance(docker, Sequence) else ()):
        found = text(item.get("image")) if isinstance(item, Mapping) else None
        if found is None or not isinstance(item, Mapping):
            continue
        if found.start in seen:
            continue
        seen.add(found.start)
        role = Role.SERVICE if number else Role.JOB
        signed = any(item.get(key_) is not None for key_ in ("auth", "aws_auth"))
        use = _name(source.path, found, role, owner, known)
        blanks = _find_blanks(found.value)
        yield msgspec.structs.replace(use, signed=signed, scope=key, blanks=blanks)


def _name(
    path: str, found: Text, role: Role, owner: str, known: dict[str, Text]
) -> ImageUse:
    names = [blank.name for blank in _find_blanks(found.value)]
    if not names or any(name not in known for name in names):
        return name_image(path, found, role, owner=owner)
    value = _PARAMETER.sub(
        lambda match: known[f"{match[1] or ''}{match[2]}"].value, found.value
    )
    return name_image(
        path,
        found,
        role,
        owner=owner,
        value=value,
        origin=f"parameter {names[0]}",
        written=known[names[0]] if _PARAMETER.fullmatch(found.value) else None,
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
