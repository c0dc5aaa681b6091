"""Which readers a file gets: each reader's module says which files are for it."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import msgspec

from seawall.errors import InputError
from seawall.policy import reading
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions, matches
from seawall.policy.reading.source import Source

SNIFF_BYTES = 4096
"""As much of a file's beginning as tells what it is."""


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


def readers_of(path: str) -> tuple[Reader, ...]:
    """List the readers that are for files of this name."""
    return _readers_of(path.lower())


@cache
def _readers_of(path: str) -> tuple[Reader, ...]:
    return tuple(one for one in list_readers() if _sort_names(one.names).mean(path))


class _Names(msgspec.Struct, frozen=True):
    """Patterns, sorted by what it costs to compare them: 10,000 files have 186 each.

    Attributes:
        exact: Names of files.
        tails: Ends of names.
        others: Patterns, each with the words that stand in whatever it means.
    """

    exact: frozenset[str]
    tails: tuple[str, ...]
    others: tuple[tuple[tuple[str, ...], str], ...]

    def mean(self, path: str) -> bool:
        """Whether one of them means a path."""
        name = path.rpartition("/")[2]
        return (
            name in self.exact
            or name.endswith(self.tails)
            or any(
                all(word in path for word in words)
                and matches(pattern, path if "/" in pattern else name)
                for words, pattern in self.others
            )
        )


@cache
def _sort_names(names: tuple[str, ...]) -> _Names:
    plain = [one for one in names if not set("*?/") & set(one.removeprefix("*"))]
    return _Names(
        exact=frozenset(one for one in plain if not one.startswith("*")),
        tails=tuple(one[1:] for one in plain if one.startswith("*")),
        others=tuple(
            (tuple(filter(None, re.split(r"\*\*/|\*|\?", one))), one)
            for one in names
            if one not in plain
        ),
    )


def wants(path: str) -> bool:
    """Whether any reader reads files of this name."""
    return bool(readers_of(path))


def is_packed(path: str) -> bool:
    """Whether files of this name hold other files, and are no text themselves."""
    return any(reader.is_packed for reader in _readers_of(path.lower()))


def sniffs(path: str, data: bytes) -> bool:
    """Whether any of a file's readers would take it for worth reading."""
    plain = Source(path, data).plain
    return any(reader.sniff(plain) for reader in _readers_of(path.lower()))


def read_file(path: str, data: bytes, limits: LimitOptions) -> Iterator[Fact]:
    """Read a file with all readers that it is for."""
    return read_with(readers_of(path), path, data, limits)


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
    yield from source.troubles


def _trouble(source: Source, obstacle: Obstacle, message: str) -> Trouble:
    return Trouble(
        path=source.path, start=0, stop=0, obstacle=obstacle, message=message
    )
