"""Indexes: what they list, however they are packed, and entries that make no sense."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian.indexes import IndexFile, IndexKind, find_index, read_entries
from seawall.debian.pathtable import Entry
from seawall.errors import ArchiveSyntaxError, TooLargeError
from seawall.testing.archives import COMPRESSORS, SampleArchive, SampleSuite
from seawall.testing.debs import SamplePackage, SampleSource

MIB = 1024 * 1024
SUM = "0123456789abcdef" * 4
PACKAGES = IndexFile(IndexKind.PACKAGES, "Packages", "")
SOURCES = IndexFile(IndexKind.SOURCES, "Sources", "")

paths = st.from_regex(r"[a-z0-9_+~]{1,9}(/[a-z0-9._+~:é-]{1,9}x){0,3}", fullmatch=True)
entries = st.builds(
    Entry,
    paths,
    st.integers(min_value=0, max_value=10**15 - 1),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)


def _read(
    text: str | bytes, index: IndexFile = PACKAGES, max_bytes: int = MIB
) -> list[Entry]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_entries([data], index, max_bytes=max_bytes))


def _stanza(entry: Entry) -> str:
    return (
        f"Package: x\nFilename: {entry.path}\nSize: {entry.size}\nMD5sum: 0\n"
        f"SHA256: {entry.sha256}\nDescription: x\n Size: 7\n .\n"
    )


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Packages", PACKAGES),
        ("Sources", SOURCES),
        (
            "main/binary-amd64/Packages.xz",
            IndexFile(IndexKind.PACKAGES, "main/binary-amd64/Packages", "xz"),
        ),
        (
            "updates/main/source/Sources.zst",
            IndexFile(IndexKind.SOURCES, "updates/main/source/Sources", "zst"),
        ),
        ("Packages.gz", IndexFile(IndexKind.PACKAGES, "Packages", "gz")),
        ("Packages.lz4", None),
        ("Packages.xz.gz", None),
        ("Packages.diff/Index", None),
        ("NotPackages", None),
        ("main/Contents-amd64.gz", None),
        ("main/i18n/Translation-en.bz2", None),
        ("Packages/x", None),
    ],
)
def test_indexes_are_told_by_their_paths(path: str, expected: IndexFile | None) -> None:
    """Two kinds list files; four ways of packing are known, and none at all."""
    assert expected == find_index(path)


@given(
    st.lists(entries, max_size=5),
    st.sampled_from(sorted(COMPRESSORS)),
    st.sampled_from(["\n", "\n\n\n"]),
    st.integers(min_value=1, max_value=300),
)
def test_an_index_gives_what_it_lists(
    listed: list[Entry], compression: str, gap: str, size: int
) -> None:
    """Whatever packs it, and wherever it is cut."""
    packed = COMPRESSORS[compression](gap.join(map(_stanza, listed)).encode())
    chunks = [packed[start : start + size] for start in range(0, len(packed), size)]
    index = IndexFile(IndexKind.PACKAGES, "Packages", compression)

    assert listed == list(read_entries(chunks, index, max_bytes=MIB))


def test_blocks_are_cut_between_paragraphs() -> None:
    """An index larger than a block loses nothing where blocks meet."""
    listed = [
        Entry(f"pool/{number}.deb", number, f"{number:064}") for number in range(9999)
    ]
    text = "\n".join(map(_stanza, listed))

    assert listed == _read(text, max_bytes=2 * MIB)
    assert listed == _read(text.replace("\n", "\r\n"), max_bytes=2 * MIB)


def test_sample_archives_are_read() -> None:
    """All files of binary and source packages are found by their sums."""
    archive = SampleArchive(suite=SampleSuite(compressions=("", "xz", "gz", "zst")))
    packages = [SamplePackage("hello"), SamplePackage("data", architecture="all")]
    archive.publish(packages, sources=[SampleSource("hello")])
    place = "dists/stable/"
    found = {
        entry.path: entry
        for path, data in archive.files.items()
        if "by-hash" not in path and (index := find_index(path.removeprefix(place)))
        for entry in _read(data, index)
    }

    assert {path for path in archive.files if path.startswith("pool/")} == set(found)
    for path, entry in found.items():
        assert hashlib.sha256(archive.files[path]).hexdigest() == entry.sha256
        assert len(archive.files[path]) == entry.size


@pytest.mark.parametrize(
    "text",
    [
        f"filename: ./a.deb\nSIZE: 7\nsha256: {SUM}\n",
        f"Filename: ./a.deb\nSize: 7\nSHA256: {SUM}\n",
        f"SHA256: {SUM.upper()}\nPackage: x\nSize:7\nFilename:\ta.deb \n",
        f"\n\nPackage: x\nFilename: //a.deb\nSize: 7\nSHA256: {SUM}",
        f"Package: x\nDescription: \xff\nFilename: a.deb\nSize: 7\nSHA256: {SUM}\n",
    ],
    ids=["case", "first", "order", "lines", "latin"],
)
def test_unusual_paragraphs_are_read_alike(text: str) -> None:
    """Fields stand in any order and case; what is not asked for may be anything."""
    assert [Entry("a.deb", 7, SUM)] == _read(text.encode("latin-1"))


@pytest.mark.parametrize(
    "text",
    [
        "Package: x\n",
        f"Package: x\nFilename: a\nSize: 7\nMD5sum: {SUM[:32]}\n",
        f"Package: x\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: a\nSHA256: {SUM}\n",
        f"Package: x\nDescription: x\n Filename: a\n Size: 7\n SHA256: {SUM}\n",
        "",
        "\n\n\n",
    ],
)
def test_what_cannot_be_verified_is_passed_over(text: str) -> None:
    """Without a path, a size and a strong sum there is nothing to look up."""
    other = Entry("b", 1, SUM)

    assert [] == _read(text)
    assert [other] == _read(f"{text}\n{_stanza(other)}")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f"Package: x\nFilename: a\nSize: -1\nSHA256: {SUM}\n", "not a size"),
        (f"Package: x\nFilename: a\nSize: 7x\nSHA256: {SUM}\n", "not a size"),
        (f"Package: x\nFilename: a\nSize: 1_0\nSHA256: {SUM}\n", "not a size"),
        (f"Package: x\nFilename: a\nSize: {'9' * 16}\nSHA256: {SUM}\n", "not a size"),
        (f"Package: x\nFilename: a\nSize: 7\nSHA256: {SUM[1:]}\n", "not a SHA-256"),
        (f"Package: x\nFilename: a\nSize: 7\nSHA256: x{SUM[1:]}\n", "not a SHA-256"),
        (f"P: x\nFilename: a\nFilename: b\nSize: 7\nSHA256: {SUM}\n", "has already"),
        (f"P: x\nFilename: a\nSize: 7\nsize: 8\nSHA256: {SUM}\nSize: 7\n", "already"),
        (f"P: x\nFilename: a\nSize: 7\nSHA256:\n {SUM}\n", "not a SHA-256"),
        ("not a field\n", "is no field"),
    ],
)
def test_entries_that_make_no_sense_are_refused(text: str, why: str) -> None:
    """The reason names the index, too."""
    with pytest.raises(ArchiveSyntaxError, match=f"^Packages: .*{why}"):
        _read(text)


@pytest.mark.parametrize(
    "text",
    [
        f"Package: x\nFilename: ../a\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: a/../b\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: a\x00b\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: a\\b\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: {'a' * 1025}\nSize: 7\nSHA256: {SUM}\n",
        f"Package: x\nFilename: .\nSize: 7\nSHA256: {SUM}\n",
    ],
)
def test_paths_that_nobody_can_ask_for_are_passed_over(text: str) -> None:
    """One of them is no reason to know nothing of all the others."""
    other = Entry("b", 1, SUM)

    assert [other] == _read(f"{text}\n{_stanza(other)}")


def test_names_that_are_not_text_are_passed_over() -> None:
    """A path that nobody can ask for is none."""
    text = f"Package: x\nFilename: \xff\nSize: 7\nSHA256: {SUM}\n".encode("latin-1")

    assert [] == _read(text)


SOURCE = f"""\
Package: hello
Package-List:
 hello deb devel optional arch=any
Directory: pool/main/h/hello
Files:
 {SUM[:32]} 3 hello.dsc
Checksums-Sha256:
 {SUM} 3 hello.dsc
 {SUM[::-1]}   44 hello.tar.xz
Homepage: x
"""


def test_sources_list_several_files_each() -> None:
    """All of them lie in the directory of their package."""
    expected = [
        Entry("pool/main/h/hello/hello.dsc", 3, SUM),
        Entry("pool/main/h/hello/hello.tar.xz", 44, SUM[::-1]),
    ]
    flat = SOURCE.replace("pool/main/h/hello", ".")

    assert expected == _read(SOURCE, SOURCES)
    assert expected == _read(SOURCE.replace("Directory", "directory"), SOURCES)
    assert ["hello.dsc", "hello.tar.xz"] == [it.path for it in _read(flat, SOURCES)]
    assert [] == _read(SOURCE.replace("Sha256", "Sha1"), SOURCES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("   44 ", " "),
        (" 3 hello.dsc\nChecksums", " 3 hello.dsc\nDirectory: x\nChecksums"),
        ("hello.tar.xz", "hello.tar.xz evil"),
        ("   44 ", " -44 "),
        (SUM[::-1], SUM[1:]),
    ],
)
def test_sources_that_make_no_sense_are_refused(old: str, new: str) -> None:
    """As with binary packages."""
    with pytest.raises(ArchiveSyntaxError, match=r"^Sources: "):
        _read(SOURCE.replace(old, new), SOURCES)


def test_sources_at_paths_that_nobody_can_ask_for_are_passed_over() -> None:
    """A file that climbs is left out, the one beside it is not."""
    text = SOURCE.replace("hello.tar.xz", "../hello.tar.xz")

    assert ["pool/main/h/hello/hello.dsc"] == [it.path for it in _read(text, SOURCES)]
    assert [] == _read(SOURCE.replace("pool/main/h", "pool/../h"), SOURCES)


def test_an_index_is_bounded() -> None:
    """Neither its length, its entries nor a paragraph of it are without end."""
    text = "\n".join(_stanza(Entry(f"{number}", 1, SUM)) for number in range(20))
    with pytest.raises(TooLargeError, match=r"^Packages: .* more than 999 bytes"):
        _read(text, max_bytes=999)
    taken = read_entries([text.encode()], PACKAGES, max_bytes=MIB, max_entries=19)
    with pytest.raises(TooLargeError, match="more than 19 entries"):
        list(taken)
    with pytest.raises(TooLargeError, match="a paragraph of more than"):
        _read("A: x\n" * MIB, max_bytes=6 * MIB)


def test_what_is_packed_otherwise_is_refused() -> None:
    """The reason names the index."""
    index = IndexFile(IndexKind.PACKAGES, "main/Packages", "xz")
    with pytest.raises(ArchiveSyntaxError, match=r"^main/Packages: .*not packed as"):
        _read("Package: x", index)
