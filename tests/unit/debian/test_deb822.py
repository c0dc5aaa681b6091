"""Paragraphs of fields, and lines that are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.debian.deb822 import parse_paragraphs
from seawall.errors import ArchiveSyntaxError

names = st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,8}", fullmatch=True)
lines = st.from_regex(r"[A-Za-z0-9.:#é][A-Za-z0-9.:# é-]{0,8}[a-z.]", fullmatch=True)
values = st.lists(lines, min_size=1, max_size=3)
written = st.lists(
    st.dictionaries(names.map(str.lower), values, min_size=1, max_size=4), max_size=3
)


@given(written, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["", " ", "\t"]))
def test_what_is_written_reads_back(
    paragraphs: list[dict[str, list[str]]], end: str, space: str
) -> None:
    """Names in any case, values of several lines, lines that end in either way."""
    text = (end + end).join(
        end.join(
            f"{name.title()}:{space}{(end + ' ').join(value)}{space}"
            for name, value in paragraph.items()
        )
        for paragraph in paragraphs
    )
    expected = [
        {name: "\n".join(value) for name, value in paragraph.items()}
        for paragraph in paragraphs
    ]

    assert expected == parse_paragraphs(text)


def test_a_value_may_begin_on_the_next_line() -> None:
    """Lists of files do; the first line is empty then."""
    assert [{"files": "\nabc 1 x\nabd 2 y"}] == parse_paragraphs(
        "Files:\n abc 1 x\n\tabd 2 y\n"
    )


def test_empty_lines_part_paragraphs() -> None:
    """Any number of them, at the ends as well; blank ones are empty."""
    text = "\n\nA: 1\n\n \t\nB: 2\n.C: 3\n\n"

    assert [{"a": "1"}, {"b": "2", ".c": "3"}] == parse_paragraphs(text)


def test_comments_are_left_out_where_there_may_be_any() -> None:
    """They may stand between the lines of a value."""
    text = "# one\nA: 1\n# two\n 2\n#three: 3\n"

    assert [{"a": "1\n2"}] == parse_paragraphs(text, comments=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no colon", "line 1 is no field"),
        ("A: 1\nA B: 2", "line 2 is no field"),
        (": 1", "is no field"),
        ("-A: 1", "is no field"),
        ("#A: 1", "is no field"),
        ("É: 1", "is no field"),
        (" A: 1", "line 1 continues nothing"),
        ("A: 1\n\n B: 2", "line 3 continues nothing"),
        ("A: 1\nB: 2\na: 3", "line 3 has a field that the paragraph has already"),
        ("A: 1\rB: 2", "control characters"),
        ("A: 1\x00", "control characters"),
        ("A: 1\n \x1b[2J", "control characters"),
    ],
)
def test_what_is_no_paragraph_is_refused(text: str, why: str) -> None:
    """Each line is a field or continues one, and no field is there twice."""
    with pytest.raises(ArchiveSyntaxError, match=why):
        parse_paragraphs(text)


def test_fields_are_counted() -> None:
    """A text of nothing but fields ends before memory does."""
    text = "\n".join(f"A{number}: 1\n" for number in range(11))

    assert 11 == len(parse_paragraphs(text, max_fields=11))
    with pytest.raises(ArchiveSyntaxError, match="more than 10"):
        parse_paragraphs(text, max_fields=10)
