"""People see the lines that matter, and no more of them than they can read."""

import pytest

from seawall.policy.checking.locating import Locator
from seawall.policy.finding import Confidence, Finding, Place, Severity
from seawall.policy.fix import DIGEST_MARK, Edit, Fix, FixKind
from seawall.policy.outcome import Coverage, Outcome
from seawall.policy.reports.lines import write_finding, write_summary


def _write(data: bytes, *edits: Edit) -> list[str]:
    place = Locator(lambda _: data).locate(Place("x", edits[0].start, edits[0].stop))
    finding = Finding(
        rule="TST001",
        severity=Severity.NOTE,
        confidence=Confidence.HIGH,
        place=place,
        message="no good",
        fix=Fix(FixKind.SAFE, edits, "because"),
    )
    lines = write_finding(finding, lambda _: data, lambda _, text: text, "x")
    return [line.strip() for line in lines]


@pytest.mark.parametrize(
    ("data", "edits", "shown"),
    [
        (b"a\nb\nc\n", [Edit("x", 2, 3, b"d")], ["- b", "+ d"]),
        (b"a\nb", [Edit("x", 3, 3, b"\nc")], ["+ c"]),
        (b"a\r\nb\r\n", [Edit("x", 3, 3, b"c\r\n")], ["+ c"]),
        (b"a\nb\nc\n", [Edit("x", 2, 4, b"")], ["- b"]),
        (b"ab\nc\n", [Edit("x", 0, 1, b""), Edit("x", 1, 2, b"d")], ["- ab", "+ d"]),
        (
            b"a\nb\nc\nd\n",
            [Edit("x", 0, 0, b"1"), Edit("x", 4, 4, b"2")],
            ["- a", "+ 1a", "- c", "+ 2c"],
        ),
        (
            b"a {digest}\nb\n",
            [Edit("x", 12, 12, DIGEST_MARK)],
            ["- b", "+ bsha256:..."],
        ),
    ],
    ids=["one", "the end", "CRLF", "gone", "twice", "apart", "a mark of its own"],
)
def test_a_fix_is_shown_by_its_lines(
    data: bytes, edits: list[Edit], shown: list[str]
) -> None:
    """Those that go and those that come, and none that stays."""
    lines = _write(data, *edits)

    assert shown == lines[lines.index("--fix: because") + 1 :]


def test_what_nobody_wrote_is_not_shown_whole() -> None:
    """Of a line of a megabyte one sees the beginning."""
    data = b"x" * 1_000_000 + b"\n"
    lines = _write(data, Edit("x", 500_000, 500_000, b"y"))

    assert "- (lines of 1000001 bytes)" == lines[-1]
    assert 200 > max(map(len, lines))
    assert f"1 | {'x' * 160}" in lines


def _summarize(*counts: int) -> list[str]:
    found = [
        Finding(
            rule=f"TST{number:03}",
            severity=Severity.NOTE,
            confidence=Confidence.HIGH,
            place=Place("x", 0, 0),
            message="no good",
        )
        for number, count in enumerate(counts)
        for _ in range(count)
    ]
    return list(write_summary(Outcome(tuple(found), (), Coverage())))


def test_where_there_is_much_the_summary_says_of_what() -> None:
    """Whoever sees a thousand findings learns which rules they are of."""
    line = (
        "of 7 rules, most often TST006 (40), TST001 (9), TST003 (3), TST002 (2),"
        " TST000 (1)"
    )

    assert line in _summarize(1, 9, 2, 3, 1, 1, 40)
    assert line not in _summarize(1, 9, 2, 3, 1, 1, 4)
    assert len(_summarize(1, 1)) == len(_summarize(99))
