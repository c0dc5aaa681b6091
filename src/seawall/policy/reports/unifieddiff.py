"""Changes of files as `git apply` and `patch -p1` read them."""

import re
from difflib import unified_diff

_ODD = re.compile(rb'[\x00-\x1f"\\\x7f]')
_UNPLAIN = re.compile(rb"[^ !#-\[\]-~]")


def write_diff(path: str, old: bytes, new: bytes) -> bytes:
    r"""Write what changes in a file.

    >>> write_diff("a b", b"x\n", b"y\n").splitlines()[:2]
    [b'--- a/a b\t', b'+++ b/a b\t']
    """
    before, after = _quote(f"a/{path}"), _quote(f"b/{path}")
    lines = unified_diff(_split(old), _split(new), before, after, lineterm="\n")
    out = bytearray()
    for line in lines:
        raw = line.encode(errors="surrogateescape")
        if raw.endswith(b"\n"):
            out += raw
        else:
            out += raw + b"\n\\ No newline at end of file\n"
    return bytes(out)


def _quote(name: str) -> str:
    """Write a file's name as git does, so that no name is more than a name."""
    raw = name.encode(errors="surrogateescape")
    if _ODD.search(raw):
        quoted = _UNPLAIN.sub(lambda sign: b"\\%03o" % ord(sign[0]), raw)
        return f'"{quoted.decode()}"'
    return f"{name}\t" if " " in name else name  # without a tab, it ends at the blank


def _split(data: bytes) -> list[str]:
    """Cut at newlines alone, which the lines keep: any other sign is a part of one."""
    text = data.decode(errors="surrogateescape")
    return re.findall(r"[^\n]*\n|[^\n]+", text)
