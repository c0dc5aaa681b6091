"""Compose files: the images of services, and when they are pulled."""

import posixpath
import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.builds import Artifact
from seawall.policy.facts.images import Call, Given, ImageUse, Role, Scope, name_image
from seawall.policy.facts.text import Fact, Style, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import objects
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import (
    composed,
    dockerfile_key,
    expand,
    find_blanks,
)
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_SERVICES = re.compile(rb"^services\s*:", re.MULTILINE)
_PARTS = frozenset(
    {"version", "name", "include", "services", "networks", "volumes", "secrets"}
    | {"configs", "models", "<<"}
)
"""What a Compose file may have outermost, beside `x-…` (Compose Specification)."""
_SURE = ("compose", "docker-compose")
"""How names begin that nothing but Compose files have."""
_DEFAULT = re.compile(r"\$\{\w+:?-")


def sniff(data: bytes) -> bool:
    """Whether it has services, and names an image."""
    return b"image" in data and _SERVICES.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read the images of all services that are pulled, not built.

    Compose pulls an image of a service with `build` only if it is told to (Compose
    Specification, "Using build and image"): its name is that of a local build, for
    other services of the file, too.
    """
    is_sure = source.path.rpartition("/")[2].lower().startswith(_SURE)
    for root in source.documents:
        services = root.get("services") if isinstance(root, Mapping) else None
        if not isinstance(root, Mapping) or not isinstance(services, Mapping):
            continue
        if _is_object(root) if is_sure else not _is_compose(root):
            continue
        described = [
            (name.value, service)
            for name, service in services.pairs()
            if isinstance(service, Mapping)
        ]
        built = {
            text.value
            for _, service in described
            if service.get("build") is not None
            and (text := objects.text(service.get("image"))) is not None
        }
        yield Scope(
            path=source.path,
            start=root.start,
            stop=root.start,
            key=_key(source),
            alias=composed(source.path),
        )
        for name in sorted(built):
            yield Artifact(
                path=source.path,
                start=root.start,
                stop=root.start,
                name=name,
                deployed=False,
            )
        for _, service in described:
            yield from _read_build(source, service.get("build"))
        for name, service in described:
            text = objects.text(service.get("image"))
            if text is not None and text.value not in built:
                yield _read_service(source, name, service, text)


def _read_build(source: Source, build: Node | None) -> Iterator[Call]:
    """Read what a Dockerfile is told: `args`, those of the environment included."""
    if not isinstance(build, Mapping):
        return
    args = build.get("args")
    given: dict[str, Text | None] = {}
    if isinstance(args, Mapping):
        given = {name.value: objects.text(value) for name, value in args.pairs()}
    elif isinstance(args, Sequence):
        for text in filter(None, map(objects.text, args.items)):
            name, equals, _ = text.value.partition("=")
            start = len(name) + len(equals)
            given[name] = text.cut(start, len(text.value)) if equals else None
    folder = source.path.rpartition("/")[0]
    context = objects.word(build.get("context")) or "."
    file = objects.word(build.get("dockerfile")) or "Dockerfile"
    if given and not context.startswith("/") and "://" not in context:
        yield Call(
            path=source.path,
            start=build.start,
            stop=max(build.start, objects.tail(build)),
            caller=_key(source),
            callee=dockerfile_key(
                posixpath.normpath(f"{folder or '.'}/{context}/{file}")
            ),
            values={name: (_give(name, text),) for name, text in given.items()},
        )


def _give(name: str, text: Text | None) -> Given:
    """Give what is said, or what a variable of that name means to Compose."""
    if text is None or not text.value:
        text = Text(f"${name}", 0, 0, Style.MADE, exact=False)
    return Given(text, find_blanks(text.value))


def _is_object(root: Mapping) -> bool:
    return root.get("apiVersion") is not None and root.get("kind") is not None


def _is_compose(root: Mapping) -> bool:
    """Whether it has nothing outermost that Compose and `docker stack` would refuse."""
    return all(
        key.value in _PARTS or key.value.startswith("x-") for key, _ in root.pairs()
    )


def _read_service(source: Source, name: str, service: Mapping, text: Text) -> ImageUse:
    value, _ = expand(text.value, {})
    use = name_image(
        source.path,
        text,
        Role.SERVICE,
        value=value,
        owner=f"service {name}",
        policy=objects.text(service.get("pull_policy")),
        platform=objects.word(service.get("platform")),
        origin="default of a variable" if _DEFAULT.search(text.value) else "",
    )
    blanks = find_blanks(text.value)
    return msgspec.structs.replace(use, scope=_key(source), blanks=blanks)


def _key(source: Source) -> str:
    return f"compose@{source.path}"


READER = Reader(
    name="Compose",
    names=tuple(
        f"{name}.{end}"
        for name in (
            *("compose*", "docker-compose*", "*.compose", "*-compose", "*_compose"),
            *("*-compose-*", "*-compose.*", "*_compose_*", "*.compose.*"),
            *("stack", "stack.*", "*.stack", "*-stack", "*_stack"),
            *("docker-stack*", "docker_stack*"),
        )
        for end in ("yml", "yaml")
    ),
    read=read,
    sniff=sniff,
)
