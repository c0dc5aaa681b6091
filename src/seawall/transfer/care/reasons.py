"""Why a source is left that has not failed: it is slower than what else there is."""

from seawall.errors import SeawallError, UnreachableError


def overtaken(label: str) -> SeawallError:
    """Say that another source had the next bytes."""
    return UnreachableError(
        f"{label} kept silent, and another source went on meanwhile",
        cause="net.silence",
        host=label,
    )


def too_slow(label: str) -> SeawallError:
    """Say that the rest would take it too long."""
    return UnreachableError(
        f"{label} is too slow for what is left",
        cause="net.too_slow",
        host=label,
    )
