"""What a reply says of a limit, in every form that registries use; nothing assumed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_FIGURE = re.compile(
    r"\s*([0-9]{1,12})\s*(?:;\s*w\s*=\s*([0-9]{1,9}))?(?=\s*(?:[;,]|$))"
)
# Structured fields (RFC 9651): `"default";r=50;t=30`, as the newest drafts have it.
_ITEM = re.compile(r'\s*("[^"]{0,64}"|[A-Za-z*][\w.*/:-]{0,64})((?:\s*;[^;,"]*)*)\s*$')
_PARAMETER = re.compile(r";\s*([a-z]{1,16})\s*=\s*([0-9]{1,12})(?=\s*(?:;|$))")
# `limit=100, remaining=50, reset=50`, as the drafts before them had it.
_PAIR = re.compile(r"\s*(limit|remaining|reset)\s*=\s*([0-9]{1,12})\s*$")
_ALLOWED = re.compile(r"allowed:\s*([0-9]{1,12})\s*/\s*(second|minute|hour|day)")
_PERIOD = re.compile(r"\bper\s+(second|minute|hour|day)\b", re.IGNORECASE)
_PULLS = re.compile(r"pull rate limit", re.IGNORECASE)
_UNIT_S = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0}
_EPOCH = 1_000_000_000  # a larger reset is a date, not a wait
_MAX_TEXT = 1024


@dataclass(frozen=True, slots=True)
class Quota:
    """One answer's word on a quota; the figures are never assumed.

    Attributes:
        limit: Requests per window, if it said so.
        remaining: How many are left.
        window_s: The length of the window, if it said so.
        source: Whom the registry counts this against: an address, prefix or account.
        reset_s: Seconds until the window ends, if it said so.
    """

    limit: int | None
    remaining: int
    window_s: int | None
    source: str = ""
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a refusal's text says of the limit that it enforces.

    Attributes:
        limit: Requests per window, if it said so.
        window_s: The length of the window, if it said so.
        pulls: Whether it is pulls that are counted, and nothing else.
    """

    limit: int | None = None
    window_s: float | None = None
    pulls: bool = False


def read_quota(headers: Mapping[str, str], *, now: float = 0.0) -> Quota | None:
    """Read the quota headers of a reply; None if it has no readable ones.

    Of several windows the one that is nearest to its end counts.

    Args:
        headers: Under lower-case names.
        now: Wall time, to which a reset that is a date is related.

    >>> read_quota({"ratelimit-remaining": "20;w=21600"})
    Quota(limit=None, remaining=20, window_s=21600, source='', reset_s=None)
    >>> read_quota({"ratelimit": '"hour";r=5;t=9', "ratelimit-policy": '"hour";q=50'})
    Quota(limit=50, remaining=5, window_s=None, source='', reset_s=9.0)
    """
    source = headers.get("docker-ratelimit-source", "")[:100]
    source = source if source.isprintable() else ""
    found = [
        *_read_structured(headers, source),
        *_read_separate(headers, "ratelimit", source, now),
        *_read_separate(headers, "x-ratelimit", source, now),
    ]
    return min(found, key=lambda quota: quota.remaining, default=None)


def read_allowance(text: str) -> Allowance:
    """Read which limit a refusal is about.

    >>> read_allowance("retry-after: 985.86µs, allowed: 44000/minute").limit
    44000
    >>> read_allowance("limit 'Requests per project per user per minute'").window_s
    60.0
    """
    text = text[: 8 * _MAX_TEXT]
    pulls = _PULLS.search(text) is not None
    allowed = _ALLOWED.search(text)
    if allowed is not None:
        return Allowance(int(allowed[1]), _UNIT_S[allowed[2]], pulls)
    period = _PERIOD.search(text)
    return Allowance(None, _UNIT_S[period[1].lower()] if period else None, pulls)


def _read_separate(
    headers: Mapping[str, str], prefix: str, source: str, now: float
) -> Iterator[Quota]:
    """Read limit, remaining and reset where each has a header of its own."""
    remaining = _FIGURE.match(headers.get(f"{prefix}-remaining", "")[:_MAX_TEXT])
    if remaining is None:
        return
    said = headers.get(f"{prefix}-limit", "")[:_MAX_TEXT]
    limit = _FIGURE.match(said)
    window = remaining[2] or (limit[2] if limit else None)
    if limit is not None and window is None:
        # The figure that counts comes first, then the policies that it is one of.
        policies = [_FIGURE.match(part) for part in said.split(",")]
        same = [found for found in policies if found and found[1] == limit[1]]
        window = next((found[2] for found in same if found[2]), None)
    reset = _FIGURE.match(headers.get(f"{prefix}-reset", "")[:_MAX_TEXT])
    yield Quota(
        limit=int(limit[1]) if limit else None,
        remaining=int(remaining[1]),
        window_s=int(window) or None if window else None,
        source=source,
        reset_s=_relate(int(reset[1]), now) if reset else None,
    )


def _read_structured(headers: Mapping[str, str], source: str) -> Iterator[Quota]:
    """Read one header with all of it, and the policies beside it."""
    said = headers.get("ratelimit", "")[:_MAX_TEXT].split(",")
    policies = headers.get("ratelimit-policy", "")[:_MAX_TEXT].split(",")
    pairs = {found[1]: int(found[2]) for part in said if (found := _PAIR.match(part))}
    if "remaining" in pairs:
        limit, reset = pairs.get("limit"), pairs.get("reset")
        windows = [_FIGURE.match(part) for part in policies]
        same = [w for w in windows if w and w[2] and int(w[1]) == limit]
        window = int(same[0][2]) or None if same else None
        wait_s = None if reset is None else float(reset)
        yield Quota(limit, pairs["remaining"], window, source, wait_s)
        return
    named = dict(filter(None, map(_read_item, policies)))
    for name, state in filter(None, map(_read_item, said)):
        policy = named.get(name, {})
        if "r" in state:
            window, wait_s = policy.get("w"), state.get("t")
            yield Quota(
                policy.get("q"),
                state["r"],
                window or None,
                source,
                None if wait_s is None else float(wait_s),
            )


def _read_item(text: str) -> tuple[str, dict[str, int]] | None:
    found = _ITEM.match(text)
    if found is None:
        return None
    parameters = _PARAMETER.findall(found[2])
    return found[1].strip('"'), {name: int(figure) for name, figure in parameters}


def _relate(reset: int, now: float) -> float:
    return max(reset - now, 0.0) if reset >= _EPOCH else float(reset)
