"""Sizes and durations as people write and read them."""

import math
import re
from typing import Final

from seawall.errors import InputError
from seawall.kit import redact

MAX_BYTES: Final = 2**63 - 1
"""What file offsets can hold."""

_KIBI = 1024
_TWO_FIGURES = 10
_BYTES = {"": 1, "b": 1}
for _power, _letter in enumerate("kmgtp", start=1):
    # A bare letter is binary, as in the tools that people copy their figures from.
    _BYTES |= {_letter: _KIBI**_power, f"{_letter}ib": _KIBI**_power}
    _BYTES |= {f"{_letter}b": 1000**_power}

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86400, 7 * 86400
_SECONDS = {
    **dict.fromkeys(("", "s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), float(_MINUTE)),
    **dict.fromkeys(("h", "hour", "hours"), float(_HOUR)),
    **dict.fromkeys(("d", "day", "days"), float(_DAY)),
    **dict.fromkeys(("w", "week", "weeks"), float(_WEEK)),
    "ms": 0.001,
}
_MAX_SECONDS = 1e10  # three centuries: more is a slip of the pen

_AMOUNT = re.compile(r"([0-9]{1,19}(?:\.[0-9]{1,9})?) ?([A-Za-z]{0,7})")


def parse_bytes(value: str | float) -> int:
    """Read a size such as ``20GiB``, ``1.5 GB`` or ``4096``.

    Raises:
        InputError: It is no size, or more than a file can have.

    >>> parse_bytes("20GiB"), parse_bytes("1.5kB"), parse_bytes(4096)
    (21474836480, 1500, 4096)
    """
    size = _parse(value, _BYTES)
    if size is None or size > MAX_BYTES:
        raise InputError(f"not a size such as 20GiB or 500MB: {_show(value)}")
    return int(size)


def parse_seconds(value: str | float) -> float:
    """Read a duration such as ``30d``, ``10 min``, ``250ms`` or, in seconds, ``300``.

    Raises:
        InputError: It is no duration, or one of centuries.

    >>> parse_seconds("30d"), parse_seconds("10m"), parse_seconds(300)
    (2592000.0, 600.0, 300.0)
    """
    seconds = _parse(value, _SECONDS)
    if seconds is None or seconds > _MAX_SECONDS:
        raise InputError(f"not a duration such as 30d, 10m or 1.5s: {_show(value)}")
    return float(seconds)


def _parse(
    value: str | float, units: dict[str, float] | dict[str, int]
) -> float | None:
    if isinstance(value, bool):  # in Python, and nowhere else, true is a figure
        return None
    if not isinstance(value, str):
        return value if 0 <= value < math.inf else None
    match = _AMOUNT.fullmatch(value.strip())
    factor = units.get(match[2].lower()) if match else None
    if match is None or factor is None:
        return None
    figure = match[1]
    return (float(figure) if "." in figure else int(figure)) * factor


def _show(value: str | float) -> str:
    return redact.show_input(value) if isinstance(value, str) else repr(value)


def show_bytes(count: int) -> str:
    """Write a size with three figures at most, in binary units.

    >>> show_bytes(512), show_bytes(20 * 1024**3), show_bytes(1500)
    ('512 B', '20 GiB', '1.5 KiB')
    """
    figure, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if round(figure) < _KIBI:
            break
        figure, unit = figure / _KIBI, larger
    digits = 1 if figure < _TWO_FIGURES and unit != "B" else 0
    return f"{figure:.{digits}f}".removesuffix(".0") + f" {unit}"


def show_age(seconds: float) -> str:
    """Write a duration in its largest unit, rounded down.

    >>> show_age(59.9), show_age(750), show_age(90000), show_age(3 * 86400)
    ('59 s', '12 min', '25 h', '3 days')
    """
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < 2 * _DAY:
        return f"{whole // _HOUR} h"
    return f"{whole // _DAY} days"
