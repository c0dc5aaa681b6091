"""Edits that put a digest behind an image's name."""

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Text
from seawall.policy.fix import DIGEST_MARK, Edit, Fix, FixKind

_OURS = ("kustomization.yaml", "kustomization.yml", "kustomization")


def pin(use: ImageUse, *, without: str = "") -> Fix | None:
    """Put the digest of what a tag means now behind a name; `None` if nothing can.

    Args:
        use: The image.
        without: What its name loses: a tag that would say nothing beside a digest.
    """
    text = use.editable or _with_tag(use) or _new_tag(use, without)
    if text is None or use.reference is None or use.reference.digest is not None:
        return None
    at = text.cut(0, len(text.value.removesuffix(without))).stop
    edit = Edit(use.path, at, text.stop, b"@" + DIGEST_MARK)
    reason = "the digest of what the tag means now, for all platforms"
    return Fix(FixKind.ONLINE, (edit,), reason, asks=use.reference)


def _new_tag(use: ImageUse, without: str) -> Text | None:
    """The `newTag` of a kustomization's entry: what stands there is put behind a `:`.

    That of an entry counts, not the tag of the base; one that has to go stays, since
    an entry without any takes the base's.
    """
    tag = use.pieces.tag if use.pieces else None
    if tag is None or not tag.exact or use.path.rpartition("/")[2].lower() not in _OURS:
        return None
    return None if f":{tag.value}" == without else tag


def _with_tag(use: ImageUse) -> Text | None:
    """The name as it is written, if an argument says its registry alone."""
    tag = use.reference.tag if use.reference else None
    if use.pieces is not None or not tag or not use.text.exact:
        return None
    return use.text if use.text.value.endswith(f":{tag}") else None
