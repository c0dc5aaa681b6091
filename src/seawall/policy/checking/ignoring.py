"""What git ignores: .gitignore files of all folders, and .git/info/exclude."""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pathspec import GitIgnoreSpec

from seawall.policy import globs

_FILE_BYTES = 1024 * 1024
_WORDS = re.compile(r"\\.|\*+|\?|\[(?P<not>[!^]?)(?P<set>\]?[^\]]*)\]|.", re.DOTALL)


class Ignored:
    """What git leaves out below a folder; deeper files of patterns come first.

    Args:
        root: The folder that paths are relative to: that of the repository.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[str, _Patterns | None] = {}
        self._base = _read(root / ".git" / "info" / "exclude")

    def has(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a path is left out; that of a folder leaves out all below it.

        Whoever walks the tree asks for folders first, since nothing in an ignored one
        can be taken in again.
        """
        folder = path.rpartition("/")[0]
        while True:
            spec = self._spec(folder)
            if spec is not None:
                inner = path[len(folder) + 1 :] if folder else path
                said = spec.ask(inner, is_folder=is_folder)
                if said is not None:
                    return said
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return bool(self._base and self._base.ask(path, is_folder=is_folder))

    def _spec(self, folder: str) -> "_Patterns | None":
        if folder not in self._specs:
            self._specs[folder] = _read(self._root / folder / ".gitignore")
        return self._specs[folder]


class _Patterns:
    """The patterns of one file, the last one that means a path counts.

    Those with many wildcards would last for ever as regular expressions.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._parts: list[GitIgnoreSpec | _Wild] = []
        for tame, group in groupby(lines, key=_is_tame):
            if tame:
                self._parts.append(GitIgnoreSpec.from_lines(group))
            else:
                self._parts += map(_Wild, group)

    def __bool__(self) -> bool:
        return any(isinstance(part, _Wild) or len(part) for part in self._parts)

    def ask(self, path: str, *, is_folder: bool) -> bool | None:
        """Say what they say of a path; `None`: none of them is about it."""
        for part in reversed(self._parts):
            if isinstance(part, _Wild):
                said = part.ask(path, is_folder=is_folder)
            else:
                said = part.check_file(f"{path}/" if is_folder else path).include
            if said is not None:
                return said
        return None


def _is_tame(line: str) -> bool:
    return line.startswith("#") or globs.is_tame(line)


class _Wild:
    """One pattern with many wildcards, as gitignore(5) tells it."""

    def __init__(self, line: str) -> None:
        text = re.sub(r"(?<!\\)[ \t\r]+$", "", line)
        self._includes = not text.startswith("!")
        text = text.removeprefix("!")
        self._folders_only = text.endswith("/")
        parts = text.strip("/").split("/")
        if "/" not in text.rstrip("/"):
            parts.insert(0, "**")
        self._glob = globs.Glob(_read_parts(parts))

    def ask(self, path: str, *, is_folder: bool) -> bool | None:
        """Say what it says of a path; `None`: it is not about it."""
        if self._folders_only and not is_folder:
            return None
        return self._includes if self._glob.matches(path) else None


def _read_parts(parts: list[str]) -> Iterator[globs.Sign]:
    last = len(parts) - 1
    for at, part in enumerate(parts):
        if part == "**":
            yield from globs.FOLDERS if at < last else (globs.DEEP,)
            continue
        for word in _WORDS.finditer(part):
            yield _read_word(word)
        if at < last:
            yield globs.SLASH


def _read_word(word: re.Match[str]) -> globs.Sign:
    """Read a letter, a wildcard, or a set of letters in brackets."""
    if word["set"] is not None:
        inner = re.escape(word["set"]).replace(r"\-", "-")
        try:
            return globs.Sign(re.compile(f"[{'^/' if word['not'] else ''}{inner}]"))
        except re.error:  # such as [z-a]: it means nothing
            return globs.Sign(re.compile("(?!)"))
    signs = {"*": globs.STAR, "?": globs.ANY}
    return signs.get(word[0][0]) or globs.letter(word[0][-1])


def _read(path: Path) -> _Patterns | None:
    """Read a file of patterns; `None` if there is none that counts."""
    try:
        if path.is_symlink() or path.stat().st_size > _FILE_BYTES:
            return None
        lines = path.read_text(errors="replace").splitlines()
        patterns = _Patterns(lines)
    except (OSError, ValueError):
        return None
    return patterns or None
