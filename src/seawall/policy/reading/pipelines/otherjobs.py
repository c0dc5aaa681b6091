"""Pipelines of Drone, Woodpecker and Azure: images of steps, services, containers."""

import re
from collections.abc import Iterator
from collections.abc import Mapping as MappingOf

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Style, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import expand, find_blanks
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence, walk

_PARTS = {
    "steps": Role.JOB,
    "pipeline": Role.JOB,
    "clone": Role.JOB,
    "services": Role.SERVICE,
}
_NO_DOCKER = {"exec", "ssh", "macstadium", "digitalocean"}
"""Types of Drone's pipelines that run in no container."""

_SCRIPTS = ("script", "bash")


def read(source: Source) -> Iterator[Fact]:
    """Read a pipeline as its name says."""
    azure = "azure-pipelines" in source.path.lower()
    for root in source.documents:
        if not isinstance(root, Mapping):
            continue
        jobs = _read_azure(source, root) if azure else _read_drone(source, root)
        yield Workflow(
            path=source.path,
            start=root.start,
            stop=root.stop,
            system=System.OTHER,
            name=word(root.get("name")),
            jobs=tuple(jobs),
        )


def _read_drone(source: Source, root: Mapping) -> Iterator[Job]:
    """Yield each step as a job: each has an image of its own."""
    if word(root.get("type")) in _NO_DOCKER:
        return
    matrix = _read_matrix(root.get("matrix"))
    for part, role in _PARTS.items():
        for name, item in _named(root.get(part)):
            found = text(item.get("image"))
            uses = _each(source.path, found, role, f"step {name}", matrix)
            yield _make_job(source, item, name, uses, item.get("commands"))


def _read_matrix(node: Node | None) -> dict[str, list[Text]]:
    """Read Woodpecker's matrix: lists of values, and combinations of them."""
    found: dict[str, list[Text]] = {}
    pairs = list(node.pairs()) if isinstance(node, Mapping) else []
    for name, value in pairs:
        for item in value.items if isinstance(value, Sequence) else ():
            inner = item.pairs() if isinstance(item, Mapping) else [(name, item)]
            for key, one in inner:
                said = text(one)
                if said is not None:
                    found.setdefault(key.value, []).append(said)
    return found


def _each(
    path: str,
    found: Text | None,
    role: Role,
    owner: str,
    known: MappingOf[str, list[Text]],
) -> list[ImageUse]:
    """Name an image with each value that a variable in it has.

    One with several variables is named with their first values: which of them go
    together is not looked at.
    """
    if found is None:
        return []
    blanks = [blank for blank in find_blanks(found.value) if known.get(blank.name)]
    if not blanks:
        return [name_image(path, found, role, owner=owner)]
    first = {name: values[0].value for name, values in known.items() if values}
    uses: dict[str, ImageUse] = {}
    for one in known[blanks[0].name]:
        value = expand(found.value, {**first, blanks[0].name: one.value})[0]
        if value == one.value:
            use = name_image(path, one, role, owner=owner)
        else:
            said = Text(value, one.start, one.stop, Style.MADE, exact=False)
            use = name_image(path, said, role, owner=owner)
        uses.setdefault(value, use)
    return list(uses.values())


def _named(node: Node | None) -> Iterator[tuple[str, Mapping]]:
    """Yield what a list or a mapping has, with its name."""
    if isinstance(node, Mapping):
        for name, item in node.pairs():
            if isinstance(item, Mapping):
                yield name.value, item
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Mapping):
                yield word(item.get("name")), item


def _read_azure(source: Source, root: Mapping) -> Iterator[Job]:
    """Yield what has a container, or a script, wherever it is nested."""
    declared = _find_declared(root)
    known = _read_settings(root)
    told: set[tuple[int, str]] = set()
    for item in declared.values():
        name = word(item.get("container"))
        use = _read_container(source, item, f"container {name}", known)
        yield _make_job(source, item, name, use, None)
    for node in walk(root):
        if not isinstance(node, Mapping) or any(
            node is one for one in declared.values()
        ):
            continue
        name = word(node.get("job") or node.get("deployment"))
        uses = _read_place(source, node, name, (declared, known))
        services = node.get("services")
        for _, one in services.pairs() if isinstance(services, Mapping) else ():
            found = text(one)
            if found is not None and found.value not in declared:
                uses += [
                    msgspec.structs.replace(use, role=Role.SERVICE)
                    for use in _say(source, found, f"job {name}", known)
                ]
        uses = [use for use in uses if (use.start, use.label) not in told]
        told.update((use.start, use.label) for use in uses)
        script = next((node.get(key) for key in _SCRIPTS if node.get(key)), None)
        if uses or script is not None:
            yield _make_job(source, node, name, uses, script)


_UNIFY = re.compile(
    r"\$\{\{\s*(?:variables|parameters)\.(\w+)\s*\}\}|\$\((\w+)\)"
    r"|\$\[\s*variables(?:\.(\w+)|\['(\w+)'\])\s*\]"
)
"""Azure's ways to name a variable: when it is compiled, as a macro, when it runs."""


def _unify(match: re.Match[str]) -> str:
    return f"${{{next(filter(None, match.groups()))}}}"


def _read_settings(root: Mapping) -> dict[str, list[Text]]:
    """Read variables, defaults of parameters, and the values of all matrices."""
    known: dict[str, list[Text]] = {}
    for node in walk(root):
        if not isinstance(node, Mapping):
            continue
        for key in ("variables", "parameters"):
            for name, said in _settings_of(node.get(key)):
                known.setdefault(name, []).append(said)
        strategy = node.get("strategy")
        matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else None
        for _, one in matrix.pairs() if isinstance(matrix, Mapping) else ():
            for name, said in _settings_of(one):
                known.setdefault(name, []).append(said)
    return known


def _settings_of(node: Node | None) -> Iterator[tuple[str, Text]]:
    """Yield settings: names with values, or a list of both."""
    for name, value in node.pairs() if isinstance(node, Mapping) else ():
        said = text(value)
        if said is not None:
            yield name.value, said
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping):
            said = text(item.get("value")) or text(item.get("default"))
            if said is not None:
                yield word(item.get("name")), said


def _read_place(
    source: Source,
    node: Mapping,
    name: str,
    told: tuple[dict[str, Mapping], dict[str, list[Text]]],
) -> list[ImageUse]:
    """Read what a job runs in: an image, or a variable that says one."""
    declared, known = told
    container, owner = node.get("container"), f"job {name}"
    if isinstance(container, Mapping):
        return _read_container(source, container, owner, known)
    found = text(container)
    if found is None or found.value in declared:
        return []
    uses = _say(source, found, owner, known)
    return [
        use
        for use in uses
        if use.label not in declared and (":" in use.label or "/" in use.label)
    ]


def _say(
    source: Source, found: Text, owner: str, known: dict[str, list[Text]]
) -> list[ImageUse]:
    value = _UNIFY.sub(_unify, found.value)
    made = msgspec.structs.replace(found, value=value, exact=False)
    said = made if value != found.value else found
    return _each(source.path, said, Role.JOB, owner, known)


def _find_declared(root: Mapping) -> dict[str, Mapping]:
    """Find the containers that jobs name by a word of their own."""
    resources = root.get("resources")
    found = resources.get("containers") if isinstance(resources, Mapping) else None
    items = found.items if isinstance(found, Sequence) else []
    return {
        word(item.get("container")): item for item in items if isinstance(item, Mapping)
    }


def _read_container(
    source: Source, node: Mapping, owner: str, known: dict[str, list[Text]]
) -> list[ImageUse]:
    found = text(node.get("image"))
    signed = node.get("endpoint") is not None
    uses = _say(source, found, owner, known) if found is not None else []
    return [msgspec.structs.replace(use, signed=signed) for use in uses]


def _make_job(
    source: Source,
    node: Mapping,
    name: str,
    uses: list[ImageUse],
    script: Node | None,
) -> Job:
    place = {"path": source.path, "start": node.start, "stop": tail(node)}
    said = read_script(source, script, f"job {name}")
    step = Step(**place, number=0, commands=said.commands, images=said.images)  # type: ignore[arg-type]
    first = next((use for use in uses if use.role is Role.JOB), None)
    return Job(
        **place,  # type: ignore[arg-type]
        name=name,
        container=first,
        services=tuple(use for use in uses if use is not first),
        steps=(step,) if said.commands else (),
    )


READER = Reader(
    name="Drone, Woodpecker, Azure Pipelines",
    names=(
        ".drone.yml",
        ".drone.yaml",
        ".woodpecker.yml",
        ".woodpecker.yaml",
        "**/.woodpecker/*.yml",
        "**/.woodpecker/*.yaml",
        "azure-pipelines*.yml",
        "azure-pipelines*.yaml",
        "**/.azure-pipelines/**/*.yml",
    ),
    read=read,
)
