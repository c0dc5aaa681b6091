"""Which readers a file gets: each reader's module says which files are for it."""

import importlib
import pkgutil
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec

from seawall.errors import InputError
from seawall.policy import reading
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions, matches
from seawall.policy.reading.blanked import Blanked
from seawall.policy.reading.source import Source

_FILLED_IN = re.compile(rb"(?<!\$)\{\{|\{%|<%")
SNIFF_BYTES = 4096
"""As much of a file's beginning as tells what it is."""
_SHELL = re.compile(rb"#![^\n]*?[/ \t](?:ba|da|a|z|k)?sh(?=\s|$)")
HEAD_BYTES = 128
"""As much as tells which program a script is for; Linux itself looks at 256."""
_SCRIPT = "script.sh"


class Reader(msgspec.Struct, frozen=True):
    """How one format is recognized and read; each reader's module has one as `READER`.

    Attributes:
        name: What the format is called.
        names: Patterns of file names or paths, in lower case: `*.yaml`,
            `.github/workflows/*.yml`; one without `/` means a name in any folder.
        read: Yields what it finds in a file, the outermost facts only. It raises
            `InputError` for a file that is not what its format allows, and may have
            yielded what came before.
        sniff: Whether the file is worth reading, by all of its bytes in UTF-8, without
            a byte order mark: it should be quick, such as `b"image:" in data`.
        is_packed: Whether such files are no text, but hold files that are.
    """

    name: str
    names: tuple[str, ...]
    read: Callable[[Source], Iterator[Fact]]
    sniff: Callable[[bytes], bool] = lambda _: True
    is_packed: bool = False


@cache
def list_readers() -> tuple[Reader, ...]:
    """Import all readers, and list them by name.

    Raises:
        TypeError: A `READER` is none.
    """
    found = []
    for module in pkgutil.walk_packages(reading.__path__, f"{reading.__name__}."):
        reader = getattr(importlib.import_module(module.name), "READER", None)
        if reader is not None and not isinstance(reader, Reader):
            raise TypeError(f"{module.name}.READER is no reader")
        if reader is not None:
            found.append(reader)
    return tuple(sorted(found, key=lambda reader: reader.name))


def readers_of(path: str, head: bytes = b"") -> tuple[Reader, ...]:
    """List the readers that are for files of this name, and that begin like this."""
    found = _readers_of(path.lower())
    if not found and is_script(path, head):
        return _readers_of(_SCRIPT)
    return found


def may_be_script(path: str) -> bool:
    """Whether only its first bytes tell what a file is: its name has no ending."""
    return "." not in path.rpartition("/")[2] and not wants(path)


def is_script(path: str, head: bytes) -> bool:
    """Whether a file without an ending says itself that a shell runs it.

    >>> is_script("bin/setup", b"#!/usr/bin/env bash"), is_script("bin/app", b"ELF")
    (True, False)
    """
    return _SHELL.match(head[:HEAD_BYTES]) is not None and may_be_script(path)


@cache
def _readers_of(path: str) -> tuple[Reader, ...]:
    numbers = _sort_names().find(path)
    return tuple(list_readers()[number] for number in sorted(numbers))


class _Names(msgspec.Struct, frozen=True):
    """All readers' patterns, with their numbers: no file is compared to each of them.

    Attributes:
        plain: Names of files, and ends of names behind a star.
        others: Patterns, by a word that stands in whatever they mean.
    """

    plain: dict[str, list[int]]
    others: dict[str, list[tuple[str, int]]]

    def find(self, path: str) -> set[int]:
        """Find the readers whose patterns mean a path."""
        name = path.rpartition("/")[2]
        ends = (f"*{name[at:]}" for at in range(len(name)))
        found = {one for key in (name, *ends) for one in self.plain.get(key, ())}
        for word, patterns in self.others.items():
            if word in path:
                found.update(
                    number
                    for pattern, number in patterns
                    if matches(pattern, path if "/" in pattern else name)
                )
        return found


@cache
def _sort_names() -> _Names:
    names = _Names(defaultdict(list), defaultdict(list))
    for number, reader in enumerate(list_readers()):
        for pattern in reader.names:
            if set("*?/") & set(pattern.removeprefix("*")):
                word = max(re.split(r"\*\*/|\*|\?", pattern), key=len)
                names.others[word].append((pattern, number))
            else:
                names.plain[pattern].append(number)
    return names


def wants(path: str) -> bool:
    """Whether any reader reads files of this name."""
    return bool(readers_of(path))


def is_packed(path: str) -> bool:
    """Whether files of this name hold other files, and are no text themselves."""
    return any(reader.is_packed for reader in _readers_of(path.lower()))


def sniffs(path: str, data: bytes) -> bool:
    """Whether any of a file's readers would take it for worth reading."""
    plain = Source(path, data).plain
    return any(reader.sniff(plain) for reader in readers_of(path, data))


def read_file(path: str, data: bytes, limits: LimitOptions) -> Iterator[Fact]:
    """Read a file with all readers that it is for."""
    return read_with(readers_of(path, data), path, data, limits)


def read_with(
    readers: Iterable[Reader], path: str, data: bytes, limits: LimitOptions
) -> Iterator[Fact]:
    """Read a file with these readers.

    A reader that fails costs its own facts: what it had found before stays, and the
    failure is told as a trouble.
    """
    source = Source(path, data, limits)
    plain = source.plain
    for reader in readers:
        if not reader.sniff(plain):
            continue
        try:
            yield from reader.read(source)
        except InputError as exc:
            yield _trouble(source, Obstacle.BROKEN, str(exc))
        except RecursionError:
            yield _trouble(source, Obstacle.BOUNDED, "nested too deeply")
        except Exception as exc:  # noqa: BLE001  one file must not end a check
            text = f"reading it as {reader.name} failed: {type(exc).__name__}: {exc}"
            yield _trouble(source, Obstacle.CRASHED, text)
    yield from _tell(source)


def _tell(source: Source) -> Iterator[Trouble]:
    """Yield what was in the way; that a template is no YAML yet is nobody's mistake."""
    told = source.troubles
    if told and _FILLED_IN.search(source.data):
        blanked = Blanked(source.path, source.data, source.limits)
        if blanked.documents and not blanked.errors:
            told = [one for one in told if one.obstacle is not Obstacle.BROKEN]
    yield from told


def _trouble(source: Source, obstacle: Obstacle, message: str) -> Trouble:
    return Trouble(
        path=source.path, start=0, stop=0, obstacle=obstacle, message=message
    )
