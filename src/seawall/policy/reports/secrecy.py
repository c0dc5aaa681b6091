"""Lines as they may be shown: a secret may stand on another line than its name."""

import re
from collections.abc import Sequence

from seawall.kit.redact import REDACTED, is_secret_name, redact_text

_KEY = re.compile(
    r"\s*(?:-\s+)*[\"']?(?P<key>[\w.-]+)[\"']?\s*[:=]"
    r"\s*(?P<mark>[|>][-+0-9]*|\"\"\"|''')?\s*$"
)
"""A key whose value stands below it."""

_INNER = re.compile(r"\s*(?:-\s|[\"']?[\w.-]+[\"']?\s*:(?:\s|$))")
"""An entry of a mapping or a list: not what a key above says, but a key again."""

_QUOTES = ('"""', "'''")
_NAMED = re.compile(
    r"\s*(?:-\s+)?[\"']?name[\"']?\s*:\s*[\"']?(?P<name>[\w.-]+)[\"']?\s*,?$"
)
_VALUE = re.compile(r"(?P<head>\s*(?:-\s+)?[\"']?value[\"']?\s*:\s*)\S")


def conceal(lines: Sequence[str], above: int = 0) -> list[str]:
    """Take out of lines what looks like a secret, also by what stands above it.

    Args:
        lines: The lines, in order.
        above: How many of them only say what the others are, and are not given back.
    """
    shown: list[str] = []
    below: int | None = None
    block = False
    name = quote = ""
    for number, line in enumerate(lines):
        if quote:
            shown.append(REDACTED)
            quote = "" if quote in line else quote
            continue
        indent = len(line) - len(line.lstrip())
        if below is not None and line.strip() and indent <= below:
            below = None
        value = _VALUE.match(line)
        if below is not None and line.strip() and (block or not _INNER.match(line)):
            shown.append(f"{line[:indent]}{REDACTED}")
        elif value is not None and is_secret_name(name):
            shown.append(f"{value['head']}{REDACTED}")
        else:
            shown.append(redact_text(line) if number >= above else line)
            key = _KEY.match(line)
            if key is not None and is_secret_name(key["key"]):
                below, block = indent, bool(key["mark"])
                quote = key["mark"] if key["mark"] in _QUOTES else ""
        named = _NAMED.match(line)
        name = named["name"] if named is not None else ""
    return shown[above:]
