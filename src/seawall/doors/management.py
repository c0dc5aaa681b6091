"""What the command line asks: names, images, pins, repairs, warming; JSON in and out.

Served on a Unix socket in the data directory alone: who may open it, may manage.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Sequence,
)
from contextlib import aclosing
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta

from seawall import errors
from seawall.doors.web import Reply, Request, json_reply
from seawall.errors import InputError, SeawallError
from seawall.kit.errorjson import write_error
from seawall.kit.limits import read_bounded
from seawall.kit.redact import redact_text
from seawall.oci.descriptor import Platform
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName, parse_reference
from seawall.store.records import NameKey
from seawall.store.verifier import Progress
from seawall.supply.explaining.silences import tell_waits
from seawall.supply.holdings import Holdings
from seawall.supply.images.warmup import Warmup, Wish

_MAX_BODY_BYTES = 16 * 1024 * 1024
_REPORT_S = 0.1
_PLAIN = (Enum, str, int, float, bool, type(None))

Text = Annotated[str, Meta(min_length=1, max_length=1024)]
T = TypeVar("T")


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    reference: Text


class _Page(msgspec.Struct, forbid_unknown_fields=True):
    repository: Text | None = None
    after: Text | None = None
    limit: Annotated[int, Meta(ge=1, le=1000)] = 200


class _Explain(msgspec.Struct, forbid_unknown_fields=True):
    reference: Text
    archive: Text | None = None
    last: Annotated[int, Meta(ge=0, le=1000)] = 5


class _Verify(msgspec.Struct, forbid_unknown_fields=True):
    repair: bool = False


class _Warm(msgspec.Struct, forbid_unknown_fields=True):
    references: Annotated[list[Text], Meta(min_length=1, max_length=100_000)]
    platforms: Annotated[list[Text], Meta(max_length=100)] = []


class _Nothing(msgspec.Struct, forbid_unknown_fields=True):
    pass


# Which status an error gets; the first class that fits. The body says all that counts.
_STATUSES: tuple[tuple[type[SeawallError], int], ...] = (
    (errors.InputError, 400),
    (errors.NotStoredError, 404),
    (errors.AbsentError, 404),
    (errors.RateLimitedError, 429),
    (errors.UpstreamError, 502),
    (errors.IntegrityError, 502),
    (errors.SeawallError, 500),
)


Describe = Callable[[], Awaitable[Sequence[object]]]
"""Gives views of what another door has: values whose fields become JSON."""


Explain = Callable[[Sequence[str], int], Awaitable[object]]
"""Says what would happen now and what happened last; its last argument: how much."""


async def _describe_nothing() -> Sequence[object]:
    return ()


async def _explain_nothing(words: Sequence[str], last: int) -> object:
    del last
    raise InputError(f"{' '.join(words)} cannot be explained here")


class ManagementDoor:
    """Answers ``/v1/…``; errors carry class, cause, and whether waiting helps."""

    def __init__(
        self,
        holdings: Holdings,
        warmup: Warmup,
        archives: Describe = _describe_nothing,
        listen: str = "",
        explain: Explain = _explain_nothing,
    ) -> None:
        """Take whom it asks, and where clients reach the server, if one runs."""
        self._holdings = holdings
        self._warmup = warmup
        self._describe_archives = archives
        self._listen = listen
        self._explain_subject = explain
        self._clock = holdings.clock
        self._routes: dict[str, Callable[[Request], Awaitable[Reply]]] = {
            "GET /v1/names": self._names,
            "GET /v1/image": self._image,
            "GET /v1/status": self._status,
            "GET /v1/archives": self._archives,
            "GET /v1/explain": self._explain,
            "GET /v1/waits": self._waits,
            "POST /v1/pin": self._pin,
            "POST /v1/unpin": self._unpin,
            "POST /v1/remove": self._remove,
            "POST /v1/refresh": self._refresh,
            "POST /v1/verify": self._verify,
            "POST /v1/warm": self._warm,
        }

    async def answer(self, request: Request) -> Reply:
        """Answer one request of the socket; nobody else is answered."""
        if request.client:
            refused = {"error": {"type": "SeawallError", "message": "socket only"}}
            return json_reply(403, msgspec.json.encode(refused))
        route = self._routes.get(f"{request.method} {request.path}")
        try:
            if route is None:
                raise InputError(f"no such request: {request.method} {request.path}")
            return await route(request)
        except SeawallError as exc:
            status = next(s for cls, s in _STATUSES if isinstance(exc, cls))
            reply = json_reply(status, encode({"error": exc}))
            reply.notes["error"] = redact_text(str(exc))
            return reply

    async def _names(self, request: Request) -> Reply:
        wanted = _read_query(request, _Page)
        page = await self._holdings.list_names(
            self._parse_repository(wanted.repository),
            limit=wanted.limit,
            after=None if wanted.after is None else _parse_mark(wanted.after),
        )
        mark = None if page.after is None else _write_mark(page.after)
        return _reply({"names": page.names, "after": mark})

    async def _image(self, request: Request) -> Reply:
        wanted = _read_query(request, _Named)
        return _reply(await self._holdings.show(wanted.reference))

    async def _status(self, request: Request) -> Reply:
        _read_query(request, _Nothing)
        return _reply(await self._holdings.status())

    async def _archives(self, request: Request) -> Reply:
        _read_query(request, _Nothing)
        archives = await self._describe_archives()
        return _reply({"archives": archives, "listen": self._listen})

    async def _explain(self, request: Request) -> Reply:
        wanted = _read_query(request, _Explain)
        words = [wanted.reference]
        if wanted.archive is not None:
            words.insert(0, wanted.archive)
        return _reply(await self._explain_subject(words, wanted.last))

    async def _waits(self, request: Request) -> Reply:
        _read_query(request, _Nothing)
        registries = self._holdings.registries.list_asked()
        return _reply(tell_waits(registries, self._holdings.engine.hold_s))

    async def _pin(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Named)
        return _reply(await self._holdings.pin(wanted.reference))

    async def _unpin(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Named)
        return _reply(await self._holdings.pin(wanted.reference, pinned=False))

    async def _remove(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Named)
        return _reply(await self._holdings.remove(wanted.reference))

    async def _refresh(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Named)
        return _reply(await self._holdings.refresh(wanted.reference))

    async def _verify(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Verify)
        return _stream(self._report_verify(repair=wanted.repair))

    async def _warm(self, request: Request) -> Reply:
        wanted = await _read_body(request, _Warm)
        wish = Wish(tuple(map(Platform.parse, wanted.platforms)))
        return _stream(self._warmup.warm(wanted.references, wish))

    async def _report_verify(self, *, repair: bool) -> AsyncGenerator[object, None]:
        """Pass on every finding, how far it is now and then, and the end."""
        last: Progress | None = None
        due = self._clock.monotonic()
        async with aclosing(self._holdings.verify(repair=repair)) as steps:
            async for step in steps:
                if not isinstance(step, Progress):
                    yield {"step": "finding", **_write_fields(step)}
                    continue
                last = step
                if self._clock.monotonic() >= due:
                    due = self._clock.monotonic() + _REPORT_S
                    yield {"step": "progress", **_write_fields(step)}
        yield {"step": "done", **_write_fields(last or Progress(0, 0, 0, 0))}

    def _parse_repository(self, text: str | None) -> RepositoryName | None:
        if text is None:
            return None
        target = self._holdings.parse_target(text)
        if target.repository is None:
            raise InputError(f"{text} is a digest; name a repository")
        return target.repository


def encode(value: object) -> bytes:
    """Write values as JSON: digests and names as their text, errors in full."""
    return msgspec.json.encode(_write(value))


def _reply(value: object) -> Reply:
    return json_reply(200, encode(value))


def _stream(values: AsyncGenerator[object, None]) -> Reply:
    headers = [(b"content-type", b"application/x-ndjson")]
    return Reply(200, headers, stream=_write_lines(values))


async def _write_lines(values: AsyncGenerator[object, None]) -> AsyncIterator[bytes]:
    """Write one JSON object a line; an error is the last one."""
    async with aclosing(values):
        try:
            async for value in values:
                yield encode(value) + b"\n"
        except SeawallError as exc:
            yield encode({"error": exc}) + b"\n"


def _write(value: object) -> Any:
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Digest | RepositoryName | Platform):
        return str(value)
    if isinstance(value, dict):
        return {str(key): _write(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_write(item) for item in value]
    return _write_fields(value)


def _write_fields(value: object) -> dict[str, Any]:
    if isinstance(value, SeawallError):
        return write_error(value)
    if isinstance(value, NameKey):
        return {"name": f"{value.repository}:{value.tag}", "kind": value.kind.value}
    if not is_dataclass(value):
        raise TypeError(f"no JSON for {type(value).__name__}")
    return {f.name: _write(getattr(value, f.name)) for f in fields(value)}


def _read_query(request: Request, kind: type[T]) -> T:
    try:
        pairs = parse_qs(request.query, strict_parsing=bool(request.query))
        values = {key: found[-1] for key, found in pairs.items()}
        return msgspec.convert(values, kind, strict=False)
    except (msgspec.ValidationError, ValueError) as exc:
        raise InputError(f"{request.path}: {exc}") from exc


async def _read_body(request: Request, kind: type[T]) -> T:
    body = b""
    if request.body is not None:
        body = await read_bounded(request.body, _MAX_BODY_BYTES, what=request.path)
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.MsgspecError as exc:
        raise InputError(f"{request.path}: {exc}") from exc


def _write_mark(key: NameKey) -> str:
    return f"{key.repository}:{key.tag} {key.kind.value}"


def _parse_mark(text: str) -> NameKey:
    name, _, kind = text.rpartition(" ")
    reference = parse_reference(name)
    if reference.tag is None or kind not in tuple(Kind):
        raise InputError("after: expected what an earlier page said")
    return NameKey(reference.repository, reference.tag, Kind(kind))
