"""What here-documents of scripts hold: objects, Dockerfiles, configurations."""

import re
from bisect import bisect_right
from collections.abc import Iterator

from seawall.errors import InputError
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.injections import HereDocument
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import ServiceAccount, Workload
from seawall.policy.knowledge.hiddenpulls import COMMANDS
from seawall.policy.reading.builds import dockerfile
from seawall.policy.reading.charts import valuefiles
from seawall.policy.reading.configs import clientfiles
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.heredocs.heldsource import (
    EXPANSION,
    Held,
    indent,
    show_alone,
)
from seawall.policy.reading.heredocs.heres import Here, find_heres
from seawall.policy.reading.manifests import composefile, kubernetes, objects
from seawall.policy.reading.scripts.assignments import read_assignments
from seawall.policy.reading.scripts.unnamed import hide as hide_image
from seawall.policy.reading.source import Source
from seawall.policy.reading.templates import read_lines

_HERE = re.compile(rb"<<-?[ \t]*[\"'\\]?[A-Za-z_]")
_WORTH = re.compile(
    rb"apiVersion|\bservices:|\bFROM[ \t]|daemon\.json|hosts\.toml|config\.toml"
    rb"|registries|buildkitd|crio|helm"
)
_FIRST = re.compile(
    rb"(?:[ \t]*(?:#[^\n]*)?\r?\n){0,50}[ \t]*"
    rb"(?:---|\{|- |[\"']?[\w./-]+[\"']?[ \t]*:(?:\s|$)|\$\{?\w+\}?\s|\$\(|\{\{)"
)
"""How YAML begins, and a script hardly."""
_KIND = re.compile(rb"[\"']?\bkind[\"']?[ \t]*:")
_NOT = re.compile(
    r"\b(?:delete|diff|cmp|grep|kubeconform|kubeval|conftest|assert\w*)\b|expect"
)
"""Commands that start nothing of what they are given."""
_PATCH = re.compile(r"patch", re.IGNORECASE)
_DOCKERFILE = re.compile(
    r"(?:^|/)(?:docker|container)file[^/]*$|\.dockerfile$", re.IGNORECASE
)
_BUILD = re.compile(r"\b(?:docker|podman|nerdctl|buildah)\b[^|;&]*\b(?:build|bud)\b")
_VALUES = re.compile(r"(?:^|[/_-])(?:values|overrides?)[^/]*\.ya?ml$")
_INSTALL = re.compile(r"\bhelm\b[^|;&]*(?:-f|--values)[= ]*-(?:\s|$)")
_NODES = ("kind", "create", "cluster")
_CREATE = re.compile(
    rb"\b(kind)[ \t]+create[ \t]+cluster\b[^\n;|&]{0,500}?--config[= \t]+"
    rb"([\"']?)([^\s\"';|&<>]+)\2([^\n;|&]{0,500})"
)
_TWICE = 2
"""A file that is written once, and read once."""
_IMAGE = re.compile(rb"^[ \t]*(?:-[ \t]+)?image:", re.MULTILINE)
_NO_OBJECTS = ("kustomize.config.k8s.io/",)
_FILES = 50
"""So many texts of a script are read as files of their own."""


def sniff(data: bytes) -> bool:
    """Whether it has a here-document, and speaks of anything that those may be."""
    return b"<<" in data and bool(_HERE.search(data) and _WORTH.search(data))


def read(source: Source) -> Iterator[Fact]:
    """Read what the here-documents of a script hold, each thing where it stands."""
    if not source.is_exact:
        return
    manifests: list[Here] = []
    count = done = 0
    for here in find_heres(source.data):
        if here.start < done or _NOT.search(here.command):
            continue
        body = source.data[here.start : here.stop]
        if _holds_yaml(here, body):
            manifests.append(here)
        elif count < _FILES:
            held = tuple(_read_file(source, here, body))
            if not held:
                continue  # there may be others within
            count += 1
            yield _wrap(source, here, held)
        else:
            continue
        done = here.stop
    if manifests:
        yield from _read_yaml(source, manifests)


def _holds_yaml(here: Here, body: bytes) -> bool:
    if not _FIRST.match(body):
        return False  # a script, perhaps, with such texts of its own
    if b"apiVersion" in body and _KIND.search(body):
        return True
    return not _names_values(here) and composefile.sniff(body)


def _names_values(here: Here) -> bool:
    return bool(_VALUES.search(here.target) or _INSTALL.search(here.command))


def _wrap(source: Source, here: Here, held: tuple[Fact, ...]) -> HereDocument:
    return HereDocument(
        path=source.path,
        start=here.start,
        stop=here.stop,
        held=held,
        quoted=here.quoted,
    )


def _read_yaml(source: Source, heres: list[Here]) -> Iterator[Fact]:
    """Read the objects and Compose files of a script."""
    held = Held(source, heres, read_assignments(source.data))
    try:
        found = [*_read_objects(held), *composefile.read(held)]
    except InputError:
        return  # no text: nobody says that it has to be
    starts = [here.start for here in heres]
    by_here: list[list[Fact]] = [[] for _ in heres]
    for fact in found:
        by_here[max(0, bisect_right(starts, fact.start) - 1)].append(fact)
    for number, (here, facts) in enumerate(zip(heres, by_here, strict=True)):
        broken = any(here.line <= error.at < here.stop for error in held.errors)
        lines = read_lines(held, here.start, here.stop) if broken else ()
        whole = not held.is_open(number) and not _PATCH.search(here.target)
        kept = tuple(
            _keep(
                source, here, [*facts, *lines, *_read_nodes(source, here)], whole=whole
            )
        )
        if kept:
            yield _wrap(source, here, kept)


def _read_objects(held: Held) -> Iterator[Fact]:
    for root in held.documents:
        for node in objects.list_objects(root):
            if not objects.word(node.get("apiVersion")).startswith(_NO_OBJECTS):
                yield from kubernetes.read_object(held, node)


def _read_nodes(source: Source, here: Here) -> Iterator[Fact]:
    """Yield the nodes of kind whose image no text says: kind has its own.

    That is known of a configuration that is given to it as it is, in one piece.
    """
    body = source.data[here.start : here.stop]
    if b"kind.x-k8s.io" not in body or _IMAGE.search(body):
        return
    if not here.target:
        found = _CREATE.search(source.data, here.line, here.start)
    else:
        name = here.target.encode()
        one = (found for found in _CREATE.finditer(source.data) if name == found[3])
        found = next(one, None) if source.data.count(name) == _TWICE else None
    if found is not None and b"--image" not in found[0] + found[4]:
        at = source.make_text("kind", *found.span(1))
        yield hide_image(source.path, at, COMMANDS[_NODES], "", _NODES)


def _keep(
    source: Source, here: Here, facts: list[Fact], *, whole: bool
) -> Iterator[Fact]:
    """Keep what is known for sure; of what is not whole, only the images."""
    for fact in facts:
        if isinstance(fact, Workload) and not whole:
            yield from fact.images
        elif isinstance(fact, Workload | ServiceAccount) and here.strips:
            yield indent(source, fact)
        else:
            yield fact


def _read_file(source: Source, here: Here, body: bytes) -> Iterator[Fact]:
    """Read a text that is a file of its own: a Dockerfile, a configuration, values."""
    if _DOCKERFILE.search(here.target) or _BUILD.search(here.command):
        if dockerfile.sniff(body):
            yield from _try(dockerfile.READER, source, here)
    elif here.target and clientfiles.find_client(here.target, body) is not None:
        said = body.decode(errors="replace")
        if here.appends or (not here.quoted and EXPANSION.search(said)):
            return  # what the whole of it will say is not known
        alone = Source(source.path, show_alone(source.data, here), source.limits)
        try:
            yield from clientfiles.read_as(alone, here.target)
        except InputError:
            return
    elif _names_values(here):
        yield from _read_values(source, here)


def _try(reader: Reader, source: Source, here: Here) -> Iterator[Fact]:
    try:
        yield from reader.read(
            Source(source.path, show_alone(source.data, here), source.limits)
        )
    except InputError:
        return


def _read_values(source: Source, here: Here) -> Iterator[Fact]:
    """Read the images of a chart's values that say all of their name.

    Which registry templates put before the others, the script does not say.
    """
    held = Held(source, [here], read_assignments(source.data))
    try:
        found = [part for fact in valuefiles.read(held) for part in fact.parts()]
    except InputError:
        return
    for use in found:
        if isinstance(use, ImageUse) and use.repository and not use.is_short:
            yield use


READER = Reader(
    name="here-documents",
    names=(
        *("*.sh", "*.bash", "*.bats", "*.yaml", "*.yml", "jenkinsfile*"),
        *dockerfile.READER.names,
    ),
    read=read,
    sniff=sniff,
)
