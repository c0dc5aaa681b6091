"""Who gave which bytes."""

from hypothesis import given
from hypothesis import strategies as st

from seawall.kit.ranges import Span
from seawall.transfer.cargo.provenance import Provenance

SIZE = 40
NOTES = st.lists(
    st.tuples(st.integers(0, SIZE), st.integers(0, SIZE), st.integers(0, 3)),
    max_size=30,
)


@given(NOTES)
def test_it_is_what_was_noted_last(notes: list[tuple[int, int, int]]) -> None:
    """For each byte the last giver counts, and no byte is counted twice."""
    known, plain = Provenance(), [-1] * SIZE
    for start, stop, place in notes:
        if start < stop:
            known.note(Span(start, stop), place)
            plain[start:stop] = [place] * (stop - start)
    found = [-1] * SIZE
    for place in known.givers():
        for span in known.spans_of(place):
            assert [-1] * len(span) == found[span.start : span.stop]
            found[span.start : span.stop] = [place] * len(span)
    missing = [n for span in known.unknown(SIZE) for n in range(span.start, span.stop)]

    assert plain == found
    assert [n for n in range(SIZE) if plain[n] < 0] == missing
    assert {p: plain.count(p) for p in set(plain) - {-1}} == known.givers()


def test_neighbours_of_one_giver_are_joined() -> None:
    """A body that comes in a thousand pieces is one span."""
    known = Provenance()
    for start in range(0, 1000, 10):
        known.note(Span(start, start + 10), 2)

    assert [Span(0, 1000)] == known.spans_of(2)
