"""What a client is told to wait is longer than any silence it may have to outlast."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.mirrors import Route, make_routes
from seawall.policy.options import Mirror
from seawall.policy.rendering.advising import (
    CONTAINERD,
    CRI_DOCKERD,
    CRIO,
    Advice,
    Heard,
    Learnt,
    Timer,
    advise,
    list_walled,
    read_duration,
    write_duration,
)
from seawall.policy.rendering.joining import compare
from seawall.policy.rendering.rendered import Ask
from seawall.policy.rendering.roll import CLIENTS, render
from seawall.settings.keys import ClientsTable

WALL = "wall.example:5000"
HUB, QUAY = (Mirror(name, f"{WALL}/{name}") for name in ("docker.io", "quay.io"))
ROUTES = make_routes([HUB])
TIMERS = (CONTAINERD, CRIO, CRI_DOCKERD)
SECONDS = st.floats(min_value=0, max_value=20_000)


def hear(silence_s: float, registry: str = "docker.io", mebibyte_s: float = 0) -> Heard:
    """Make a registry that was learnt."""
    return Heard(registry, "learnt", silence_s, mebibyte_s, waits=812)


def ask(*heard: Heard, timer: Timer = CRIO, told_s: float = 0.0) -> Advice:
    """Ask what a client of Docker Hub should wait."""
    return advise(timer, ROUTES, Learnt(120.0, heard), told_s)


@pytest.mark.parametrize(
    ("silence_s", "crio", "containerd"),
    [
        (8, "1m0s", "5m0s"),
        (45, "1m0s", "5m0s"),
        (46, "1m30s", "5m0s"),
        (85, "2m0s", "5m0s"),
        (240, "7m30s", "7m30s"),
        (3000, "2h0m0s", "2h0m0s"),
    ],
)
def test_what_was_learnt_decides(silence_s: float, crio: str, containerd: str) -> None:
    """Longer than the silence by a third, readable, never below what clients need."""
    heard = hear(silence_s)

    assert crio == ask(heard).value
    assert containerd == ask(heard, timer=CONTAINERD).value


@given(silence_s=SECONDS, mebibyte_s=SECONDS, told_s=SECONDS, hold_s=SECONDS)
def test_no_silence_outlasts_it(
    silence_s: float, mebibyte_s: float, told_s: float, hold_s: float
) -> None:
    """Whatever is known, and whatever is not."""
    heard = hear(silence_s, mebibyte_s=mebibyte_s)
    routes = make_routes([HUB, QUAY])
    for timer in TIMERS:
        advice = advise(timer, routes, Learnt(hold_s, (heard,)), told_s)
        longest = max(silence_s + mebibyte_s * timer.steps, hold_s)
        assert advice.seconds >= max(longest, told_s, timer.least_s)
        assert advice.seconds == read_duration(advice.value)
        assert advice.allows(advice.value)


def test_what_nobody_learnt_is_as_long_as_is_held() -> None:
    """Without a Seawall, without waits, or of a registry that it does not know."""
    unknown = Heard("docker.io", "unknown", 600.0, waits=3)

    assert ("3m0s", "5m0s") == (ask().value, ask(timer=CONTAINERD).value)
    assert "no Seawall was asked" in ask().why[1]
    assert "15m0s" == ask(unknown).value
    assert "too little" in ask(unknown).why[1]
    assert "3m0s" == ask(hear(8, "quay.io")).value
    assert "knows no such" in ask(hear(8, "quay.io")).why[1]
    assert Learnt().hold_s == read_duration(str(ClientsTable().hold_max))


def test_the_longest_counts_and_each_is_told() -> None:
    """One watchdog is for all registries of a client."""
    routes = make_routes([HUB, QUAY])
    heard = (hear(8), hear(240, "quay.io"))
    advice = advise(CRIO, routes, Learnt(120.0, heard))

    assert "7m30s" == advice.value
    assert (
        "pull_progress_timeout: longer than Seawall may be silent for",
        "- docker.io: 8 s, as was learnt from 812 waits",
        "- quay.io: 240 s, as was learnt from 812 waits",
    ) == advice.why


def test_mebibytes_count_for_who_counts_them() -> None:
    """To containerd a trickle is silence until a mebibyte is complete."""
    heard = hear(100, mebibyte_s=300)

    assert ("3m0s", "10m0s") == (ask(heard).value, ask(heard, timer=CONTAINERD).value)


def test_settings_say_what_clients_wait() -> None:
    """Seawall keeps such a client alive in a rhythm of that time, not of less."""
    advice = ask(hear(8), told_s=500.0)

    assert ("10m0s", 500.0) == (advice.value, advice.least_s)
    assert "[clients]" in advice.why[-1]


@pytest.mark.parametrize(
    ("value", "crio", "containerd"),
    [
        ("10m0s", True, True),
        ("300s", True, True),
        ("100s", True, False),
        ("1m39s", False, False),
        ("0", True, False),
        ("0s", True, False),
        ("soon", False, False),
        (300, False, False),
    ],
)
def test_what_is_long_enough_is_let_be(
    value: object, *, crio: bool, containerd: bool
) -> None:
    """What was learnt may move: a value is wrong once a learnt silence outlasts it."""
    assert crio == ask(hear(100)).allows(value)
    assert containerd == ask(hear(100), timer=CONTAINERD).allows(value)


@pytest.mark.parametrize("client", ["crio", "containerd"])
def test_a_file_stays_right_while_its_time_is_long_enough(client: str) -> None:
    """A comparison fails for a time that is too short, and for nothing else."""

    def make(*heard: Heard) -> Ask:
        return Ask(ROUTES, learnt=Learnt(120.0, heard))

    there = render(client, make(hear(240))).files[-1].text
    for wanted in (make(), make(hear(8)), make(hear(449))):
        assert [] == compare(render(client, wanted).files[-1], there)
    short = render(client, make(hear(451))).files[-1]
    assert [] != compare(short, there)
    unknown = tomllib.loads(there)
    assert unknown
    assert [] != compare(short, "")
    assert [] != compare(short, "crio = 1\nplugins = 2\n")


def test_mirrors_for_everybody_are_no_seawall() -> None:
    """A path's first part is the registry, if it is another one than the map says."""
    mirrors = [
        Mirror("docker.io", "mirror.gcr.io"),
        Mirror("docker.io", f"{WALL}/hub.inside.example/mirror"),
        Mirror("quay.io", "wall.example/cache"),
    ]

    assert ["hub.inside.example", "quay.io"] == list_walled(make_routes(mirrors))
    assert [] == list_walled([Route("docker.io", "", ())])


@pytest.mark.parametrize(
    ("client", "version", "times"),
    [
        ("containerd", "1.6.20", False),
        ("containerd", "1.7.0", True),
        ("containerd", "", True),
        ("crio", "1.29.4", False),
        ("crio", "1.30.10", False),
        ("crio", "1.30.11", True),
        ("crio", "1.31.2", False),
        ("crio", "1.31.3", True),
        ("crio", "1.32.0", True),
        ("docker", "", True),
        ("podman", "", False),
        ("buildkit", "", False),
        ("kubernetes", "", False),
    ],
)
def test_who_has_a_time_is_told(client: str, version: str, *, times: bool) -> None:
    """Each version that can be told; and of who cannot, the reason is a warning."""
    mirror = Mirror("docker.io", "wall.example", "pull")
    rendered = CLIENTS[client](Ask(make_routes([mirror]), version))

    assert times == (rendered.watchdog is not None)
    hard = version in ("1.30.10", "1.31.2")
    assert hard == any("after 10 s" in said for said in rendered.warnings)
    if client == "docker":
        assert "deadline=3m0s" in rendered.warnings[-1]


@given(st.integers(min_value=0, max_value=10**6))
def test_times_are_written_as_they_are_read(seconds: int) -> None:
    """In hours, minutes and seconds."""
    assert seconds == read_duration(write_duration(seconds))


def test_the_page_shows_what_a_learnt_file_says() -> None:
    """What docs/clients.md shows is what these figures give."""
    page = (Path(__file__).parents[4] / "docs" / "clients.md").read_text()
    shown = page.partition("```toml\n# Made by `seawall render crio`")[2]
    heard = (
        Heard("docker.io", "learnt", 14.2, waits=640),
        Heard("quay.io", "learnt", 31.9, waits=58),
    )
    ask = Ask(make_routes([HUB, QUAY]), learnt=Learnt(120.0, heard))
    (*_, file) = render("crio", ask).files

    assert file.text == f"# Made by `seawall render crio`{shown.partition('```')[0]}"
