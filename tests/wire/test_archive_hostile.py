"""The archives' door against anything at all, with nobody to ask behind it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.wire.halls import HELLO, IN_RELEASE, INDEX, NAME, Hall, open_hall

from seawall.doors.web import Reply, Request
from seawall.testing.archives import SampleArchive

_PIECES = st.sampled_from(
    [
        *("debian", NAME, "HTTPS", "dists", "stable", "main", "binary-amd64", "pool"),
        *("Packages.xz", "InRelease", "Release.gpg", "by-hash", "SHA256", "MD5Sum"),
        *("..", "%2e%2e", "%00", "%2f", "", ".", "é", "a" * 300, "~", "%zz", "\\"),
        *("Packages.diff", "0" * 64, "127.0.0.1", "deb.example"),
    ]
)
_PATHS = st.one_of(
    st.lists(_PIECES, max_size=9).map(lambda parts: "/" + "/".join(parts)),
    st.builds(
        f"/debian/{NAME}/{{}}".format,
        st.sampled_from([IN_RELEASE, INDEX, HELLO.pool_path, "dists/x/InRelease"]),
    ),
    st.text(st.characters(max_codepoint=255), max_size=200).map(
        lambda text: "/" + text
    ),
)
_VALUES = st.one_of(
    st.sampled_from(
        [
            *("bytes=0-", "bytes=-1", "bytes=5-2", "bytes=0-0,2-3", "*", "W/x"),
            *("bytes=99999999999999999999-", "Thu, 01 Jan 1970 00:00:00 GMT"),
            *("Thu, 01 Jan 99999 00:00:00 GMT", "Thu, 99 Jan 2000 00:00:00 -9999"),
        ]
    ),
    st.text(st.characters(max_codepoint=255), max_size=60),
).map(lambda text: text.encode("latin-1"))
_NAMES = [b"range", b"if-range", b"if-none-match", b"if-modified-since", b"host"]
_REQUESTS = st.builds(
    Request,
    st.sampled_from(["GET", "HEAD", "POST", "X"]),
    _PATHS,
    st.just(""),
    st.lists(st.tuples(st.sampled_from(_NAMES), _VALUES), max_size=4),
    st.sampled_from(["127.0.0.1", "192.0.2.7", "", "nonsense"]),
    st.just(5000),
    st.none(),
    st.sampled_from(
        ["", "", "deb.example", "https", "https:443", "[::1]:80", "a" * 99]
    ),
)


class Guesthouse:
    """A door on a filled store whose mirror is gone, and a loop to knock from."""

    def __init__(self, place: Path) -> None:
        self._runner = asyncio.Runner()
        archive = SampleArchive()
        archive.publish([HELLO])
        self._hall = open_hall(place, archive)
        self.hall: Hall = self._runner.run(self._hall.__aenter__())
        self._runner.run(self._fill())

    async def _fill(self) -> None:
        await self.hall.update()
        await self.hall.settle()
        await self.hall.ask(HELLO.pool_path)
        self.hall.house.annex.archives.offline = True

    def ask(self, request: Request) -> tuple[Reply | None, bytes]:
        """Ask, and read all of the answer."""
        return self._runner.run(self._ask(request))

    async def _ask(self, request: Request) -> tuple[Reply | None, bytes]:
        reply = await self.hall.house.annex.door.answer(request)
        if reply is None:
            return None, b""
        body = reply.body
        if reply.stream is not None:
            body = b"".join([bytes(chunk) async for chunk in reply.stream])
        if reply.stack is not None:
            await reply.stack.aclose()
        return reply, body

    def close(self) -> None:
        """Give everything back."""
        self._runner.run(self._hall.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def guesthouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guesthouse]:
    """Open one house for all requests."""
    house = Guesthouse(tmp_path_factory.mktemp("guesthouse"))
    yield house
    house.close()


@pytest.fixture(autouse=True)
def nothing_leaks() -> None:
    """Allow the house to outlive a test: it serves the whole module."""


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request_=_REQUESTS)
@example(request_=Request("GET", f"/debian/{NAME}/{IN_RELEASE}", "", [], "", 5000))
@example(
    request_=Request(
        "GET", f"/debian/{NAME}/{HELLO.pool_path}", "", [(b"range", b"bytes=-0")], "", 1
    )
)
def test_any_request_is_answered(guesthouse: Guesthouse, request_: Request) -> None:
    """Whatever is asked: an answer that keeps its promise of a length, and no bug."""
    reply, body = guesthouse.ask(request_)

    if reply is None:
        assert not request_.authority
        return
    headers = dict(reply.headers)
    assert reply.status in {200, 206, 304, 400, 403, 404, 405, 416, 502, 503}
    assert b"\n" not in b"".join(name + value for name, value in reply.headers)
    if request_.method == "GET" and reply.status != 304:
        assert len(body) == int(headers[b"content-length"])
