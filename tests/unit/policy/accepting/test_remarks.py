"""Comments that accept findings, in the languages that files are written in."""

from datetime import date

import pytest

from seawall.policy.accepting.remarks import find_remarks

SPOKEN = {
    "YAML, behind": ("a: 1\nimage: x # seawall: ignore[IMG002] why not\n", 2),
    "YAML, above": ("a:\n  # seawall: ignore[IMG002] why not\n  image: x\n", 3),
    "above other comments": ("# seawall: ignore[IMG002] why not\n# x\nFROM a\n", 3),
    "a program": ('f(\n\t"x", // seawall: ignore[IMG002] why not\n)\n', 2),
    "a chart": ("{{- /* seawall: ignore[IMG002] why not */ -}}\nimage: x\n", 2),
    "a chart's line": ("image: x {{/* seawall: ignore[IMG002] why not */}}\n", 1),
    "many": ("image: x # seawall: ignore[ PUL002, img002 ] why not\r\n", 1),
    "a family": ("# seawall:ignore[IMG] why not\nimage: x\n", 2),
    "all": ("image: x # seawall: ignore[*] why not\n", 1),
    "an indent of tabs": ("\t/* seawall: ignore[IMG002] why not */\n\tx\n", 2),
}


@pytest.mark.parametrize(("text", "line"), SPOKEN.values(), ids=SPOKEN)
def test_a_remark_speaks_of_a_line(text: str, line: int) -> None:
    """Its own one behind something, the next one of something if it stands alone."""
    (remark,) = find_remarks(text.encode())

    assert (line, "why not") == (remark.line, remark.reason)
    assert remark.names("IMG002")
    assert "*" in remark.rules or not remark.names("REG001")


@pytest.mark.parametrize(
    "text",
    [
        "# seawall ignore[IMG002]\n",
        "# seawall: ignore IMG002\n",
        "image: seawall: ignore[IMG002]\n",
        "# seawall: ignore[]\n",
        "",
    ],
)
def test_other_words_are_no_remark(text: str) -> None:
    """Only the whole form counts, so that nothing is accepted by chance."""
    assert () == find_remarks(text.encode())


def test_a_remark_may_end() -> None:
    """On a day; what is no day is a fault, not a remark for ever."""
    text = b"# seawall: ignore[IMG002] until=2027-01-31 moves soon\nx\n"
    (remark,) = find_remarks(text)
    (broken,) = find_remarks(text.replace(b"2027-01-31", b"tomorrow"))

    assert (date(2027, 1, 31), "moves soon", "") == (
        remark.until,
        remark.reason,
        remark.fault,
    )
    assert "tomorrow" in broken.fault


@pytest.mark.parametrize("text", [b"\xff\0# seawall: ignore[A\xff] \n", b"{{/*" * 9])
def test_no_bytes_are_too_odd(text: bytes) -> None:
    """Whatever is in a file, it is read without a fault."""
    assert len(find_remarks(text)) <= 1


def test_many_remarks_are_read_as_fast_as_few() -> None:
    """Nobody can stop a check with them: each line is looked at once."""
    stacked = b"# seawall: ignore[IMG002] x\n" * 50_000 + b"image: y\n"
    spaced = b"# seawall: ignore[IMG002]" + b" " * 500_000 + b"x\n" + b"y\n"

    assert {50_001} == {remark.line for remark in find_remarks(stacked)}
    assert ["x"] == [remark.reason for remark in find_remarks(spaced)]
