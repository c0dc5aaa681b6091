"""Images in charts' values whose tag stands beside the name: `image`, `imageTag`."""

import re

import msgspec

from seawall.oci.reference import is_host
from seawall.policy.facts.images import ImageUse, Pieces, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.reading.manifests.objects import text
from seawall.policy.reading.yamlmarks import Mapping

_MOST = 500
"""Keys of one mapping; people write some dozens."""

_NAME = re.compile(
    r"(?:[a-z0-9][a-z0-9.-]*(?::\d+)?/)?"
    r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*"
)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/")
_TAG = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}(?:@sha256:[0-9a-f]{64})?")
_KEY = re.compile(r"(?P<stem>image|\w*Image)(?:Repository|Repo|Name)?")
_OWN = re.compile(  # not what all images may have: `defaultImageRepository`
    r"(?!(?:base|chart|common|container|custom|default|docker|global|mirror|private"
    r"|public|release|shared)Image)\w+ImageRepo(?:sitory)?"
)
_PATH = re.compile(
    r"(?:[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?/)?[a-z0-9_-]+(?:/[\w.-]+)+"
)
"""More than a registry with its team, which may come before several images."""
_OTHER = re.compile(  # pictures, disks, archives, and machines' images in clouds
    r".*\.(?:png|jpe?g|svg|gif|ico|webp|bmp|iso|img|qcow2|raw|vmdk|vhd|ova|tar|t?gz|xz"
    r"|zip|html?)|(?:assets|static|images?|img|public|media|projects)/.*|.*/images/.*"
    r"|ami-.*|[\d.]+|true|false|yes|no|on|off|null|none|auto|default|enabled|disabled"
    r"|always|never|latest"
)
_MACHINE = re.compile(
    r"(?:flavor|machine_?type|(?:vm|instance|node|server)_?(?:type|size)|disk_?size"
    r"|boot_?disk\w*|size|region|zone|sku|offer|publisher|ami|box|os|os_?type"
    r"|image_?family|image_?project)",
    re.IGNORECASE,
)
_PREFIX = re.compile(
    r"(?:image_?)?(?:hub|repo|repository|prefix|org|organi[sz]ation|registry)",
    re.IGNORECASE,
)
_UNSAID = "{{ registry }}"
"""Stands for what comes before a name, and is empty or nobody's in the values."""
_VERSIONED = re.compile(r"(?:.*_)?(?:tag|version)|.*(?:Tag|Version)")


def read_flat(  # noqa: PLR0913  it needs the key and all that it stands in
    path: str, node: Mapping, key: Text, root: Mapping, *, owner: str, missing: str
) -> ImageUse | None:
    """Read an image that one key names, and whose tag is said by one beside it.

    Without such a key, the name alone is an image without a tag: but not at the top,
    where it is the chart's own, which templates give the version of the chart, as they
    give it to what a component's `operatorImageRepository` says.

    Args:
        path: The file.
        node: The mapping that has the key.
        key: The key that names the image.
        root: The whole of the values.
        owner: Whose image it is.
        missing: What stands for a tag that is not known.
    """
    match = _KEY.fullmatch(key.value)
    is_one = match is not None and not _is_crowded(node, root)
    found = text(node.get(key.value)) if is_one else None
    if match is None or found is None or not _is_name(found.value):
        return None
    stem, said = match["stem"], {one.value for one, _ in node.pairs()}
    registry = _registry(node, stem)
    others = said - {key.value}
    named = others & {f"{stem}Repository", f"{stem}Repo"}  # that one names it
    if named or (registry is None and any(_PREFIX.fullmatch(one) for one in others)):
        return None  # or something comes in front of it
    names = (f"{stem}Tag", *(("tag",) if stem == "image" else ()))
    tagged = next((name for name in names if name in said), None)
    if tagged is not None:
        tag = text(node.get(tagged))
        return _join(path, found, registry, tag, node, owner, missing)
    is_own = _OWN.fullmatch(key.value) and _PATH.fullmatch(found.value)
    is_clear = key.value == stem and _is_clear(found.value, stem, said, root)
    if not is_own and not is_clear:
        return None
    shared = (root, root.get("global"), node)
    if is_own or registry or node is root or any(_is_versioned(one) for one in shared):
        return _join(path, found, registry, None, node, owner, missing)
    policy = text(node.get("imagePullPolicy")) or text(node.get("pullPolicy"))
    return name_image(path, found, Role.VALUES, owner=owner, policy=policy)


def read_named(path: str, node: Mapping, owner: str, missing: str) -> ImageUse | None:
    """Read `image: {name: …, tag: …}`; `None` if it is none.

    What the values leave to templates to put before the name is not resolved.
    """
    if not owner.endswith(("image", "Image")) or node.get("tag") is None:
        return None
    found, tag = text(node.get("name")), text(node.get("tag"))
    said = {one.value for one, _ in node.pairs()}
    registry = _registry(node, "image")
    if found is None or not _is_name(found.value):
        return None
    if registry is None and any(_PREFIX.fullmatch(name) for name in said):
        registry = Text(_UNSAID, found.start, found.start, exact=False)
    return _join(path, found, registry, tag, node, owner, missing)


def _join(  # noqa: PLR0913, PLR0917  an image is made of all its parts
    path: str,
    found: Text,
    registry: Text | None,
    tag: Text | None,
    node: Mapping,
    owner: str,
    missing: str,
) -> ImageUse | None:
    """Make the image that the parts come to; `None` if the tag can be none."""
    if tag is not None and tag.value and not _TAG.fullmatch(tag.value):
        return None
    value = f"{registry.value}/" if registry is not None else ""
    value += f"{found.value}:{tag.value if tag is not None and tag.value else missing}"
    policy = text(node.get("pullPolicy")) or text(node.get("imagePullPolicy"))
    use = name_image(path, found, Role.VALUES, value=value, owner=owner, policy=policy)
    return msgspec.structs.replace(
        use,
        text=Text(value, found.start, found.stop, exact=False),
        pieces=Pieces(found, registry, tag),
    )


def _is_crowded(node: Mapping, root: Mapping) -> bool:
    """Whether there are too many keys to look at all of them for each image."""
    if max(len(node.entries), len(root.entries)) > _MOST:
        return True
    shared = root.get("global")
    return isinstance(shared, Mapping) and len(shared.entries) > _MOST


def _registry(node: Mapping, stem: str) -> Text | None:
    """Find the registry that is said beside the name."""
    for name in (f"{stem}Registry", "registry"):
        said = text(node.get(name))
        if said is not None and said.value:
            return said
    said = text(node.get("repository"))  # some call a registry alone so
    return said if said is not None and is_host(said.value) else None


def _is_clear(value: str, stem: str, said: set[str], root: Mapping) -> bool:
    """Whether a name without a tag is an image of containers, and all of its name."""
    if any(_MACHINE.fullmatch(name) for name in said):
        return False
    return bool(_HOST.match(value)) or (stem == "image" and not _has_prefix(root))


def _is_name(value: str) -> bool:
    """Whether a word can be a repository, and is not more likely something else."""
    return bool(_NAME.fullmatch(value)) and not _OTHER.fullmatch(value)


def _has_prefix(root: Mapping) -> bool:
    """Whether the values say, for all images, what stands in front of their names."""
    return any(
        said is not None and bool(said.value)
        for holder in (root, root.get("global"))
        if isinstance(holder, Mapping)
        for key, value in holder.pairs()
        if _PREFIX.fullmatch(key.value)
        for said in [text(value)]
    )


def _is_versioned(node: object) -> bool:
    """Whether a mapping says a version that may be an image's tag."""
    return isinstance(node, Mapping) and any(
        _VERSIONED.fullmatch(key.value) for key, _ in node.pairs()
    )
