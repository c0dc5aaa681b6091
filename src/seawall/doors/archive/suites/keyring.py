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

_SUFFIXES = (".gpg", ".asc", ".pgp")


@dataclass(frozen=True, slots=True)
class KeyringOptions:
    """Whose signatures count.

    Attributes:
        files: Paths of keyrings, or of folders of them; none: the machine's own.
        texts: More keys, armored.
        signers: Fingerprints; if there are any, no other key counts.
    """

    files: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    signers: tuple[str, ...] = ()


class Keyrings:
    """The keys of one archive, for a thread.

    Files are looked at each time: keys are replaced while a server runs.
    """

    def __init__(self, options: KeyringOptions) -> None:
        self._options = options
        self._known: tuple[object, Keyring] | None = None

    def load(self) -> Keyring:
        """Give the keys that count now. Blocking.

        Raises:
            SignatureError: There are none, or a file that is named cannot be read.
        """
        options = self._options
        own = not options.files and not options.texts
        places = MACHINE_KEYRINGS if own else options.files
        found = dict(_find_files(places, may_lack=own))
        if self._known is not None and self._known[0] == found:
            return self._known[1]
        keyring = self._read(list(found), places)
        self._known = (found, keyring)
        return keyring

    def _read(self, files: list[Path], places: tuple[str, ...]) -> Keyring:
        options = self._options
        try:
            blobs = [_read_file(file) for file in files]
            blobs += [text.encode() for text in options.texts]
            keyring = Keyring.parse(blobs)
        except ArchiveSyntaxError as exc:
            raise _refuse(f"{_list(places)}: {exc}") from exc
        except OSError as exc:
            raise _refuse(f"cannot read {exc.filename}: {exc.strerror}") from exc
        if options.signers:
            keyring = keyring.narrow(options.signers)
        if not keyring.fingerprints:
            raise _refuse(f"no key is in {_list(places)}")
        return keyring


def _find_files(
    places: tuple[str, ...], *, may_lack: bool
) -> Iterator[tuple[Path, tuple[int, int]]]:
    """List the files, with what changes when they do.

    Raises:
        SignatureError: One that is named is not there.
    """
    for place in map(Path, places):
        files = [place]
        if place.is_dir():
            inside = sorted(place.iterdir())
            files = [file for file in inside if file.suffix in _SUFFIXES]
        for file in files:
            try:
                state = file.stat()
            except OSError as exc:
                if may_lack:
                    continue
                raise _refuse(f"cannot read {file}: {exc.strerror}") from exc
            yield file, (state.st_mtime_ns, state.st_size)


def _read_file(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(MAX_KEYRING_BYTES + 1)


def _list(places: tuple[str, ...]) -> str:
    return ", ".join(places) or "the settings"


def _refuse(why: str) -> SignatureError:
    return SignatureError(
        f"no keyring to verify suites by: {why}; name one as keyring under"
        " [archives.NAME]",
        cause="suite.unsigned",
    )
