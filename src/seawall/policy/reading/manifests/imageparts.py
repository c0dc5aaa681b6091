"""Images whose registry, repository, tag and digest stand in keys of their own."""

import msgspec

from seawall.oci.reference import is_host
from seawall.policy.facts.images import ImageUse, Pieces, Role, name_image
from seawall.policy.facts.text import Text
from seawall.policy.reading.manifests.objects import text
from seawall.policy.reading.yamlmarks import Mapping

_BESIDE = ("tag", "digest", "registry", "pullPolicy", "imagePullPolicy")


def read_parts(path: str, node: Mapping, owner: str, missing: str) -> ImageUse | None:
    """Read a mapping as an image; `None` if it is none.

    Args:
        path: The file.
        node: The mapping.
        owner: Whose image it is.
        missing: What stands for a tag that it does not say.
    """
    repository = text(node.get("repository"))
    if repository is None and node.get("tag") is not None:
        repository = text(node.get("repo"))
    if repository is None or not repository.value or "://" in repository.value:
        return None
    if all(node.get(name) is None for name in _BESIDE) or is_host(repository.value):
        return None
    whole = text(node.get("image"))
    if whole is not None and is_whole(whole.value) and node.get("tag") is None:
        return None  # that one says all
    parts = {name: text(node.get(name)) for name in _BESIDE}
    registry, tag, digest = parts["registry"], parts["tag"], parts["digest"]
    if registry is None or not registry.value:
        registry = text(node.get("defaultRegistry")) or registry
    value = repository.value
    if registry is not None and registry.value:
        value = f"{registry.value}/{value}"
    says = tag.value if tag is not None else ""
    is_pinned = digest is not None and bool(digest.value)
    if says or not is_pinned:
        value += f":{says or missing}"
    if digest is not None and digest.value:
        value += f"@{digest.value}"
    use = name_image(
        path,
        repository,
        Role.VALUES,
        value=value,
        owner=owner,
        policy=parts["pullPolicy"] or parts["imagePullPolicy"],
    )
    return msgspec.structs.replace(
        use,
        text=Text(value, repository.start, repository.stop, exact=False),
        pieces=Pieces(repository, registry, tag, digest),
    )


def is_whole(value: str) -> bool:
    """Whether a name has its version with it.

    >>> is_whole("localhost:5000/app"), is_whole("app:1.2.3")
    (False, True)
    """
    return not {":", "@"}.isdisjoint(value.rpartition("/")[2])
