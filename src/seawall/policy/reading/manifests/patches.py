"""Patches of kustomizations: strategic merges and JSON patches, by what they change."""

import re
from collections.abc import Iterable, Iterator

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.overlays import Change, PatchFile, Target
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests import hooks
from seawall.policy.reading.manifests.objects import (
    list_objects,
    read_head,
    text,
    word,
)
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence

_LIST = "imagePullSecrets"
_ACCOUNTS = ("serviceAccountName", "serviceAccount")
_CONTAINERS = ("containers", "initContainers")
_FIELDS = ("image", "imagePullPolicy")
_PATHS = (
    ("spec", "template", "spec"),
    ("spec", "jobTemplate", "spec", "template", "spec"),
    ("spec",),
    ("template", "spec"),
)
"""Where the objects of Kubernetes itself have their pods."""
_MATTERS = re.compile(
    rb"imagePullSecrets|serviceAccount(?:Name)?[\"']?:|\$patch|\bop[\"']?\s*:"
    rb"|Transformer\b"
)
_OPERATION = re.compile(rb"op(?<!\wop)[\"']?\s*:\s*[\"']?(?:add|replace|remove)")
_TAGGED = re.compile(r"^[\w.:-]+/[\w./-]+[:@][\w.:-]+$")
"""What is an image wherever it stands: a custom resource's own lists have some."""
_BUILTIN = "builtin"
_PLAIN = (
    "Annotations",
    "Hash",
    "ImageTag",
    "Label",
    "LegacyOrder",
    "Prefix",
    "ReplicaCount",
    "SortOrder",
    "Suffix",
)
"""What kustomize's own transformers begin with that change names, or nothing of pulls:
https://kubectl.docs.kubernetes.io/references/kustomize/builtins/"""
_MOST = 1000
"""Operations that are looked at in one patch."""


def sniff(data: bytes) -> bool:
    """Whether it says anything of pull secrets, or has operations."""
    return b"{{" not in data and _MATTERS.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read a file as the patch that it may be."""
    changes = tuple(read_changes(source.documents))
    images: tuple[ImageUse, ...] = ()
    if _OPERATION.search(source.data):
        images = tuple(_read_images(source))
    aims = read_aims(source.documents)
    if changes or images or aims is not None:
        yield PatchFile(
            path=source.path,
            start=0,
            stop=len(source.data),
            changes=changes,
            images=images,
            aims=aims,
        )


def read_changes(documents: Iterable[Node]) -> Iterator[Change]:
    """Yield what the documents of a patch change, as far as it matters to pulls."""
    for root in documents:
        if isinstance(root, Sequence):
            for item in root.items[:_MOST]:
                found = _read_operation(item)
                if found is not None:
                    yield found
        for node in list_objects(root):
            yield from _read_merge(node)


def read_hooks(source: Source) -> Iterator[Change]:
    """Yield what a merge says of webhooks, where it is no file of its own."""
    for root in source.documents:
        for node in list_objects(root):
            head = read_head(source, node)
            if head is not None and head.kind in hooks.KINDS:
                for hook in hooks.read_webhooks(node, head):
                    yield Change(kind=head.kind, name=head.name, hook=hook)


def read_aims(documents: Iterable[Node]) -> tuple[Target, ...] | None:
    """Read what transformers may change; `None` if none are configured there."""
    maps = [node for node in documents if isinstance(node, Mapping)]
    found = [node for node in maps if word(node.get("kind")).endswith("Transformer")]
    return (
        None
        if not found
        else tuple(
            read_target(node.get("target")) or Target()
            for node in found
            if word(node.get("apiVersion")) != _BUILTIN
            or not word(node.get("kind")).startswith(_PLAIN)
        )
    )


def read_target(node: Node | None) -> Target | None:
    """Read which objects a patch or a transformer is for."""
    if not isinstance(node, Mapping):
        return None
    said = word(node.get("labelSelector"))
    pairs = [part.partition("=") for part in said.split(",") if part.strip()]
    plain = all(
        equals and not key.endswith("!") and "(" not in key for key, equals, _ in pairs
    )
    labels = tuple((key.strip(), value.strip("= ")) for key, _, value in pairs)
    if node.get("annotationSelector") is not None:
        plain = False
    return Target(
        word(node.get("kind")), word(node.get("name")), labels if plain else None
    )


def _read_merge(node: Mapping) -> Iterator[Change]:
    meta = node.get("metadata")
    kind = word(node.get("kind"))
    name = word(meta.get("name")) if isinstance(meta, Mapping) else ""
    if word(node.get("$patch")) == "delete":
        yield Change(kind=kind, name=name, removes=True)
        return
    if kind == "ServiceAccount":
        said, replaces = _read_names(node)
        if said is not None:
            yield Change(kind=kind, name=name, secrets=said, replaces=replaces)
        return
    for path in _PATHS:
        spec: Node | None = node
        for key in path:
            spec = spec.get(key) if isinstance(spec, Mapping) else None
        if not isinstance(spec, Mapping):
            continue
        said, replaces = _read_names(spec)
        account = next(filter(None, (word(spec.get(key)) for key in _ACCOUNTS)), "")
        containers = tuple(_read_containers(spec, "image"))
        policies = tuple(_read_containers(spec, "imagePullPolicy"))
        if said is not None or account or containers or policies:
            yield Change(
                kind=kind,
                name=name,
                at=".".join(path),
                secrets=said,
                replaces=replaces,
                account=account,
                containers=containers,
                policies=policies,
            )


def _read_names(spec: Mapping) -> tuple[tuple[str, ...] | None, bool]:
    """Read a list of a merge: entries join those of the same name."""
    found = spec.entry(_LIST)
    if found is None:
        return None, False
    value = found[1]
    if isinstance(value, Scalar) and value.is_null:
        return (), True  # a null takes the field away
    entries = value.items if isinstance(value, Sequence) else []
    mappings = [item for item in entries if isinstance(item, Mapping)]
    replaces = any(word(item.get("$patch")) == "replace" for item in mappings)
    kept = [item for item in mappings if word(item.get("$patch")) != "delete"]
    return tuple(filter(None, (word(item.get("name")) for item in kept))), replaces


def _read_containers(spec: Mapping, field: str) -> Iterator[tuple[str, str]]:
    for key in _CONTAINERS:
        listed = spec.get(key)
        for item in listed.items if isinstance(listed, Sequence) else ():
            yield from _fields_in(item, field)


def _fields_in(value: Node | None, field: str) -> Iterator[tuple[str, str]]:
    """Yield a field of a container, or of a list of some, each with its name."""
    for item in value.items if isinstance(value, Sequence) else (value,):
        if isinstance(item, Mapping) and word(item.get(field)):
            yield word(item.get("name")), word(item.get(field))


def _read_operation(item: Node) -> Change | None:
    """Read one operation of RFC 6902."""
    if not isinstance(item, Mapping):
        return None
    verb, path = word(item.get("op")), word(item.get("path"))
    if verb not in ("add", "replace", "remove"):
        return None
    steps = [one for one in path.split("/") if one]
    value = None if verb == "remove" else item.get("value")
    hook = hooks.read_operation(steps, value)
    if hook is not None:
        return Change(hook=hook, takes=steps[2] if verb == "remove" else "")
    for at, step in enumerate(steps):
        where, rest = ".".join(steps[:at]), steps[at + 1 :]
        if step == _LIST or step in _ACCOUNTS or step in _CONTAINERS:
            return _read_step(step, where, rest, item)
    return None


def _read_step(step: str, where: str, rest: list[str], item: Mapping) -> Change | None:
    """Read what an operation does at a key of a pod spec or of a service account."""
    value, takes = item.get("value"), word(item.get("op")) == "remove"
    if step == _LIST and len(rest) <= 1 and not (rest and takes):
        names = () if takes else tuple(_names_in(value))
        return Change(at=where, secrets=names, replaces=not rest)
    if step in _ACCOUNTS and not rest and not takes:
        return Change(at=where, account=word(value))
    if step in _CONTAINERS and not takes:
        return _read_container(where, rest, value)
    return None  # what else it does is of no matter, or not known


def _read_container(at: str, rest: list[str], value: Node | None) -> Change | None:
    """Read what an operation puts into containers: whole ones, or a field of one."""
    images: tuple[tuple[str, str], ...] = ()
    policies: tuple[tuple[str, str], ...] = ()
    if len(rest) <= 1:
        images, policies = (tuple(_fields_in(value, field)) for field in _FIELDS)
    elif rest[1:] == ["image"] and word(value):
        images = (("", word(value)),)
    elif rest[1:] == ["imagePullPolicy"] and word(value):
        policies = (("", word(value)),)
    if not images and not policies:
        return None
    return Change(at=at, containers=images, policies=policies)


def _names_in(value: Node | None) -> Iterator[str]:
    """Yield the names of a list, or of one entry."""
    items = value.items if isinstance(value, Sequence) else [value]
    for item in items:
        if isinstance(item, Mapping) and word(item.get("name")):
            yield word(item.get("name"))


def _read_images(source: Source) -> Iterator[ImageUse]:
    """Yield the images that operations put into containers."""
    for root in source.documents:
        for item in root.items[:_MOST] if isinstance(root, Sequence) else ():
            if not isinstance(item, Mapping) or word(item.get("op")) == "remove":
                continue
            path, value = word(item.get("path")), item.get("value")
            for one in value.items if isinstance(value, Sequence) else (value,):
                is_whole = isinstance(one, Mapping)
                if not is_whole and not path.endswith("/image"):
                    continue
                found = text(one.get("image") if isinstance(one, Mapping) else one)
                if found is None or not found.value:
                    continue
                if "ontainers" in path or (is_whole and _TAGGED.search(found.value)):
                    yield name_image(source.path, found, Role.CONTAINER, owner="patch")


READER = Reader(
    name="patches", names=("*.yaml", "*.yml", "*.json"), read=read, sniff=sniff
)
