"""Edits change the bytes they name, and never each other's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.oci.reference import parse_reference
from seawall.policy import fix as fixes
from seawall.policy.facts.text import Insertion, Style, Text
from seawall.policy.fix import DIGEST_MARK, Edit, Fix, FixKind

SIZE = 24
PLACES = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)).map(sorted)
EDITS = st.builds(
    lambda place, new: Edit("x", place[0], place[1], new),
    PLACES,
    st.binary(max_size=3),
)
FIXES = st.builds(
    lambda edits: Fix(FixKind.SAFE, tuple(edits), "because"),
    st.lists(EDITS, min_size=1, max_size=3),
)


def _fix(*edits: Edit) -> Fix:
    return Fix(FixKind.SAFE, edits, "because")


def test_only_the_named_bytes_change() -> None:
    """What is put in, replaced and taken out, in any order."""
    edits = [Edit("x", 7, 9, b""), Edit("x", 0, 0, b">"), Edit("x", 3, 5, b"DE-")]

    assert b">abcDE-fgj" == fixes.apply(b"abcdefghij"[:7] + b"hij", edits)


@given(found=st.lists(FIXES, max_size=6))
def test_joined_fixes_can_always_be_applied(found: list[Fix]) -> None:
    """Whatever is taken goes together; bytes that no edit names stay."""
    joined = fixes.join(found)
    data = bytes(range(SIZE))
    after = fixes.apply(data, joined.edits)

    gone = sum(edit.stop - edit.start for edit in joined.edits)
    new = sum(len(edit.new) for edit in joined.edits)
    assert len(data) - gone + new == len(after)
    assert len(found) == len(joined.taken) + len(joined.left)


@given(found=st.lists(FIXES, max_size=9))
def test_fixes_are_left_for_no_other_reason(found: list[Fix]) -> None:
    """Each is taken that meets no earlier one, nor itself."""
    taken: list[Fix] = []
    for fix in found:
        others = [edit for one in (*taken, fix) for edit in one.edits]
        if not any(edit.meets(other) for edit in fix.edits for other in others):
            taken.append(fix)

    assert tuple(taken) == fixes.join(found).taken
    assert sorted({e for f in taken for e in f.edits}) == list(fixes.join(found).edits)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Edit("x", 0, 2, b"a"), Edit("x", 2, 4, b"b"), False),
        (Edit("x", 0, 3, b"a"), Edit("x", 2, 4, b"b"), True),
        (Edit("x", 2, 2, b"a"), Edit("x", 2, 2, b"b"), True),
        (Edit("x", 2, 2, b"a"), Edit("x", 2, 2, b"a"), False),
        (Edit("x", 2, 2, b"a"), Edit("x", 0, 4, b"b"), True),
        (Edit("x", 0, 4, b"a"), Edit("y", 0, 4, b"b"), False),
    ],
    ids=["side by side", "overlap", "one gap", "the same", "within", "other file"],
)
def test_edits_that_meet(one: Edit, other: Edit, *, meet: bool) -> None:
    """Two edits meet if they want the same bytes, or the same gap for other bytes."""
    assert meet is one.meets(other)
    assert meet is other.meets(one)


def test_a_fix_is_taken_whole_or_not_at_all() -> None:
    """One edit that is in the way keeps all of a fix for another round."""
    first = _fix(Edit("x", 0, 4, b"a"))
    second = _fix(Edit("x", 2, 3, b"b"), Edit("y", 0, 0, b"c"))
    joined = fixes.join([first, second])

    assert ((first,), (second,)) == (joined.taken, joined.left)
    assert first.edits == joined.edits


def test_two_findings_may_want_the_same() -> None:
    """The same edit twice is one."""
    edit = Edit("x", 1, 1, b"a")
    joined = fixes.join([_fix(edit), _fix(edit)])

    assert 2 == len(joined.taken)
    assert (edit,) == joined.edits


@pytest.mark.parametrize(
    "edits",
    [
        [Edit("x", 0, 9, b"")],
        [Edit("x", 2, 1, b"")],
        [Edit("x", 0, 2, b"a"), Edit("x", 1, 3, b"b")],
    ],
    ids=["outside", "backwards", "meeting"],
)
def test_what_makes_no_sense_is_refused(edits: list[Edit]) -> None:
    """Nothing is written half."""
    with pytest.raises(ValueError, match="edit"):
        fixes.apply(b"abcd", edits)


def test_an_answer_is_filled_in() -> None:
    """What a registry said takes the place of the mark."""
    asking = Fix(
        FixKind.ONLINE,
        (Edit("x", 5, 5, b"@" + DIGEST_MARK),),
        "pinned",
        asks=parse_reference("nginx"),
    )
    settled = fixes.settle(asking, "sha256:abc")

    assert (b"@sha256:abc", None) == (settled.edits[0].new, settled.asks)


@given(value=st.text(max_size=12), data=st.data())
def test_a_part_of_a_text_stands_where_its_bytes_do(
    value: str, data: st.DataObject
) -> None:
    """Indexes into the value become bytes."""
    try:
        raw = b"--" + value.encode() + b"--"
    except UnicodeEncodeError:
        return
    text = Text(value, 2, len(raw) - 2)
    begin = data.draw(st.integers(0, len(value)))
    end = data.draw(st.integers(begin, len(value)))
    part = text.cut(begin, end)

    assert value[begin:end] == part.value == raw[part.start : part.stop].decode()


def test_a_part_of_an_inexact_text_has_its_whole_place() -> None:
    """What is escaped has no bytes of its own for each letter."""
    part = Text("a\nb", 5, 9, Style.DOUBLE, exact=False).cut(0, 1)

    assert ("a", 5, 9, False) == (part.value, part.start, part.stop, part.exact)


def test_lines_are_put_in_as_the_file_has_them() -> None:
    """With its line ends, and behind a last line that has none."""
    assert b"  a\r\n" == Insertion(0, 2, "\r\n").lines("a")
    assert b"\na\nb" == Insertion(9, 0, lead="\n").lines("a", "b")
