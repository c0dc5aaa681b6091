"""Files of archives, asked for through the running server so that it keeps them."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from enum import StrEnum

from seawall import errors
from seawall.cli.apt.solving import PackageFile
from seawall.cli.client import FrontClient, FrontReply
from seawall.debian.clearsign import split_clearsigned
from seawall.debian.release import Release, parse_release
from seawall.errors import SeawallError
from seawall.kit.limits import read_bounded
from seawall.kit.redact import redact_text

_MAX_SUITE_BYTES = 64 * 1024 * 1024
_MAX_REASON_BYTES = 64 * 1024
_AT_ONCE = 6
_NOT_KEPT = "unverified"  # what Cache-Status says of an answer that nothing vouches for

_ERRORS: Mapping[int, type[SeawallError]] = {
    403: errors.UnknownArchiveError,
    404: errors.AbsentError,
    429: errors.RateLimitedError,
    502: errors.IntegrityError,
    503: errors.UnreachableError,
}


class Result(StrEnum):
    """How a file came."""

    HELD = "held"  # the server had it
    FETCHED = "fetched"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """How far a file is.

    Attributes:
        arrived_bytes: Of it, so far.
        result: How it ended, if it did.
        error: Why it failed.
    """

    file: PackageFile
    arrived_bytes: int
    result: Result | None = None
    error: SeawallError | None = None


async def check_server(front: FrontClient) -> None:
    """See that Seawall runs there.

    Raises:
        UnreachableError: Nobody listens there, or it is stopping.
        BrokenReplyError: Something else than Seawall does.
    """
    async with front.get("/readyz") as reply:
        body = await _read_reason(reply)
        if reply.status == 200 and '"ready"' in body:  # noqa: PLR2004
            return
        if reply.status == 503 and '"stopping"' in body:  # noqa: PLR2004
            raise errors.UnreachableError(f"the server on {front.url} is stopping")
    raise errors.BrokenReplyError(
        f"what listens on {front.url} is not Seawall: say with --address where it runs"
    )


async def read_suite(front: FrontClient, archive: str, suite: str) -> Release:
    """Ask the server for a suite, which has it verify and keep a new one if need be.

    Raises:
        SeawallError: What the server says is wrong with it.
    """
    place = suite.strip("/.") if suite.endswith("/") else f"dists/{suite}"
    path = "/".join(filter(None, (f"/debian/{archive}", place)))
    async with front.get(f"{path}/InRelease") as reply:
        if reply.status == 200:  # noqa: PLR2004
            body = await read_bounded(reply.chunks, _MAX_SUITE_BYTES, what=path)
            return parse_release(split_clearsigned(body).text)
        error = await _explain(reply, f"{archive} {suite}")
        if reply.status != 404:  # noqa: PLR2004
            raise error
    async with front.get(f"{path}/Release") as reply:
        if reply.status == 404:  # noqa: PLR2004
            raise error
        if reply.status != 200:  # noqa: PLR2004
            raise await _explain(reply, f"{archive} {suite}")
        return parse_release(
            await read_bounded(reply.chunks, _MAX_SUITE_BYTES, what=path)
        )


async def fetch_all(
    front: FrontClient, files: Sequence[PackageFile]
) -> AsyncGenerator[Report, None]:
    """Ask for every file, several at a time; one that fails stops no other.

    Yields:
        Reports as bytes arrive; one with a result for each file.
    """
    queue: asyncio.Queue[Report | None] = asyncio.Queue(_AT_ONCE)
    waiting = iter(files)

    async def work() -> None:
        for file in waiting:
            async with aclosing(_fetch(front, file)) as reports:
                async for report in reports:
                    await queue.put(report)

    async def work_all() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_AT_ONCE):
                    group.create_task(work())
        except ExceptionGroup:
            await queue.put(None)
            raise
        await queue.put(None)

    task = asyncio.create_task(work_all())
    try:
        while (report := await queue.get()) is not None:
            yield report
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _fetch(front: FrontClient, file: PackageFile) -> AsyncGenerator[Report, None]:
    arrived = 0
    found = hashlib.sha256()
    try:
        async with front.get(file.url.removeprefix(front.url)) as reply:
            if reply.status != 200:  # noqa: PLR2004
                raise await _explain(reply, file.name)
            yield Report(file, 0)
            async for chunk in reply.chunks:
                found.update(chunk)
                arrived += len(chunk)
                yield Report(file, arrived)
            result = _judge(file, arrived, found.hexdigest(), reply.headers)
    except SeawallError as exc:
        yield Report(file, arrived, Result.FAILED, exc)
        return
    yield Report(file, arrived, result)


def _judge(
    file: PackageFile, size: int, sha256: str, headers: Mapping[str, str]
) -> Result:
    """Compare what came with what was promised, and read where it came from."""
    if size != file.size:
        raise errors.SizeMismatchError(
            f"{file.name}: {size} bytes came, {file.size} were promised"
        )
    if sha256 != file.sha256:
        raise errors.DigestMismatchError(f"{file.name}: other bytes came than promised")
    status = headers.get("cache-status", "")
    if _NOT_KEPT in status:
        raise errors.NotStoredError(
            f"{file.name}: the server passed it on and did not keep it, as none of its"
            " suites names it"
        )
    return Result.HELD if status.startswith("Seawall; hit") else Result.FETCHED


async def _explain(reply: FrontReply, what: str) -> SeawallError:
    """Make the error that an answer of the server tells."""
    line = (await _read_reason(reply)).strip().partition("\n")[0]
    said = redact_text(line) or f"{what}: the server answers {reply.status}"
    kind = _ERRORS.get(reply.status, errors.BrokenReplyError)
    wait = reply.headers.get("retry-after", "")
    return kind(said, wait_s=float(wait) if wait.isdecimal() else None)


async def _read_reason(reply: FrontReply) -> str:
    body = await read_bounded(reply.chunks, _MAX_REASON_BYTES, what="an error")
    return body.decode(errors="replace")
