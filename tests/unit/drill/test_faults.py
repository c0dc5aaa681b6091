"""Each fault alters an honest answer in its one way."""

import pytest

from seawall.drill import faults
from seawall.drill.exchange import Answer, Request

ASKED = Request("GET", "/v2/a/blobs/x", {}, {})
HONEST = Answer(200, {"Content-Type": "text/plain"}, b"0123456789")
PART = Answer(206, {"Content-Range": "bytes 4-9/10"}, b"456789")


@pytest.mark.parametrize(
    ("fault", "attribute", "expected"),
    [
        (faults.hang(), "hang", True),
        (faults.stall(3), "stall_after", 3),
        (faults.cut(3), "cut_after", 3),
        (faults.hang_up(3), "body", b"012"),
        (faults.hang_up(3), "declared_bytes", 10),
        (faults.slow(10), "bytes_per_s", 10),
        (faults.wrong_length(5), "declared_bytes", 15),
        (faults.wrong_length(-50), "declared_bytes", 0),
        (faults.reset(), "raw", b""),
        (faults.no_range(), "body", b"0123456789"),
        (faults.status(503), "status", 503),
        (faults.html(), "status", 200),
    ],
)
def test_a_fault_changes_one_thing(
    fault: faults.Fault, attribute: str, expected: object
) -> None:
    """The named thing goes wrong."""
    assert expected == getattr(fault.alter(ASKED, HONEST), attribute)


@pytest.mark.parametrize(
    ("at", "whole", "part"),
    [
        (5, b"01234\xca6789", b"4\xca6789"),
        (1, b"0\xce23456789", b"456789"),
        (50, b"0123456789", b"456789"),
    ],
)
def test_corruption_sits_in_the_content(at: int, whole: bytes, part: bytes) -> None:
    """The same byte is wrong, whichever range it is asked with."""
    fault = faults.corrupt(at)

    assert whole == fault.alter(ASKED, HONEST).body
    assert part == fault.alter(ASKED, PART).body


@pytest.mark.parametrize(
    ("at", "whole", "part", "total"),
    [
        (6, b"012345", b"45", "bytes 4-5/6"),
        (50, b"0123456789", b"456789", "bytes 4-9/10"),
        (2, b"01", b"", "bytes */2"),
    ],
)
def test_truncation_ends_the_content(
    at: int, whole: bytes, part: bytes, total: str
) -> None:
    """The content is shorter and says nothing of it, whichever range is asked."""
    fault = faults.truncate(at)
    cut = fault.alter(ASKED, PART)

    assert whole == fault.alter(ASKED, HONEST).body
    assert (part, total) == (cut.body, cut.headers["Content-Range"])


def test_a_wait_is_named() -> None:
    """A refusal names its wait only if it is given one."""
    waits = faults.status(429, retry_after=7).alter(ASKED, HONEST)
    plain = faults.status(429).alter(ASKED, HONEST)

    assert "7" == waits.headers["Retry-After"]
    assert "Retry-After" not in plain.headers


def test_a_header_can_be_changed_or_left_out() -> None:
    """The name is matched without regard to case."""
    changed = faults.header("content-type", "x/y").alter(ASKED, HONEST)
    left_out = faults.header("content-type", None).alter(ASKED, HONEST)

    assert {"content-type": "x/y"} == changed.headers
    assert {} == left_out.headers


def test_a_range_can_lie() -> None:
    """The part says that it starts elsewhere; a whole answer is left alone."""
    moved = faults.wrong_range(2).alter(ASKED, PART)

    assert "bytes 6-9/10" == moved.headers["Content-Range"]
    assert HONEST == faults.wrong_range().alter(ASKED, HONEST)


def test_a_fault_has_a_name() -> None:
    """A failing test shows what was scripted."""
    assert "<fault stall after 3>" == repr(faults.stall(3))
