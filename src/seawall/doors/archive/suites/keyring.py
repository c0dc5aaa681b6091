"""Whose signatures count for an archive: key files, read again when they change."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from seawall.debian.signature import MAX_KEYRING_BYTES, Keyring
from seawall.errors import ArchiveSyntaxError, SignatureError

MACHINE_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
    "/etc/apt/trusted.gpg",
    "/etc/apt/trusted.gpg.d",
)
"""What a machine's apt trusts if its sources name no keys, as far as it is there."""

MACHINE = "machine"
"""Stands for all of these where keyrings are named."""

_SUFFIXES = (".gpg", ".asc", ".pgp")


@dataclass(frozen=True, slots=True)
class KeyringOptions:
    """Whose signatures count.

    Attributes:
        files: Paths of keyrings, or of folders of them; `machine`: the machine's own,
            of which each counts as far as it is there and can be read. So do these
            if no keys are named at all.
        texts: More keys, armored.
        signers: Fingerprints; if there are any, no other key counts.
    """

    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


class Keyrings:
    """The keys of one archive, for a thread.

    Files are looked at each time: keys are replaced while a server runs.

    Attributes:
        notes: Which of the machine's own files were passed over, and why.
    """

    def __init__(self, options: KeyringOptions) -> None:
        self.notes: tuple[str, ...] = ()
        self._options = options
        self._known: tuple[object, Keyring] | None = None

    def load(self) -> Keyring:
        """Give the keys that count now. Blocking.

        Raises:
            SignatureError: There are none, or a file that is named cannot be read.
        """
        options = self._options
        named = options.files or (() if options.texts else (MACHINE,))
        found = list(_find_files(named))
        if self._known is not None and self._known[0] == found:
            return self._known[1]
        keyring = self._read(found, named)
        self._known = (found, keyring)
        return keyring

    def _read(self, files: "list[_File]", named: tuple[str, ...]) -> Keyring:
        blobs = [text.encode() for text in self._options.texts]
        notes: list[str] = []
        for file in files:
            try:
                blob = _read_file(file.path)
                Keyring.parse([blob])
            except (ArchiveSyntaxError, OSError) as exc:
                why = exc.strerror if isinstance(exc, OSError) else exc
                if not file.is_machines:
                    raise _refuse(f"cannot read {file.path}: {why}") from exc
                notes.append(f"{file.path} is passed over: {why}")
            else:
                blobs.append(blob)
        try:
            keyring = Keyring.parse(blobs)
        except ArchiveSyntaxError as exc:
            raise _refuse(f"{_list(named)}: {exc}") from exc
        if self._options.signers:
            keyring = keyring.narrow(self._options.signers)
        self.notes = tuple(notes)
        if not keyring.fingerprints:
            raise _refuse("; ".join((f"no key is in {_list(named)}", *notes)))
        return keyring


@dataclass(frozen=True, slots=True)
class _File:
    """A keyring file, with what changes when it does."""

    path: Path
    is_machines: bool
    changed_ns: int
    size: int


def _find_files(named: tuple[str, ...]) -> Iterator[_File]:
    """List the files that there are.

    Raises:
        SignatureError: One that is named is not there.
    """
    for name in named:
        is_machines = name == MACHINE
        for place in map(Path, MACHINE_KEYRINGS if is_machines else (name,)):
            for path in _list_folder(place):
                try:
                    state = path.stat()
                except OSError as exc:
                    if is_machines:
                        continue
                    raise _refuse(f"cannot read {path}: {exc.strerror}") from exc
                yield _File(path, is_machines, state.st_mtime_ns, state.st_size)


def _list_folder(place: Path) -> list[Path]:
    if not place.is_dir():
        return [place]
    return [file for file in sorted(place.iterdir()) if file.suffix in _SUFFIXES]


def _read_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_KEYRING_BYTES + 1)


def _list(places: tuple[str, ...]) -> str:
    shown = ("the machine's keyrings" if it == MACHINE else it for it in places)
    return ", ".join(shown) or "the settings"


def _refuse(why: str) -> SignatureError:
    return SignatureError(
        f"no keyring to verify suites by: {why}; name one as keyring under"
        " [archives.NAME]",
        cause="suite.unsigned",
    )
