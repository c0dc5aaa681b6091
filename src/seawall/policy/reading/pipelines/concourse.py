"""Pipelines and tasks of Concourse: images that resources name, and what tasks run."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence, walk

_TYPES = {"registry-image", "docker-image"}
_SHELLS = {"sh", "bash", "ash", "/bin/sh", "/bin/bash"}
_ROOTS = ("jobs", "resources", "resource_types", "image_resource")
"""What is at the top of a pipeline, and of a task in a file of its own."""


def read(source: Source) -> Iterator[Fact]:
    """Read a pipeline, or a task.

    Of the resources, those count that a task has as its `image`: an image that is only
    `put` is pushed, and of one that is only `get`, Concourse itself says which version
    each build had. One with a `registry_mirror` is taken for one with a credential.
    See https://concourse-ci.org/tasks.html and
    https://github.com/concourse/registry-image-resource.
    """
    for root in source.documents:
        if isinstance(root, Mapping) and any(root.get(key) for key in _ROOTS):
            jobs = tuple(_read_jobs(source, root))
            if jobs:
                yield Workflow(
                    path=source.path,
                    start=root.start,
                    stop=root.stop,
                    system=System.OTHER,
                    jobs=jobs,
                )


def _read_jobs(source: Source, root: Mapping) -> Iterator[Job]:
    nodes = [node for node in walk(root) if isinstance(node, Mapping)]
    run_in = {word(node.get("image")) for node in nodes if node.get("task")}
    # What a step says of its image counts, and not what its task says.
    moot = {id(node.get("config")) for node in nodes if node.get("image")}
    types = root.get("resource_types")
    known = {id(one) for one in types.items} if isinstance(types, Sequence) else set()
    for node in nodes:
        image = node.get("image_resource")
        name = word(node.get("name"))
        if isinstance(image, Mapping):
            if id(node) in moot:
                continue
            use = _read_image(source, image, "task")
        elif id(node) in known or (name and name in run_in):
            use = _read_image(source, node, f"resource {name}")
        else:
            continue
        step = _read_run(source, node.get("run"))
        if use is not None or step is not None:
            yield Job(
                path=source.path,
                start=node.start,
                stop=tail(node),
                name=name or "task",
                container=use,
                steps=(step,) if step else (),
            )


def _read_image(source: Source, node: Mapping, owner: str) -> ImageUse | None:
    said = node.get("source")
    if word(node.get("type")) not in _TYPES or not isinstance(said, Mapping):
        return None
    repository, tag = text(said.get("repository")), word(said.get("tag"))
    version = node.get("version")
    digest = word(version.get("digest")) if isinstance(version, Mapping) else ""
    if repository is None or not repository.value:
        return None
    value = repository.value + (f":{tag}" if tag else "")
    value += f"@{digest}" if digest else ""
    use = name_image(source.path, repository, Role.JOB, value=value, owner=owner)
    return msgspec.structs.replace(
        use,
        # The tag has a key of its own, and a digest none: no fix writes it here.
        text=Text(value, repository.start, repository.stop, exact=False),
        signed=any(
            said.get(key) for key in ("username", "registry_mirror", "aws_role_arn")
        ),
    )


def _read_run(source: Source, node: Node | None) -> Step | None:
    """Read the shell text that a task's `run` gives a shell with `-c`."""
    args = node.get("args") if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping) or not isinstance(args, Sequence):
        return None
    if word(node.get("path")) not in _SHELLS or len(args.items) < 2:  # noqa: PLR2004
        return None
    script = read_script(source, args.items[-1], "task")
    if not script.commands:
        return None
    return Step(
        path=source.path,
        start=node.start,
        stop=tail(node),
        number=0,
        commands=script.commands,
        images=script.images,
    )


READER = Reader(
    name="Concourse",
    names=("*.yml", "*.yaml"),
    read=read,
    sniff=lambda data: b"registry-image" in data or b"docker-image" in data,
)
