"""Patterns of paths, matched in steps: no pattern makes one path last for long.

As a regular expression, a pattern with ten stars may try more ways than anybody can
wait for, and patterns stand in files of others: `.gitignore`, `seawall.toml`.
"""

import re
from collections.abc import Iterator

import msgspec

TAME = 2
"""With no more wildcards than that, a regular expression is as good, and faster."""

_WILDCARDS = re.compile(r"\*\*/?|\*")
_PIECES = re.compile(r"\*\*/|\*\*|\*|\?|.", re.DOTALL)


def is_tame(pattern: str) -> bool:
    """Whether a pattern has so few wildcards that it may be a regular expression.

    >>> is_tame("**/test/*.yaml"), is_tame("*a*a*a*")
    (True, False)
    """
    return len(_WILDCARDS.findall(pattern)) <= TAME


class Sign(msgspec.Struct, frozen=True):
    """One step of a pattern: a letter, or some of them.

    Attributes:
        accepts: Matches the letters that it takes.
        repeats: Whether it takes any number of them, none included.
        optional: How many of the next steps may be left out together with this one,
            which takes nothing itself.
    """

    accepts: re.Pattern[str]
    repeats: bool = False
    optional: int = 0


ANY = Sign(re.compile(r"[^/]"))
STAR = Sign(re.compile(r"[^/]"), repeats=True)
DEEP = Sign(re.compile(r".", re.DOTALL), repeats=True)
SLASH = Sign(re.compile("/"))
FOLDERS = (Sign(re.compile("(?!)"), optional=2), DEEP, SLASH)
"""Any number of folders, each with its slash."""


def letter(text: str) -> Sign:
    """Give the step that takes one letter."""
    return Sign(re.compile(re.escape(text), re.DOTALL))


def read_signs(pattern: str) -> Iterator[Sign]:
    """Read a pattern in which `*` stays within a part of a path, and `**` does not."""
    signs = {"**/": FOLDERS, "**": (DEEP,), "*": (STAR,), "?": (ANY,)}
    for piece in _PIECES.findall(pattern):
        yield from signs.get(piece) or (letter(piece),)


class Glob:
    """A pattern of paths, as a set of places in it that are reached at once.

    Args:
        signs: Its steps.
    """

    def __init__(self, signs: Iterator[Sign]) -> None:
        self._signs = tuple(signs)
        self._end = 1 << len(self._signs)
        self._masks: dict[str, tuple[int, int]] = {}
        self._free = self._bits(sign.repeats for sign in self._signs)
        self._optional = [
            (1 << at, sign.optional + 1)
            for at, sign in enumerate(self._signs)
            if sign.optional
        ]

    def matches(self, path: str) -> bool:
        """Whether it means a path, or a folder above it."""
        reached = self._spread(1)
        for sign in path:
            if sign == "/" and reached & self._end:
                return True
            once, again = self._take(sign)
            reached = self._spread((reached & once) << 1 | reached & again)
            if not reached:
                return False
        return bool(reached & self._end)

    def _take(self, sign: str) -> tuple[int, int]:
        """Say where a letter leads on from, and where it leads nowhere else."""
        if sign not in self._masks:
            taken = [step.accepts.match(sign) is not None for step in self._signs]
            once = self._bits(
                is_taken and not step.repeats
                for step, is_taken in zip(self._signs, taken, strict=True)
            )
            again = self._bits(
                is_taken and step.repeats
                for step, is_taken in zip(self._signs, taken, strict=True)
            )
            self._masks[sign] = (once, again)
        return self._masks[sign]

    def _spread(self, reached: int) -> int:
        """Add the places that are reached without another letter."""
        while True:
            more = reached | (reached & self._free) << 1
            for bit, length in self._optional:
                if reached & bit:
                    more |= bit << length | bit << 1
            if more == reached:
                return reached
            reached = more

    @staticmethod
    def _bits(flags: "Iterator[bool]") -> int:
        return sum(1 << at for at, flag in enumerate(flags) if flag)
