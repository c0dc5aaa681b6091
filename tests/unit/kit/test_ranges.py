"""Ranges of HTTP, and sets of bytes that are present."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError, RangeNotSatisfiableError
from seawall.kit.ranges import (
    ContentRange,
    Extents,
    RangeSpec,
    Span,
    parse_content_range,
    parse_range,
)

WORLD = 60  # small enough to compare with a plain set of offsets

spans = st.tuples(st.integers(0, WORLD), st.integers(0, WORLD)).map(
    lambda pair: Span(min(pair), max(pair))
)


def offsets(span: Span) -> set[int]:
    """List the offsets the slow way."""
    return set(range(span.start, span.stop))


@given(spans, spans)
def test_spans_overlap_where_they_share_a_byte(one: Span, other: Span) -> None:
    """Two spans overlap exactly if some offset is in both."""
    assert bool(offsets(one) & offsets(other)) == one.overlaps(other)


@given(spans, st.integers(0, WORLD))
def test_a_span_holds_its_offsets(span: Span, offset: int) -> None:
    """A span has its start and not its stop, and as many bytes as that leaves."""
    assert (offset in offsets(span)) == (offset in span)
    assert len(offsets(span)) == len(span)


@pytest.mark.parametrize(("start", "stop"), [(-1, 3), (4, 3)])
def test_a_span_runs_forward(start: int, stop: int) -> None:
    """No span begins before the content, or ends before it begins."""
    with pytest.raises(InputError):
        Span(start, stop)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-4", RangeSpec(0, 4)),
        ("bytes=5-", RangeSpec(5, None)),
        ("bytes=-7", RangeSpec(None, 7)),
        ("Bytes = 1-1 ", RangeSpec(1, 1)),
        ("bytes=-", None),
        ("bytes=4-3", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1 5", None),
        ("bytes=1-99999999999999999999", None),
        ("bytes=\u0663-", None),
        ("lines=0-4", None),
        ("", None),
    ],
)
def test_ranges_are_read_or_ignored(text: str, expected: RangeSpec | None) -> None:
    """One range of bytes is read; all else is ignored, as the RFC allows."""
    assert expected == parse_range(text)


@given(st.text())
def test_no_range_header_breaks_the_parser(text: str) -> None:
    """Hostile headers are ignored, never an error."""
    spec = parse_range("bytes=" + text)

    assert spec is None or spec.first is not None or spec.last is not None


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 40))
def test_a_range_resolves_within_the_content(first: int, more: int, size: int) -> None:
    """A range gives the bytes that exist of those asked for, or says there are none."""
    wanted = set(range(first, first + more + 1)) & set(range(size))
    spec = RangeSpec(first, first + more)

    if wanted:
        assert wanted == offsets(spec.resolve(size))
    else:
        with pytest.raises(RangeNotSatisfiableError):
            spec.resolve(size)


@pytest.mark.parametrize(
    ("spec", "size", "expected"),
    [
        (RangeSpec(None, 5), 3, Span(0, 3)),
        (RangeSpec(None, 2), 3, Span(1, 3)),
        (RangeSpec(2, None), 3, Span(2, 3)),
    ],
)
def test_open_ranges_end_with_the_content(
    spec: RangeSpec, size: int, expected: Span
) -> None:
    """A range open at one end reaches the content's own."""
    assert expected == spec.resolve(size)


@pytest.mark.parametrize(
    ("spec", "size"),
    [(RangeSpec(3, None), 3), (RangeSpec(None, 0), 3), (RangeSpec(None, 5), 0)],
)
def test_ranges_outside_are_refused(spec: RangeSpec, size: int) -> None:
    """A range without a single byte cannot be satisfied."""
    with pytest.raises(RangeNotSatisfiableError):
        spec.resolve(size)


@given(spans, st.integers(0, 5) | st.none())
def test_a_content_range_survives_writing(span: Span, more: int | None) -> None:
    """What is written as Content-Range reads as the same."""
    total = None if more is None else span.stop + more
    written = ContentRange(span or None, total)

    assert written == parse_content_range(str(written))


@pytest.mark.parametrize(
    "text",
    ["", "bytes 0-4", "bytes 4-0/9", "bytes 0-9/9", "bytes 0-4/x", "items 0-4/9"],
)
def test_content_ranges_that_cannot_be_are_refused(text: str) -> None:
    """A Content-Range that contradicts itself is no answer."""
    with pytest.raises(InputError):
        parse_content_range(text)


@given(st.lists(spans), st.integers(0, WORLD))
def test_extents_are_a_set_of_bytes(added: list[Span], cut: int) -> None:
    """Whatever is added and forgotten, exactly those bytes are present."""
    extents = Extents(added)
    extents.remove_from(cut)
    present = {o for span in added for o in offsets(span) if o < cut}
    runs = extents.spans()

    assert present == {o for run in runs for o in offsets(run)}
    assert len(present) == extents.total()
    assert all(run.stop < after.start for run, after in itertools.pairwise(runs))


@given(st.lists(spans), spans)
def test_the_first_gap_is_what_to_fetch_next(added: list[Span], window: Span) -> None:
    """The gap found is the first run of absent bytes in the window, as a whole."""
    present = {o for span in added for o in offsets(span)}
    absent = sorted(offsets(window) - present)
    gap = Extents(added).first_gap(window.start, window.stop)

    if gap is None:
        assert absent == []
    else:
        assert absent[: len(gap)] == sorted(offsets(gap))
        assert gap.stop == window.stop or gap.stop in present


@given(st.lists(spans), st.integers(0, WORLD))
def test_a_reader_may_go_on_to_the_end_of_the_run(
    added: list[Span], offset: int
) -> None:
    """Reading stops at the first absent byte, which may be the very first."""
    present = {o for span in added for o in offsets(span)}
    stop = offset
    while stop in present:
        stop += 1

    assert stop == Extents(added).stop_from(offset)


def test_extents_show_what_they_hold() -> None:
    """Extents print as their runs."""
    assert "Extents([Span(start=1, stop=2)])" == repr(Extents([Span(1, 2)]))
