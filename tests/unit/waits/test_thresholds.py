"""When to look elsewhere, and when to give up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.waits.experience import Label, Lesson
from seawall.transfer.waits.phases import BELIEFS, Phase
from seawall.transfer.waits.thresholds import (
    Plight,
    WaitOptions,
    choose_thresholds,
    hasten,
)

DEFAULT = WaitOptions()
CALM = Plight()
ALONE = Plight(alone=True)


def taught(phase: Phase, waits: list[float]) -> Lesson:
    """Make a lesson of these waits."""
    lesson = Lesson(phase)
    for wait_s in waits:
        lesson.learn(wait_s)
    return lesson


def give_up_s(
    lesson: Lesson, options: WaitOptions = DEFAULT, plight: Plight = CALM
) -> float:
    """Tell when it would be given up."""
    return choose_thresholds(lesson, options, plight).give_up_s


@pytest.mark.parametrize("phase", Phase)
def test_an_unknown_source_gets_the_first_patience(phase: Phase) -> None:
    """Nothing learnt: what is believed of the phase."""
    assert BELIEFS[phase].cold_s == give_up_s(Lesson(phase))


@pytest.mark.parametrize("phase", Phase)
def test_an_unknown_source_is_doubted_soon(phase: Phase) -> None:
    """A client waits at most 8 s for a source nobody knows, second source included."""
    assert choose_thresholds(Lesson(phase), DEFAULT, CALM).second_s <= 4


@pytest.mark.parametrize("phase", Phase)
def test_a_healthy_source_is_doubted_at_once(phase: Phase) -> None:
    """After 50 segments of health, a stall costs the client less than 4 s."""
    lesson = taught(phase, [0.05, 0.06, 0.08, 0.1, 0.2] * 10)

    assert choose_thresholds(lesson, DEFAULT, CALM).second_s <= 1.5


def test_a_source_that_is_known_well_is_given_up_at_the_floor() -> None:
    """History makes patience shorter, down to the registry's floor."""
    lesson = taught(Phase.GAP, [0.05] * 6000)

    assert 2 == give_up_s(lesson)
    assert 5 == give_up_s(lesson, WaitOptions(floor_s=5))


def test_slowness_is_learnt() -> None:
    """A scanner that holds bodies for 20 s, and is known to, is waited for."""
    lesson = taught(Phase.FIRST_BYTE, [1.0, 2.0, 20.0] * 30)

    assert 20 < give_up_s(lesson) <= 120


@pytest.mark.parametrize(
    ("phase", "options", "plight", "expected"),
    [
        (Phase.GAP, WaitOptions(ceiling_s=30), CALM, 30),
        (Phase.GAP, WaitOptions(ceiling_s=600), CALM, 600),
        (Phase.CONNECT, WaitOptions(ceiling_s=600), CALM, 10),
        (Phase.MANIFEST, WaitOptions(ceiling_s=600), CALM, 20),
        (Phase.CONNECT, WaitOptions(floor_s=40), CALM, 40),
        (Phase.FIRST_BYTE, DEFAULT, Plight(headers_awaited=True), 25),
        (Phase.GAP, DEFAULT, Plight(headers_awaited=True), 120),
        (Phase.GAP, WaitOptions(fixed_s=7), Plight(3, alone=True), 7),
        (Phase.MANIFEST, WaitOptions(manifest_s=90), CALM, 90),
        (Phase.MANIFEST, WaitOptions(fixed_s=7, manifest_s=90), CALM, 90),
        (Phase.MANIFEST, WaitOptions(manifest_s=5), CALM, 20),
        (Phase.FIRST_BYTE, WaitOptions(manifest_s=90), CALM, 120),
    ],
)
def test_patience_stays_within_bounds(
    phase: Phase, options: WaitOptions, plight: Plight, expected: float
) -> None:
    """A source as slow as can be is waited for as long as is allowed, not longer."""
    lesson = taught(phase, [800.0] * 40)

    assert expected == give_up_s(lesson, options, plight)


def test_giving_up_in_vain_doubles() -> None:
    """The same content at the same source: each time twice as long, to the ceiling."""
    lesson = Lesson(Phase.GAP)

    assert [12, 24, 48, 96, 120, 120] == [
        give_up_s(lesson, plight=Plight(doublings=n)) for n in (0, 1, 2, 3, 4, 5000)
    ]


def test_alone_it_gets_twice_as_long() -> None:
    """With nobody else to ask, giving up is worth less."""
    assert 24 == give_up_s(Lesson(Phase.GAP), plight=ALONE)


def test_a_source_known_to_stall_gets_no_more_for_being_alone() -> None:
    """Where waits often never end, waiting longer is in vain."""
    lesson = taught(Phase.GAP, [0.1] * 100)
    patience_s = give_up_s(lesson)
    assert 2 * patience_s == give_up_s(lesson, plight=ALONE)

    lesson.settle(Label.STALL, 120.0, gamma=1.0)

    assert patience_s == give_up_s(lesson, plight=ALONE)


def test_false_alarms_make_more_patient() -> None:
    """What came back after it was given up is waited for the next time."""
    lesson = taught(Phase.GAP, [0.1] * 200)
    before = give_up_s(lesson)
    lesson.settle(Label.FALSE, before + 1, gamma=lesson.gamma)

    assert give_up_s(lesson) > before + 1


@given(
    phase=st.sampled_from(Phase),
    waits=st.lists(st.floats(min_value=0, max_value=2000), max_size=30),
    floor_s=st.floats(min_value=0.01, max_value=60),
    above_s=st.floats(min_value=0, max_value=600),
    doublings=st.integers(min_value=0, max_value=100),
    alone=st.booleans(),
)
def test_thresholds_are_bounded_and_in_order(  # noqa: PLR0913  all that counts
    *,
    phase: Phase,
    waits: list[float],
    floor_s: float,
    above_s: float,
    doublings: int,
    alone: bool,
) -> None:
    """Never below the floor nor above the ceiling; the second comes first."""
    options = WaitOptions(floor_s, floor_s + above_s)
    found = choose_thresholds(taught(phase, waits), options, Plight(doublings, alone))
    more = choose_thresholds(
        taught(phase, waits), options, Plight(doublings + 1, alone=True)
    )

    assert floor_s <= found.give_up_s <= floor_s + above_s
    assert 0 < found.second_s <= found.give_up_s
    assert found.give_up_s <= more.give_up_s


@pytest.mark.parametrize(
    ("slack_s", "expected"), [(100, 4), (2, 2), (0.1, 0.3), (-50, 0.3)]
)
def test_an_impatient_client_hastens_the_second(
    slack_s: float, expected: float
) -> None:
    """A watchdog makes us ask earlier, never later, and never at once."""
    assert expected == hasten(4.0, slack_s)
