"""Jenkinsfiles: agents in containers, pods in strings, shell steps."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.commands import Setting
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact
from seawall.policy.reading import yamlmarks
from seawall.policy.reading.embedded import embed_range
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import kubernetes, objects
from seawall.policy.reading.scripts.shelltext import read_commands
from seawall.policy.reading.scripts.unnamed import read_images
from seawall.policy.reading.source import Source

_COMMENT = re.compile(r"^[ \t]*(?://|\*|/\*)[^\n]*", re.MULTILINE)
_STRING = (  # Groovy's four kinds of strings
    r"(?:'''(?P<a3>(?:[^']|'(?!''))*)'''"
    r'|"""(?P<a4>(?:[^"]|"(?!""))*)"""'
    r"|'(?P<a1>[^'\n]*)'"
    r'|"(?P<a2>[^"\n]*)")'
)
_GAP = r"[ \t]{0,9}"
_AGENT = re.compile(r"\bdocker\s{0,9}\{(?P<body>[^{}]*)\}")
_NAMED = re.compile(rf"\bimage{_GAP}[:=(]?{_GAP}{_STRING}")
_SHORT = re.compile(
    rf"\b(?:agent{_GAP}\{{\s{{0,99}}docker{_GAP}|docker\.image\({_GAP}){_STRING}"
)
_YAML = re.compile(rf"\byaml{_GAP}[:=(]?{_GAP}{_STRING}")
_SHELL = re.compile(rf"\bsh{_GAP}\(?\s{{0,99}}(?:script{_GAP}:{_GAP})?{_STRING}")
_GROUPS = ("a1", "a2", "a3", "a4")


def read(source: Source) -> Iterator[Fact]:
    """Read what agents run in, and what shell steps do."""
    content = _COMMENT.sub(lambda match: " " * len(match[0]), source.text)
    jobs = [
        _make_job(source, number, use)
        for number, use in enumerate(_read_agents(source, content))
    ]
    steps = tuple(_read_steps(source, content))
    jobs.append(_make_job(source, len(jobs), None, steps))
    yield Workflow(
        path=source.path,
        start=0,
        stop=len(source.data),
        system=System.JENKINS,
        jobs=tuple(jobs),
    )
    for match in _YAML.finditer(content):
        begin, end = _span(match)
        found = yamlmarks.read_documents(
            content[begin:end],
            lambda index, begin=begin: source.byte_at(begin + index),  # type: ignore[misc]
            source.limits,
            editable=source.is_exact,
        )
        for root in found.roots:
            for node in objects.list_objects(root):
                yield from kubernetes.read_object(source, node)


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Find where the string of a match stands, without its quotes."""
    return next(match.span(name) for name in _GROUPS if match[name] is not None)


def _read_agents(source: Source, content: str) -> Iterator[ImageUse]:
    """Yield `docker { image '…' }`, `docker '…'` and `docker.image('…')`."""
    for block in _AGENT.finditer(content):
        match = _NAMED.search(content, *block.span("body"))
        if match is not None:
            signed = "registryCredentialsId" in block["body"]
            use = _name(source, match)
            yield msgspec.structs.replace(use, signed=signed)
    for match in _SHORT.finditer(content):
        yield _name(source, match)


def _name(source: Source, match: re.Match[str]) -> ImageUse:
    begin, end = _span(match)
    text = source.make_text(
        match.string[begin:end], source.byte_at(begin), source.byte_at(end)
    )
    return name_image(source.path, text, Role.JOB, owner="agent")


def _make_job(
    source: Source, number: int, use: ImageUse | None, steps: tuple[Step, ...] = ()
) -> Job:
    return Job(
        path=source.path,
        start=use.start if use else 0,
        stop=use.stop if use else len(source.data),
        name=f"agent {number}" if use else "steps",
        container=use,
        steps=steps,
    )


def _read_steps(source: Source, content: str) -> Iterator[Step]:
    for number, match in enumerate(_SHELL.finditer(content)):
        begin, end = (source.byte_at(index) for index in _span(match))
        commands = read_commands(
            embed_range(source, begin, end), Setting.PIPELINE, "steps"
        )
        yield Step(
            path=source.path,
            start=begin,
            stop=end,
            number=number,
            name="sh",
            commands=tuple(commands),
            images=tuple(use for one in commands for use in read_images(one)),
        )


READER = Reader(
    name="Jenkinsfile",
    names=("jenkinsfile", "jenkinsfile.*", "*.jenkinsfile"),
    read=read,
)
