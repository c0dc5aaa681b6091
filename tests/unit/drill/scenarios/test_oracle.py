"""The oracle: what can be had is computed from a scenario alone."""

from dataclasses import replace

import pytest

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB, Effect
from seawall.drill.scenarios.mishap import (
    ALL,
    BLOBS,
    HEAD,
    LAYER,
    MANIFESTS,
    NAME,
    REGISTRY,
    TOKEN,
    Asked,
    Mishap,
)
from seawall.drill.scenarios.oracle import gives, judge
from seawall.drill.scenarios.playbill import SCENARIOS
from seawall.drill.scenarios.scenario import (
    MIRRORED,
    ORIGIN,
    Address,
    Network,
    Scenario,
    SourceSpec,
    Step,
    Version,
)

HOPELESS = {"wrong-byte-always", "tag-gone", "gone-for-good"}
LONE = Scenario("x", "")
PAIR = Scenario("x", "", sources=MIRRORED)


def _with(scenario: Scenario, *mishaps: Mishap) -> Scenario:
    return replace(scenario, mishaps=mishaps)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_which_scenarios_are_hopeless(scenario: Scenario) -> None:
    """Only these three leave nobody with the bytes."""
    assert (scenario.name not in HOPELESS) is judge(scenario).had


@pytest.mark.parametrize(
    "effect",
    [
        effects.hang(),
        effects.reset(),
        effects.refuse(503),
        effects.refuse(404),
        effects.show_page(),
        effects.say(429, ""),
        effects.corrupt(5),
        effects.corrupt_end(),
        effects.truncate(5),
        effects.miscount(5),
        effects.stall(0),
        effects.cut(100),
        effects.trickle(1024),
        effects.leave(MIB, None),
        effects.late(500),
    ],
    ids=repr,
)
def test_what_lasts_at_the_only_source_is_the_end(effect: Effect) -> None:
    """Nothing helps then; but a second source does, whichever of the two is ill."""
    ill = Mishap(effect, LAYER)

    assert not judge(_with(LONE, ill)).had
    assert judge(_with(PAIR, ill)).had
    assert judge(_with(PAIR, replace(ill, source=1))).had
    assert not judge(_with(PAIR, ill, replace(ill, source=1))).had


@pytest.mark.parametrize(
    "passing",
    [{"times": 2}, {"ends_s": 9.0}, {"every": 2}, {"methods": frozenset({HEAD})}],
    ids=str,
)
def test_what_passes_is_no_obstacle(passing: dict[str, object]) -> None:
    """Whoever asks again gets it."""
    ill = Mishap(effects.hang(), **passing)  # type: ignore[arg-type]

    assert judge(_with(LONE, ill)).had


@pytest.mark.parametrize(
    "effect",
    [
        effects.stall(2 * MIB),
        effects.cut(2 * MIB),
        effects.hang_up(2 * MIB),
        effects.leave(2 * MIB, 3),
        effects.late(12),
        effects.pause(MIB, 20),
        effects.trickle(MIB),
        effects.deny_range(),
        effects.misplace(),
        effects.meter(1, 10, ""),
        effects.expire_redirects(),
        effects.kill_target(5),
        effects.shift_clock(5, 5),
        effects.revoke_tokens(2 * MIB),
        effects.end_tokens(),
    ],
    ids=repr,
)
def test_what_leaves_a_way_is_no_obstacle(effect: Effect) -> None:
    """Parts add up, waits end, and slowness comes to an end as well."""
    assert judge(_with(LONE, Mishap(effect, LAYER))).had


def test_parts_add_up_only_with_range() -> None:
    """A layer that breaks each time is not had where every answer is the whole."""
    breaks = Mishap(effects.cut(2 * MIB), LAYER)

    assert judge(_with(LONE, breaks)).had
    assert not judge(_with(LONE, breaks, Mishap(effects.deny_range()))).had
    assert not judge(
        _with(LONE, breaks, Mishap(effects.corrupt(5), LAYER, parts=True))
    ).had


def test_wrong_parts_leave_the_whole() -> None:
    """What befalls parts only does not befall who asks for everything."""
    assert judge(_with(LONE, Mishap(effects.corrupt(5), LAYER, parts=True))).had


@pytest.mark.parametrize(
    ("asked", "spec", "had"),
    [
        (TOKEN, SourceSpec(tokens=True), False),
        (TOKEN, ORIGIN, True),
        (frozenset({Asked.REDIRECT}), SourceSpec(storage=True), False),
        (frozenset({Asked.REDIRECT}), ORIGIN, True),
        (REGISTRY, ORIGIN, False),
    ],
)
def test_only_what_is_on_the_way_matters(
    asked: frozenset[Asked], spec: SourceSpec, *, had: bool
) -> None:
    """A token server stops who needs tokens, a broken redirect who is redirected."""
    scenario = Scenario("x", "", (spec,), (Mishap(effects.hang(), asked),))

    assert had is judge(scenario).had


@pytest.mark.parametrize(
    ("spec", "had"),
    [
        (SourceSpec(absent=(0, 8)), True),
        (SourceSpec(deaf=(0, 8)), True),
        (SourceSpec(absent=(0, None)), False),
        (SourceSpec(deaf=(0, None)), False),
        (SourceSpec(address=Address.NOWHERE), False),
        (SourceSpec(address=Address.BROKEN_TLS), False),
        (SourceSpec(network=Network(hole_bytes=1000)), False),
        (SourceSpec(network=Network(loss=0.03)), True),
        (SourceSpec(bytes_per_s=1024), False),
    ],
    ids=repr,
)
def test_a_source_has_to_be_there(spec: SourceSpec, *, had: bool) -> None:
    """Who cannot be reached for good gives nothing."""
    assert had is judge(Scenario("x", "", (spec,))).had
    assert judge(Scenario("x", "", (spec, ORIGIN))).had


def test_names_come_from_a_mirror_if_need_be() -> None:
    """The origin's word is the best, and a mirror's better than none."""
    silent = Mishap(effects.hang(), NAME, source=1)

    assert judge(_with(PAIR, silent)).had
    assert not judge(_with(PAIR, silent, Mishap(effects.hang(), NAME))).had


def test_the_origins_404_is_final() -> None:
    """A mirror that still has the tag does not count; a mirror's 404 says nothing."""
    absent = Mishap(effects.refuse(404), NAME)

    assert judge(_with(PAIR, absent)).had
    assert not judge(_with(PAIR, replace(absent, source=1))).had


def test_contents_may_come_from_different_sources() -> None:
    """One has the manifests, the other the blobs: together they have the image."""
    mishaps = (
        Mishap(effects.refuse(500), MANIFESTS),
        Mishap(effects.refuse(500), BLOBS, source=1),
    )

    assert judge(_with(PAIR, *mishaps)).had


def test_what_was_pulled_before_is_had() -> None:
    """No source is needed then, unless the tag is another one, or gone."""
    dead = (Mishap(effects.hang(), ALL),)
    warm = Scenario("x", "", mishaps=dead, steps=(Step.WARM,))
    moved = replace(warm, steps=(Step.WARM, Step.MOVE_TAG), wants=(Version.SECOND,))
    gone = Scenario("x", "", steps=(Step.WARM, Step.DROP_TAG))

    assert judge(warm).had
    assert not judge(moved).had
    assert not judge(gone).had
    assert judge(replace(gone, by_digest=True)).had


def test_a_stale_mirror_does_not_decide() -> None:
    """Its word counts only where the origin says nothing."""
    stale = SourceSpec(version=Version.SECOND)
    scenario = Scenario("x", "", (stale, ORIGIN))

    assert judge(scenario).had
    assert not judge(_with(scenario, Mishap(effects.hang(), NAME, source=1))).had


def test_one_source_gives_one_thing_and_not_the_other() -> None:
    """It is asked about each kind of request apart."""
    scenario = _with(LONE, Mishap(effects.hang(), BLOBS))

    assert gives(scenario, 0, Asked.NAME)
    assert not gives(scenario, 0, Asked.LAYER)
