"""GitLab's pipelines: images of jobs, services, and scripts."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import (
    INNER,
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
from seawall.policy.reading.pipelines.shellsteps import name_pulled, read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import expand, find_blanks
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_WORTH = re.compile(
    rb"(?:^\s+|[{,]\s*)[\"']?(?:script|extends)[\"']?\s*:"
    rb"|^[\"']?(?:image|default|include|variables)[\"']?\s*:",
    re.MULTILINE,
)
_PROXY = re.compile(
    r"\$(?:\{CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\}"
    r"|CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX)/"
)
"""GitLab's own variables for the dependency proxy of a group."""

_WORDS = frozenset(
    (
        "after_script",
        "before_script",
        "cache",
        "image",
        "include",
        "services",
        "spec",
        "stages",
        "variables",
        "workflow",
    )
)
"""Keys at the top that are no jobs: docs.gitlab.com, "CI/CD YAML syntax reference"."""

_JOBS = ("script", "extends", "image", "services")
_LEAD = "gitlab"
"""What begins the names that jobs and files are known by; see `Scope`."""
_BESIDE = " services"
"""Behind a job's name: its services, which come from others than its image may."""
_MAIN = f"{_LEAD}@.gitlab-ci.yml"
"""A project's own pipeline: one that starts it again has the same variables."""
_DEPTH = 8
_SCRIPTS = ("before_script", "script", "after_script")


def sniff(data: bytes) -> bool:
    """Whether it has jobs, or says what all of them have."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a pipeline, or a file that one includes.

    What jobs have from `default`, from a template that they extend, or from an anchor
    is told once, where it is written.
    """
    for root in source.documents:
        if not isinstance(root, Mapping) or _is_foreign(root):
            continue
        reading = _Reading(source, root)
        jobs = tuple(_read_jobs(reading, root))
        if not jobs and not reading.shared and root.get("include") is None:
            continue  # such as the head of a file, with its `spec`
        yield from reading.passed
        yield from _read_file(reading, root)
        if jobs:
            yield Workflow(
                path=source.path,
                start=root.start,
                stop=root.stop,
                system=System.GITLAB,
                name=word(root.get("name")),
                jobs=jobs,
            )


def read_variables(source: Source) -> Iterator[Fact]:
    """Read what a file without jobs says to the pipelines that include it."""
    for root in source.documents:
        if isinstance(root, Mapping) and isinstance(root.get("variables"), Mapping):
            reading = _Reading(source, root)
            reading.shared = _read_variables(root.get("variables"))
            yield from _read_file(reading, root)


class _Reading:
    """A file that is being read: what was met in it, and who uses what of it.

    Args:
        source: The file.
        root: All that it says.
    """

    def __init__(self, source: Source, root: Mapping) -> None:
        self.source = source
        self.root = root
        self.home = f"{_LEAD}@{source.path}"
        self.shared: dict[str, Text] = {}
        self.passed: list[Scope | Call] = []
        self.whose: dict[int, str] = {}

    def note(
        self, node: Mapping, key: str, callee: str, variables: dict[str, Text]
    ) -> None:
        """Note that a job has what another one says, with its own variables."""
        self.passed.append(
            Call(
                path=self.source.path,
                start=node.start,
                stop=max(node.start, tail(node)),
                caller=key,
                callee=callee,
                values={name: (one,) for name, one in _givens(variables).items()},
                inherits=True,
            )
        )


def _givens(variables: dict[str, Text]) -> dict[str, Given]:
    return {
        name: Given(said, find_blanks(said.value)) for name, said in variables.items()
    }


def _read_file(reading: _Reading, root: Mapping) -> Iterator[Scope | Call]:
    """Yield what a file's variables mean in it, and in the files that it includes.

    GitLab puts all files of a pipeline together before it runs: each knows what the
    others say, and whoever includes a file has the last word. A pipeline that a job
    starts knows what that job does.
    """
    place = {"path": reading.source.path, "start": root.start, "stop": root.start}
    included = list(_list_included(root.get("include")))
    yield Scope(
        **place,  # type: ignore[arg-type]
        key=reading.home,
        defaults=_givens(reading.shared),
        shares=tuple(reversed(included)),
    )
    passed = [(target, reading.shared) for target in included]
    for _, job in root.pairs():
        trigger = job.get("trigger") if isinstance(job, Mapping) else None
        if isinstance(trigger, Mapping) and isinstance(job, Mapping):
            known = {**reading.shared, **_read_variables(job.get("variables"))}
            started = _list_included(trigger.get("include"))
            passed += [(one, known) for one in started if not one.endswith(_MAIN)]
    for target, known in passed:
        yield Call(
            **place,  # type: ignore[arg-type]
            caller=reading.home,
            callee=target,
            values={name: (one,) for name, one in _givens(known).items()},
            inherits=True,
        )


def _list_included(include: Node | None) -> Iterator[str]:
    """Name the files of the repository that are included."""
    for item in include.items if isinstance(include, Sequence) else [include]:
        named = item.get("local") if isinstance(item, Mapping) else item
        target = word(named).removeprefix("/")
        if target and "://" not in target:
            yield f"{_LEAD}@{target}"


def _is_foreign(root: Mapping) -> bool:
    """Whether it is another system's file under a name that fits."""
    foreign = ("kind", "apiVersion", "jobs", "version", "steps")
    return any(root.get(name) is not None for name in foreign) or isinstance(
        root.get("services"), Mapping
    )


def _read_jobs(reading: _Reading, root: Mapping) -> Iterator[Job]:
    reading.shared = _read_variables(root.get("variables"))
    everybody = Mapping(root.start, root.start, flow=False)
    everybody.entries = [
        (key, value)
        for key, value in root.entries
        if getattr(getattr(key, "text", None), "value", "") in ("image", "services")
    ]
    if everybody.entries:
        yield _read_job(reading, "default", everybody)
    for name, job in root.pairs():
        if name.value in _WORDS or not isinstance(job, Mapping):
            continue
        if name.value == "default" or any(job.get(key) for key in _JOBS):
            yield _read_job(reading, name.value, job)


def _read_variables(node: Node | None, depth: int = 0) -> dict[str, Text]:
    """Read variables: words, or mappings with a `value`; merged ones come first."""
    found: dict[str, Text] = {}
    own: dict[str, Text] = {}
    for name, value in node.pairs() if isinstance(node, Mapping) else ():
        if name.value == "<<" and depth < _DEPTH:
            for one in value.items if isinstance(value, Sequence) else [value]:
                found |= _read_variables(one, depth + 1)
            continue
        said = text(value.get("value") if isinstance(value, Mapping) else value)
        if said is not None:
            own[name.value] = said
    return {**found, **own}


def _read_job(reading: _Reading, name: str, job: Mapping) -> Job:
    source, owner = reading.source, f"job {name}"
    key = f"{reading.home}{INNER}{name}"
    own = _read_variables(job.get("variables"))
    known = {**reading.shared, **own}
    services, tags = job.get("services"), job.get("tags")
    container = _read_image(source, job.get("image"), Role.JOB, owner, known)
    found = [
        _read_image(source, item, Role.SERVICE, owner, known)
        for item in (services.items if isinstance(services, Sequence) else ())
    ]
    beside = [
        msgspec.structs.replace(use, scope=f"{key}{_BESIDE}") for use in found if use
    ]
    inside = [msgspec.structs.replace(container, scope=key)] if container else []
    uses = [*inside, *beside]
    fresh = [use for use in uses if use.start not in reading.whose]
    for part, listed in (("image", inside), ("services", beside)):
        _note_part(reading, job, (name, key, part), listed, own)
    reading.whose.update((use.start, use.scope) for use in fresh)
    container = inside[0] if inside else None
    return Job(
        path=source.path,
        start=job.start,
        stop=max(job.start, tail(job)),
        name=name,
        runner=" ".join(map(word, tags.items)) if isinstance(tags, Sequence) else "",
        container=container if container in fresh else None,
        services=tuple(use for use in fresh if use is not container),
        steps=tuple(_read_steps(reading, job, owner, known)),
    )


def _note_part(
    reading: _Reading,
    job: Mapping,
    named: tuple[str, str, str],
    uses: list[ImageUse],
    own: dict[str, Text],
) -> None:
    """Note who can be told what a job's image or its services need, and from whom."""
    name, key, part = named
    suffix = _BESIDE if part == "services" else ""
    for callee in _list_callees(reading, job, name, part):
        reading.note(job, f"{key}{suffix}", f"{callee}{suffix}", own)
    for whose in sorted({reading.whose.get(use.start, "") for use in uses} - {""}):
        reading.note(job, f"{key}{suffix}", whose, own)
    reading.passed.append(
        Scope(
            path=reading.source.path,
            start=job.start,
            stop=max(job.start, tail(job)),
            key=f"{key}{suffix}",
            alias=f"{_LEAD}{INNER}{name}{suffix}",
            defaults=_givens(own),
        )
    )


def _list_callees(
    reading: _Reading, job: Mapping, name: str, part: str
) -> Iterator[str]:
    """Name the jobs that it has a part of: by `!reference`, `extends`, or default."""
    node, extends = job.get(part), job.get("extends")
    if isinstance(node, Sequence) and node.tag == "!reference" and node.items:
        yield f"{_LEAD}{INNER}{word(node.items[0])}"
    if node is not None:
        return
    listed = extends.items if isinstance(extends, Sequence) else [extends]
    parents = [word(one) for one in listed if word(one)]
    for parent in parents:
        yield f"{_LEAD}{INNER}{parent}"
    bare = not any(_may_have(reading.root, parent, part) for parent in parents)
    if bare and not name.startswith(".") and name != "default":
        yield f"{reading.home}{INNER}default"


def _may_have(root: Mapping, name: str, part: str, depth: int = 0) -> bool:
    """Whether a job has a part by itself, or by what it extends; unknown ones may."""
    job = root.get(name)
    if not isinstance(job, Mapping) or depth >= _DEPTH:
        return True
    extends = job.get("extends")
    listed = extends.items if isinstance(extends, Sequence) else [extends]
    parents = [word(one) for one in listed if word(one)]
    return job.get(part) is not None or any(
        _may_have(root, parent, part, depth + 1) for parent in parents
    )


def _read_steps(
    reading: _Reading, job: Mapping, owner: str, known: dict[str, Text]
) -> Iterator[Step]:
    source, seen = reading.source, reading.whose
    variables = {name: said.value for name, said in known.items()}
    for number, key in enumerate(_SCRIPTS):
        node = job.get(key)
        if node is None or node.start in seen:
            continue
        seen[node.start] = owner
        script = read_script(source, node, owner, variables)
        yield Step(
            path=source.path,
            start=node.start,
            stop=max(node.start, tail(node)),
            number=number,
            name=key,
            commands=script.commands,
            images=(
                *script.images,
                *name_pulled(source.path, script, known, owner),
            ),
        )


def _read_image(
    source: Source, node: Node | None, role: Role, owner: str, known: dict[str, Text]
) -> ImageUse | None:
    """Read an image: a name alone, or a mapping with its `name`."""
    found = text(node.get("name") if isinstance(node, Mapping) else node)
    if found is None or not found.value:
        return None
    proxied = _PROXY.match(found.value)
    if proxied is not None:  # runners sign in there by themselves
        made = msgspec.structs.replace(found, exact=False)
        rest = found.value[proxied.end() :]
        use = name_image(source.path, made, role, value=rest, owner=owner)
        return msgspec.structs.replace(use, signed=True, filled="")
    value, used = expand(found.value, {name: one.value for name, one in known.items()})
    policy = node.get("pull_policy") if isinstance(node, Mapping) else None
    whole = len(used) == 1 and found.value in (f"${used[0]}", f"${{{used[0]}}}")
    use = name_image(
        source.path,
        found,
        role,
        owner=owner,
        value=value,
        policy=text(policy),
        origin=f"variable {used[0]}" if used else "",
        written=known[used[0]] if whole else None,
    )
    return msgspec.structs.replace(use, blanks=find_blanks(found.value))


READER = Reader(
    name="GitLab CI",
    names=(
        "*gitlab-ci*.yml",
        "*gitlab-ci*.yaml",
        "**/.gitlab/**/*.yml",
        "**/.gitlab-ci/**/*.yml",
        "*-ci.yml",
        "**/ci/**/*.yml",
    ),
    read=read,
    sniff=sniff,
)
