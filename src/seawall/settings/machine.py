"""The Debian archives that this machine's own apt uses, as its sources name them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from seawall.debian.aptsources import AptSource, parse_list, parse_sources
from seawall.doors.archive.forms import split_address
from seawall.doors.archive.suites.keyring import MACHINE
from seawall.errors import InputError
from seawall.kit.redact import redact_text
from seawall.settings.keys import ArchiveTable

APT = Path("/etc/apt")

_FILE_BYTES = 1024 * 1024
_FILES = 200
_NAME_CHARS = 40
# apt.conf(5) and sources.list(5): files of other names are passed over.
_READ = re.compile(r"[A-Za-z0-9_.-]+\.(?:list|sources)")
_LISTED = "mirror+file:"
_BEFORE_AT = re.compile(r"[^\s'\"]+@")


@dataclass(frozen=True)
class Machine:
    """What was found.

    Attributes:
        archives: By the name that each was given.
        sources: The entries that use each archive.
        notes: What was passed over, and why, in lines for people.
    """

    archives: Mapping[str, ArchiveTable] = field(default_factory=dict)
    sources: Mapping[str, tuple[AptSource, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_machine(
    apt: Path,
    *,
    known: Mapping[str, ArchiveTable],
    is_own: Callable[[str], bool],
) -> Machine:
    """Read apt's sources, as far as they can be read. Blocking.

    Args:
        apt: apt's folder.
        known: The archives of the settings: what they have is not found again.
        is_own: Whether an address leads back to Seawall itself.
    """
    notes: list[str] = []
    sources: list[AptSource] = []
    for file in _list_files(apt):
        try:
            parse = parse_list if file.suffix == ".list" else parse_sources
            sources += parse(_read(file))
        except (InputError, OSError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) else exc
            notes.append(f"{file}: {reason}")
    entries: list[_Entry] = []
    for source in sources:
        try:
            entries.append(_read_entry(source))
        except (InputError, OSError) as exc:
            notes.append(f"{' '.join(source.uris)}: {exc}")
    found = _group(entries, known=known, is_own=is_own)
    told = tuple(_hide(note) for note in (*notes, *found.notes))
    return Machine(found.archives, found.sources, told)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of apt's sources.

    Attributes:
        places: The addresses of each archive that it names. To apt, several addresses
            in one entry are as many archives; mirrors of one stand in a file
            (``mirror+file:``).
    """

    source: AptSource
    places: tuple[tuple[str, ...], ...]


def _group(
    entries: Iterable[_Entry],
    *,
    known: Mapping[str, ArchiveTable],
    is_own: Callable[[str], bool],
) -> Machine:
    """Make archives of entries: one for each address, or for mirrors of one."""
    names = _Names(known)
    groups: dict[str, list[AptSource]] = {}
    notes: dict[str, None] = {}
    for entry in entries:
        named: dict[str, tuple[str, ...]] = {}
        for uris in entry.places if entry.source.enabled else ():
            try:
                usable = tuple(uri for uri in uris if not _is_known(uri, is_own))
            except InputError as exc:
                notes[str(exc)] = None
                continue
            if entry.source.trusted:
                note = f"{uris[0]}: [trusted=yes] needs no signature, Seawall does"
                notes[note] = None
            elif usable:
                name = names.choose(usable)
                named[name] = (*named.get(name, ()), *usable)
            else:
                notes[f"{uris[0]}: leads back to Seawall itself"] = None
        for name, uris in named.items():
            groups.setdefault(name, []).append(replace(entry.source, uris=uris))
    return Machine(
        {name: _make_table(own) for name, own in groups.items() if name not in known},
        {name: tuple(own) for name, own in groups.items()},
        tuple(notes),
    )


class _Names:
    """Gives each archive one name, which it keeps."""

    def __init__(self, known: Mapping[str, ArchiveTable]) -> None:
        self._taken = set(known)
        self._named = {
            split_address(url): name
            for name, table in known.items()
            for url in (*table.mirrors, *table.aliases)
        }

    def choose(self, uris: tuple[str, ...]) -> str:
        """Name an archive after the last part of its path, or after its host."""
        for uri in uris:
            if (name := self._named.get(split_address(uri))) is not None:
                return name
        host, folders = split_address(uris[0])
        wishes = [
            *folders[-1:],
            "-".join((host, *folders)),
            *(f"{host}-{number}" for number in range(2, 1000)),
        ]
        name = next(
            slug for wish in wishes if (slug := _slug(wish)) not in {"", *self._taken}
        )
        self._taken.add(name)
        self._named |= {split_address(uri): name for uri in uris}
        return name


def _make_table(sources: Iterable[AptSource]) -> ArchiveTable:
    mirrors: dict[str, None] = {}
    files: dict[str, None] = {}
    keys: dict[str, None] = {}
    signers: dict[str, None] = {}
    narrowed = True
    for source in sources:
        mirrors |= dict.fromkeys(uri.rstrip("/") for uri in source.uris)
        signers |= dict.fromkeys(source.signers)
        narrowed = narrowed and bool(source.signers)
        if source.signed_by_keys:
            keys[source.signed_by_keys] = None
        elif source.signed_by:
            files |= dict.fromkeys(source.signed_by)
        else:
            files[MACHINE] = None
    if not keys and tuple(files) == (MACHINE,):
        files = {}  # which means the same
    return ArchiveTable(
        mirrors=tuple(mirrors),
        keyring=tuple(files),
        keys=tuple(keys),
        signers=tuple(signers) if narrowed else (),
    )


def _is_known(uri: str, is_own: Callable[[str], bool]) -> bool:
    split_address(uri)
    return is_own(uri)


def _read_entry(source: AptSource) -> _Entry:
    """Tell apart the archives of an entry, and read mirrors that stand in a file.

    Raises:
        InputError: They are none that can be asked.
        OSError: There is no such file.
    """
    places: list[tuple[str, ...]] = []
    for uri in source.uris:
        if not uri.startswith(_LISTED):
            places.append((uri,))
            continue
        lines = _read(Path("/" + uri.removeprefix(_LISTED).lstrip("/"))).split("\n")
        words = (line.partition("#")[0].split() for line in lines)
        places.append(tuple(line[0] for line in words if line))
    return _Entry(source, tuple(place for place in places if place))


def _list_files(apt: Path) -> list[Path]:
    folder = apt / "sources.list.d"
    try:
        inside = sorted(f for f in folder.iterdir() if _READ.fullmatch(f.name))
    except OSError:
        inside = []
    main = apt / "sources.list"
    return [*([main] if main.exists() else []), *inside][:_FILES]


def _read(file: Path) -> str:
    with file.open("rb") as opened:
        data = opened.read(_FILE_BYTES + 1)
    if len(data) > _FILE_BYTES:
        raise InputError("larger than 1 MiB: not a list of sources")
    return data.decode("utf-8", "replace")


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower())[:_NAME_CHARS].strip("-")


def _hide(note: str) -> str:
    """Take out of a note what may be a password: apt's sources may have some."""
    return _BEFORE_AT.sub("…@", redact_text(note))
