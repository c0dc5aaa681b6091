"""Tables: every path that was put in is found, and no other."""

import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian.pathtable import Entry, PathTable, build_table
from seawall.errors import ArchiveSyntaxError

entries = st.builds(
    Entry,
    st.text(max_size=20),
    st.integers(min_value=0, max_value=2**64 - 1),
    st.binary(min_size=32, max_size=32).map(bytes.hex),
)


def _entry(path: str, size: int = 1, digit: str = "a") -> Entry:
    return Entry(path, size, digit * 64)


@given(st.lists(entries, max_size=30), st.text(max_size=20))
def test_what_is_put_in_is_found(listed: list[Entry], other: str) -> None:
    """Each path gives its first entry, and other paths give none."""
    table = PathTable(build_table(listed))
    first: dict[str, Entry] = {}
    for entry in listed:
        first.setdefault(entry.path, entry)

    assert len(first) == len(table)
    assert list(first.values()) == [table.find(path) for path in first]
    assert first.get(other) == table.find(other)


@given(st.lists(entries, max_size=30))
def test_a_table_does_not_depend_on_the_order(listed: list[Entry]) -> None:
    """The same entries make the same bytes, so that tables are contents, too."""
    different = list({entry.path: entry for entry in listed}.values())

    assert build_table(different) == build_table(reversed(different))


def test_a_table_is_searched_where_it_lies() -> None:
    """A view or a mapped file does as well as bytes, and is not copied."""
    written = build_table(_entry(f"pool/{number}", number) for number in range(1000))
    with mmap.mmap(-1, len(written)) as mapped:
        mapped[:] = written

        assert _entry("pool/7", 7) == PathTable(mapped).find("pool/7")
    assert _entry("pool/999", 999) == PathTable(memoryview(written)).find("pool/999")
    assert PathTable(bytearray(written)).find("pool/1000") is None


WRITTEN = build_table([_entry("a"), _entry("b")])


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        WRITTEN[:15],
        WRITTEN[:-1],
        WRITTEN + b"\0",
        b"X" + WRITTEN[1:],
        WRITTEN[:7] + b"\x02" + WRITTEN[8:],
        WRITTEN[:8] + b"\xff" * 8 + WRITTEN[16:],
    ],
    ids=["empty", "cut", "short", "long", "magic", "version", "count"],
)
def test_damaged_tables_are_refused(damaged: bytes) -> None:
    """Another length, another beginning or another version is no table."""
    with pytest.raises(ArchiveSyntaxError, match="not a path table"):
        PathTable(damaged)
