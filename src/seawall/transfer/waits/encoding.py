"""Writes down what a source taught, and reads it back: as JSON, bounded, and aged."""

import math
from collections.abc import Mapping
from typing import Annotated, TypeAlias

import msgspec

from seawall.errors import InputError
from seawall.transfer.waits.experience import GAMMA_MAX, Experience
from seawall.transfer.waits.histogram import Histogram
from seawall.transfer.waits.phases import Phase

MAX_BYTES = 128 * 1024
VERSION = 1
_WEEK_S = 7 * 86400.0
_MOST_REMEMBERED = 500  # of what may have changed since
_LEAST_COUNT = 1e-6
_GAMMA_AFTER = 1.25  # nobody watched meanwhile

_Count = Annotated[float, msgspec.Meta(gt=0, le=1e6)]
_Step = Annotated[int, msgspec.Meta(ge=0)]
_Counts: TypeAlias = Annotated[
    list[tuple[_Step, _Count]], msgspec.Meta(max_length=1000)
]


class _Lesson(msgspec.Struct, forbid_unknown_fields=True):
    long: _Counts
    short: _Counts
    gamma: Annotated[float, msgspec.Meta(ge=1, le=GAMMA_MAX)]
    stalls: Annotated[float, msgspec.Meta(ge=0, le=1e6)]


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    version: int
    at: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    phases: Mapping[Phase, _Lesson]
    speeds: _Counts


def encode_experience(experience: Experience, *, at: float) -> bytes:
    """Write down what a source taught.

    Args:
        experience: What it taught; segments that are not full yet are left out.
        at: Wall time, in seconds since the epoch.
    """
    phases = {
        phase: _Lesson(
            long=_list(lesson.sketch.long),
            short=_list(lesson.sketch.short),
            gamma=lesson.gamma,
            stalls=lesson.stalls,
        )
        for phase, lesson in sorted(experience.lessons.items())
    }
    document = _Document(VERSION, at, phases, _list(experience.speeds))
    return msgspec.json.encode(document)


def decode_experience(data: bytes, *, now: float) -> Experience:
    """Read what was written down; half of it is forgotten with every week.

    Args:
        data: What `encode_experience` gave.
        now: Wall time; one before it was written counts as the same moment.

    Raises:
        InputError: It is damaged, of another version, or too long.
    """
    if len(data) > MAX_BYTES:
        raise InputError(f"what was learnt of a source has {len(data)} bytes")
    try:
        document = msgspec.json.decode(data, type=_Document)
    except (msgspec.DecodeError, RecursionError) as exc:
        raise InputError(f"what was learnt of a source does not read: {exc}") from exc
    if document.version != VERSION:
        raise InputError(
            f"what was learnt of a source is of version {document.version}"
        )
    age_s = max(now - document.at, 0.0)
    return _build(document, age_s)


def _build(document: _Document, age_s: float) -> Experience:
    experience = Experience()
    for phase, form in document.phases.items():
        lesson = experience.lesson(phase)
        _restore(lesson.sketch.long, form.long)
        _restore(lesson.sketch.short, form.short)
        lesson.gamma, lesson.stalls = form.gamma, form.stalls
        if age_s:
            lesson.gamma = max(lesson.gamma, _GAMMA_AFTER)
    _restore(experience.speeds, document.speeds)
    if age_s:
        experience.fade(math.pow(0.5, age_s / _WEEK_S), at_most=_MOST_REMEMBERED)
    return experience


def _list(histogram: Histogram) -> list[tuple[int, float]]:
    counts = enumerate(histogram.counts())
    return [(step, count) for step, count in counts if count >= _LEAST_COUNT]


def _restore(histogram: Histogram, listed: list[tuple[int, float]]) -> None:
    counts = [0.0] * histogram.grid.steps
    for step, count in listed:
        if step >= len(counts) or counts[step]:
            raise InputError(f"what was learnt of a source has a bad step {step}")
        counts[step] = count
    histogram.restore(counts)
