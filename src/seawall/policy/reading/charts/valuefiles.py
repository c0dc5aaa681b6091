"""Charts' values: where each one stands, and the images that they name."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.charts import ChartValues
from seawall.policy.facts.images import ImageUse, Pieces, Role, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_BESIDE = ("tag", "digest", "registry", "pullPolicy", "imagePullPolicy")
_PARTS = ("repository", "tag", "digest", "registry", "imageRegistry", "image")
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
            use = _read_image(source, node, above)
            images += [use] if use else []
            for key, value in node.pairs():
                path = f"{above}.{key.value}" if above else key.value
                keys.setdefault(path, key)
                said = text(value)
                if said is not None and key.value in _PARTS:
                    words.setdefault(path, said)
                stack.append((value, path))
                use = _read_name(source, key, value, path)
                images += [use] if use else []
    yield ChartValues(
        path=source.path,
        start=0,
        stop=len(source.data),
        keys=keys,
        words=words,
        images=tuple(sorted(images, key=lambda use: use.start)),
    )


def _read_image(source: Source, node: Mapping, path: str) -> ImageUse | None:
    """Read an image whose parts stand apart."""
    repository = text(node.get("repository"))
    if repository is None or not repository.value or "://" in repository.value:
        return None
    parts = {name: text(node.get(name)) for name in _BESIDE}
    known = [name for name in _BESIDE if node.get(name) is not None]
    if not known:
        return None
    registry, tag, digest = parts["registry"], parts["tag"], parts["digest"]
    value = repository.value
    if registry is not None and registry.value:
        value = f"{registry.value}/{value}"
    says = tag.value if tag is not None else ""
    is_pinned = digest is not None and bool(digest.value)
    if says or not is_pinned:
        value += f":{says or _VERSION}"
    if digest is not None and digest.value:
        value += f"@{digest.value}"
    use = name_image(
        source.path,
        repository,
        Role.VALUES,
        value=value,
        owner=path,
        policy=parts["pullPolicy"] or parts["imagePullPolicy"],
    )
    pieces = Pieces(repository, registry, tag, digest)
    return msgspec.structs.replace(
        use,
        text=Text(value, repository.start, repository.stop, exact=False),
        pieces=pieces,
    )


def _read_name(source: Source, key: Text, value: Node, path: str) -> ImageUse | None:
    """Read an image that one value names: `image:`, `sidecarImage:`."""
    if not key.value.endswith(("image", "Image")) or not isinstance(value, Scalar):
        return None
    found = text(value)
    if found is None or not found.value.strip() or " " in found.value:
        return None
    name = found.value.rpartition("/")[2]
    if ":" not in name and "@" not in name:  # a path without its tag, or no image
        return None
    return name_image(source.path, found, Role.VALUES, owner=path)


def sniff(data: bytes) -> bool:
    """Whether it may be a chart's."""
    return b":" in data


READER = Reader(
    name="Helm values",
    names=(
        "values.yaml",
        "values.yml",
        "values-*.yaml",
        "*-values.yaml",
        "values.*.yaml",
    ),
    read=read,
    sniff=sniff,
)
