"""Charts' values: where each one stands, and the images that they name."""

import re
from collections.abc import Iterator

from seawall.policy.facts.charts import ChartValues
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.charts.flatimages import read_flat, read_named
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.imageparts import is_whole, read_parts
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_LINE = re.compile(
    rb"^ *(?:- )?image: *[\"']?"
    rb"([\w.][\w./-]*(?::\d+/[\w./-]+)?[:@][\w.:-]+)"
    rb"[\"']? *\r?$",
    re.MULTILINE,
)
_PARTS = (
    "digest",
    "image",
    "imagePullPolicy",
    "imageRegistry",
    "pullPolicy",
    "registry",
    "repository",
    "tag",
)
_BEFORE = re.compile(
    r"image(?!Registry|Repo|Prefix|Tag|Version|Pull|U[rR]|Path)[A-Z]\w*"
)
"""Keys that say behind it whose image it is: `imageSidecar`; not a part of an image."""
_VERSION = "{{ .Chart.AppVersion }}"
"""What nearly all charts take if the values say no tag."""


def read(source: Source) -> Iterator[Fact]:
    """Read a file of values; an object of Kubernetes is none."""
    root = next(iter(source.documents), None)
    if not isinstance(root, Mapping):
        return
    if word(root.get("kind")) and word(root.get("apiVersion")):
        return  # one of them alone may be a value: `kind: statefulset`
    keys: dict[str, Text] = {}
    words: dict[str, Text] = {}
    images: list[ImageUse] = []
    seen: set[int] = set()
    stack: list[tuple[Node, str]] = [(root, "")]
    while stack:
        node, above = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            stack += [(item, f"{above}.{at}") for at, item in enumerate(node.items)]
        elif isinstance(node, Mapping):
            use = read_parts(source.path, node, above, _VERSION) or read_named(
                source.path, node, above, _VERSION
            )
            images += [use] if use else []
            for key, value in node.pairs():
                path = f"{above}.{key.value}" if above else key.value
                keys.setdefault(path, key)
                said = text(value)
                if said is not None and key.value in _PARTS:
                    words.setdefault(path, said)
                stack.append((value, path))
                use = _read_name(source, key, value, path) or read_flat(
                    source.path, node, key, root, owner=path, missing=_VERSION
                )
                images += [use] if use else _read_lines(source, value, path)
    yield ChartValues(
        path=source.path,
        start=0,
        stop=len(source.data),
        keys=keys,
        words=words,
        images=tuple(sorted(images, key=lambda use: use.start)),
    )


def _read_name(source: Source, key: Text, value: Node, path: str) -> ImageUse | None:
    """Read an image that one value names: `image:`, `sidecarImage:`, `imageInit:`."""
    is_clear = key.value.endswith(("image", "Image"))
    if not is_clear and not _BEFORE.fullmatch(key.value):
        return None
    found = text(value) if isinstance(value, Scalar) else None
    if found is None or not found.value.strip() or " " in found.value:
        return None
    if not is_whole(found.value):  # a path without its tag, or no image
        return None
    use = name_image(source.path, found, Role.VALUES, owner=path)
    return use if is_clear or (use.reference and "/" in found.value) else None


def _read_lines(source: Source, value: Node, path: str) -> list[ImageUse]:
    """Read the images of containers that a value has as text, for a template."""
    found = text(value)
    if found is None or "\n" not in found.value or "image:" not in found.value:
        return []
    if "apiVersion:" in found.value:
        return []  # an object: those are read for themselves
    return [
        name_image(
            source.path,
            source.make_text(match[1].decode(), *match.span(1)),
            Role.VALUES,
            owner=path,
        )
        for match in _LINE.finditer(source.data, value.start, value.stop)
    ]


def sniff(data: bytes) -> bool:
    """Whether it may be a chart's."""
    return b":" in data


READER = Reader(
    name="Helm values",
    names=(
        *("values.yaml", "values.yml", "values.*.yaml", "values.*.yml"),
        *("values-*.yaml", "values-*.yml", "values_*.yaml", "values_*.yml"),
        *("*-values.yaml", "*-values.yml", "*_values.yaml", "*_values.yml"),
        *("override.yaml", "overrides.yaml", "*-override.yaml", "*-overrides.yaml"),
    ),
    read=read,
    sniff=sniff,
)
