"""Clear-signed messages, taken apart: one message, and not a byte around it."""

import re
from dataclasses import dataclass

from seawall.errors import SuiteSyntaxError
from seawall.kit import redact

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
"""No honest Release file is larger; nothing larger is looked at."""

_BEGIN = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = b"-----BEGIN PGP SIGNATURE-----"
_END = b"-----END PGP SIGNATURE-----"

_HASH = re.compile(rb"Hash: [A-Za-z0-9-]+(?:, ?[A-Za-z0-9-]+)*")
_ARMOR_LINE = re.compile(rb"[A-Za-z0-9+/=]{1,76}|(?:Version|Comment): [ -~]{0,200}|")
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
    ``Hash``, unescaped dashes, control characters.

    Raises:
        SuiteSyntaxError: It is anything but exactly one such message.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise _refuse(f"{len(data)} bytes; {MAX_MESSAGE_BYTES} are the limit")
    lines = [_plain(line) for line in data.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0] != _BEGIN:
        raise _refuse("it does not begin as one")
    if lines[-1] != _END:
        raise _refuse("it does not end with its signature")
    try:
        blank, signature = lines.index(b"", 1), lines.index(_SIGNATURE, 1)
    except ValueError:
        raise _refuse("its parts are not all there") from None
    for line in lines[1:blank]:
        if not _HASH.fullmatch(line):
            raise _refuse("a header that is not Hash", line)
    for line in lines[signature + 1 : -1]:
        if not _ARMOR_LINE.fullmatch(line):
            raise _refuse("a signature that is not base64", line)
    text = [_unescape(line) for line in lines[blank + 1 : signature]]
    return Clearsigned(b"\n".join(text), b"\n".join((*lines[signature:], b"")))


def _plain(line: bytes) -> bytes:
    # RFC 9580, 7.2: space at the end of a line is not signed, nor is how lines end.
    line = line.rstrip(b" \t\r")
    if _CONTROL.search(line):
        raise _refuse("control characters", line)
    return line


def _unescape(line: bytes) -> bytes:
    if not line.startswith(b"-"):
        return line
    if not line.startswith(b"- "):
        raise _refuse("a dash that is not escaped", line)
    return line[2:]


def _refuse(why: str, line: bytes = b"") -> SuiteSyntaxError:
    shown = f": {redact.show_input(line.decode('latin-1'))}" if line else ""
    return SuiteSyntaxError(f"not one clear-signed message: {why}{shown}")
