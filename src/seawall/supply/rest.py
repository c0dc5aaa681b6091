"""Which registries and names are left alone for a moment, since they got no answer."""

from seawall.errors import (
    RateLimitedError,
    SeawallError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.store.records import NameKey

_DOWN = frozenset({"registry.5xx", "site.5xx"})
_REST_S = 5.0
_LONGEST_REST_S = 60.0
_MAX_NAMES = 8192


class Rests:
    """Spares a registry in trouble: names that have a last answer do not ask it.

    What is wrong with one repository's answer says nothing about the others: only
    silence and failing servers count for all. A limit counts for the name alone: how
    long others may not ask, and what, is known to whoever sends requests.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._resting: dict[str, tuple[float, UpstreamError]] = {}
        self._names: dict[NameKey, tuple[float, UpstreamError]] = {}

    def note(self, key: NameKey, label: str, error: SeawallError) -> None:
        """Leave a registry alone for as long as it asked for, or some seconds.

        Args:
            key: The name that was asked about.
            label: Who could not answer.
            error: Why.
        """
        if not isinstance(error, UpstreamError):
            return
        cause = error.cause.name if error.cause else ""
        wait_s = min(max(error.wait_s or _REST_S, _REST_S), _LONGEST_REST_S)
        until = self._clock.monotonic() + wait_s
        if isinstance(error, RateLimitedError):
            self._names.pop(key, None)
            self._names[key] = (until, error)
            while len(self._names) > _MAX_NAMES:
                del self._names[next(iter(self._names))]
        elif isinstance(error, UnreachableError) or cause in _DOWN:
            registry = key.repository.registry
            self._resting[registry] = (until, _depersonalise(label, error))

    def find(self, key: NameKey) -> SeawallError | None:
        """Tell why a name is left alone now, if it is."""
        found = self.describe(key)
        return found and found[0]

    def describe(self, key: NameKey) -> tuple[UpstreamError, float] | None:
        """Tell why a name is left alone now, and for how many more seconds."""
        now = self._clock.monotonic()
        for until, error in (
            self._resting.get(key.repository.registry, (0.0, None)),
            self._names.get(key, (0.0, None)),
        ):
            if error is not None and now < until:
                return error, until - now
        return None


def _depersonalise(label: str, error: UpstreamError) -> UpstreamError:
    """Tell the cause to those who ask for another name, but not whose it was."""
    return type(error)(
        f"{label} could not answer a moment ago",
        cause=error.cause.name if error.cause else None,
        host=error.host,
        status=error.status,
        wait_s=error.wait_s,
    )
