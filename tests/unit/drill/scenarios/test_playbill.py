"""The list of scenarios is whole, and each of them can be found."""

import re

import pytest

from seawall.drill.scenarios.playbill import FAST_CUT, GROUPS, SCENARIOS, choose
from seawall.drill.scenarios.scenario import Need, Scenario
from seawall.errors import InputError


def test_there_are_enough() -> None:
    """At least forty, each with a name of its own."""
    assert len(SCENARIOS) >= 40
    assert len(SCENARIOS) == len({one.name for one in SCENARIOS})


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_names_can_be_repositories(scenario: Scenario) -> None:
    """A name is a part of the image's path, and says what happens."""
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", scenario.name)
    assert scenario.story


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
def test_mishaps_are_at_sources_that_are_there(scenario: Scenario) -> None:
    """A scenario's troubles happen to its own sources."""
    places = range(len(scenario.sources))

    assert all(mishap.source in places for mishap in scenario.mishaps)


@pytest.mark.parametrize(
    "word",
    [
        *("limit-hub-spent", "limit-hub-abuse", "limit-ghcr", "limit-quay"),
        *("limit-ecr", "limit-acr", "limit-artifactory", "limit-retry-after-date"),
        *("5xx-burst", "hang-blob-once", "slow-first-byte", "stall-once"),
        *("stall-each-2-mib", "stall-20-s", "trickle-once", "reset-once"),
        *("truncated-once", "early-end-once", "wrong-byte-once", "wrong-byte-always"),
        *("too-long-once", "login-page-for-blob", "wrong-content-range", "no-range"),
        *("redirect-expires", "token-server-down", "token-server-slow", "tag-moved"),
        *("tag-gone", "mirror-nameless", "mirror-without-tls", "mirror-dead"),
        *("wrong-byte-mirror", "slow-mirror", "mirror-stale", "throttled"),
        *("built-on-demand", "gone-after-warm-up", "gone-at-start-up"),
        *("gone-in-mid-blob", "killed-in-mid-blob", "disk-full", "clock-jumps-on"),
        *("network-delay", "network-loss", "network-jitter", "network-hole"),
    ],
)
def test_what_has_to_be_there_is(word: str) -> None:
    """Each trouble that was promised has its row."""
    assert [word] == [one.name for one in choose([word])]


def test_a_group_is_a_choice() -> None:
    """So is a part of a name; without a word all are chosen."""
    assert list(GROUPS["limits"]) == choose(["limits"])
    assert {"tag-moved", "tag-moved-then-gone"} == {
        one.name for one in choose(["tag-mov"])
    }
    assert list(SCENARIOS) == choose([])


def test_an_unknown_word_is_said() -> None:
    """And where the list is."""
    with pytest.raises(InputError, match="drill --list"):
        choose(["gremlins"])


def test_the_fast_cut_is_of_the_whole() -> None:
    """What continuous integration plays is among what is played in full."""
    assert set(FAST_CUT) <= {one.name for one in SCENARIOS}


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("calm", set()),
        ("stall-once", set()),
        ("gone-after-warm-up", set()),
        ("tag-moved", {Need.FRESH}),
        ("mirror-dead", {Need.SOURCES}),
        ("gone-at-start-up", {Need.RESTART}),
        ("no-name-resolves-at-start-up", {Need.RESTART}),
        ("killed-in-mid-blob", {Need.RESTART}),
        ("disk-full", {Need.DISK}),
        ("clock-jumps-on", {Need.CLOCK}),
        ("clock-back-while-gone", {Need.CLOCK}),
        ("network-hole", {Need.NETWORK, Need.SOURCES}),
    ],
)
def test_a_scenario_says_what_it_needs(name: str, needs: set[Need]) -> None:
    """So that a row that cannot be played reads 'not run'."""
    assert needs == choose([name])[0].needs


@pytest.mark.parametrize(
    ("name", "silent"),
    [
        ("calm", False),
        ("5xx-burst", False),
        ("stall-20-s", False),
        ("stall-60-s", True),
        ("stall-once", True),
        ("mirror-hangs", True),
        ("mirror-deaf", True),
        ("trickle-once", True),
        ("network-hole", True),
        ("network-loss", False),
    ],
)
def test_silence_is_told_from_refusals(name: str, *, silent: bool) -> None:
    """Those rows may last for minutes, so a run begins with some of them."""
    assert silent is choose([name])[0].is_silent


@pytest.mark.parametrize(
    ("name", "dear"),
    [
        ("calm", False),
        ("stall-once", False),
        ("wrong-byte-once", True),
        ("no-range", True),
        ("wrong-content-range-always", True),
    ],
)
def test_what_may_cost_bytes_twice_is_known(name: str, *, dear: bool) -> None:
    """Wrong bytes, and sources that give no part of a whole."""
    assert dear is choose([name])[0].is_dear
