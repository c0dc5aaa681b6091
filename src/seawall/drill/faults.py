"""How a scripted upstream misbehaves: one name, one behaviour."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from seawall.drill.exchange import Answer, Halt, Request, answer_error

_CODES = {401: "UNAUTHORIZED", 403: "DENIED", 404: "NAME_UNKNOWN"}
_CODES |= {429: "TOOMANYREQUESTS"}
_PAGE = b"<!DOCTYPE html><html><body><h1>Log in first</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """One way to misbehave: it alters the honest answer to a request."""

    name: str
    alter: Callable[[Request, Answer], Answer]

    def __repr__(self) -> str:
        """Give its name, which is what a failing test shows."""
        return f"<fault {self.name}>"


def status(
    code: int, *, retry_after: int | str | None = None, message: str = "scripted"
) -> Fault:
    """Answer with this status and the spec's error body."""
    wait = {} if retry_after is None else {"Retry-After": str(retry_after)}
    refusal = answer_error(code, _CODES.get(code, "UNKNOWN"), message, wait)
    return Fault(f"status {code}", lambda _, __: refusal)


def challenge(text: str) -> Fault:
    """Demand a login, with this challenge."""
    refusal = answer_error(401, "UNAUTHORIZED", "scripted", {"WWW-Authenticate": text})
    return Fault("challenge", lambda _, __: refusal)


def html(code: int = 200) -> Fault:
    """Answer with a page for people, as a captive portal or balancer does."""
    page = Answer(code, {"Content-Type": "text/html; charset=utf-8"}, _PAGE)
    return Fault(f"html {code}", lambda _, __: page)


def body(text: bytes, *, code: int = 200, content_type: str = "text/plain") -> Fault:
    """Answer with this body."""
    answer = Answer(code, {"Content-Type": content_type}, text)
    return Fault(f"body {code}", lambda _, __: answer)


def hang() -> Fault:
    """Take the request and say nothing."""
    return _altered("hang", hang=True)


def late(wait_s: float) -> Fault:
    """Take the request, and answer only after so many seconds."""
    return _halted(f"late by {wait_s:g} s", Halt(-1, lambda: asyncio.sleep(wait_s)))


def pause(at: int, wait_s: float) -> Fault:
    """Be silent for so many seconds after this many bytes of the body, then go on."""
    halt = Halt(at, lambda: asyncio.sleep(wait_s))
    return _halted(f"pause at {at} for {wait_s:g} s", halt)


def blackout(at: int, wait_s: float) -> Fault:
    """Be silent on all connections, from the first that comes to this byte on.

    After so many seconds each of them goes on; none of them is told anything else.
    """
    began: list[float] = []

    async def wait() -> None:
        now = asyncio.get_running_loop().time()
        began[:] = began or [now]
        await asyncio.sleep(max(began[0] + wait_s - now, 0.0))

    def alter(_: Request, answer: Answer) -> Answer:
        place = at - _first_byte(answer)
        if place >= len(answer.body):
            return answer
        # who asks for what comes after that byte has no answer at all meanwhile
        halt = Halt(place if place > 0 else -1, wait)
        return replace(answer, halts=(*answer.halts, halt))

    return Fault(f"blackout at {at} for {wait_s:g} s", alter)


def stall(after: int) -> Fault:
    """Send this many bytes of the body, then nothing more."""
    return _altered(f"stall after {after}", stall_after=after)


def cut(after: int) -> Fault:
    """Send this many bytes of the body, then reset the connection."""
    return _altered(f"cut after {after}", cut_after=after)


def hang_up(after: int) -> Fault:
    """Promise the whole body, send this many bytes of it, and close."""

    def alter(_: Request, answer: Answer) -> Answer:
        promised = len(answer.body)
        return replace(answer, body=answer.body[:after], declared_bytes=promised)

    return Fault(f"hang up after {after}", alter)


def reset() -> Fault:
    """Close the connection instead of answering."""
    return _altered("reset", raw=b"")


def garbage() -> Fault:
    """Answer with bytes that are not HTTP."""
    return _altered("garbage", raw=b"\x15\x03\x01\x00\x02\x02\x16 not HTTP\r\n\r\n")


def slow(bytes_per_s: float) -> Fault:
    """Send the body at this speed."""
    return _altered(f"slow {bytes_per_s:g} B/s", bytes_per_s=bytes_per_s)


def corrupt(at: int) -> Fault:
    """Flip the bits of one byte of the content at this offset, in ranges too."""

    def alter(_: Request, answer: Answer) -> Answer:
        first = _first_byte(answer)
        if not first <= at < first + len(answer.body):
            return answer
        spoilt = bytearray(answer.body)
        spoilt[at - first] ^= 0xFF
        return replace(answer, body=bytes(spoilt))

    return Fault(f"corrupt at {at}", alter)


def truncate(at: int) -> Fault:
    """End the content at this offset, as if it were whole; ranges end there too."""

    def alter(_: Request, answer: Answer) -> Answer:
        first = _first_byte(answer)
        short = replace(answer, body=answer.body[: max(at - first, 0)])
        if "Content-Range" not in answer.headers:
            return short
        if not short.body:
            return Answer(416, {"Content-Range": f"bytes */{at}"})
        if short.body == answer.body:
            return answer
        said = f"bytes {first}-{first + len(short.body) - 1}/{at}"
        return replace(short, headers={**answer.headers, "Content-Range": said})

    return Fault(f"truncate at {at}", alter)


def wrong_length(extra: int) -> Fault:
    """Promise this many bytes more than are sent; negative promises fewer."""

    def alter(_: Request, answer: Answer) -> Answer:
        return replace(answer, declared_bytes=max(len(answer.body) + extra, 0))

    return Fault(f"wrong length {extra:+d}", alter)


def no_range() -> Fault:
    """Ignore Range: the whole content with 200."""
    return Fault("no range", lambda _, answer: answer)


def wrong_range(shift: int = 1) -> Fault:
    """Say in Content-Range that the part starts elsewhere."""

    def alter(_: Request, answer: Answer) -> Answer:
        said = answer.headers.get("Content-Range", "")
        if not said.startswith("bytes "):
            return answer
        first, rest = said.removeprefix("bytes ").split("-", 1)
        moved = {"Content-Range": f"bytes {int(first) + shift}-{rest}"}
        return replace(answer, headers={**answer.headers, **moved})

    return Fault("wrong range", alter)


def redirect(to: str, *, code: int = 307) -> Fault:
    """Send the client elsewhere."""
    answer = Answer(code, {"Location": to})
    return Fault(f"redirect {code}", lambda _, __: answer)


def header(name: str, value: str | None) -> Fault:
    """Give a header another value, or leave it out."""

    def alter(_: Request, answer: Answer) -> Answer:
        headers = answer.headers.items()
        kept = {key: text for key, text in headers if key.lower() != name.lower()}
        added = {} if value is None else {name: value}
        return replace(answer, headers=kept | added)

    return Fault(f"header {name}", alter)


def _altered(name: str, **changes: object) -> Fault:
    def alter(_: Request, answer: Answer) -> Answer:
        return replace(answer, **changes)  # type: ignore[arg-type]

    return Fault(name, alter)


def _halted(name: str, halt: Halt) -> Fault:
    def alter(_: Request, answer: Answer) -> Answer:
        return replace(answer, halts=(*answer.halts, halt))

    return Fault(name, alter)


def _first_byte(answer: Answer) -> int:
    said = answer.headers.get("Content-Range", "bytes 0-")
    figure = said.removeprefix("bytes ").partition("-")[0]
    return int(figure) if figure.isdigit() else 0
