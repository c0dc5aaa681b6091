"""Compose files: the images of services, and when they are pulled."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import ImageUse, Role, Scope, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import objects
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import composed, expand, find_blanks
from seawall.policy.reading.yamlmarks import Mapping

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
        for name, service in described:
            text = objects.text(service.get("image"))
            if text is not None and text.value not in built:
                yield _read_service(source, name, service, text)


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
