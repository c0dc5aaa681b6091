"""Why a source is left that has not failed: slower than others, or silent too long."""

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


def held(label: str, hold_s: float) -> SeawallError:
    """Say that nobody brought a byte for as long as a silence is held."""
    return UnreachableError(
        f"{label} has sent nothing for {hold_s:.3g} s, and nobody else could go on;"
        " what arrived is kept",
        cause="net.silence",
        host=label,
    )
