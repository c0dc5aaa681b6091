"""The management door: typed requests in, JSON out, every error told in full."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.houses import APP, fill, load_settings, opened, write_settings

from seawall.app.compose import open_house
from seawall.doors.management import ManagementDoor
from seawall.doors.web import Request
from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.testing.samples import random_image

IMAGE = random_image(2).tagged("v2", "v3")


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def _ask(
    door: ManagementDoor, call: str, body: object = None, *, client: str = ""
) -> tuple[int, list[dict[str, Any]]]:
    """Send one request; give the status and the JSON objects of the answer."""
    method, _, target = call.partition(" ")
    path, _, query = target.partition("?")
    sent = b"" if body is None else json.dumps(body).encode()
    request = Request(method, path, query, [], client, 0, _pieces(sent))
    reply = await door.answer(request)
    text = reply.body
    if reply.stream is not None:
        text = b"".join([bytes(chunk) async for chunk in reply.stream])
    return reply.status, [json.loads(line) for line in text.splitlines()]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[ManagementDoor]:
    """Give the door of a house that holds one image."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
        yield ManagementDoor(house.holdings, house.warmup)


async def test_names_come_in_pages(door: ManagementDoor) -> None:
    """A page's mark leads to the next page."""
    _, [first] = await _ask(door, "GET /v1/names?limit=1")
    mark = first["after"].replace(" ", "+")
    _, [second] = await _ask(door, f"GET /v1/names?limit=5&after={mark}")

    names = [name["name"] for page in (first, second) for name in page["names"]]
    assert [f"{APP}:v2", f"{APP}:v3"] == names
    assert second["after"] is None


async def test_digests_are_text(door: ManagementDoor) -> None:
    """An image is told with digests as people write them."""
    status, [shown] = await _ask(door, "GET /v1/image?reference=team/app:v2")

    assert 200 == status
    assert str(IMAGE.digest) == shown["tree"]["digest"] == shown["record"]["digest"]


async def test_pins_hold_until_they_are_taken_away(door: ManagementDoor) -> None:
    """A pinned image is refused to `remove`, and given up after `unpin`."""
    named = {"reference": "team/app:v2"}
    await _ask(door, "POST /v1/pin", named)
    _, [refused] = await _ask(door, "POST /v1/remove", named)
    await _ask(door, "POST /v1/unpin", named)
    _, [removed] = await _ask(door, "POST /v1/remove", named)

    assert [] == refused["names"]
    assert [f"{APP}:v2"] == removed["names"]


async def test_verify_streams_to_its_end(door: ManagementDoor) -> None:
    """The last line says how much was looked at."""
    _, lines = await _ask(door, "POST /v1/verify", {"repair": False})

    assert ("done", len(IMAGE.contents)) == (lines[-1]["step"], lines[-1]["blobs"])


async def test_the_status_is_told(door: ManagementDoor) -> None:
    """The status says what is known and held."""
    status, [told] = await _ask(door, "GET /v1/status")

    assert (200, [APP.registry], 2) == (
        status,
        told["registries"],
        told["totals"]["names"],
    )


async def test_waits_are_told_by_registry(tmp_path: Path) -> None:
    """What was learnt of each; nobody waits for a source that is switched off."""
    path = write_settings(tmp_path)
    one = '"http://127.0.0.1:9"'
    both = f'{{ url = "http://127.0.0.1:8", off = true }}, {one}'
    path.write_text(path.read_text().replace(one, both))
    async with open_house(load_settings(path)) as house:
        door = ManagementDoor(house.holdings, house.warmup)
        status, [told] = await _ask(door, "GET /v1/waits")

    [known] = told["registries"]
    [source] = known["sources"]
    assert (200, 1, 120) == (status, told["version"], told["hold_s"])
    assert (APP.registry, "unknown", 120) == (
        known["registry"],
        known["state"],
        known["silence_s"],
    )
    assert ("127.0.0.1:9", 0) == (source["source"], source["waits"])
    assert {"connect", "manifest", "first_byte", "gap"} == set(source["patience_s"])


@pytest.mark.parametrize(
    ("call", "body", "status", "kind"),
    [
        ("GET /v1/image?reference=team/app:v9", None, 404, "NotStoredError"),
        ("GET /v1/image?reference=Team", None, 400, "ReferenceSyntaxError"),
        ("GET /v1/image", None, 400, "InputError"),
        ("GET /v1/names?limit=0", None, 400, "InputError"),
        ("GET /v1/names?after=x", None, 400, "ReferenceSyntaxError"),
        ("GET /v1/names?repository=sha256:" + "0" * 64, None, 400, "InputError"),
        ("POST /v1/pin", {"image": "x"}, 400, "InputError"),
        ("POST /v1/pin", {"reference": "x" * 2000}, 400, "InputError"),
        ("POST /v1/warm", {"references": []}, 400, "InputError"),
        (
            "POST /v1/warm",
            {"references": ["x"], "platforms": ["x"]},
            400,
            "ReferenceSyntaxError",
        ),
        ("POST /v1/refresh", {"reference": "other.test/x"}, 400, "UnknownRegistry"),
        ("DELETE /v1/names", None, 400, "InputError"),
    ],
)
async def test_a_wrong_request_is_refused(
    door: ManagementDoor, call: str, body: object, status: int, kind: str
) -> None:
    """What makes no sense gets an error that says which, and changes nothing."""
    found, [answer] = await _ask(door, call, body)

    assert status == found
    assert answer["error"]["type"].startswith(kind)


async def test_nobody_but_the_socket_is_answered(door: ManagementDoor) -> None:
    """A request that came over the network is refused, whatever it asks."""
    status, _ = await _ask(door, "GET /v1/status", client="127.0.0.1")

    assert 403 == status


@pytest.mark.long
async def test_an_upstream_error_carries_its_cause(tmp_path: Path) -> None:
    """A refused refresh says why, and that waiting helps; the answer is the last."""
    async with (
        ScriptedUpstream({"team/app": IMAGE}) as upstream,
        opened(tmp_path, upstream.url) as house,
    ):
        door = ManagementDoor(house.holdings, house.warmup)
        upstream.fail("*", faults.status(429, retry_after=7))
        named = {"reference": "team/app:v2"}
        status, [refused] = await _ask(door, "POST /v1/refresh", named)
        await fill(house, IMAGE)
        _, [stale] = await _ask(door, "POST /v1/refresh", named)

    error = refused["error"]
    assert (429, "rate_limit.other", "short", 7) == (
        status,
        error["cause"],
        error["retry"],
        error["wait_s"],
    )
    assert "stale" == stale["answer"]["outcome"]
    assert "rate_limit.other" == stale["answer"]["error"]["cause"]
