"""Signing in on the wire: tokens, passwords, realms, and what stays secret."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from tests.wire.sources import ANY, BUSYBOX, PATH, Bench, open_bench

from seawall.drill import faults
from seawall.drill.gatekeeper import BasicAuth, TokenAuth
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import (
    BrokenReplyError,
    ForeignHostError,
    RateLimitedError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.testing.samples import random_image
from seawall.transfer.auth.credentials import CredentialOptions

IMAGE = random_image(1).tagged("1.0")
SECRET = "correct-horse-battery"
ANN = CredentialOptions(username="ann", password_env="ANN_SECRET")
BY_TOKEN = CredentialOptions(token_env="ANN_SECRET")


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bench]:
    """Give what sources are made of, and a secret in the environment."""
    monkeypatch.setenv("ANN_SECRET", SECRET)
    async with open_bench() as opened:
        yield opened


def private() -> TokenAuth:
    """Make a token server whose repository only the account may read."""
    return TokenAuth(password=SECRET, private=("*",))


async def test_a_public_image_needs_a_token_of_nobody(bench: Bench) -> None:
    """Refused once, a token is fetched anonymously, and the request is sent again."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        source = bench.source(up)
        for _ in range(3):
            head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest
    told = [(one.path.rpartition("/")[2], one.status) for one in up.requests]
    assert [("1.0", 401), ("token", 200)] + [("1.0", 200)] * 3 == told
    assert 1 == sum(one.kind == "token" for one in bench.spent)


async def test_many_at_once_share_one_token(bench: Bench) -> None:
    """Concurrent requests of one scope cause one request for a token."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        source = bench.source(up)
        asked = [source.head_manifest(BUSYBOX, "1.0", accept=ANY) for _ in range(10)]
        await asyncio.gather(*asked)

    assert 1 == up.count("/token")


@pytest.mark.parametrize("credentials", [ANN, BY_TOKEN], ids=["password", "token"])
async def test_a_private_image_comes_with_the_credential(
    bench: Bench, credentials: CredentialOptions
) -> None:
    """A password or an identity token gets a token that opens the repository."""
    auth = TokenAuth(password=SECRET, identity_token=SECRET, private=("*",))
    async with ScriptedUpstream({PATH: IMAGE}, auth) as up:
        source = bench.source(up, credentials=credentials)
        head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest


async def test_an_identity_token_works_without_post(bench: Bench) -> None:
    """Where the token server knows no POST, the token is tried as a password."""
    auth = TokenAuth(username="<token>", password=SECRET, private=("*",))
    async with ScriptedUpstream({PATH: IMAGE}, auth) as up:
        source = bench.source(up, credentials=BY_TOKEN)
        head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest


async def test_anonymous_never_sends_the_credential(bench: Bench) -> None:
    """Asked anonymously, a private image is refused although a credential is there."""
    async with ScriptedUpstream({PATH: IMAGE}, private()) as up:
        source = bench.source(up, credentials=ANN)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        before = len(up.requests)
        with pytest.raises(UnauthorizedError) as caught:
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY, anonymous=True)

    signed = [one.signed for one in up.requests[before:] if one.path == "/token"]
    assert {False} == set(signed)
    assert "auth_or_missing_repo" == str(caught.value.cause)


async def test_a_refused_token_is_replaced_once(bench: Bench) -> None:
    """A token that the registry forgot is fetched anew, and nobody notices."""
    auth = TokenAuth()
    async with ScriptedUpstream({PATH: IMAGE}, auth) as up:
        source = bench.source(up)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        auth.revoke()
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert 2 == up.count("/token")


async def test_tokens_are_replaced_before_their_end(bench: Bench) -> None:
    """A token is used for four fifths of its life, then a new one is fetched."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth(expires_in=300)) as up:
        source = bench.source(up)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        bench.clock.advance(239)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        assert 1 == up.count("/token")
        bench.clock.advance(2)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert 2 == up.count("/token")


async def test_one_scope_for_all_is_taken_as_it_is(bench: Bench) -> None:
    """A registry whose scope names no repository gets that scope."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth(scope="aws")) as up:
        source = bench.source(up)
        head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest


async def test_passwords_are_sent_where_they_are_asked_for(bench: Bench) -> None:
    """Basic authentication works, and its first refusal is remembered."""
    async with ScriptedUpstream({PATH: IMAGE}, BasicAuth(password=SECRET)) as up:
        source = bench.source(up, credentials=ANN)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)
        await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert [False, True, True] == [one.signed for one in up.requests]


async def test_no_credential_is_said_plainly(bench: Bench) -> None:
    """Without a credential, a password registry refuses: nothing was to be sent."""
    async with ScriptedUpstream({PATH: IMAGE}, BasicAuth()) as up:
        source = bench.source(up, registry="registry.example")
        with pytest.raises(UnauthorizedError) as caught:
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert "auth.missing_or_expired" == str(caught.value.cause)
    assert 1 == len(up.requests)


async def test_a_wrong_credential_is_stale(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """A refused login says so, names the token server, and shows no secret."""
    caplog.set_level(logging.DEBUG)
    auth = TokenAuth(elsewhere=True, private=("*",))
    async with ScriptedUpstream({PATH: IMAGE}, auth) as up:
        host = up.realm_url.rpartition("/")[2]
        source = bench.source(up, credentials=ANN, realms=(host,))
        with pytest.raises(UnauthorizedError) as caught:
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert ("auth.stale_credentials", host) == (
        str(caught.value.cause),
        caught.value.host,
    )
    assert SECRET not in f"{caught.value!r} {caplog.text} {bench.spent}"


async def test_a_stale_login_keeps_no_public_image_away(bench: Bench) -> None:
    """What is public is fetched with nobody's token where a login is refused."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        source = bench.source(up, credentials=ANN)
        head = await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert IMAGE.digest == head.digest


async def test_a_404_to_nobody_is_no_404_to_a_stale_login(bench: Bench) -> None:
    """A registry that hides what is private behind 404 says nothing about it."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        source = bench.source(up, credentials=ANN)
        with pytest.raises(UnauthorizedError) as caught:
            await source.head_manifest(BUSYBOX, "gone", accept=ANY)

    assert "auth.stale_credentials" == str(caught.value.cause)


async def test_a_realm_must_be_listed(bench: Bench) -> None:
    """A challenge that points elsewhere gets neither request nor credential."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth(elsewhere=True)) as up:
        source = bench.source(up, credentials=ANN, realms=("auth.example",))
        with pytest.raises(ForeignHostError):
            await source.head_manifest(BUSYBOX, "1.0", accept=ANY)

    assert [] == [one for one in up.requests if one.place == "realm"]


async def test_a_token_server_does_not_redirect(bench: Bench) -> None:
    """A redirect of the token server is not followed: nobody listed its target."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        up.fail("/token", faults.redirect("https://elsewhere.example/token"))
        with pytest.raises(ForeignHostError):
            await bench.source(up).head_manifest(BUSYBOX, "1.0", accept=ANY)


@pytest.mark.parametrize(
    ("fault", "kind", "cause"),
    [
        (faults.status(503), BrokenReplyError, "registry.5xx"),
        (faults.status(404), BrokenReplyError, "registry.protocol_bug"),
        (faults.status(429), RateLimitedError, "rate_limit.dockerhub_abuse"),
        (faults.html(), BrokenReplyError, "registry.protocol_bug"),
        (faults.body(b"{}"), BrokenReplyError, "registry.protocol_bug"),
        (
            faults.body(b'{"token":"two words"}'),
            BrokenReplyError,
            "registry.protocol_bug",
        ),
        (faults.hang(), UpstreamError, "net.silence"),
    ],
    ids=["503", "404", "429", "html", "no token", "bad token", "hang"],
)
async def test_a_broken_token_server_is_its_own_trouble(
    bench: Bench, fault: faults.Fault, kind: type[UpstreamError], cause: str
) -> None:
    """A token server that fails is the host of the error, never a missing right."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth(elsewhere=True)) as up:
        up.fail("/token", fault)
        host = up.realm_url.rpartition("/")[2]
        with pytest.raises(kind) as caught:
            await bench.source(up, realms=(host,)).head_manifest(
                BUSYBOX, "1.0", accept=ANY
            )

    assert (cause, host) == (str(caught.value.cause), caught.value.host)
    assert not isinstance(caught.value, UnauthorizedError)


async def test_waiters_share_a_failure(bench: Bench) -> None:
    """Ten requests that wait for one token fail with it, instead of one by one."""
    async with ScriptedUpstream({PATH: IMAGE}, TokenAuth()) as up:
        up.fail("/token", faults.hang())
        source = bench.source(up)
        asked = [source.head_manifest(BUSYBOX, "1.0", accept=ANY) for _ in range(10)]
        results = await asyncio.gather(*asked, return_exceptions=True)

    causes = {str(getattr(one, "cause", one)) for one in results}
    assert {"net.silence"} == causes
    assert 1 == up.count("/token")
