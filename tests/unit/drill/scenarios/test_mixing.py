"""Combinations: two or three scenarios at once, always the same ones from a seed."""

import pytest

from seawall.drill.scenarios.mixing import HOPELESS_SHARE, is_mixable, mix
from seawall.drill.scenarios.oracle import judge
from seawall.drill.scenarios.playbill import SCENARIOS, choose
from seawall.drill.scenarios.scenario import Need, Scenario


@pytest.fixture(scope="module")
def many() -> list[Scenario]:
    """Mix five hundred."""
    return [mix(seed, SCENARIOS) for seed in range(500)]


def test_a_seed_makes_the_same_combination(many: list[Scenario]) -> None:
    """A failure that names its seed can be played again."""
    again = mix(17, SCENARIOS)

    assert (many[17].story, many[17].sources) == (again.story, again.sources)
    assert (17, "mix-17") == (again.seed, again.name)


def test_seeds_make_different_combinations(many: list[Scenario]) -> None:
    """Five hundred of them are hardly ever alike."""
    assert len({one.story for one in many}) > 450


def test_two_or_three_are_combined_at_one_or_two_sources(many: list[Scenario]) -> None:
    """As many as were asked for, in each of the ways."""
    assert {2, 3} == {one.story.count(" + ") + 1 for one in many}
    assert {1, 2} == {len(one.sources) for one in many}


def test_mishaps_stay_within_the_sources(many: list[Scenario]) -> None:
    """What goes wrong goes wrong at a source that is there."""
    assert all(
        mishap.source < len(one.sources) for one in many for mishap in one.mishaps
    )


def test_nearly_always_somebody_has_the_bytes(many: list[Scenario]) -> None:
    """A few combinations in which nobody does show that no lie is told then."""
    hopeless = sum(not judge(one).had for one in many)

    assert 0 < hopeless <= 2 * HOPELESS_SHARE * len(many)


def test_combinations_need_no_managed_target(many: list[Scenario]) -> None:
    """They are about answers, and can be played with any target of two sources."""
    assert all(one.needs <= {Need.SOURCES} for one in many)


@pytest.mark.parametrize(
    ("name", "mixable"),
    [
        ("stall-once", True),
        ("redirect-expires", True),
        ("gone-for-8-s", True),
        ("throttled", True),
        ("mirror-hangs", True),
        ("calm", False),
        ("gone-after-warm-up", False),
        ("killed-in-mid-blob", False),
        ("origin-hangs", False),
        ("mirror-stale", False),
        ("mirror-nameless", False),
        ("network-loss", False),
        ("clock-jumps-on", False),
    ],
)
def test_what_can_be_combined(name: str, *, mixable: bool) -> None:
    """What is about one source's answers, and about nothing else."""
    assert mixable is is_mixable(choose([name])[0])


def test_most_scenarios_can_be_combined() -> None:
    """Else five hundred combinations would say little."""
    assert sum(map(is_mixable, SCENARIOS)) >= 60
