"""GitHub's workflows and actions: containers, services, steps in their order."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import Call, ImageUse, Role, Scope, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Insertion, Text
from seawall.policy.knowledge.hiddenpulls import ACTIONS, Hidden, is_given
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.manifests.podspecs import find_room
from seawall.policy.reading.pipelines.expressions import Known
from seawall.policy.reading.pipelines.shellsteps import Script, name_pulled, read_script
from seawall.policy.reading.scripts.unnamed import hide
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_WORTH = re.compile(rb"^[\"']?(?:jobs|runs)[\"']?\s*:", re.MULTILINE)
_DOCKER = "docker://"
_SHELLS = ("", "bash", "sh")
_WINDOWS = "windows"
"""What labels have in them of runners whose shell is PowerShell, if nobody says it."""


class _Frame(msgspec.Struct, frozen=True):
    """What holds for the steps of a job."""

    owner: str
    known: Known
    shell: str = ""
    calls: list[Call] = []


def sniff(data: bytes) -> bool:
    """Whether it has jobs, or says how an action runs."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a workflow or an action."""
    for root in source.documents:
        if not isinstance(root, Mapping):
            continue
        jobs, runs = root.get("jobs"), root.get("runs")
        calls: list[Call] = []
        if isinstance(jobs, Mapping):
            known = Known(source.path)
            found = tuple(_read_jobs(source, root, jobs, calls))
            for event in ("workflow_call", "workflow_dispatch"):
                known.add_inputs(_below(root.get("on"), event, "inputs"))
        elif isinstance(runs, Mapping):
            known = Known(source.path.rpartition("/")[0])
            known.add_inputs(root.get("inputs"))
            found = (_read_action(source, root, runs, calls),)
        else:
            continue
        yield from calls
        yield Scope(
            path=source.path,
            start=root.start,
            stop=root.stop,
            key=known.key,
            defaults=known.defaults,
        )
        yield Workflow(
            path=source.path,
            start=root.start,
            stop=root.stop,
            system=System.GITHUB,
            name=word(root.get("name")),
            jobs=found,
        )


def _read_jobs(
    source: Source, root: Mapping, jobs: Mapping, calls: list[Call]
) -> Iterator[Job]:
    shell = _default_shell(root)
    events = root.get("on")
    for name, job in jobs.pairs():
        if not isinstance(job, Mapping):
            continue
        known = Known(source.path)
        for event in ("workflow_call", "workflow_dispatch"):
            known.add_inputs(_below(events, event, "inputs"))
        known.add_matrix(_below(job.get("strategy"), "matrix"))
        known.add_variables(root.get("env"))
        known.add_variables(job.get("env"))
        labels = _list_labels(job.get("runs-on"))
        unsaid = "pwsh" if any(_WINDOWS in word(one) for one in labels) else ""
        own = _default_shell(job) or shell or unsaid
        frame = _Frame(f"job {name.value}", known, own, calls)
        _note_call(source, job, frame)
        containers = tuple(
            _read_container(source, job.get("container"), Role.JOB, frame)
        )
        needs = job.get("needs")
        yield Job(
            path=source.path,
            start=job.start,
            stop=tail(job),
            name=name.value,
            runner=" ".join(_name_runners(labels, known)),
            container=containers[0] if containers else None,
            services=(*containers[1:], *_read_services(source, job, frame)),
            needs=tuple(
                word(one)
                for one in (needs.items if isinstance(needs, Sequence) else [needs])
                if word(one)
            ),
            steps=tuple(_read_steps(source, job.get("steps"), frame)),
        )


def _list_labels(node: Node | None) -> list[Node | None]:
    """List what a runner must have all of: a label, some, or those of a group."""
    said = node.get("labels") if isinstance(node, Mapping) else node
    return list(said.items) if isinstance(said, Sequence) else [said]


def _name_runners(labels: list[Node | None], known: Known) -> Iterator[str]:
    """Name each that a job may run on: a matrix has several."""
    for label in filter(None, map(text, labels)):
        yield label.value
        yield from (one.value for one in known.expand(label) or ())


def _default_shell(node: Mapping) -> str:
    return word(_below(node.get("defaults"), "run", "shell"))


def _below(node: Node | None, *names: str) -> Node | None:
    """Go down some keys."""
    for name in names:
        node = node.get(name) if isinstance(node, Mapping) else None
    return node


def _read_container(
    source: Source, node: Node | None, role: Role, frame: _Frame
) -> Iterator[ImageUse]:
    """Read a container: a name alone, or a mapping with its `image`."""
    found = text(node.get("image") if isinstance(node, Mapping) else node)
    if found is None:
        return
    signed = isinstance(node, Mapping) and node.get("credentials") is not None
    if found.value.startswith(_DOCKER):
        found = found.cut(len(_DOCKER), len(found.value))
    for use in frame.known.read_image(source.path, found, role, frame.owner):
        yield msgspec.structs.replace(use, signed=signed)


def _read_services(source: Source, job: Mapping, frame: _Frame) -> Iterator[ImageUse]:
    services = job.get("services")
    for _, one in services.pairs() if isinstance(services, Mapping) else ():
        yield from _read_container(source, one, Role.SERVICE, frame)


def _note_call(source: Source, node: Mapping, frame: _Frame) -> None:
    """Note what a job or a step passes to a workflow or an action of this tree."""
    uses, given = word(node.get("uses")), node.get("with")
    if not uses.startswith("./"):
        return
    tree, folder, _ = source.path.partition(".github/")
    pairs = given.pairs() if isinstance(given, Mapping) else ()
    frame.calls.append(
        Call(
            path=source.path,
            start=node.start,
            stop=max(node.start, tail(node)),
            caller=frame.known.key,
            callee=f"{tree if folder else ''}{uses.removeprefix('./')}".rstrip("/"),
            values={
                f"inputs.{name.value}": frame.known.give(said)
                for name, value in pairs
                if (said := text(value)) is not None and said.value
            },
        )
    )


def _read_action(
    source: Source, root: Mapping, runs: Mapping, calls: list[Call]
) -> Job:
    """Read an action as a job: its image, or its steps."""
    known = Known(source.path.rpartition("/")[0])
    known.add_inputs(root.get("inputs"))
    frame = _Frame("action", known, calls=calls)
    image, container = text(runs.get("image")), None
    if image is not None and image.value.startswith(_DOCKER):
        named = image.cut(len(_DOCKER), len(image.value))
        found = known.read_image(source.path, named, Role.ACTION, frame.owner)
        container = next(found, None)
    return Job(
        path=source.path,
        start=runs.start,
        stop=tail(runs),
        name="action",
        container=container,
        steps=tuple(_read_steps(source, runs.get("steps"), frame)),
    )


def _read_steps(source: Source, node: Node | None, frame: _Frame) -> Iterator[Step]:
    for number, item in enumerate(node.items if isinstance(node, Sequence) else ()):
        if isinstance(item, Mapping):
            yield _read_step(source, item, frame, number)


def _read_step(source: Source, item: Mapping, frame: _Frame, number: int) -> Step:
    uses, given = text(item.get("uses")), item.get("with")
    _note_call(source, item, frame)
    known = frame.known.within(item.get("env"))
    frame = msgspec.structs.replace(frame, known=known)
    inputs = _read_inputs(given, known)
    shell = (word(item.get("shell")) or frame.shell).split()
    script = Script()
    run = item.get("run")
    if isinstance(run, Scalar) and (shell[0] if shell else "") in _SHELLS:
        script = read_script(source, run, frame.owner, known.variables, known.fill)
    return Step(
        path=source.path,
        start=item.start,
        stop=tail(item),
        number=number,
        name=word(item.get("name")),
        uses=uses,
        inputs=inputs,
        room=_find_room(source, item, given),
        run=text(run),
        commands=script.commands,
        images=(
            *_read_used(source.path, uses, inputs, frame),
            *_fill(source.path, script, frame),
            *name_pulled(source.path, script, known.written, frame.owner),
        ),
    )


def _fill(path: str, script: Script, frame: _Frame) -> Iterator[ImageUse]:
    """Fill in expressions in what commands pull."""
    for use in script.images:
        if "${{" in use.text.value:
            yield from frame.known.read_image(path, use.text, use.role, frame.owner)
        else:
            yield use


def _read_inputs(given: Node | None, known: Known) -> dict[str, Text]:
    pairs = given.pairs() if isinstance(given, Mapping) else ()
    found = ((name.value, text(value)) for name, value in pairs)
    return {name: known.fill(value) for name, value in found if value is not None}


def _find_room(source: Source, item: Mapping, given: Node | None) -> Insertion | None:
    """Find where an input may be put; without inputs, where `with:` may."""
    if isinstance(given, Mapping):
        return find_room(source, given, "")
    entry = item.entry("uses")
    if given is not None or entry is None or item.flow:
        return None
    key, value = entry
    line = source.data[source.line_start(key.start) : key.start]
    if line.strip(b" -") or not isinstance(value, Scalar):
        return None
    return source.after_line(value.stop, len(line))


def _read_used(
    path: str, uses: Text | None, inputs: dict[str, Text], frame: _Frame
) -> Iterator[ImageUse]:
    """Yield what an action is known to pull, and images that are used as actions."""
    if uses is None:
        return
    if uses.value.startswith(_DOCKER):
        named = uses.cut(len(_DOCKER), len(uses.value))
        yield name_image(path, named, Role.ACTION, owner=frame.owner)
        return
    action = uses.value.partition("@")[0]
    hidden = ACTIONS.get(action.lower())
    if hidden is None:
        return
    given = inputs.get(hidden.input)
    named_here = _cut_image(given, hidden) if given else None
    if named_here is not None:
        yield from frame.known.read_image(path, named_here, Role.IMPLICIT, frame.owner)
    elif not any(
        name in inputs and is_given(inputs[name].value, words)
        for name, words in hidden.unless.items()
    ):
        yield hide(path, uses, hidden, frame.owner, (action,))


def _cut_image(given: Text, hidden: Hidden) -> Text | None:
    """Take the image out of an input that may say more."""
    if not hidden.lead:
        return given if given.value else None
    match = re.search(rf"(?:^|[\s,]){re.escape(hidden.lead)}([^\s,]+)", given.value)
    return given.cut(*match.span(1)) if match else None


READER = Reader(
    name="GitHub Actions",
    names=(
        "**/.github/workflows/*.yml",
        "**/.github/workflows/*.yaml",
        "**/.gitea/workflows/*.yml",
        "**/.gitea/workflows/*.yaml",
        "**/.forgejo/workflows/*.yml",
        "**/.forgejo/workflows/*.yaml",
        "action.yml",
        "action.yaml",
    ),
    read=read,
    sniff=sniff,
)
