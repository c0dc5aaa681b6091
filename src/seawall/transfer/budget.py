"""What is left of a quota, as the upstream itself last said."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

_FIGURE = re.compile(
    r"\s*([0-9]{1,12})\s*(?:;\s*w\s*=\s*([0-9]{1,9}))?(?=\s*(?:[;,]|$))"
)
_MAX_REGISTRIES = 1024


@dataclass(frozen=True, slots=True)
class Spent:
    """One request that was sent upstream.

    Attributes:
        registry: The logical registry or site it was for.
        host: Who was asked first, before any redirect.
        kind: manifest, blob, tags, referrers or token; of a site, file or content.
        method: GET, HEAD or POST.
        status: The reply's status; 0 if there was none.
        cause: The cause's name if there was none.
    """

    registry: str
    host: str
    kind: str
    method: str
    status: int
    cause: str = ""


OnSpent: TypeAlias = Callable[[Spent], None]
"""Told of every request sent upstream; must be quick and must not raise."""


@dataclass(frozen=True, slots=True)
class Quota:
    """One answer's word on a quota; the figures are never assumed.

    Attributes:
        limit: Requests per window, if it said so.
        remaining: How many are left.
        window_s: The length of the window, if it said so.
        source: Whom the registry counts this against: an address, prefix or account.
    """

    limit: int | None
    remaining: int
    window_s: int | None
    source: str = ""


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """Read the quota headers of a reply; None if it has no readable ones.

    >>> read_quota({"ratelimit-remaining": "20;w=21600"})
    Quota(limit=None, remaining=20, window_s=21600, source='')
    """
    remaining = _FIGURE.match(headers.get("ratelimit-remaining", ""))
    if remaining is None:
        return None
    limit = _FIGURE.match(headers.get("ratelimit-limit", ""))
    window = remaining[2] or (limit[2] if limit else None)
    source = headers.get("docker-ratelimit-source", "")
    return Quota(
        limit=int(limit[1]) if limit else None,
        remaining=int(remaining[1]),
        window_s=int(window) if window else None,
        source=source[:100] if source.isprintable() else "",
    )


class Budget:
    """The last word of each registry on its quota."""

    def __init__(self) -> None:
        self._quotas: dict[str, Quota] = {}

    def note(self, registry: str, headers: Mapping[str, str]) -> None:
        """Keep what these reply headers say; most say nothing."""
        quota = read_quota(headers)
        if quota is None:
            return
        known = registry in self._quotas
        if known or len(self._quotas) < _MAX_REGISTRIES:
            self._quotas[registry] = quota

    def quotas(self) -> Mapping[str, Quota]:
        """Give the last quota of each registry that named one."""
        return dict(self._quotas)
