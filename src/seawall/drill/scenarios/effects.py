"""What an answer suffers, and what that means for who wants the bytes."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from seawall.drill import faults
from seawall.drill.exchange import Answer, Halt, Request, answer_error
from seawall.drill.faults import Fault
from seawall.drill.scenarios.pace import Pace

MIB = 1024 * 1024
_JSON = "application/json"
_ABSENT = 404


class Cues(Protocol):
    """What an effect may set off besides its answer."""

    @property
    def pace(self) -> Pace:
        """How fast the drill runs."""

    async def leave(self, away_s: float | None) -> None:
        """Let this source be gone: for some of the scenario's seconds, or for good."""

    async def kill_target(self) -> None:
        """Kill whoever is drilled, and start it again."""

    async def shift_clock(self, by_s: float) -> None:
        """Let its clock jump by so many seconds."""

    async def revoke_tokens(self) -> None:
        """Let every token of this source be over."""


@dataclass(frozen=True, slots=True)
class Harm:
    """What an effect takes from an answer, for the oracle.

    Attributes:
        blocks: Nothing of use comes.
        denies: The source says that there is no such thing; of the origin that is
            final.
        spoils: What comes is wrong.
        breaks_after: So many bytes come, and not the rest.
        denies_range: All comes, whatever range was asked for.
        bytes_per_s: How slowly it comes, in the scenario's time.
        waits_s: How much later it comes, in the scenario's time.
        leaves: The source is gone from then on, and does not come back.
        silent: Nobody is told: who does not lose patience waits for ever, or nearly.
    """

    blocks: bool = False
    denies: bool = False
    spoils: bool = False
    breaks_after: int | None = None
    denies_range: bool = False
    bytes_per_s: float | None = None
    waits_s: float = 0.0
    leaves: bool = False
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """One way in which an answer goes wrong."""

    name: str
    harm: Harm
    make: Callable[[Cues], Fault]

    def __repr__(self) -> str:
        """Give its name, which is what a failing drill shows."""
        return f"<{self.name}>"


def plain(fault: Fault, harm: Harm, *, name: str = "") -> Effect:
    """Make an effect of a fault that needs to know nothing."""
    return Effect(name or fault.name, harm, lambda _: fault)


def refuse(code: int, *, wait_s: float | None = None, message: str = "") -> Effect:
    """Answer with this status, and perhaps with a Retry-After in seconds."""

    def make(cues: Cues) -> Fault:
        wait = None if wait_s is None else cues.pace.whole_s(wait_s)
        return faults.status(code, retry_after=wait, message=message or "scripted")

    harm = Harm(blocks=True, denies=code == _ABSENT)
    return Effect(f"status {code}", harm, make)


def say(
    code: int,
    body: str,
    *,
    content_type: str = "text/plain",
    headers: Callable[[Cues], dict[str, str]] | None = None,
) -> Effect:
    """Answer with these words, as they were seen in the field."""

    def make(cues: Cues) -> Fault:
        more = headers(cues) if headers else {}
        answer = Answer(code, {"Content-Type": content_type, **more}, body.encode())
        return Fault(f"words {code}", lambda _, __: answer)

    return Effect(f"words {code}", Harm(blocks=True), make)


def hang() -> Effect:
    """Say nothing at all."""
    return plain(faults.hang(), Harm(blocks=True, silent=True))


def late(wait_s: float) -> Effect:
    """Answer after so many seconds."""
    return Effect(
        f"late by {wait_s:g} s",
        Harm(waits_s=wait_s),
        lambda cues: faults.late(cues.pace.wait_s(wait_s)),
    )


def build(takes_s: float) -> Effect:
    """Answer nothing until something was built, which the first request set off.

    Asking again meanwhile neither hastens nor restarts it.
    """

    def make(cues: Cues) -> Fault:
        takes = cues.pace.wait_s(takes_s)
        began_s = -1.0

        async def wait() -> None:
            await asyncio.sleep(max(0.0, began_s + takes - time.monotonic()))

        def alter(_: Request, answer: Answer) -> Answer:
            nonlocal began_s
            began_s = time.monotonic() if began_s < 0 else began_s
            return replace(answer, halts=(*answer.halts, Halt(-1, wait)))

        return Fault("build", alter)

    return Effect(f"built in {takes_s:g} s", Harm(waits_s=takes_s), make)


def pause(at: int, wait_s: float) -> Effect:
    """Be silent in mid-body, then go on."""
    return Effect(
        f"pause of {wait_s:g} s",
        Harm(waits_s=wait_s),
        lambda cues: faults.pause(at, cues.pace.wait_s(wait_s)),
    )


def stall(after: int) -> Effect:
    """Be silent in mid-body for ever."""
    return plain(faults.stall(after), Harm(breaks_after=after, silent=True))


def trickle(bytes_per_s: float) -> Effect:
    """Send at this speed, whatever the pace: a trickle that is scaled is none."""
    harm = Harm(bytes_per_s=bytes_per_s, silent=True)
    return plain(faults.slow(bytes_per_s), harm)


def cut(after: int) -> Effect:
    """Reset the connection in mid-body."""
    return plain(faults.cut(after), Harm(breaks_after=after))


def hang_up(after: int) -> Effect:
    """Close the connection in mid-body, as if that had been all."""
    return plain(faults.hang_up(after), Harm(breaks_after=after))


def reset() -> Effect:
    """Close the connection instead of answering."""
    return plain(faults.reset(), Harm(blocks=True))


def corrupt(at: int) -> Effect:
    """Flip one byte of the content."""
    return plain(faults.corrupt(at), Harm(spoils=True))


def corrupt_end() -> Effect:
    """Flip the last byte of what is sent."""

    def alter(_: Request, answer: Answer) -> Answer:
        if not answer.body:
            return answer
        return replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 255]))

    return plain(Fault("corrupt end", alter), Harm(spoils=True))


def expire_redirects() -> Effect:
    """Let the way to storage be good for one request only."""

    def make(_: Cues) -> Fault:
        used: set[str] = set()

        def alter(request: Request, answer: Answer) -> Answer:
            way = request.query.get("way", "")
            if way not in used:
                used.add(way)
                return answer
            return answer_error(403, "AccessDenied", "Request has expired")

        return Fault("redirect expires", alter)

    return Effect("redirect expires", Harm(), make)


def truncate(at: int) -> Effect:
    """Have a shorter content, and say so."""
    return plain(faults.truncate(at), Harm(spoils=True))


def miscount(extra: int) -> Effect:
    """Promise another length than is sent."""
    return plain(faults.wrong_length(extra), Harm(spoils=True))


def misplace(shift: int = 1) -> Effect:
    """Say in Content-Range that a part is another one."""
    return plain(faults.wrong_range(shift), Harm(denies_range=True))


def deny_range() -> Effect:
    """Give everything with 200, whatever part was asked for."""
    return plain(faults.no_range(), Harm(denies_range=True))


def show_page(code: int = 200) -> Effect:
    """Answer with a page for people."""
    return plain(faults.html(code), Harm(blocks=True))


def leave(after: int, away_s: float | None) -> Effect:
    """Be gone in mid-body: for some seconds, or for good."""
    gone = away_s is None
    harm = Harm(breaks_after=after, leaves=gone, waits_s=away_s or 0.0)

    def make(cues: Cues) -> Fault:
        return _cue("gone", after, lambda: cues.leave(away_s))

    return Effect("gone in mid-blob", harm, make)


def kill_target(at: int) -> Effect:
    """Have the drilled one killed in mid-body, and started again."""
    return Effect(
        "target killed", Harm(), lambda cues: _cue("kill", at, cues.kill_target)
    )


def shift_clock(at: int, by_s: float) -> Effect:
    """Have the drilled one's clock jump in mid-body."""

    def make(cues: Cues) -> Fault:
        return _cue("clock", at, lambda: cues.shift_clock(by_s))

    return Effect("clock jumps", Harm(), make)


def end_tokens() -> Effect:
    """Answer well, with every token over from then on."""
    return Effect(
        "tokens end", Harm(), lambda cues: _cue("tokens end", 0, cues.revoke_tokens)
    )


def revoke_tokens(after: int) -> Effect:
    """Break off in mid-body, with every token over."""

    def make(cues: Cues) -> Fault:
        broken = faults.cut(after)
        over = _cue("tokens over", after, cues.revoke_tokens)
        return Fault(
            "tokens over", lambda asked, it: over.alter(asked, broken.alter(asked, it))
        )

    return Effect("tokens over", Harm(breaks_after=after), make)


def meter(
    limit: int, window_s: float, body: str, *, eaten: int = 0, told: bool = False
) -> Effect:
    """Let only so many GETs pass in each window, as a registry with a quota does.

    Args:
        limit: How many pass.
        window_s: How long a window lasts; it begins with the first GET in it.
        body: What the others are told.
        eaten: How many of the first window a neighbour had already.
        told: Whether answers say what is left, as Docker Hub's do.
    """

    def make(cues: Cues) -> Fault:
        length_s = cues.pace.wait_s(window_s)
        began_s, left = -1.0, limit - eaten

        def alter(request: Request, answer: Answer) -> Answer:
            nonlocal began_s, left
            now_s = time.monotonic()
            if began_s < 0:
                began_s = now_s
            elif now_s - began_s >= length_s:
                began_s, left = now_s, limit
            if request.method == "GET":
                left -= 1
            window = f";w={cues.pace.whole_s(window_s)}"
            said = {"RateLimit-Limit": f"{limit}{window}"} if told else {}
            said |= {"RateLimit-Remaining": f"{max(left, 0)}{window}"} if told else {}
            if left < 0 and request.method == "GET":
                return Answer(429, {"Content-Type": _JSON, **said}, body.encode())
            return replace(answer, headers={**answer.headers, **said})

        return Fault("quota", alter)

    return Effect("quota", Harm(waits_s=window_s), make)


def _cue(name: str, at: int, act: Callable[[], Awaitable[None]]) -> Fault:
    def alter(_: Request, answer: Answer) -> Answer:
        return replace(answer, halts=(*answer.halts, Halt(at, act)))

    return Fault(name, alter)
