"""Edits that put the image there which the settings name in another's place."""

from seawall.errors import InputError
from seawall.oci.reference import parse_reference
from seawall.policy.facts.images import ImageUse
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions


def replace(use: ImageUse, options: PolicyOptions) -> Fix | None:
    """Put another image in; `None` if the settings name none.

    Args:
        use: The image; the settings name it as it is written, or its repository.
        options: What was chosen.
    """
    text = use.editable
    if text is None:
        return None
    names = (text.value, str(use.reference), str(use.repository))
    new = next((n for n in map(options.replacements.get, names) if n), "")
    if not new:
        return None
    edit = Edit(use.path, text.start, text.stop, new.encode())
    reason = "what the settings name in its place"
    try:
        comes = parse_reference(new)
    except InputError:
        return None
    swap = (use.reference, comes) if use.reference else None
    return Fix(FixKind.UNSAFE, (edit,), reason, swap=swap)
