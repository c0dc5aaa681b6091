"""Kustomizations: what they take in, rename, generate and patch."""

from collections.abc import Iterator

import msgspec

from seawall.policy.facts.images import (
    OPEN_TAG,
    ImageUse,
    Pieces,
    Role,
    name_image,
)
from seawall.policy.facts.overlays import (
    Change,
    Kustomization,
    Patch,
    Swap,
    Target,
)
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.hooks import read_filled
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.manifests.patches import (
    read_aims,
    read_changes,
    read_hooks,
    read_target,
)
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_TAKES = ("resources", "bases")
_OPEN = (
    "transformers",
    "generators",
    "helmCharts",
    "helmChartInflationGenerator",
    "validators",
)
"""What plugins and charts may do is not known."""
_SECRETS = ("imagePullSecrets", "serviceAccount")
_TAG = f"{OPEN_TAG.removeprefix(':')}image }}}}"
"""What an entry leaves to the images that it renames."""


def read(source: Source) -> Iterator[Fact]:
    """Read a kustomization."""
    for root in source.documents:
        if isinstance(root, Mapping):
            yield Kustomization(
                path=source.path,
                start=0,
                stop=len(source.data),
                namespace=word(root.get("namespace")),
                resources=tuple(_read_texts(root, *_TAKES)),
                components=tuple(_read_texts(root, "components")),
                is_component=word(root.get("kind")) == "Component",
                images=tuple(_read_images(source, root)),
                swaps=tuple(_read_swaps(root)),
                patches=tuple(_read_patches(source, root)),
                fills=(*_read_fills(root), *_read_aims(source, root)),
                transformers=tuple(
                    one
                    for one in _read_texts(root, "transformers")
                    if "\n" not in one.value
                ),
                generated=tuple(_read_generated(root)),
                affixes=(word(root.get("namePrefix")), word(root.get("nameSuffix"))),
                is_open=any(root.get(key) is not None for key in _OPEN)
                or _replaces_secrets(root),
            )


def _items(root: Mapping, key: str) -> tuple[Node, ...]:
    listed = root.get(key)
    return tuple(listed.items) if isinstance(listed, Sequence) else ()


def _read_texts(root: Mapping, *keys: str) -> Iterator[Text]:
    for key in keys:
        for item in _items(root, key):
            found = text(item)
            if found is not None:
                yield found


def _read_images(source: Source, root: Mapping) -> Iterator[ImageUse]:
    """Read what takes the place of other images.

    Without a tag of its own, an entry keeps those of the images that it renames.
    """
    for item in _items(root, "images"):
        if not isinstance(item, Mapping):
            continue
        name = text(item.get("newName")) or text(item.get("name"))
        tag, digest = text(item.get("newTag")), text(item.get("digest"))
        renamed = item.get("newName") is not None
        if name is None or not name.value or not (tag or digest or renamed):
            continue
        says = tag.value if tag else "" if digest else _TAG
        value = f"{name.value}:{says}" if says else name.value
        value = f"{value}@{digest.value}" if digest else value
        use = name_image(
            source.path, name, Role.CONTAINER, value=value, owner=f"image {name.value}"
        )
        yield msgspec.structs.replace(
            use,
            text=Text(value, name.start, name.stop, exact=False),
            pieces=Pieces(name, None, tag, digest),
        )


def _read_swaps(root: Mapping) -> Iterator[Swap]:
    for item in _items(root, "images"):
        if isinstance(item, Mapping) and word(item.get("name")):
            tagged = bool(word(item.get("newTag")) or word(item.get("digest")))
            yield Swap(word(item.get("name")), word(item.get("newName")), tagged)


def _read_patches(source: Source, root: Mapping) -> Iterator[Patch]:
    """Yield patches in the order in which kustomize applies them."""
    for item in _items(root, "patchesStrategicMerge"):
        found = text(item)
        if isinstance(item, Scalar) and found is not None and "\n" in found.value:
            yield Patch(None, None, _read_inline(source, found))
        elif found is not None:
            yield Patch(found)
    for key in ("patches", "patchesJson6902"):
        for item in _items(root, key):
            if isinstance(item, Mapping):
                body, file = text(item.get("patch")), text(item.get("path"))
                changes = _read_inline(source, body) if body else ()
                yield Patch(file, read_target(item.get("target")), changes)
            elif key == "patches" and text(item):  # as it was before version 3
                yield Patch(text(item))


def _read_inline(source: Source, body: Text) -> tuple[Change, ...]:
    """Read a patch that stands in the kustomization; its places are not kept."""
    inner = Source(source.path, body.value.encode(), source.limits)
    return (*read_changes(inner.documents), *read_hooks(inner))


def _read_aims(source: Source, root: Mapping) -> Iterator[Patch]:
    """Read transformers that stand in the kustomization."""
    for one in _read_texts(root, "transformers"):
        if "\n" in one.value:
            inner = Source(source.path, one.value.encode(), source.limits)
            aims = read_aims(inner.documents)
            for target in (Target(),) if aims is None else aims:
                yield Patch(None, target, (Change(opens="*"),))


def _read_fills(root: Mapping) -> Iterator[Patch]:
    """Read what replacements do to webhooks; of a file of theirs it is not known."""
    for item in _items(root, "replacements"):
        if not isinstance(item, Mapping) or item.get("path") is not None:
            yield Patch(None, Target(), (Change(opens="*"),))
            continue
        for target in _items(item, "targets"):
            if not isinstance(target, Mapping):
                continue
            changes = tuple(
                change
                for path in _items(target, "fieldPaths")
                for change in read_filled(word(path))
            )
            if changes:
                meant = read_target(target.get("select")) or Target()
                yield Patch(None, meant, changes)


def _replaces_secrets(root: Mapping) -> bool:
    """Whether replacements may fill in pull secrets, or stand in files of their own."""
    for item in _items(root, "replacements"):
        if not isinstance(item, Mapping) or item.get("path") is not None:
            return True
        targets = item.get("targets")
        for target in targets.items if isinstance(targets, Sequence) else ():
            paths = target.get("fieldPaths") if isinstance(target, Mapping) else None
            for one in paths.items if isinstance(paths, Sequence) else ():
                if any(name in word(one) for name in _SECRETS):
                    return True
    return False


def _read_generated(root: Mapping) -> Iterator[str]:
    for item in _items(root, "secretGenerator"):
        if isinstance(item, Mapping) and word(item.get("name")):
            yield word(item.get("name"))


READER = Reader(
    name="Kustomization",
    names=("kustomization.yaml", "kustomization.yml", "kustomization"),
    read=read,
)
