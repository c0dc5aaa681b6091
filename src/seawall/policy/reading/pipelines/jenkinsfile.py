"""Jenkinsfiles: agents in containers, pods in strings, shell steps."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

import msgspec

from seawall.policy.facts.commands import Setting
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading import yamlevents
from seawall.policy.reading.embedded import embed_range
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import kubernetes, objects, podspecs
from seawall.policy.reading.manifests.objects import Head
from seawall.policy.reading.scripts.shelltext import read_commands
from seawall.policy.reading.scripts.unnamed import read_images
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping as YamlMapping

_COMMENT = re.compile(r"^[ \t]*(?://|\*|/\*)[^\n]*", re.MULTILINE)
_STRING = (  # Groovy's four kinds of strings
    r"(?:'''(?P<a3>(?:[^']|'(?!''))*)'''"
    r'|"""(?P<a4>(?:[^"]|"(?!""))*)"""'
    r"|'(?P<a1>[^'\n]*)'"
    r'|"(?P<a2>[^"\n]*)")'
)
_GAP = r"[ \t]{0,9}"
_NAME = r"(?:env\.|params\.)?[A-Za-z_]\w*"
_VALUE = rf"(?:{_STRING}|(?P<name>{_NAME})(?=[\s),;}}]))"
_AGENT = re.compile(r"\bdocker\s{0,9}(?=\{)")
_WITHIN = re.compile(rf"\bdocker\.withRegistry\({_GAP}{_STRING}")
_NAMED = re.compile(rf"\bimage{_GAP}[:=(]?{_GAP}{_VALUE}")
_REGISTRY = re.compile(rf"\bregistryUrl{_GAP}[:=(]?{_GAP}{_STRING}")
_TEMPLATE = re.compile(
    rf"\bcontainerTemplate{_GAP}[({{][^(){{}}]{{0,999}}?\bimage{_GAP}:?{_GAP}{_VALUE}"
)
_SHORT = re.compile(
    rf"\b(?:agent{_GAP}\{{\s{{0,99}}docker{_GAP}|docker\.image\({_GAP}){_VALUE}"
)
_SET = re.compile(
    r"(?:^|\{)[ \t]{0,99}(?:(?:def|String|final)[ \t]{1,9}){0,2}(?P<key>\w+)"
    rf"{_GAP}={_GAP}{_STRING}",
    re.MULTILINE,
)
_PARAMETER = re.compile(
    rf"\bstring{_GAP}\([^()]{{0,500}}?\bname:{_GAP}['\"](?P<key>\w+)['\"]"
    rf"[^()]{{0,500}}?\bdefaultValue:{_GAP}{_STRING}"
)
_FILLED = re.compile(rf"\$\{{({_NAME})\}}|\$({_NAME})")
_YAML = re.compile(rf"\byaml{_GAP}[:=(]?{_GAP}{_STRING}")
_SHELL = re.compile(rf"\bsh{_GAP}\(?\s{{0,99}}(?:script{_GAP}:{_GAP})?{_STRING}")
_BRACES = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'|[{}]')
_REGISTRIES = 100
_GROUPS = ("a1", "a2", "a3", "a4")


class _Script(msgspec.Struct, frozen=True):
    """A Jenkinsfile while it is read.

    Attributes:
        source: The file.
        content: Its text without comments, which are blank.
        known: What its variables and parameters are, as far as they are written out.
        blocks: Where each block ends, by where it begins.
        registries: Where `withRegistry` holds: from, to, and whose images are meant.
    """

    source: Source
    content: str
    known: Mapping[str, Text]
    blocks: Mapping[int, int]
    registries: tuple[tuple[int, int, str], ...] = ()


def read(source: Source) -> Iterator[Fact]:
    """Read what agents run in, and what shell steps do."""
    content = _COMMENT.sub(lambda match: " " * len(match[0]), source.text)
    blocks = _find_blocks(content)
    script = _Script(
        source,
        content,
        dict(_read_variables(source, content)),
        blocks,
        tuple(islice(_read_registries(content, blocks), _REGISTRIES)),
    )
    jobs = [
        _make_job(source, number, use)
        for number, use in enumerate(_read_agents(script))
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
        yield from _read_yaml(source, content, _span(match))


def _read_yaml(source: Source, content: str, span: tuple[int, int]) -> Iterator[Fact]:
    """Read pods in a string; the plug-in takes one without its kind for a pod, too."""
    begin, end = span
    found = yamlevents.read_documents(
        content[begin:end],
        source.offsets[begin : end + 1],
        source.limits,
        editable=source.is_exact,
    )
    for root in found.roots:
        for node in objects.list_objects(root):
            if node.get("kind") is not None and node.get("apiVersion") is not None:
                yield from kubernetes.read_object(source, node)
            elif isinstance(node.get("spec"), YamlMapping):
                yield from podspecs.read_pods(source, node, _make_head(source, node))


def _make_head(source: Source, node: YamlMapping) -> Head:
    empty: dict[str, str] = {}
    place = (source.path, node.start, node.stop)
    return Head(*place, "v1", "Pod", "agent", "", empty, empty)


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Find where the string of a match stands, without its quotes."""
    return next(match.span(name) for name in _GROUPS if match[name] is not None)


def _string(source: Source, match: re.Match[str]) -> Text:
    begin, end = _span(match)
    return source.make_text(
        match.string[begin:end], source.byte_at(begin), source.byte_at(end)
    )


def _read_variables(source: Source, content: str) -> Iterator[tuple[str, Text]]:
    """Yield variables that are set once, and defaults of parameters."""
    found: dict[str, list[re.Match[str]]] = {}
    for match in _SET.finditer(content):
        found.setdefault(match["key"], []).append(match)
    for name, matches in found.items():
        if len(matches) == 1:
            said = _string(source, matches[0])
            yield name, said
            yield f"env.{name}", said
    for match in _PARAMETER.finditer(content):
        yield f"params.{match['key']}", _string(source, match)


def _read_registries(
    content: str, blocks: Mapping[int, int]
) -> Iterator[tuple[int, int, str]]:
    for match in _WITHIN.finditer(content):
        begin = content.find("{", match.end())
        if begin >= 0:
            host = _host(content[slice(*_span(match))])
            yield begin, blocks.get(begin, len(content)), host


def _host(url: str) -> str:
    """Name the registry of an address; what is behind it belongs to no name.

    >>> _host("https://index.docker.io/v1/"), _host("")
    ('index.docker.io', '')
    """
    return url.partition("://")[2].partition("/")[0]


def _find_blocks(content: str) -> dict[int, int]:
    """Find where each block ends, by where it begins."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for match in _BRACES.finditer(content):
        if match[0] == "{":
            stack.append(match.start())
        elif match[0] == "}" and stack:
            found[stack.pop()] = match.end()
    return found


def _read_agents(script: _Script) -> Iterator[ImageUse]:
    """Yield images of agents, of `docker.image('…')`, and of container templates."""
    content = script.content
    for block in _AGENT.finditer(content):
        end = script.blocks.get(block.end())
        if end is None:
            continue
        match = _NAMED.search(content, block.end(), end)
        if match is None:
            continue
        registry = _REGISTRY.search(content, block.end(), end)
        host = _host(content[slice(*_span(registry))]) if registry else ""
        signed = "registryCredentialsId" in content[block.end() : end]
        use = _name(script, match, host)
        if use is not None:
            yield msgspec.structs.replace(use, signed=signed)
    for pattern in (_SHORT, _TEMPLATE):
        for match in pattern.finditer(content):
            inside = (
                host
                for first, last, host in script.registries
                if first < match.start() < last
            )
            use = _name(script, match, next(inside, ""))
            if use is not None:
                yield use


def _name(script: _Script, match: re.Match[str], host: str) -> ImageUse | None:
    """Name an image: a string, perhaps with variables in it, or a variable alone."""
    source, name = script.source, match["name"]
    written, origin = None, ""
    if name is not None:
        text = source.make_text(name, *map(source.byte_at, match.span("name")))
        written = script.known.get(name)
        if written is None:
            return None
        value, origin = written.value, f"variable {name}"
    else:
        text = _string(source, match)
        value, used = _fill(script, text.value)
        if used:
            origin = f"variable {used[0]}"
            whole = _FILLED.fullmatch(text.value) is not None
            written = script.known[used[0]] if whole else None
    if host and not value.startswith(f"{host}/"):
        value, written, origin = f"{host}/{value}", None, origin or "of a registry"
    return name_image(
        source.path,
        text,
        Role.JOB,
        owner="agent",
        value=value,
        origin=origin,
        written=written,
    )


def _fill(script: _Script, value: str) -> tuple[str, list[str]]:
    used: list[str] = []

    def say(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in script.known:
            return match[0]
        used.append(name)
        return script.known[name].value

    return _FILLED.sub(say, value), used


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
