"""The headers that tell where an answer comes from, how old it is, and why."""

from collections.abc import Sequence

from seawall import errors
from seawall.doors.web import Headers
from seawall.kit.redact import redact_text
from seawall.kit.units import show_age
from seawall.supply.resolver import Outcome


def cache_headers(
    outcome: Outcome,
    *,
    age_s: float,
    ttl_s: float | None = None,
    error: errors.SeawallError | None = None,
    notes: Sequence[str] = (),
) -> Headers:
    """Say where an answer comes from and how old it is (RFC 9211, RFC 9111 5.1).

    Args:
        outcome: How it was found.
        age_s: Seconds since whoever knows best said so.
        ttl_s: Seconds for which it holds, if that is known.
        error: Why it is stale.
        notes: What else its reader should know, in words.

    >>> cache_headers(Outcome.HIT, age_s=3, ttl_s=297)[0][1]
    b'Seawall; hit; ttl=297'
    """
    ttl = "" if ttl_s is None else f"; ttl={int(ttl_s)}"
    if outcome is Outcome.HIT:
        status = f"Seawall; hit{ttl}"
    elif outcome is Outcome.STALE:
        status = f"Seawall; fwd=stale{_why(error)}{ttl}"
    elif outcome is Outcome.COLLAPSED:
        status = "Seawall; fwd=uri-miss; collapsed"
    elif outcome is Outcome.REVALIDATED:
        status = f"Seawall; fwd=stale; fwd-status=200; stored{ttl}"
    else:
        status = "Seawall; fwd=uri-miss; stored"
    headers: Headers = [
        (b"cache-status", status.encode("latin-1", "replace")),
        (b"age", b"%d" % max(int(age_s), 0)),
    ]
    if outcome is Outcome.STALE:
        notes = (_stale_text(age_s, error), *notes)
    # the distribution spec allows no other code
    headers += [(b"warning", b'299 - "%s"' % quotable(note)) for note in notes]
    return headers


def _why(error: errors.SeawallError | None) -> str:
    if error is None:
        return ""
    status = getattr(error, "status", None)
    why = f"; fwd-status={status}" if status else ""
    if error.cause is not None:
        why += f'; detail="{error.cause.name}"'
    return why


def _stale_text(age_s: float, error: errors.SeawallError | None) -> str:
    text = f"Seawall: stale, last confirmed {show_age(age_s)} ago"
    if error is None:
        return text
    cause = f" ({error.cause.name})" if error.cause else ""
    return f"{text}; {redact_text(str(error))}{cause}"


def quotable(text: str) -> bytes:
    """Write words so that they can stand between quotes in a header."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in text)
    return plain.replace("\\", "/").replace('"', "'")[:500].encode()
