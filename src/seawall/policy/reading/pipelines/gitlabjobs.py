"""GitLab's pipelines: images of jobs, services, and scripts."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.builds.variables import expand
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.pipelines.shellsteps import read_script
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_WORTH = re.compile(rb"^(?:\s+(?:script|extends)|image|default)\s*:", re.MULTILINE)
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
_SCRIPTS = ("before_script", "script", "after_script")


def sniff(data: bytes) -> bool:
    """Whether it has jobs, or says what all of them have."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a pipeline, or a file that one includes.

    What jobs have from `default`, from a template that they extend, or from an anchor
    is told once, where it is written.
    """
    seen: set[int] = set()
    for root in source.documents:
        if not isinstance(root, Mapping) or _is_foreign(root):
            continue
        jobs = tuple(_read_jobs(source, root, seen))
        if jobs:
            yield Workflow(
                path=source.path,
                start=root.start,
                stop=root.stop,
                system=System.GITLAB,
                name=word(root.get("name")),
                jobs=jobs,
            )


def _is_foreign(root: Mapping) -> bool:
    """Whether it is another system's file under a name that fits."""
    foreign = ("kind", "apiVersion", "jobs", "version", "steps")
    return any(root.get(name) is not None for name in foreign) or isinstance(
        root.get("services"), Mapping
    )


def _read_jobs(source: Source, root: Mapping, seen: set[int]) -> Iterator[Job]:
    shared = _read_variables(root.get("variables"))
    everybody = Mapping(root.start, root.start, flow=False)
    everybody.entries = [
        (key, value)
        for key, value in root.entries
        if getattr(getattr(key, "text", None), "value", "") in ("image", "services")
    ]
    if everybody.entries:
        yield _read_job(source, ("default", everybody), shared, seen)
    for name, job in root.pairs():
        if name.value in _WORDS or not isinstance(job, Mapping):
            continue
        if name.value == "default" or any(job.get(key) for key in _JOBS):
            yield _read_job(source, (name.value, job), shared, seen)


def _read_variables(node: Node | None) -> dict[str, Text]:
    """Read variables: words, or mappings with a `value`."""
    found = {}
    for name, value in node.pairs() if isinstance(node, Mapping) else ():
        said = text(value.get("value") if isinstance(value, Mapping) else value)
        if said is not None:
            found[name.value] = said
    return found


def _read_job(
    source: Source, named: tuple[str, Mapping], shared: dict[str, Text], seen: set[int]
) -> Job:
    name, job = named
    owner = f"job {name}"
    known = {**shared, **_read_variables(job.get("variables"))}
    services = job.get("services")
    container = _read_image(source, job.get("image"), Role.JOB, owner, known)
    found = [
        _read_image(source, item, Role.SERVICE, owner, known)
        for item in (services.items if isinstance(services, Sequence) else ())
    ]
    fresh = [use for use in [container, *found] if use and use.start not in seen]
    seen.update(use.start for use in fresh)
    return Job(
        path=source.path,
        start=job.start,
        stop=max(job.start, tail(job)),
        name=name,
        container=container if container in fresh else None,
        services=tuple(use for use in fresh if use is not container),
        steps=tuple(_read_steps(source, job, owner, seen)),
    )


def _read_steps(
    source: Source, job: Mapping, owner: str, seen: set[int]
) -> Iterator[Step]:
    for number, key in enumerate(_SCRIPTS):
        node = job.get(key)
        if node is None or node.start in seen:
            continue
        seen.add(node.start)
        script = read_script(source, node, owner)
        yield Step(
            path=source.path,
            start=node.start,
            stop=max(node.start, tail(node)),
            number=number,
            name=key,
            commands=script.commands,
            images=script.images,
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
    return name_image(
        source.path,
        found,
        role,
        owner=owner,
        value=value,
        policy=text(policy),
        origin=f"variable {used[0]}" if used else "",
        written=known[used[0]] if whole else None,
    )


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
