"""The registry door against anything at all; `make fuzz` lets it run for longer."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.houses import APP, REGISTRY, fill, load_settings, write_settings

from seawall.app.compose import open_house
from seawall.doors.registry.door import DoorOptions, RegistryDoor
from seawall.doors.web import Reply, Request
from seawall.testing.samples import random_index

SAMPLE = random_index(1).tagged("1")
_DIGESTS = [str(d) for d in SAMPLE.contents] + [
    "sha256:" + "0" * 64,
    "sha512:ab",
    "md5:x",
]
_PIECES = st.sampled_from(
    [
        "v2",
        REGISTRY,
        *APP.path.split("/"),
        "manifests",
        "blobs",
        "tags",
        "list",
        "referrers",
        "uploads",
        "_catalog",
        "1",
        "..",
        "%2e%2e",
        "%00",
        "",
        "A",
        "a" * 300,
        "é",
        *_DIGESTS,
    ]
)
_PATHS = st.one_of(
    st.lists(_PIECES, max_size=9).map(lambda parts: "/" + "/".join(parts)),
    st.builds(
        "/v2/{}/{}/{}".format,
        st.sampled_from([str(APP), APP.path, "quay.io/x", "x:1/y"]),
        st.sampled_from(["manifests", "blobs", "referrers"]),
        st.sampled_from(["1", "latest", *_DIGESTS]),
    ),
    st.text(st.characters(max_codepoint=255), max_size=200),
)
_QUERIES = st.one_of(
    st.sampled_from(["", f"ns={REGISTRY}", "ns=127.0.0.1", "n=3", "n=-1", "last=a%00"]),
    st.text(st.characters(max_codepoint=255), max_size=100),
)
_VALUES = st.one_of(
    st.sampled_from(
        [
            "bytes=0-",
            "bytes=-1",
            "bytes=5-2",
            "bytes=0-0,2-3",
            "bytes=99999999999999999999-",
            f'"{SAMPLE.digest}"',
            "*",
            SAMPLE.media_type,
            "*/*;q=0",
        ]
    ),
    st.text(st.characters(max_codepoint=255), max_size=100),
).map(lambda text: text.encode("latin-1"))
_HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"range", b"if-range", b"if-none-match", b"accept", b"authorization"]
        ),
        _VALUES,
    ),
    max_size=5,
)
_METHODS = st.sampled_from(["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "X"])
_CLIENTS = st.sampled_from(["127.0.0.1", "::1", "192.0.2.7", "nonsense", ""])


class Hostel:
    """A door on a filled store that asks nobody, and a loop to knock from."""

    def __init__(self, place: Path) -> None:
        self._runner = asyncio.Runner()
        self._house = open_house(load_settings(write_settings(place)), offline=True)
        house = self._runner.run(self._house.__aenter__())
        self._runner.run(fill(house, SAMPLE))
        self._door = RegistryDoor(house.supplies, DoorOptions())

    def ask(self, request: Request) -> tuple[Reply, bytes]:
        """Ask, and read all of the answer."""
        return self._runner.run(self._ask(request))

    async def _ask(self, request: Request) -> tuple[Reply, bytes]:
        reply = await self._door.answer(request)
        body = reply.body
        if reply.stream is not None:
            body = b"".join([bytes(chunk) async for chunk in reply.stream])
        if reply.stack is not None:
            await reply.stack.aclose()
        return reply, body

    def close(self) -> None:
        """Give everything back."""
        self._runner.run(self._house.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def hostel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostel]:
    """Open one door for all examples."""
    opened = Hostel(tmp_path_factory.mktemp("hostel"))
    yield opened
    opened.close()


REQUESTS = st.builds(
    Request,
    method=_METHODS,
    path=_PATHS,
    query=_QUERIES,
    headers=_HEADERS,
    client=_CLIENTS,
    port=st.just(5000),
)


def check_answer(hostel: Hostel, request: Request) -> None:
    """Ask, and hold the answer to what any answer must be."""
    reply, body = hostel.ask(request)

    said = dict(reply.headers)
    assert reply.status in (200, 206, 304, 400, 403, 404, 405, 416, 503)
    if reply.status != 304 and request.method != "HEAD":
        assert int(said[b"content-length"]) == len(body)
    if reply.status >= 400:
        assert json.loads(reply.body)["errors"][0]["code"]
    digest = said.get(b"docker-content-digest", b"").decode()
    if reply.status == 200 and request.method == "GET" and digest:
        assert body in [SAMPLE.contents[d] for d in SAMPLE.contents if str(d) == digest]


@settings(max_examples=400, suppress_health_check=list(HealthCheck))
@example(request_=Request("GET", f"/v2/{APP}/manifests/1", "", [], "127.0.0.1", 5000))
@given(request_=REQUESTS)
def test_any_request_gets_an_honest_answer(hostel: Hostel, request_: Request) -> None:
    """Never a crash; lengths are true, errors the API's, contents their digest."""
    check_answer(hostel, request_)
