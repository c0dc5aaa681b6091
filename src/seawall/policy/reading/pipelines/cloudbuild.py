"""Pipelines of Google Cloud Build: each step is an image, called its name."""

from collections.abc import Iterator

from seawall.policy.facts.images import Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_SHELLS = {"sh", "bash", "/bin/sh", "/bin/bash"}


def read(source: Source) -> Iterator[Fact]:
    """Read a build; its steps are jobs, since each has an image of its own."""
    for root in source.documents:
        steps = root.get("steps") if isinstance(root, Mapping) else None
        if isinstance(steps, Sequence) and not _is_object(root):
            yield Workflow(
                path=source.path,
                start=root.start,
                stop=root.stop,
                system=System.OTHER,
                jobs=tuple(_read_jobs(source, steps)),
            )


def _is_object(root: Node) -> bool:
    return isinstance(root, Mapping) and root.get("kind") is not None


def _read_jobs(source: Source, steps: Sequence) -> Iterator[Job]:
    for number, item in enumerate(steps.items):
        found = text(item.get("name")) if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or found is None:
            continue
        name = word(item.get("id")) or str(number)
        said = read_script(source, _script_of(item), f"step {name}")
        step = Step(
            path=source.path,
            start=item.start,
            stop=tail(item),
            number=0,
            commands=said.commands,
            images=said.images,
        )
        yield Job(
            path=source.path,
            start=item.start,
            stop=tail(item),
            name=name,
            container=name_image(source.path, found, Role.JOB, owner=f"step {name}"),
            steps=(step,) if said.commands else (),
        )


def _script_of(item: Mapping) -> Node | None:
    """Find the shell text of a step: `script`, or what a shell is given with `-c`."""
    script = item.get("script")
    args = item.get("args")
    if script is not None or word(item.get("entrypoint")) not in _SHELLS:
        return script
    if isinstance(args, Sequence) and len(args.items) > 1:
        lead = word(args.items[0])
        if lead.startswith("-") and lead.endswith("c"):
            return args.items[1]
    return None


READER = Reader(
    name="Google Cloud Build",
    names=(
        "cloudbuild*.yaml",
        "cloudbuild*.yml",
        "*cloudbuild.yaml",
        "*cloudbuild.yml",
    ),
    read=read,
    sniff=lambda data: b"steps" in data,
)
