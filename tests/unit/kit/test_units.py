"""Sizes and durations as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import InputError
from seawall.kit.units import (
    MAX_BYTES,
    parse_bytes,
    parse_seconds,
    show_age,
    show_bytes,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),
        ("20GiB", 20 * 1024**3),
        (" 20 gib ", 20 * 1024**3),
        ("5G", 5 * 1024**3),
        ("5GB", 5 * 1000**3),
        ("1.5k", 1536),
        ("7 B", 7),
        (42, 42),
        (str(MAX_BYTES), MAX_BYTES),
    ],
)
def test_sizes_are_read(value: str | int, expected: int) -> None:
    """Units of 1000 and of 1024 are told apart, and whole figures stay exact."""
    assert expected == parse_bytes(value)


@pytest.mark.parametrize(
    "value",
    ["", "GiB", "-1", -1, "1e9", "5 XB", "1,5G", "9999999P", 2**63, math.nan, True],
)
def test_sizes_that_are_none_are_refused(value: str | float) -> None:
    """What is no size says what was expected."""
    with pytest.raises(InputError, match="20GiB"):
        parse_bytes(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("250ms", 0.25),
        ("90s", 90),
        ("10m", 600),
        ("12 min", 720),
        ("2h", 7200),
        ("30d", 2592000),
        ("1 week", 604800),
        (300, 300),
        (0.5, 0.5),
        ("0", 0),
    ],
)
def test_durations_are_read(value: str | float, expected: float) -> None:
    """Durations have the units of everyday; a bare figure is seconds."""
    assert expected == parse_seconds(value)


@pytest.mark.parametrize(
    "value", ["", "soon", "-5s", -5, "1y", 10**400, math.inf, "9999999999w", False]
)
def test_durations_that_are_none_are_refused(value: str | float) -> None:
    """What is no duration says what was expected."""
    with pytest.raises(InputError, match="30d"):
        parse_seconds(value)


@given(st.text())
def test_no_text_breaks_the_parsers(text: str) -> None:
    """Hostile text is refused in one way only."""
    for parse in (parse_bytes, parse_seconds):
        try:
            assert parse(text) >= 0
        except InputError:
            continue


@given(st.integers(0, 2**52))
def test_a_shown_size_is_about_right(count: int) -> None:
    """A size that is shown reads back within a twentieth."""
    assert parse_bytes(show_bytes(count)) == pytest.approx(count, rel=0.055)


@given(st.integers(0, 10**9))
def test_a_shown_age_is_never_too_old(seconds: int) -> None:
    """An age that is shown reads back as at most itself, and at least half of it."""
    assert seconds / 2 <= parse_seconds(show_age(seconds)) <= seconds


def test_an_age_in_the_future_is_none() -> None:
    """A clock that was set back gives no negative ages."""
    assert show_age(-5) == "0 s"
