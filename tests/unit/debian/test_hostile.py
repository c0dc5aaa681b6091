"""Debian's language against anything at all; `make fuzz` lets it run for longer."""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from seawall.debian import paths
from seawall.debian.aptsources import parse_list, parse_sources
from seawall.debian.clearsign import split_clearsigned
from seawall.debian.deb822 import parse_paragraphs
from seawall.debian.indexes import IndexFile, IndexKind, find_index, read_entries
from seawall.debian.pathtable import PathTable, build_table
from seawall.debian.release import parse_release
from seawall.debian.signature import Keyring
from seawall.debian.version import Version
from seawall.errors import InputError, IntegrityError
from seawall.testing.archives import COMPRESSORS, SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage, SampleSource

MAX_BYTES = 64 * 1024

ARCHIVE = SampleArchive(
    suite=SampleSuite(compressions=tuple(COMPRESSORS), sections=("MD5Sum", "SHA256"))
)
ARCHIVE.publish([SamplePackage("hello")], sources=[SampleSource("hello")])
KEYRING = Keyring.parse([ARCHIVE.keyring])
FILES = {
    path.removeprefix("dists/stable/"): data for path, data in ARCHIVE.files.items()
}
LINE = "deb [arch=amd64 signed-by=/a.gpg] http://deb.example/debian sid main # x\n"
PARAGRAPH = (
    "Types: deb\nURIs: http://deb.example/debian\nSuites: sid\nSigned-By: /a.gpg\n"
)


def check_version(data: bytes) -> None:
    """What is a version is written as one, and is as early as itself."""
    version = Version.parse(data.decode("utf-8", "replace"))

    assert version == Version.parse(str(version)) <= version


def check_paragraphs(data: bytes) -> None:
    """Names are lower case and plain, values have no space around them."""
    for paragraph in parse_paragraphs(data.decode("utf-8", "replace")):
        for name, value in paragraph.items():
            assert name == name.lower()
            assert name.isascii()
            assert not set(name) & set(": \n")
            assert value.rstrip(" \t\r\n\0") == value.rstrip()
            assert not set(value) & set("\r\x00\x1b")


def check_message(data: bytes) -> None:
    """What was taken apart is one message, put together again as well."""
    split = split_clearsigned(data)
    lines = split.text.split(b"\n")
    escaped = b"\n".join(b"- " + line if line[:1] == b"-" else line for line in lines)
    again = b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" + escaped + b"\n" + split.armor

    assert split == split_clearsigned(again)
    assert not set(split.text) & set(b"\r\x00\x1b")


def check_signed(data: bytes) -> None:
    """Nothing is believed but the one text that was signed."""
    signed = KEYRING.verify_inline(data)

    assert ARCHIVE.release() == signed.text


def check_signature(data: bytes) -> None:
    """No bytes make a signature of a text that was never signed."""
    signed = KEYRING.verify_detached(ARCHIVE.release(), data)

    assert KEYRING.fingerprints == signed.signers


def check_keyring(data: bytes) -> None:
    """What is read as a keyring can be used as one."""
    keyring = Keyring.parse([data])

    assert keyring.fingerprints == keyring.narrow(keyring.fingerprints).fingerprints


def check_release(data: bytes) -> None:
    """Files lie within the suite, and are found by their hashes."""
    release = parse_release(data)
    for path, file in release.files.items():
        assert path == file.path == paths.normalise_filename(path)
        assert 0 <= file.size
        found = release.find_hash(file.algorithm.upper(), file.hex)
        assert found
        assert file.hex == found.hex


def check_path(data: bytes) -> None:
    """A path is one that no server reads in another way."""
    path = paths.parse_path(data.decode("latin-1"))

    assert path == paths.parse_path(quote(path)) == paths.normalise_filename(path)
    assert not {"", ".", ".."} & set(path.split("/"))
    assert path.isprintable()
    assert len(paths.candidate_suites(path)) <= paths.MAX_CANDIDATES
    named = paths.parse_by_hash(path)
    assert named is None or path.endswith(f"by-hash/{named.algorithm}/{named.hex}")


def check_index(data: bytes) -> None:
    """However it is packed, what comes out is little, and can be looked up."""
    name, _, body = data.partition(b"\n")
    index = find_index(name.decode("utf-8", "replace"))
    if index is None:
        return
    entries = list(read_entries([body], index, max_bytes=MAX_BYTES))
    table = PathTable(build_table(entries))

    assert len(entries) <= MAX_BYTES
    for entry in entries:
        assert entry.path == paths.normalise_filename(entry.path)
        found = table.find(entry.path)
        assert found
        assert entry.path == found.path


def check_table(data: bytes) -> None:
    """A damaged table is refused, or gives an entry of the path that was asked for."""
    found = PathTable(data).find("pool/main/h/hello/hello_1.0-1_amd64.deb")

    assert found is None or 64 == len(found.sha256)


def check_sources(data: bytes) -> None:
    """Neither style gives a source without an archive or without a known type."""
    text = data.decode("utf-8", "replace")
    parse = parse_list if text.startswith("deb") else parse_sources
    for source in parse(text):
        assert source.uris
        assert source.suites
        assert {"deb", "deb-src"} >= set(source.types)


CHECKS: dict[str, Callable[[bytes], None]] = {
    name.removeprefix("check_"): check
    for name, check in list(globals().items())
    if name.startswith("check_")
}

_PACKAGES = FILES["main/binary-amd64/Packages"]
_INDEX = IndexFile(IndexKind.PACKAGES, "Packages", "")
_INDEXES = [
    path.encode() + b"\n" + data
    for path, data in FILES.items()
    if "by-hash" not in path and find_index(path)
]
SAMPLES: dict[str, list[bytes]] = {
    "version": [b"1:2.36-9+deb12u7~rc1", b"1.0"],
    "paragraphs": [FILES["Release"], _PACKAGES],
    "message": [FILES["InRelease"], FILES["InRelease"].replace(b"\n", b"\r\n")],
    "signed": [FILES["InRelease"]],
    "signature": [FILES["Release.gpg"]],
    "keyring": [ARCHIVE.keyring, ARCHIVE.key.armored_keyring.encode()],
    "release": [FILES["Release"]],
    "path": [path.encode() for path in ARCHIVE.files] + [b"/pool//g%2b%2b.deb"],
    "index": _INDEXES,
    "table": [build_table(read_entries([_PACKAGES], _INDEX, max_bytes=MAX_BYTES))],
    "sources": [LINE.encode(), PARAGRAPH.encode()],
}
PIECES = [
    *(
        b"\n",
        b"\n\n",
        b"\r",
        b"\r\n",
        b"\t",
        b" ",
        b"\0",
        b":",
        b"-",
        b"- ",
        b"~",
        b"#",
    ),
    *(
        b"..",
        b"/../",
        b"%2e%2e/",
        b"%2f",
        b"\\",
        b"/",
        b"./",
        b"[",
        b"]",
        b"\xff",
        b"\xc3",
    ),
    *(b"-----BEGIN PGP SIGNED MESSAGE-----\n", b"-----BEGIN PGP SIGNATURE-----\n"),
    *(b"-----END PGP SIGNATURE-----\n", b"Hash: SHA256\n", b"SHA256:\n", b"SHA512:\n"),
    *(
        b"Filename: ../x\n",
        b"Size: -1\n",
        b"Date: 1 Jan 2026 00:00:00 UTC\n",
        b"9" * 30,
    ),
    *(b"Valid-Until: Thu, 01 Jan 1970 00:00:00 UTC\n", b"a" * 64 + b" 7 x\n"),
]


class Edit(NamedTuple):
    """Something put into a text in place of something else."""

    place: int
    removed: int
    piece: bytes


edits = st.lists(
    st.builds(
        Edit,
        st.integers(0, 4000),
        st.integers(0, 40),
        st.sampled_from(PIECES) | st.binary(max_size=8),
    ),
    max_size=4,
)


def _edit(text: bytes, changes: list[Edit]) -> bytes:
    for change in changes:
        place = change.place % (len(text) + 1)
        text = text[:place] + change.piece + text[place + change.removed :]
    return text


@st.composite
def inputs(draw: st.DrawFn) -> tuple[str, bytes]:
    """Make a reader's name, and bytes for it: an honest text changed, or any."""
    name = draw(st.sampled_from(sorted(CHECKS)))
    honest = st.builds(_edit, st.sampled_from(SAMPLES[name]), edits)
    return name, draw(honest | st.binary(max_size=300))


def check(name: str, data: bytes) -> None:
    """See that a reader keeps its promise, or refuses in one of two ways."""
    reason = ""
    try:
        CHECKS[name](data)
    except (InputError, IntegrityError) as exc:
        reason = str(exc)

    assert len(reason) < 1000
    assert "\n" not in reason


def test_honest_samples_are_read() -> None:
    """Otherwise nothing below would look any deeper."""
    for name, samples in SAMPLES.items():
        for sample in samples:
            CHECKS[name](sample)


@given(inputs())
def test_no_input_breaks_a_reader(given_input: tuple[str, bytes]) -> None:
    """Hostile input is refused in a line that says why, or read as it promises."""
    check(*given_input)
