"""Redirects on the wire: where they may lead, and what is not sent there."""

from collections.abc import AsyncIterator

import pytest
from tests.wire.sources import HASTY

from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import BrokenReplyError, ForeignHostError, UpstreamError
from seawall.testing.clock import FakeClock
from seawall.testing.samples import random_image
from seawall.transfer.network.connecting import TransportOptions
from seawall.transfer.network.redirect import RedirectRule
from seawall.transfer.transport import Transport

IMAGE = random_image(1)
SIGNED = "https://10.0.0.1/x?X-Amz-Signature=feedface"


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """Give a transport."""
    opened = Transport(TransportOptions(proxies=False), FakeClock())
    yield opened
    await opened.close()


@pytest.fixture
async def up() -> AsyncIterator[ScriptedUpstream]:
    """Give a registry that will redirect."""
    async with ScriptedUpstream({"a": IMAGE}) as upstream:
        yield upstream


@pytest.fixture
async def other() -> AsyncIterator[ScriptedUpstream]:
    """Give a second server, on another port."""
    async with ScriptedUpstream({"a": IMAGE}) as upstream:
        yield upstream


async def get(
    transport: Transport, up: ScriptedUpstream, *allowed: str, max_hops: int = 5
) -> tuple[int, str]:
    """Fetch the ping page with a credential; give status and host."""
    headers = {
        "Authorization": "Bearer s3cret",
        "Cookie": "s3cret",
        "Range": "bytes=0-",
    }
    async with transport.send(
        "GET",
        f"{up.url}/v2/",
        headers=headers,
        rule=RedirectRule(allowed, max_hops=max_hops),
        patience=HASTY,
    ) as reply:
        return reply.status, reply.host


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_listed_host_is_followed_without_the_credential(
    transport: Transport, up: ScriptedUpstream, other: ScriptedUpstream, code: int
) -> None:
    """A listed private host gets the request and its range, and no secret."""
    up.fail("*", faults.redirect(f"{other.url}/v2/", code=code))
    found = await get(transport, up, other.url)

    assert (200, other.host) == found
    assert [(False, "bytes=0-")] == [(r.signed, r.range) for r in other.requests]


async def test_an_unlisted_plain_host_is_not_asked(
    transport: Transport, up: ScriptedUpstream, other: ScriptedUpstream
) -> None:
    """Plain HTTP to another origin is refused before anything is sent."""
    up.fail("*", faults.redirect(f"{other.url}/v2/"))
    with pytest.raises(ForeignHostError):
        await get(transport, up, other.host)

    assert [] == other.requests


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1:1/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[fe80::1]/x",
        "https://0.0.0.0/x",
        "https://224.0.0.1/x",
        "https://localhost/x",
        "https://0x7f000001/x",
        "https://127.1/x",
        "ftp://files.example/x",
        "file:///etc/passwd",
        "https:///x",
        "https://[::bad/x",
        "http://registry.example/x",
        SIGNED,
    ],
)
async def test_private_places_are_never_connected_to(
    transport: Transport, up: ScriptedUpstream, target: str
) -> None:
    """Loopback, private, link-local and odd spellings of them are refused."""
    up.fail("*", faults.redirect(target))
    with pytest.raises(UpstreamError) as caught:
        await get(transport, up)

    refused = isinstance(caught.value, ForeignHostError)
    unreadable = "registry.protocol_bug" == str(caught.value.cause)
    assert refused or unreadable
    assert "feedface" not in repr(caught.value)


async def test_a_name_is_checked_when_it_is_connected_to(
    transport: Transport, up: ScriptedUpstream
) -> None:
    """A harmless name that resolves to a private address is refused by its address."""
    up.fail("*", faults.redirect("https://0x7f000001/x"))
    with pytest.raises(ForeignHostError, match="no public address"):
        await get(transport, up)


async def test_the_same_place_may_redirect_to_itself(
    transport: Transport, up: ScriptedUpstream
) -> None:
    """A redirect within the origin keeps the credential: it was meant for it."""
    up.fail("*", faults.redirect("/v2/"), times=2)
    found = await get(transport, up)

    assert (200, up.host) == found
    assert [True, True, True] == [request.signed for request in up.requests]


async def test_a_credential_does_not_come_back(
    transport: Transport, up: ScriptedUpstream, other: ScriptedUpstream
) -> None:
    """Once dropped, a secret is not sent again, not even back at its origin."""
    up.fail("*", faults.redirect(f"{other.url}/v2/"), times=1)
    other.fail("*", faults.redirect(f"{up.url}/v2/"), times=1)
    await get(transport, up, other.url)

    assert [True, False] == [request.signed for request in up.requests]


async def test_redirects_end(transport: Transport, up: ScriptedUpstream) -> None:
    """A circle is left after five hops."""
    up.fail("*", faults.redirect("/v2/"))
    with pytest.raises(BrokenReplyError, match="more than 5 times"):
        await get(transport, up)

    assert 6 == len(up.requests)


async def test_a_rule_may_forbid_every_redirect(
    transport: Transport, up: ScriptedUpstream
) -> None:
    """With no hops allowed, the first redirect is an error."""
    up.fail("*", faults.redirect("/v2/"))
    with pytest.raises(ForeignHostError):
        await get(transport, up, max_hops=0)

    assert 1 == len(up.requests)
