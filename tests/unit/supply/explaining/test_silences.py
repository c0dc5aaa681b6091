"""The longest silence of a registry is that of its waits, its bounds, or the hold."""

from dataclasses import dataclass, field

import pytest

from seawall.supply.explaining.silences import ENOUGH, RegistryWaits, judge, tell_waits
from seawall.transfer.patience import Patience, PatienceOptions, choose_patience
from seawall.transfer.waits.experience import Experience
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.segment import Segment

HOLD_S = 120.0
LEARNING = choose_patience(PatienceOptions())
MANY = 3000


@dataclass(frozen=True)
class Source:
    """A source that taught something, or nothing."""

    label: str = "up.example"
    experience: Experience = field(default_factory=Experience)
    patience: Patience = LEARNING


def taught(
    first_byte_s: float,
    gap_s: float = 0.05,
    *,
    times: int = MANY,
    patience: Patience = LEARNING,
) -> Source:
    """Make a source whose bodies begin after so long, and pause for so long."""
    source = Source(patience=patience)
    for _ in range(times):
        source.experience.lesson(Phase.CONNECT).learn(0.05)
        source.experience.lesson(Phase.MANIFEST).learn(0.2)
        source.experience.lesson(Phase.FIRST_BYTE).learn(first_byte_s)
        source.experience.lesson(Phase.GAP).learn(gap_s)
    return source


def look(*sources: Source, hold_s: float = HOLD_S) -> RegistryWaits:
    """Judge a registry with these sources."""
    return judge("docker.io", sources, hold_s)


def test_a_quick_source_is_never_silent_for_long() -> None:
    """Far less than what is held; and a slower one is silent for longer."""
    quick, slow = look(taught(0.2)), look(taught(12.0))

    assert ("learnt", "learnt") == (quick.state, slow.state)
    assert quick.silence_s < 30
    assert quick.silence_s + 12 < slow.silence_s < HOLD_S
    assert 2 * MANY * 0.2 < quick.waits <= 2 * MANY


def test_it_is_one_giving_up_and_then_everybody_once_more() -> None:
    """In mid-body the most patient is left, and each begins at its patience's end."""
    mirror, origin = taught(3.0), taught(0.2, gap_s=20.0)
    told = look(mirror, origin)
    limits = [source.patience_s for source in told.sources]
    round_s = sum(one["connect"] + one["first_byte"] for one in limits)

    assert limits[1]["gap"] + round_s == pytest.approx(told.silence_s)
    assert limits[1]["gap"] > 20
    assert told.silence_s > look(origin).silence_s / 2  # who is alone waits twice


def test_what_is_not_known_is_as_long_as_anything_is_held() -> None:
    """A source of which too little was seen, even beside one that is known."""
    young = taught(0.2, times=ENOUGH // 2 - 1)

    for sources in ((Source(),), (young,), (taught(0.2), Source())):
        told = look(*sources, hold_s=600.0)
        assert ("unknown", 600.0, 0.0) == (
            told.state,
            told.silence_s,
            told.mebibyte_s,
        )
    assert "learnt" == look(taught(0.2, times=ENOUGH)).state
    assert "unknown" == look().state


def test_nothing_is_silent_for_longer_than_is_held() -> None:
    """A scanner that takes a minute and a half is held for as long as is allowed."""
    scanner = taught(90.0)

    assert HOLD_S == look(scanner).silence_s
    assert HOLD_S < look(scanner, hold_s=600.0).silence_s < 600


def test_settings_may_fix_it() -> None:
    """Nothing is learnt then, and nothing need be."""
    told = look(Source(patience=choose_patience(PatienceOptions(fixed_s=20))))

    assert ("fixed", 60.0, 0) == (told.state, told.silence_s, told.waits)


def test_a_registry_that_builds_manifests_is_silent_while_it_does() -> None:
    """A question about a name is no body: it is not cut after the hold."""
    building = choose_patience(PatienceOptions(manifest_s=900))

    assert look(taught(0.2, patience=building)).silence_s > 900
    assert look(Source(patience=building)).silence_s > 900


def test_a_trickle_needs_time_for_a_mebibyte() -> None:
    """Who counts mebibytes sees nothing until one is complete."""
    source = taught(0.2)
    for _ in range(500):
        source.experience.learn_segment(Segment(8 * 2**20, 800.0, longest_s=1.0))

    told = look(source)
    assert 80 < told.mebibyte_s < 160
    assert told.silence_s < 60


def test_looking_teaches_nothing() -> None:
    """What was not asked yet is not begun by asking for it."""
    source = Source()
    told = tell_waits({"docker.io": [source], "quay.io": []}, HOLD_S)

    assert {} == source.experience.lessons
    assert ["docker.io", "quay.io"] == [one.registry for one in told.registries]
