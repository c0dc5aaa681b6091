"""Effects: what an answer becomes, at the drill's own pace."""

import asyncio
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import pytest

from seawall.drill.exchange import Answer, Halt, Request
from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import Effect
from seawall.drill.scenarios.pace import Pace
from seawall.drill.scenarios.playbill import choose

ASKED = Request("GET", "/v2/a/blobs/x", {"way": "1"}, {})
HONEST = Answer(200, {}, b"0123456789")


@dataclass
class Cued:
    """Notes what an effect sets off."""

    pace: Pace = field(default_factory=lambda: Pace(10))
    done: list[object] = field(default_factory=list)

    async def leave(self, away_s: float | None) -> None:
        """Note that the source left."""
        self.done.append(("leave", away_s))

    async def kill_target(self) -> None:
        """Note that the target was killed."""
        self.done.append("kill")

    async def shift_clock(self, by_s: float) -> None:
        """Note that the clock jumped."""
        self.done.append(("clock", by_s))

    async def revoke_tokens(self) -> None:
        """Note that tokens are over."""
        self.done.append("tokens")


def _alter(effect: Effect, cues: Cued | None = None) -> Answer:
    return effect.make(cues or Cued()).alter(ASKED, HONEST)


@pytest.mark.parametrize(
    ("effect", "attribute", "expected"),
    [
        (effects.hang(), "hang", True),
        (effects.stall(3), "stall_after", 3),
        (effects.cut(3), "cut_after", 3),
        (effects.hang_up(3), "body", b"012"),
        (effects.trickle(10), "bytes_per_s", 10),
        (effects.corrupt_end(), "body", b"012345678\xc6"),
        (effects.truncate(4), "body", b"0123"),
        (effects.miscount(2), "declared_bytes", 12),
        (effects.refuse(503), "status", 503),
        (effects.show_page(502), "status", 502),
        (effects.say(429, "no"), "body", b"no"),
    ],
    ids=repr,
)
def test_an_effect_alters_one_thing(
    effect: Effect, attribute: str, expected: object
) -> None:
    """And nothing else."""
    assert expected == getattr(_alter(effect), attribute)


@pytest.mark.parametrize(
    ("effect", "at", "done"),
    [
        (effects.leave(4, 3), 4, ("leave", 3)),
        (effects.leave(4, None), 4, ("leave", None)),
        (effects.kill_target(5), 5, "kill"),
        (effects.shift_clock(6, -9), 6, ("clock", -9)),
        (effects.revoke_tokens(7), 7, "tokens"),
        (effects.end_tokens(), 0, "tokens"),
    ],
    ids=repr,
)
def test_an_effect_sets_off_more(effect: Effect, at: int, done: object) -> None:
    """At a certain byte of the body something else happens, too."""
    cues = Cued()
    (halt,) = _alter(effect, cues).halts
    asyncio.run(_wait(halt))

    assert (at, [done]) == (halt.at, cues.done)


async def _wait(halt: Halt) -> None:
    await halt.wait()


def test_a_wait_is_as_long_as_the_pace_has_it() -> None:
    """A second of a scenario is a tenth of one here; whole seconds are rounded up."""
    late = effects.late(6).make(Cued())
    pause = effects.pause(5, 6).make(Cued())

    assert ("late by 0.6 s", "pause at 5 for 0.6 s") == (late.name, pause.name)
    assert "1" == _alter(effects.refuse(429, wait_s=6)).headers["Retry-After"]


def test_a_date_to_wait_for_lies_ahead() -> None:
    """It is a date as HTTP has it."""
    (scenario,) = choose(["limit-retry-after-date"])
    answer = scenario.mishaps[0].effect.make(Cued()).alter(ASKED, HONEST)
    wait_s = parsedate_to_datetime(answer.headers["Retry-After"]).timestamp()

    assert 429 == answer.status
    assert 0 < wait_s - time.time() + 1 < 3


def test_a_quota_runs_out_and_is_told() -> None:
    """So many GETs pass in a window, and headers say what is left."""
    fault = effects.meter(2, 600, "spent", eaten=1, told=True).make(Cued())
    first, second = fault.alter(ASKED, HONEST), fault.alter(ASKED, HONEST)

    assert (200, "0;w=60") == (first.status, first.headers["RateLimit-Remaining"])
    assert (429, b"spent") == (second.status, second.body)


def test_a_head_costs_no_quota() -> None:
    """As Docker Hub has it."""
    fault = effects.meter(1, 600, "spent").make(Cued())
    head = Request("HEAD", "/v2/a/manifests/1", {}, {})

    assert [200, 200, 200] == [
        fault.alter(asked, HONEST).status for asked in (head, head, ASKED)
    ]


def test_a_redirect_is_good_once() -> None:
    """Another one has to be asked for then."""
    fault = effects.expire_redirects().make(Cued())
    other = Request("GET", ASKED.path, {"way": "2"}, {})

    assert [200, 403, 200] == [
        fault.alter(asked, HONEST).status for asked in (ASKED, ASKED, other)
    ]


async def test_what_is_built_is_waited_for_once() -> None:
    """Who asks again meanwhile waits for the same end; later ones do not wait."""
    fault = effects.build(1).make(Cued())
    (first,), (second,) = (fault.alter(ASKED, HONEST).halts for _ in range(2))
    began_s = time.monotonic()
    await asyncio.gather(first.wait(), second.wait())
    (third,) = fault.alter(ASKED, HONEST).halts
    await third.wait()

    assert 0.1 <= time.monotonic() - began_s < 0.19
