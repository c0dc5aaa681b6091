"""Edits that put a digest behind an image's name."""

from seawall.policy.facts.images import ImageUse
from seawall.policy.fix import DIGEST_MARK, Edit, Fix, FixKind


def pin(use: ImageUse, *, without: str = "") -> Fix | None:
    """Put the digest of what a tag means now behind a name; `None` if nothing can.

    Args:
        use: The image.
        without: What its name loses: a tag that would say nothing beside a digest.
    """
    text = use.editable
    if text is None or use.reference is None or use.reference.digest is not None:
        return None
    at = text.cut(0, len(text.value.removesuffix(without))).stop
    edit = Edit(use.path, at, text.stop, b"@" + DIGEST_MARK)
    reason = "the digest of what the tag means now, for all platforms"
    return Fix(FixKind.ONLINE, (edit,), reason, asks=use.reference)
