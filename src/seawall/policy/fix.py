"""Fixes: bytes to put in the place of others, and how they go together."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

import msgspec

from seawall.oci.reference import Reference


class FixKind(StrEnum):
    """What has to be known, or accepted, before a fix is applied."""

    SAFE = "safe"  # nothing: it means the same to everybody
    ONLINE = "online"  # what a registry answers
    UNSAFE = "unsafe"  # that it changes what happens


class Edit(msgspec.Struct, frozen=True, order=True):
    """Bytes of one file that are replaced; nothing else in it changes.

    Attributes:
        path: The file.
        start: The first byte that goes.
        stop: The first byte that stays; equal to `start` to put something in.
        new: What comes in their place.
    """

    path: str
    start: int
    stop: int
    new: bytes

    def meets(self, other: "Edit") -> bool:
        """Whether both want the same bytes, or the same gap between two of them."""
        if self.path != other.path or self == other:
            return False
        if self.start == other.start:
            return True
        first, second = sorted((self, other))
        return first.stop > second.start


DIGEST_MARK = b"{digest}"
"""Stands in the edits of an online fix for the digest that a registry answers."""


class Fix(msgspec.Struct, frozen=True):
    """How one finding is mended: all of its edits or none.

    Attributes:
        kind: What it takes to apply it.
        edits: The edits, in any number of files.
        reason: What it does and why that is right, for whoever reads the diff.
        asks: The image whose digest takes the place of `DIGEST_MARK`, if one does.
        swap: The image that goes and the one that comes, where they are not the same.
    """

    kind: FixKind
    edits: tuple[Edit, ...]
    reason: str
    asks: Reference | None = None
    swap: tuple[Reference, Reference] | None = None

    @property
    def paths(self) -> set[str]:
        """The files that it changes."""
        return {edit.path for edit in self.edits}


def settle(fix: Fix, digest: str) -> Fix:
    """Fill in what a registry answered."""
    edits = tuple(
        msgspec.structs.replace(
            edit, new=edit.new.replace(DIGEST_MARK, digest.encode())
        )
        for edit in fix.edits
    )
    return msgspec.structs.replace(fix, edits=edits, asks=None)


class Joined(msgspec.Struct, frozen=True):
    """Fixes that go together.

    Attributes:
        taken: The fixes that can be applied at once, in the order they came.
        left: Those that want the same bytes as an earlier one, which another round may
            take, and those that contradict themselves.
        edits: The edits of those taken, without doubles, by file and place.
    """

    taken: tuple[Fix, ...]
    left: tuple[Fix, ...]
    edits: tuple[Edit, ...]


def join(fixes: Iterable[Fix]) -> Joined:
    """Choose fixes that do not get into each other's way; the earlier ones win."""
    taken: list[Fix] = []
    left: list[Fix] = []
    by_path: dict[str, _Line] = {}
    for fix in fixes:
        own = sorted(set(fix.edits))
        alone = not any(one.meets(other) for one, other in pairwise(own))
        lines = [(by_path.setdefault(edit.path, _Line()), edit) for edit in own]
        if not alone or not all(line.has_room(edit) for line, edit in lines):
            left.append(fix)
            continue
        taken.append(fix)
        for line, edit in lines:
            line.put(edit)
    edits = [edit for path in sorted(by_path) for edit in by_path[path].edits]
    return Joined(tuple(taken), tuple(left), tuple(edits))


class _Line:
    """Edits of one file of which none meets another, by their place.

    A file may have thousands: each new one is held against its neighbours alone.
    """

    def __init__(self) -> None:
        self._starts: list[int] = []
        self.edits: list[Edit] = []

    def has_room(self, edit: Edit) -> bool:
        """Whether an edit meets none of them; one that is there already has room."""
        at = bisect_left(self._starts, edit.start)
        return not any(edit.meets(one) for one in self.edits[max(0, at - 1) : at + 1])

    def put(self, edit: Edit) -> None:
        """Take in an edit that there is room for."""
        at = bisect_left(self._starts, edit.start)
        if self.edits[at : at + 1] != [edit]:
            self._starts.insert(at, edit.start)
            self.edits.insert(at, edit)


def apply(content: bytes, edits: Sequence[Edit]) -> bytes:
    """Edit the bytes of one file.

    Raises:
        ValueError: Two edits meet, or one lies outside the content.

    >>> apply(b"image: nginx", [Edit("x", 7, 7, b"docker.io/library/")])
    b'image: docker.io/library/nginx'
    """
    return b"".join(_pieces(content, sorted(set(edits))))


def _pieces(content: bytes, edits: Sequence[Edit]) -> Iterator[bytes]:
    done = 0
    before: Edit | None = None
    for edit in edits:
        if before is not None and before.meets(edit):
            raise ValueError(f"two edits meet at byte {edit.start} of {edit.path}")
        if not done <= edit.start <= edit.stop <= len(content):
            raise ValueError(f"an edit of {edit.path} lies outside its bytes")
        yield content[done : edit.start]
        yield edit.new
        done, before = edit.stop, edit
    yield content[done:]
