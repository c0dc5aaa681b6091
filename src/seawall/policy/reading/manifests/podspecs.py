"""Pod specs wherever they are nested, with room for a list of pull secrets."""

import re
from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import OPEN_TAG, ImageUse, Role
from seawall.policy.facts.text import Fact, Insertion, Text
from seawall.policy.facts.workloads import Container, Workload
from seawall.policy.knowledge.operated import Said, find_said
from seawall.policy.reading.manifests import secrets
from seawall.policy.reading.manifests.handed import read_handed
from seawall.policy.reading.manifests.imageparts import read_parts
from seawall.policy.reading.manifests.objects import Head, text, word, words
from seawall.policy.reading.manifests.parameters import Known, read_defaults
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_LISTS = {
    "containers": Role.CONTAINER,
    "initContainers": Role.INIT,
    "ephemeralContainers": Role.EPHEMERAL,
}
_PLACES = {
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
}
"""Where the objects of Kubernetes that make pods have what those are like."""
_OWN = frozenset({"containers", "volumes"})
"""What a pod spec is read with: nothing below them is an image outside of it."""
_NAMES_IT = "postgresql.cnpg.io/"
"""CloudNativePG, whose clusters say `imageName`."""
_NO_IMAGE = (".png", ".svg", ".jpg", ".jpeg", ".gif", ".ico", ".img", ".iso", ".qcow2")
_MISSING = f"{OPEN_TAG.removeprefix(':')}operator }}}}"
"""What a custom resource leaves to whoever acts on it."""
_FILLED = re.compile(r"\{\{[^{}]*\}\}")


class _Spot(msgspec.Struct, frozen=True):
    """A mapping within an object: how it is reached, and what is known there."""

    node: Mapping
    keys: tuple[str, ...]
    above: Mapping | None
    scope: Known


def read_pods(source: Source, node: Mapping, head: Head) -> Iterator[Fact]:
    """Yield the workloads of an object, and images that stand outside of pod specs.

    Of policies, what is said of pods is a pattern, and what they add to pods is no pod:
    its images are told, and nothing of what it lacks.
    """
    defaults: list[ImageUse] = []
    read: set[int] = set()
    owner = f"{head.kind}/{head.name}"
    for spot in _walk(node, Known(path=head.path)):
        said = find_said(head.api, head.kind, spot.keys)
        if said is Said.PATTERN:
            continue
        defaults += read_defaults(source.path, spot.node, spot.scope, owner)
        found: Workload | ImageUse | None = None
        if _is_pod_spec(spot.node) or _is_partial(spot):
            found = _read_pod(source, spot, head)
        elif not (spot.keys and spot.keys[-1] in _LISTS):
            found = _read_image(source, spot, head)
        if found is not None:
            images = found.images if isinstance(found, Workload) else (found,)
            yield from images if said is Said.ADDED else (found,)
            read.update(use.written.start for use in images if use.written)
    yield from (use for use in defaults if use.start not in read)


def _walk(root: Mapping, scope: Known) -> Iterator[_Spot]:
    """Yield all mappings once, in the order of the file, with their keys.

    An object's status is left out: it tells what was pulled, and asks for nothing.
    """
    seen: set[int] = set()
    stack: list[tuple[Node, tuple[str, ...], Mapping | None, Known]] = [
        (root, (), None, scope)
    ]
    while stack:
        node, keys, above, outer = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            stack += [(item, keys, above, outer) for item in reversed(node.items)]
        elif isinstance(node, Mapping):
            nested = [
                (key.value, value)
                for key, value in node.entries
                if not isinstance(value, Scalar) and isinstance(key, Scalar)
            ]
            if not nested and not _OWN.isdisjoint(keys):
                continue  # such as a variable of a container: there are many
            inner = outer.within(node)
            yield _Spot(node, keys, above, inner)
            stack += [
                (value, (*keys, key), node, inner)
                for key, value in reversed(nested)
                if not (node is root and key == "status")
            ]


def _is_pod_spec(node: Mapping) -> bool:
    """Whether a mapping has a list of containers as Kubernetes means them."""
    if all(isinstance(value, Scalar) for _, value in node.entries):
        return False  # most have no list at all, of their own or merged
    for name in _LISTS:
        items = node.get(name)
        if isinstance(items, Sequence):
            mappings = [item for item in items.items if isinstance(item, Mapping)]
            if any(item.get("image") or item.get("name") for item in mappings):
                return True
    return False


def _is_partial(spot: _Spot) -> bool:
    """Whether it is the pod spec of a patch that leaves the containers alone."""
    return spot.keys in _PLACES and spot.node.get(secrets.LIST) is not None


def _read_pod(source: Source, spot: _Spot, head: Head) -> Workload:
    spec, owner = spot.node, f"{head.kind}/{head.name}"
    outer = spot.above.get("metadata") if spot.above else None
    meta = outer if isinstance(outer, Mapping) else None
    return Workload(
        **head.fields(),
        at=".".join(spot.keys),
        pod_labels=words(meta.get("labels")) if meta else {},
        pod_annotations=words(meta.get("annotations")) if meta else {},
        account=text(spec.get("serviceAccountName") or spec.get("serviceAccount")),
        secrets=secrets.read_list(source, spec),
        room=find_room(source, spec, "containers"),
        containers=tuple(_read_containers(source, spot, owner)),
    )


def find_room(source: Source, node: Mapping, key: str) -> Insertion | None:
    """Find where lines may be put into a block, best before a certain key.

    `None` if none of its keys begins a line, as in braces or behind a dash.
    """
    if node.flow:
        return None
    names = sorted(node.pairs(), key=lambda entry: entry[0].value != key)
    for name, _ in names:
        start = name.start - (name.style.value.endswith("quotes"))
        line = source.line_start(start)
        if not source.data[line:start].strip(b" "):
            return Insertion(
                _above_comments(source, line, start - line),
                start - line,
                source.newline,
            )
    return None


def _above_comments(source: Source, line: int, indent: int) -> int:
    """Go up over the comments that belong to a line."""
    while line > 0:
        above = source.line_start(line - 1)
        words_ = source.data[above:line]
        bare = words_.lstrip(b" ")
        if not bare.startswith(b"#") or len(words_) - len(bare) != indent:
            break
        line = above
    return line


def _read_containers(source: Source, spot: _Spot, owner: str) -> Iterator[Container]:
    spec, scope = spot.node, spot.scope
    for key, role in _LISTS.items():
        items = spec.get(key)
        if isinstance(items, Sequence):
            for item in items.items:
                if isinstance(item, Mapping):
                    yield _read_container(source, item, role, (owner, scope))
    volumes = spec.get("volumes")
    if isinstance(volumes, Sequence):
        for item in volumes.items:
            yield from _read_volume(source, item, owner, scope)


def _read_container(
    source: Source, item: Mapping, role: Role, whose: tuple[str, Known]
) -> Container:
    owner, scope = whose
    found = text(item.get("image"))
    policy = text(item.get("imagePullPolicy"))
    use: ImageUse | None = None
    if found is not None:
        use = scope.name_image(source.path, found, role, owner=owner, policy=policy)
    return Container(
        path=source.path,
        start=item.start,
        stop=item.stop,
        name=word(item.get("name")),
        image=use,
        policy=policy,
        handed=tuple(read_handed(source, item, owner)),
    )


def _read_volume(
    source: Source, item: Node, owner: str, scope: Known
) -> Iterator[Container]:
    image = item.get("image") if isinstance(item, Mapping) else None
    if not isinstance(item, Mapping) or not isinstance(image, Mapping):
        return
    found = text(image.get("reference"))
    if found is not None:
        policy = text(image.get("pullPolicy"))
        yield Container(
            path=source.path,
            start=item.start,
            stop=item.stop,
            name=word(item.get("name")),
            image=scope.name_image(
                source.path, found, Role.VOLUME, owner=owner, policy=policy
            ),
        )


def _read_image(source: Source, spot: _Spot, head: Head) -> ImageUse | None:
    """Read an `image:` that no pod spec has, such as a custom resource's own."""
    if not _OWN.isdisjoint(spot.keys):
        return None
    found = text(spot.node.get("image"))
    if found is None and head.api.startswith(_NAMES_IT):
        found = text(spot.node.get("imageName"))
    if found is None and spot.keys and spot.keys[-1].endswith(("image", "Image")):
        owner = f"{head.kind}/{head.name}"
        return read_parts(source.path, spot.node, owner, _MISSING)
    if found is None or not _looks_like_image(found):
        return None
    policy = text(spot.node.get("imagePullPolicy"))
    owner = f"{head.kind}/{head.name}"
    return spot.scope.name_image(
        source.path, found, Role.CONTAINER, owner=owner, policy=policy
    )


def _looks_like_image(found: Text) -> bool:
    value = _FILLED.sub("x", found.value)
    strange = "://" in value or value.startswith((".", "/")) or " " in value
    return bool(value) and not strange and not value.lower().endswith(_NO_IMAGE)
