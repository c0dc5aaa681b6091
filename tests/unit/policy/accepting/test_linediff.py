"""Which lines are new, for any two versions of a file."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.accepting.linediff import Changed, compare

LINES = st.lists(st.sampled_from([b"a", b"b", b"c", b""]), max_size=12)


@given(LINES, LINES)
def test_lines_that_stay_are_older_ones_in_order(
    old: list[bytes], new: list[bytes]
) -> None:
    """Without its new lines, a file is its older version with some lines gone."""
    changed = compare(b"\n".join(old), b"\n".join(new))
    kept = [
        line
        for number, line in enumerate(new or [b""], start=1)
        if not changed.touches(number, number)
    ]
    rest = iter(old or [b""])

    assert all(line in rest for line in kept)


@given(LINES)
def test_nothing_is_new_in_the_same_file(lines: list[bytes]) -> None:
    """Not even with other line ends."""
    assert Changed() == compare(b"\n".join(lines), b"\r\n".join(lines))


def test_what_is_gone_leaves_a_gap() -> None:
    """Between the lines around it, and nowhere else."""
    changed = compare(b"a\nb\nc\nd", b"a\nd")

    assert ((), (2,)) == (changed.lines, changed.gaps)
    assert changed.gapes(1, 2)
    assert not changed.gapes(2, 2)


def test_a_huge_change_is_not_compared_line_by_line() -> None:
    """All between the equal ends is taken for new: no file can make it last."""
    old, new = (b"\n".join(b"%d" % (n % m) for n in range(20_000)) for m in (7, 11))
    changed = compare(b"same\n" + old, b"same\n" + new)

    assert 1 == len(changed.lines)
    assert not changed.touches(1, 1)
