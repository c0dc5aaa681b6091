"""What a refusal means: from status, headers and text to an error."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

import msgspec

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    RateLimitedError,
    UnauthorizedError,
    UpstreamError,
)
from seawall.kit.redact import redact_text
from seawall.transfer.budget.quotas import read_quota

MAX_WAIT_S = 24 * 3600.0
_SHOWN_CHARS = 200
_SERVER_ERRORS = 500
_GO_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3}
_GO_UNITS |= {"s": 1.0, "m": 60.0, "h": 3600.0}
_GO_WAIT = re.compile(r"retry-after:\s*((?:[0-9.]{1,20}(?:ns|us|µs|μs|ms|s|m|h))+)")
_GO_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?)(ns|us|µs|μs|ms|s|m|h)")
_LIMIT_WORDS = re.compile(
    r"toomanyrequests|too many requests|rate exceeded", re.IGNORECASE
)
_LIMITERS = (
    (re.compile(r"(^|\.)docker\.(io|com)$"), "rate_limit.dockerhub_abuse"),
    (re.compile(r"(^|\.)ghcr\.io$"), "rate_limit.ghcr"),
    (re.compile(r"(^|\.)quay\.io$"), "rate_limit.quay"),
    (re.compile(r"^public\.ecr\.aws$"), "rate_limit.ecr_public"),
    (re.compile(r"\.azurecr\.io$"), "rate_limit.acr"),
    (re.compile(r"(^|\.)mcr\.microsoft\.com$"), "rate_limit.mcr"),
    (re.compile(r"(^|\.)(gcr\.io|pkg\.dev|k8s\.io)$"), "rate_limit.gar_quota"),
)
_ABSENT_CAUSES = {
    "NAME_UNKNOWN": "not_found.repo_removed",
    "BLOB_UNKNOWN": "not_found.artifact",
}


class _ErrorEntry(msgspec.Struct):
    code: str = ""
    message: str = ""


class _ErrorBody(msgspec.Struct):
    errors: list[_ErrorEntry] = []
    details: str = ""  # Docker Hub's token server


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reply that is not what was asked for.

    Attributes:
        registry: The logical registry, such as `docker.io`.
        host: Who replied.
        status: The HTTP status.
        headers: Reply headers, lower-case names.
        body: The start of its body.
        what: What was asked for, such as `docker.io/library/busybox:1.37`.
        signed_in: Whether a credential was used.
    """

    registry: str
    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    what: str
    signed_in: bool = False

    @property
    def is_html(self) -> bool:
        """Whether it is a page for people, so most likely not from a registry."""
        kind = self.headers.get("content-type", "").lower()
        return "html" in kind or self.body.lstrip()[:5].lower() in (b"<html", b"<!doc")

    @property
    def text(self) -> str:
        """The whole text, for matching only."""
        return self.body.decode("utf-8", "replace")


def judge_reply(refusal: Refusal, *, now: float = 0.0) -> UpstreamError:
    """Say which error a refusing reply is, with its cause and the wait it asked for.

    Args:
        refusal: The reply, and what was asked.
        now: Wall time, to which a Retry-After date is related.
    """
    code, words = read_errors(refusal.body)
    kind, cause = _classify(refusal, code, words)
    said = "an HTML page" if refusal.is_html else (words or _first_line(refusal.text))
    return kind(
        f"{refusal.host} answered {refusal.status} for {refusal.what}"
        + (f": {said}" if said else ""),
        cause=cause,
        wait_s=read_wait(refusal.headers, words or refusal.text, now=now),
        host=refusal.host,
        status=refusal.status,
    )


def judge_storage(
    host: str, status: int, headers: Mapping[str, str], *, what: str, now: float = 0.0
) -> UpstreamError:
    """Say which error a refusal by the storage behind a registry is.

    It speaks another protocol: its 401, 403 or 404 is about a signature or a lost
    object, and says nothing about who may read the repository.
    """
    limited = status == 429  # noqa: PLR2004
    kind = RateLimitedError if limited else BrokenReplyError
    return kind(
        f"{host}, to which the registry redirected, answered {status} for {what}",
        cause="rate_limit.other" if limited else "registry.5xx",
        wait_s=read_wait(headers, "", now=now),
        host=host,
        status=status,
    )


def judge_site(
    host: str, status: int, headers: Mapping[str, str], *, what: str, now: float = 0.0
) -> UpstreamError:
    """Say which error a refusal by a plain web server is.

    Its status is all that counts: what it adds is a page for people, whatever it says.
    """
    kind, cause = _classify_site(status)
    return kind(
        f"{host} answered {status} for {what}",
        cause=cause,
        wait_s=read_wait(headers, "", now=now),
        host=host,
        status=status,
    )


def _classify_site(status: int) -> tuple[type[UpstreamError], str]:
    if status in (404, 410):
        return AbsentError, "not_found.artifact"
    if status in (401, 403, 451):
        return UnauthorizedError, "site.refused"
    if status == 429:  # noqa: PLR2004
        return RateLimitedError, "rate_limit.other"
    failed = status >= _SERVER_ERRORS or status == 408  # noqa: PLR2004
    return BrokenReplyError, "site.5xx" if failed else "site.protocol_bug"


def judge_type(
    host: str, content_type: str, *, what: str, cause: str = "registry.protocol_bug"
) -> BrokenReplyError:
    """A good status with a body of a wrong type, such as a login page."""
    kind = "an HTML page" if "html" in content_type.lower() else "a wrong type"
    return BrokenReplyError(
        f"{host} answered 200 with {kind} ({_clean(content_type)[:80]}) for {what}",
        cause=cause,
        host=host,
        status=200,
    )


def read_errors(body: bytes) -> tuple[str, str]:
    """Read code and message of the distribution spec's error body, if it is one.

    >>> read_errors(b'{"errors":[{"code":"DENIED","message":"denied"}]}')
    ('DENIED', 'denied')
    """
    try:
        parsed = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    first = parsed.errors[0] if parsed.errors else _ErrorEntry(message=parsed.details)
    return _clean(first.code)[:40].upper(), _clean(first.message)


def read_wait(headers: Mapping[str, str], text: str, *, now: float) -> float | None:
    """Read how long to wait: `Retry-After` as seconds or date, else ghcr.io's text.

    A spent window that says when it ends asks for that wait, too.

    ghcr.io names microseconds of a bucket that everybody shares, so a second at
    least is made of it. No wait is longer than a day.

    >>> read_wait({"retry-after": "60"}, "", now=0)
    60.0
    >>> read_wait({}, "retry-after: 985.86µs, allowed: 44000/minute", now=0)
    1.0
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value[:12]), MAX_WAIT_S)
    if value:
        return _wait_until(value, now)
    named = _GO_WAIT.search(text)
    if named is None:
        return _wait_for_window(headers, now)
    parts = _GO_PART.findall(named[1])
    total_s = sum(float(figure) * _GO_UNITS[unit] for figure, unit in parts)
    return min(max(total_s, 1.0), MAX_WAIT_S)


def _wait_for_window(headers: Mapping[str, str], now: float) -> float | None:
    quota = read_quota(headers, now=now)
    if quota is None or quota.remaining or quota.reset_s is None:
        return None
    return min(quota.reset_s, MAX_WAIT_S)


def _wait_until(date: str, now: float) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return min(max(moment.timestamp() - now, 0.0), MAX_WAIT_S)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _classify(
    refusal: Refusal, code: str, words: str
) -> tuple[type[UpstreamError], str]:
    # The limit before the status: some registries wrap it into a 500 or 403.
    failed = refusal.status >= _SERVER_ERRORS
    wrapped = failed and _LIMIT_WORDS.search(refusal.text)
    if refusal.status == 429 or code == "TOOMANYREQUESTS" or wrapped:  # noqa: PLR2004
        return RateLimitedError, _limiter(refusal, words)
    if failed:
        return BrokenReplyError, _server_fault(refusal)
    if refusal.status in (401, 403, 451):
        return _refused(refusal, code)
    if refusal.status in (404, 410):
        return _absent(refusal, code)
    timed_out = refusal.status == 408  # noqa: PLR2004
    return BrokenReplyError, "registry.5xx" if timed_out else "registry.protocol_bug"


def _limiter(refusal: Refusal, words: str) -> str:
    for name in (refusal.host.partition(":")[0], refusal.registry):
        for pattern, cause in _LIMITERS:
            if pattern.search(name):
                hub = cause == "rate_limit.dockerhub_abuse"
                pulls = "pull rate limit" in (words or refusal.text)
                return "rate_limit.dockerhub_pull" if hub and pulls else cause
    return "rate_limit.other"


def _server_fault(refusal: Refusal) -> str:
    # nixery.dev builds on demand and says 500 for what cannot be built; behind a
    # gateway it says 502 to 504 when it is down.
    if refusal.registry == "nixery.dev" and refusal.status == _SERVER_ERRORS:
        return "registry.build_on_demand_failed"
    return "registry.5xx"


def _refused(refusal: Refusal, code: str) -> tuple[type[UpstreamError], str]:
    """401, 403 or 451. Blocks by address say nothing about rights: another class."""
    text = refusal.text
    if refusal.status == 451 or "export control" in text:  # noqa: PLR2004
        return UpstreamError, "registry.403_geo_block"
    if refusal.status == 403 and (refusal.is_html or "permission to get URL" in text):  # noqa: PLR2004
        return UpstreamError, "registry.403_ip_block"
    challenge = refusal.headers.get("www-authenticate", "")
    if refusal.registry == "docker.io" or "insufficient_scope" in challenge + text:
        # Docker Hub says the same for private, missing and removed repositories.
        return UnauthorizedError, "auth_or_missing_repo"
    if refusal.signed_in:
        stale = refusal.status == 403 and code == "DENIED"  # noqa: PLR2004
        return UnauthorizedError, (
            "auth.stale_credentials" if stale else "auth.unauthorized"
        )
    if refusal.registry == "ghcr.io":
        return UnauthorizedError, "auth.private_package"
    return UnauthorizedError, "auth.missing_or_expired"


def _absent(refusal: Refusal, code: str) -> tuple[type[UpstreamError], str]:
    registry_like = "docker-distribution-api-version" in refusal.headers
    if refusal.is_html and not registry_like:
        # A balancer's or proxy's page: no registry said that it is not there.
        return BrokenReplyError, "registry.protocol_bug"
    by_digest = "@" in refusal.what
    usual = "not_found.artifact" if by_digest else "not_found.tag"
    return AbsentError, _ABSENT_CAUSES.get(code, usual)


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return _clean(lines[0]) if lines else ""


def _clean(text: str) -> str:
    shown = redact_text(text[: 4 * _SHOWN_CHARS])
    return "".join(c if c.isprintable() else " " for c in shown)[:_SHOWN_CHARS]
