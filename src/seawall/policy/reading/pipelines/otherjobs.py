"""Pipelines of Drone, Woodpecker and Azure: images of steps, services, containers."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
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
    for part, role in _PARTS.items():
        for name, item in _named(root.get(part)):
            found = text(item.get("image"))
            owner = f"step {name}"
            use = None
            if found is not None:
                use = name_image(source.path, found, role, owner=owner)
            yield _make_job(source, item, name, use, item.get("commands"))


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
    for item in declared.values():
        use = _read_container(source, item, f"container {word(item.get('container'))}")
        yield _make_job(source, item, word(item.get("container")), use, None)
    for node in walk(root):
        if not isinstance(node, Mapping) or any(
            node is one for one in declared.values()
        ):
            continue
        name = word(node.get("job") or node.get("deployment"))
        container = node.get("container")
        use = None
        if isinstance(container, Mapping):
            use = _read_container(source, container, f"job {name}")
        elif text(container) is not None and word(container) not in declared:
            found = text(container)
            if found and (":" in found.value or "/" in found.value):
                use = name_image(source.path, found, Role.JOB, owner=f"job {name}")
        script = next((node.get(key) for key in _SCRIPTS if node.get(key)), None)
        if use is not None or script is not None:
            yield _make_job(source, node, name, use, script)


def _find_declared(root: Mapping) -> dict[str, Mapping]:
    """Find the containers that jobs name by a word of their own."""
    resources = root.get("resources")
    found = resources.get("containers") if isinstance(resources, Mapping) else None
    items = found.items if isinstance(found, Sequence) else []
    return {
        word(item.get("container")): item for item in items if isinstance(item, Mapping)
    }


def _read_container(source: Source, node: Mapping, owner: str) -> ImageUse | None:
    found = text(node.get("image"))
    if found is None:
        return None
    use = name_image(source.path, found, Role.JOB, owner=owner)
    return msgspec.structs.replace(use, signed=node.get("endpoint") is not None)


def _make_job(
    source: Source, node: Mapping, name: str, use: ImageUse | None, script: Node | None
) -> Job:
    place = {"path": source.path, "start": node.start, "stop": tail(node)}
    said = read_script(source, script, f"job {name}")
    step = Step(**place, number=0, commands=said.commands, images=said.images)  # type: ignore[arg-type]
    return Job(
        **place,  # type: ignore[arg-type]
        name=name,
        container=use if use and use.role is Role.JOB else None,
        services=(use,) if use and use.role is Role.SERVICE else (),
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
