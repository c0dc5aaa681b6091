"""Which suites of which archives a command means, by what is known of each archive."""

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from seawall.debian.aptsources import AptSource
from seawall.errors import InputError

_COMPONENTS = ("main",)


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """An archive of the settings, or one that this machine's apt uses.

    Attributes:
        pattern: An entry without suites: its usual address, and its keys.
        sources: The entries of this machine's apt that use it.
    """

    name: str
    pattern: AptSource
    sources: tuple[AptSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was said on the command line; nothing said leaves it to what is known."""

    archives: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """Suites of one archive, as an entry of apt's sources."""

    archive: str
    source: AptSource


def choose(known: Sequence[KnownArchive], wish: Wish) -> list[Choice]:
    """Choose the entries that are meant.

    A suite is looked for in the entries of this machine's apt; one that none of them
    has belongs to the only archive that can be meant.

    Raises:
        InputError: An archive is not known, or more must be said.
    """
    if not known:
        raise InputError(
            "no archive is known: the settings name none, and this machine's apt"
            " sources have none; write [archives.NAME] with mirrors into the settings"
        )
    archives = [_find(known, name) for name in wish.archives] or list(known)
    if wish.suites:
        chosen = [it for suite in wish.suites for it in _choose_suite(archives, suite)]
    else:
        chosen = [it for archive in archives for it in _choose_own(archive, wish)]
    return [_narrow(choice, wish) for choice in _merge(chosen)]


def _find(known: Sequence[KnownArchive], name: str) -> KnownArchive:
    for archive in known:
        if archive.name == name:
            return archive
    names = [archive.name for archive in known]
    likely = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean {likely[0]!r}? " if likely else ""
    raise InputError(f"no archive {name!r}: {hint}known are {', '.join(names)}")


def _choose_suite(archives: Sequence[KnownArchive], suite: str) -> list[Choice]:
    own = [
        Choice(archive.name, replace(source, suites=(suite,)))
        for archive in archives
        for source in archive.sources
        if suite in source.suites
    ]
    if own:
        return own
    left = [archive for archive in archives if not archive.sources]
    meant = list(archives) if len(archives) == 1 else left
    if len(meant) != 1:
        names = ", ".join(archive.name for archive in archives)
        raise InputError(
            f"which archive has the suite {suite!r}? This machine's apt does not say;"
            f" name one with --archive ({names})"
        )
    return [Choice(meant[0].name, _invent(meant[0], suite))]


def _invent(archive: KnownArchive, suite: str) -> AptSource:
    """Make an entry for a suite of which only the archive is known."""
    for source in archive.sources:
        return replace(source, suites=(suite,))
    components = () if suite.endswith("/") else _COMPONENTS
    return replace(archive.pattern, suites=(suite,), components=components)


def _choose_own(archive: KnownArchive, wish: Wish) -> Iterator[Choice]:
    if not archive.sources and wish.archives:
        raise InputError(
            f"which suite of {archive.name}? Neither the settings nor this machine's"
            " apt say; name one with --suite"
        )
    for source in archive.sources:
        yield Choice(archive.name, source)


def _merge(choices: Sequence[Choice]) -> list[Choice]:
    """Join what differs in nothing but its suites; say nothing twice."""
    merged: dict[Choice, dict[str, None]] = {}
    for choice in choices:
        alike = Choice(choice.archive, replace(choice.source, suites=()))
        merged.setdefault(alike, {}).update(dict.fromkeys(choice.source.suites))
    if not merged:
        raise InputError(
            "which suite? This machine's apt uses none of the archives; name one with"
            " --suite, and its archive with --archive if there are several"
        )
    return [
        Choice(alike.archive, replace(alike.source, suites=tuple(suites)))
        for alike, suites in merged.items()
    ]


def _narrow(choice: Choice, wish: Wish) -> Choice:
    source = choice.source
    flat = all(suite.endswith("/") for suite in source.suites)
    if wish.components and not flat:
        source = replace(source, components=wish.components)
    if wish.architectures:
        source = replace(source, architectures=wish.architectures)
    return Choice(choice.archive, source)
