"""Clear-signed messages, taken apart: one message, and not a byte around it."""

import re
from dataclasses import dataclass

from seawall.errors import SuiteSyntaxError
from seawall.kit import redact

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""No honest Release file is larger; nothing larger is looked at."""

MAX_ARMOR_BYTES = 128 * 1024
"""Room for more signatures than any suite has; each of them costs time to verify."""

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_END = b"-----END PGP SIGNATURE-----"

_HASH = re.compile(rb"Hash: [A-Za-z0-9-]+(?:, ?[A-Za-z0-9-]+)*")
_ARMORED = re.compile(
    rb"(?:[A-Za-z]{1,32}:[^\n]{0,500}\n)*\n(?:[A-Za-z0-9+/=]{1,76}\n)+"
)
# What no text of ours holds, and what readers differ about.
_CONTROL = re.compile(rb"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Clearsigned:
    r"""What a clear-signed message consists of.

    Attributes:
        text: What was signed: dash escapes undone, no space at the end of lines,
            lines joined with ``\n``, without the newline before the signature.
        armor: The signatures, still armored.
    """

    text: bytes
    armor: bytes


def split_clearsigned(data: bytes) -> Clearsigned:
    """Take a message apart that is clear-signed from its first byte to its last.

    Nothing is verified here. What is refused is everything that lets two readers
    see two texts: words before, between or after the parts, headers that are not
    ``Hash``, unescaped dashes, control characters. Newlines may follow the end.

    Raises:
        SuiteSyntaxError: It is anything but exactly one such message.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise _refuse(f"it has {len(data)} bytes; {MAX_MESSAGE_BYTES} are the limit")
    lines = [_trim(line) for line in data.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0] != _BEGIN:
        raise _refuse("it does not begin as one", *lines[:1])
    if lines[-1] != _END:
        raise _refuse("it does not end with its signature", lines[-1])
    try:
        blank, signature = lines.index(b"", 1), lines.index(_SIGNATURE, 1)
    except ValueError:
        raise _refuse("its parts are not all there") from None
    for line in lines[1:blank]:
        if not _HASH.fullmatch(line):
            raise _refuse("a header is not Hash", line)
    text = b"\n".join(map(_unescape, lines[blank + 1 : signature]))
    armored = b"\n".join((*lines[signature + 1 : -1], b""))
    if len(armored) > MAX_ARMOR_BYTES or not _ARMORED.fullmatch(armored):
        raise _refuse("its signature is not a piece of base64")
    return Clearsigned(text, b"%b\n%b%b\n" % (_SIGNATURE, armored, _END))


def _trim(line: bytes) -> bytes:
    # RFC 9580, 7.2: space at the end of a line is not signed, nor is how lines end.
    line = line.rstrip(b" \t\r")
    if _CONTROL.search(line):
        raise _refuse("it holds control characters", line)
    return line


def _unescape(line: bytes) -> bytes:
    if not line.startswith(b"-"):
        return line
    if not line.startswith(b"- "):
        raise _refuse("a dash is not escaped", line)
    return line[2:]


def _refuse(why: str, line: bytes = b"") -> SuiteSyntaxError:
    shown = f": {redact.show_input(line.decode('latin-1'))}" if line else ""
    return SuiteSyntaxError(f"not exactly one clear-signed message: {why}{shown}")
