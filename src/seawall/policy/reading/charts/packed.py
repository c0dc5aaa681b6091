"""Charts that are packed within charts: their files, unpacked in memory and bounded."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from seawall.errors import InputError
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.source import Source

INSIDE = ".tgz!/"
"""What parts an archive from what stands in it: `charts/db-1.2.tgz!/db/values.yaml`."""

_BLOCK = 512
_WHOLE_BYTES = 64 * 1024 * 1024
_READ_BYTES = 16 * 1024 * 1024
_MEMBERS = 5000
_DEPTH = 3
_FAULTS = 100
_HEAD_BYTES = 64 * 1024
"""So long may the member be that holds a name which is longer than others."""
_FILE, _OLD_FILE, _LONG_NAME, _PAX, _PAX_ALL = b"0", b"\0", b"L", b"x", b"g"


@dataclass(slots=True)
class Unpacked:
    """What an archive has for readers.

    Attributes:
        path: The archive's own path.
        file_bytes: A larger file is not read.
        files: Bytes by path; those of archives within it, too.
        faults: What was not unpacked, and why.
        whole_bytes: So many bytes may be unpacked yet.
        read_bytes: So many of them may be of files that are read.
        members: So many members may be looked at yet.
    """

    path: str
    file_bytes: int
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    whole_bytes: int = _WHOLE_BYTES
    read_bytes: int = _READ_BYTES
    members: int = _MEMBERS

    def refuse(self, reason: str) -> None:
        """Note why something was not unpacked; a hundred reasons say it."""
        if len(self.faults) < _FAULTS:
            self.faults.append(reason)


def sniff(data: bytes) -> bool:
    """Whether it is packed at all."""
    return data.startswith(b"\x1f\x8b")


def read(source: Source) -> Iterator[Fact]:
    """Read the files of a packed chart, each as if the archive was its folder."""
    found = unpack(source.path, source.data, source.limits)
    for path, data in found.files.items():
        yield from formats.read_file(f"{source.path}!/{path}", data, source.limits)
    for fault in found.faults:
        yield Trouble(
            path=source.path,
            start=0,
            stop=0,
            obstacle=Obstacle.BOUNDED,
            message=fault,
        )


def is_inside(path: str) -> bool:
    """Whether a path is one within an archive: nobody can edit that."""
    return INSIDE in path


def split(path: str) -> tuple[str, str]:
    """Take a path within an archive apart: the archive, and what stands in it.

    >>> split("charts/db-1.2.tgz!/db/Chart.yaml")
    ('charts/db-1.2.tgz', 'db/Chart.yaml')
    """
    archive, _, member = path.partition(INSIDE)
    return f"{archive}.tgz", member


def unpack(path: str, data: bytes, limits: LimitOptions) -> Unpacked:
    """Unpack what readers are for; links, devices and ways out are left alone.

    Raises:
        InputError: It is no archive, or a broken one.
    """
    found = Unpacked(path, limits.file_bytes)
    _unpack(found, "", data, 1)
    return found


def _unpack(found: Unpacked, lead: str, data: bytes, depth: int) -> None:
    whole = _inflate(data, found)
    for name, start, stop in _members(whole, found):
        if _leads_out(name):
            found.refuse(f"{lead}{name!r} leads out of the archive: not read")
            continue
        if not formats.wants(f"{found.path}!/{lead}{name}"):
            continue
        if stop - start > found.file_bytes:
            message = f"more than {found.file_bytes} bytes are not read"
            found.refuse(f"{lead}{name}: {message}")
            continue
        found.read_bytes -= stop - start
        if found.read_bytes < 0:
            found.refuse(
                f"more than {_READ_BYTES} bytes of files: the rest is not read"
            )
            return
        if name.endswith(".tgz"):
            _unpack_inner(found, f"{lead}{name}", whole[start:stop], depth)
        else:
            found.files.setdefault(f"{lead}{name}", whole[start:stop])


def _unpack_inner(found: Unpacked, name: str, data: bytes, depth: int) -> None:
    """Unpack an archive within another one; it counts to the same bounds."""
    if depth >= _DEPTH:
        found.refuse(f"{name}: packed more than {_DEPTH} times")
        return
    try:
        _unpack(found, f"{name}!/", data, depth + 1)
    except InputError as exc:
        found.refuse(f"{name}: {exc}")


def _inflate(data: bytes, found: Unpacked) -> bytes:
    """Unpack gzip, as far as the bound lets it."""
    packer = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        whole = packer.decompress(data, found.whole_bytes + 1)
    except zlib.error as exc:
        raise InputError(f"not a packed chart: {exc}") from exc
    if len(whole) > found.whole_bytes:
        raise InputError(f"unpacks to more than {_WHOLE_BYTES} bytes: not read")
    if not packer.eof:
        raise InputError("the archive ends before its end")
    found.whole_bytes -= len(whole)
    return whole


def _members(whole: bytes, found: Unpacked) -> Iterator[tuple[str, int, int]]:
    """Yield the regular files of an archive: name, first byte, byte behind the last.

    Raises:
        InputError: A header is none.
    """
    at, longer = 0, ""
    while at + _BLOCK <= len(whole):
        head = whole[at : at + _BLOCK]
        if not head.strip(b"\0"):
            return
        found.members -= 1
        if found.members < 0:
            found.refuse(f"more than {_MEMBERS} members: the rest is not read")
            return
        size, start = _check(head), at + _BLOCK
        stop = start + size
        if stop > len(whole):
            raise InputError("a member ends behind the archive")
        kind = head[156:157]
        if kind in (_LONG_NAME, _PAX):
            longer = _long_name(kind, whole[start : min(stop, start + _HEAD_BYTES)])
        elif kind != _PAX_ALL:
            name = longer or _name(head)
            longer = ""
            if kind in (_FILE, _OLD_FILE) and not name.endswith("/"):
                yield name, start, stop
        at = start + (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _check(head: bytes) -> int:
    """Check a header's sum, and read the size of its member."""
    said = _octal(head[148:156])
    if said != sum(head[:148]) + sum(head[156:]) + 8 * 0x20:
        raise InputError("a header of the archive is broken")
    return _octal(head[124:136])


def _octal(field_: bytes) -> int:
    text = field_.split(b"\0")[0].strip(b" ")
    if not text or text.strip(b"01234567"):
        if not text:
            return 0
        raise InputError("a number of the archive is none")
    return int(text, 8)


def _name(head: bytes) -> str:
    name = head[:100].split(b"\0")[0]
    if head[257:262] == b"ustar":
        lead = head[345:500].split(b"\0")[0]
        name = lead + b"/" + name if lead else name
    return name.decode(errors="replace").removeprefix("./")


def _long_name(kind: bytes, body: bytes) -> str:
    """Read a name from a member that has nothing else (GNU), or among others (pax)."""
    if kind == _LONG_NAME:
        return body.split(b"\0")[0].decode(errors="replace").removeprefix("./")
    name = ""
    while body:
        size, _, _ = body.partition(b" ")
        if not size.isdigit() or len(size) > 6 or not 0 < int(size) <= len(body):  # noqa: PLR2004
            break
        record, body = body[: int(size)], body[int(size) :]
        key, _, value = record[len(size) + 1 :].partition(b"=")
        if key == b"path":
            name = value.rstrip(b"\n").decode(errors="replace")
    return name.removeprefix("./")


def _leads_out(name: str) -> bool:
    """Whether a name is one that no file within a folder has."""
    parts = name.split("/")
    odd = any(c in name for c in "\\\0\r\n") or not name.isprintable()
    return odd or name.startswith("/") or any(part in ("", ".", "..") for part in parts)


READER = Reader(
    name="packed chart",
    names=("charts/*.tgz", "**/charts/*.tgz"),
    read=read,
    sniff=sniff,
    is_packed=True,
)
