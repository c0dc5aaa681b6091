"""Which lines of a file are not those of an older version."""

from difflib import SequenceMatcher

import msgspec

_COMPARED = 1_000_000
"""Lines times lines that are compared; beyond, all between the equal ends counts."""


class Changed(msgspec.Struct, frozen=True):
    """What is different in a newer version, by its lines counted from 1.

    Attributes:
        lines: Those that are new or other ones: first and last.
        gaps: Those in front of which lines are gone.
    """

    lines: tuple[tuple[int, int], ...] = ()
    gaps: tuple[int, ...] = ()

    def touches(self, first: int, last: int) -> bool:
        """Whether one of some lines is new."""
        return any(begin <= last and first <= end for begin, end in self.lines)

    def gapes(self, first: int, last: int) -> bool:
        """Whether something is gone from between some lines."""
        return any(first < gap <= last for gap in self.gaps)


def compare(old: bytes | None, new: bytes) -> Changed:
    r"""Compare two versions of a file; without an older one all lines are new.

    How lines end does not matter: git may have changed that.

    >>> compare(b"a\nb\nc\n", b"a\nx\nc\r\n")
    Changed(lines=((2, 2),), gaps=())
    """
    after = _split(new)
    if old is None:
        return Changed(lines=((1, len(after)),))
    before = _split(old)
    head = 0
    while head < min(len(before), len(after)) and before[head] == after[head]:
        head += 1
    tail = 0
    while (
        tail < min(len(before), len(after)) - head
        and before[-1 - tail] == after[-1 - tail]
    ):
        tail += 1
    ours, theirs = after[head : len(after) - tail], before[head : len(before) - tail]
    if len(ours) * len(theirs) > _COMPARED:
        return Changed(lines=((head + 1, head + len(ours)),))
    lines, gaps = [], []
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    for what, _, _, begin, end in matcher.get_opcodes():
        if what in ("replace", "insert"):
            lines.append((head + begin + 1, head + end))
        if what == "delete":
            gaps.append(head + begin + 1)
    return Changed(tuple(lines), tuple(gaps))


def _split(content: bytes) -> list[bytes]:
    return [line.removesuffix(b"\r") for line in content.split(b"\n")]
