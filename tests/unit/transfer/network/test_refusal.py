"""What registries really say when they refuse, and what is made of it."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    RateLimitedError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.transfer.network.refusal import (
    MAX_WAIT_S,
    Refusal,
    judge_reply,
    judge_site,
    judge_storage,
    read_errors,
    read_wait,
)

HUB_429 = (
    b'{"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your '
    b'unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit"}]}'
)
GHCR_429 = (
    b'{"errors":[{"code":"TOOMANYREQUESTS","message":'
    b'"retry-after: 985.86\xc2\xb5s, allowed: 44000/minute"}]}'
)
GEO = (
    b"<html><body><h1>403 Forbidden</h1>\nSince Docker is a US company, we must "
    b"comply with US export control regulations."
)
BLOCK = b"<html>Your client does not have permission to get URL /v2/ from this server"


def spec_error(code: str, message: str = "") -> bytes:
    """Write an error body of the distribution spec."""
    return b'{"errors":[{"code":"%s","message":"%s"}]}' % (
        code.encode(),
        message.encode(),
    )


AR_429 = spec_error("TOOMANYREQUESTS", "Quota exceeded for quota metric")
ACR_429 = spec_error("TOOMANYREQUESTS", "Please visit https://aka.ms/acr/skus")

CASES = {
    "hub pulls": (
        "docker.io",
        429,
        HUB_429,
        RateLimitedError,
        "rate_limit.dockerhub_pull",
    ),
    "hub abuse": (
        "docker.io",
        429,
        b"Too Many Requests (HAP429).\n",
        RateLimitedError,
        "rate_limit.dockerhub_abuse",
    ),
    "hub wrapped in 500": (
        "docker.io",
        500,
        b"toomanyrequests: You have reached your pull rate limit.",
        RateLimitedError,
        "rate_limit.dockerhub_pull",
    ),
    "ghcr": ("ghcr.io", 429, GHCR_429, RateLimitedError, "rate_limit.ghcr"),
    "quay": (
        "quay.io",
        429,
        b"<html>429 Too Many Requests</html>",
        RateLimitedError,
        "rate_limit.quay",
    ),
    "ecr public": (
        "public.ecr.aws",
        429,
        spec_error("TOOMANYREQUESTS", "Rate exceeded"),
        RateLimitedError,
        "rate_limit.ecr_public",
    ),
    "mcr": ("mcr.microsoft.com", 429, b"", RateLimitedError, "rate_limit.mcr"),
    "acr": ("x.azurecr.io", 429, ACR_429, RateLimitedError, "rate_limit.acr"),
    "artifact registry": (
        "registry.k8s.io",
        429,
        AR_429,
        RateLimitedError,
        "rate_limit.gar_quota",
    ),
    "any other": ("r.example", 429, b"", RateLimitedError, "rate_limit.other"),
    "geo block": ("docker.io", 403, GEO, UpstreamError, "registry.403_geo_block"),
    "legal": ("r.example", 451, b"", UpstreamError, "registry.403_geo_block"),
    "ip block": ("registry.k8s.io", 403, BLOCK, UpstreamError, "registry.403_ip_block"),
    "hub missing": (
        "docker.io",
        401,
        spec_error("UNAUTHORIZED", "authentication required"),
        UnauthorizedError,
        "auth_or_missing_repo",
    ),
    "insufficient scope": (
        "r.example",
        401,
        b"insufficient_scope: authorization failed",
        UnauthorizedError,
        "auth_or_missing_repo",
    ),
    "ghcr private": (
        "ghcr.io",
        401,
        spec_error("UNAUTHORIZED"),
        UnauthorizedError,
        "auth.private_package",
    ),
    "no login": ("r.example", 401, b"", UnauthorizedError, "auth.missing_or_expired"),
    "nixery": (
        "nixery.dev",
        500,
        b"",
        BrokenReplyError,
        "registry.build_on_demand_failed",
    ),
    "nixery gateway": ("nixery.dev", 502, b"", BrokenReplyError, "registry.5xx"),
    "5xx": ("quay.io", 503, b"<html>", BrokenReplyError, "registry.5xx"),
    "408": ("quay.io", 408, b"", BrokenReplyError, "registry.5xx"),
    "no tag": (
        "quay.io",
        404,
        spec_error("MANIFEST_UNKNOWN"),
        AbsentError,
        "not_found.tag",
    ),
    "no repository": (
        "quay.io",
        404,
        spec_error("NAME_UNKNOWN"),
        AbsentError,
        "not_found.repo_removed",
    ),
    "empty 404": ("nixery.dev", 404, b"", AbsentError, "not_found.tag"),
    "gone": ("quay.io", 410, b"", AbsentError, "not_found.tag"),
    "balancer 404": (
        "quay.io",
        404,
        b"<!DOCTYPE html>",
        BrokenReplyError,
        "registry.protocol_bug",
    ),
    "teapot": ("quay.io", 418, b"", BrokenReplyError, "registry.protocol_bug"),
}


@pytest.mark.parametrize(
    ("registry", "status", "body", "kind", "cause"), CASES.values(), ids=CASES
)
def test_refusals_have_their_cause(
    registry: str, status: int, body: bytes, kind: type[UpstreamError], cause: str
) -> None:
    """Real bodies of real registries get the class and cause of the field's table."""
    refusal = Refusal(
        registry, "host.example:5000", status, {}, body, f"{registry}/a:1"
    )
    error = judge_reply(refusal)

    found = (type(error), str(error.cause), error.host, error.status)
    assert (kind, cause, "host.example:5000", status) == found


@pytest.mark.parametrize(
    ("registry", "status", "code", "cause"),
    [
        ("ghcr.io", 403, "DENIED", "auth.stale_credentials"),
        ("ghcr.io", 401, "UNAUTHORIZED", "auth.unauthorized"),
        ("quay.io", 401, "UNAUTHORIZED", "auth.unauthorized"),
    ],
)
def test_a_refused_login_is_told_from_none(
    registry: str, status: int, code: str, cause: str
) -> None:
    """With a credential sent, a refusal is about that credential."""
    body = spec_error(code)
    refusal = Refusal(registry, "h", status, {}, body, "x", signed_in=True)

    assert cause == str(judge_reply(refusal).cause)


def test_a_mirror_is_judged_by_its_own_name() -> None:
    """A limit of Google's mirror of Docker Hub is Google's."""
    refusal = Refusal("docker.io", "mirror.gcr.io", 429, {}, b"", "x")

    assert "rate_limit.gar_quota" == str(judge_reply(refusal).cause)


def test_a_message_is_short_and_clean() -> None:
    """What a registry says is shown in one line, bounded and without secrets."""
    body = spec_error("DENIED", "token=abcdef " + "x" * 1000)
    text = str(judge_reply(Refusal("r.example", "h", 403, {}, body, "a:1")))

    assert len(text) < 300
    assert "abcdef" not in text
    assert text.isprintable()


def test_storage_never_says_absent() -> None:
    """Whatever object storage refuses with, the registry's word on rights stands."""
    kinds = {type(judge_storage("cdn", s, {}, what="x")) for s in (401, 403, 404, 410)}

    assert {BrokenReplyError} == kinds
    assert isinstance(judge_storage("cdn", 429, {}, what="x"), RateLimitedError)


@pytest.mark.parametrize(
    ("headers", "text", "expected"),
    [
        ({"retry-after": "60"}, "", 60.0),
        ({"retry-after": " 0 "}, "", 0.0),
        ({"retry-after": "9" * 30}, "", MAX_WAIT_S),
        ({"retry-after": formatdate(1090, usegmt=True)}, "", 90.0),
        ({"retry-after": formatdate(500, usegmt=True)}, "", 0.0),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "-5"}, "", None),
        ({"retry-after": "1.5"}, "", None),
        ({}, "retry-after: 880.092µs, allowed: 44000/minute", 1.0),
        ({}, "RETRY", None),
        ({}, "retry-after: 1m30s, allowed: 2/minute", 90.0),
        ({}, "retry-after: ...s", 1.0),
        ({}, "", None),
    ],
)
def test_waits_are_read(
    headers: dict[str, str], text: str, expected: float | None
) -> None:
    """Seconds, dates and ghcr.io's text are understood; nonsense is no wait."""
    assert expected == read_wait(headers, text, now=1000.0)


@given(st.text(max_size=60), st.floats(0, 2e9))
def test_no_wait_breaks_it(text: str, now: float) -> None:
    """Any Retry-After gives no wait or one within a day."""
    wait_s = read_wait({"retry-after": text}, text, now=now)

    assert wait_s is None or 0 <= wait_s <= MAX_WAIT_S


@given(st.floats(0, 4e9))
def test_dates_are_waited_for(moment: float) -> None:
    """A date is reached after the wait, or lies behind, or is beyond a day."""
    wait_s = read_wait({"retry-after": formatdate(moment, usegmt=True)}, "", now=1e9)

    assert wait_s == min(max(int(moment) - 1e9, 0.0), MAX_WAIT_S)


@given(st.binary(max_size=200))
def test_no_body_breaks_it(body: bytes) -> None:
    """Any bytes are a refusal's body."""
    read_errors(body)
    judge_reply(Refusal("docker.io", "h", 403, {}, body, "x"))


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (404, AbsentError, "not_found.artifact"),
        (410, AbsentError, "not_found.artifact"),
        (401, UnauthorizedError, "site.refused"),
        (403, UnauthorizedError, "site.refused"),
        (429, RateLimitedError, "rate_limit.other"),
        (408, BrokenReplyError, "site.5xx"),
        (503, BrokenReplyError, "site.5xx"),
        (416, BrokenReplyError, "site.protocol_bug"),
        (418, BrokenReplyError, "site.protocol_bug"),
    ],
)
def test_a_sites_status_is_all_that_counts(
    status: int, kind: type[UpstreamError], cause: str
) -> None:
    """A web server speaks by its status alone; the wait it asks for is taken."""
    headers = {"content-type": "text/html", "retry-after": "7"}
    error = judge_site("files.example", status, headers, what="a/b of files")

    assert kind is type(error)
    assert (cause, status, 7.0) == (str(error.cause), error.status, error.wait_s)
    assert "files.example" in str(error)
    assert "a/b of files" in str(error)
