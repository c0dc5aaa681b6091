"""Compose files: the images of services, and when they are pulled."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import objects
from seawall.policy.reading.source import Source
from seawall.policy.reading.variables import expand
from seawall.policy.reading.yamlmarks import Mapping

_SERVICES = re.compile(rb"^services\s*:", re.MULTILINE)
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
    for root in source.documents:
        services = root.get("services") if isinstance(root, Mapping) else None
        if not isinstance(services, Mapping):
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
        for name, service in described:
            text = objects.text(service.get("image"))
            if text is not None and text.value not in built:
                yield _read_service(source, name, service, text)


def _read_service(source: Source, name: str, service: Mapping, text: Text) -> ImageUse:
    value, _ = expand(text.value, {})
    return name_image(
        source.path,
        text,
        Role.SERVICE,
        value=value,
        owner=f"service {name}",
        policy=objects.text(service.get("pull_policy")),
        platform=objects.word(service.get("platform")),
        origin="default of a variable" if _DEFAULT.search(text.value) else "",
    )


READER = Reader(
    name="Compose",
    names=(
        "compose*.yaml",
        "compose*.yml",
        "docker-compose*.yaml",
        "docker-compose*.yml",
        "*.compose.yaml",
        "*.compose.yml",
    ),
    read=read,
    sniff=sniff,
)
