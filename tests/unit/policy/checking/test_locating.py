"""Lines and columns are those of an editor, in whatever order they are asked for."""

from codecs import BOM_UTF8

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.checking.locating import Locator
from seawall.policy.finding import Place

TEXTS = st.text(alphabet="ab\n\r\té€😀", max_size=40)


@pytest.mark.parametrize("mark", [b"", BOM_UTF8], ids=["plain", "with a mark"])
@given(text=TEXTS, data=st.data())
def test_places_are_counted_in_characters(
    mark: bytes, text: str, data: st.DataObject
) -> None:
    """Whatever was located before, and however many stand on one line."""
    raw = mark + text.encode()
    locator = Locator(lambda _: raw)
    for at in data.draw(st.lists(st.integers(0, len(text)), max_size=8)):
        offset = len(mark) + len(text[:at].encode())
        found = locator.locate(Place("x", offset, len(raw)))
        line = text[:at].count("\n") + 1
        column = at - (text.rfind("\n", 0, at) + 1) + 1

        assert (line, column) == (found.line, found.column)
        assert text.count("\n") + 1 == found.end_line


def test_a_file_that_is_gone_has_no_lines() -> None:
    """Its places stay what they are."""
    place = Place("x", 1, 2)

    assert place == Locator(lambda _: None).locate(place)
