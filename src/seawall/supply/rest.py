"""Which registries are left alone for a moment, since they could not answer."""

from seawall.errors import (
    RateLimitedError,
    SeawallError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import Clock

_DOWN = frozenset({"registry.5xx", "site.5xx"})
_REST_S = 5.0
_LONGEST_REST_S = 60.0


class Rests:
    """Spares a registry in trouble: names that have a last answer do not ask it.

    What is wrong with one repository's answer says nothing about the others: only
    silence, limits and failing servers count.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._resting: dict[str, tuple[float, UpstreamError]] = {}

    def note(self, registry: str, label: str, error: SeawallError) -> None:
        """Leave a registry alone for as long as it asked for, or some seconds.

        Args:
            registry: Whose names they are.
            label: Who could not answer.
            error: Why.
        """
        cause = error.cause.name if error.cause else ""
        down = isinstance(error, UnreachableError | RateLimitedError)
        if isinstance(error, UpstreamError) and (down or cause in _DOWN):
            wait_s = min(max(error.wait_s or _REST_S, _REST_S), _LONGEST_REST_S)
            until = self._clock.monotonic() + wait_s
            self._resting[registry] = (until, _depersonalise(label, error))

    def find(self, registry: str) -> SeawallError | None:
        """Tell why it is left alone now, if it is."""
        until, error = self._resting.get(registry, (0.0, None))
        return error if self._clock.monotonic() < until else None


def _depersonalise(label: str, error: UpstreamError) -> UpstreamError:
    """Tell the cause to those who ask for another name, but not whose it was."""
    return type(error)(
        f"{label} could not answer a moment ago",
        cause=error.cause.name if error.cause else None,
        host=error.host,
        status=error.status,
        wait_s=error.wait_s,
    )
