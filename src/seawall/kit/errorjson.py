"""Errors as plain facts that can be sent, and errors again from such facts."""

from collections.abc import Mapping
from typing import Any

from seawall import errors
from seawall.causes import CAUSES
from seawall.errors import SeawallError, UpstreamError
from seawall.kit.redact import redact_text


def write_error(error: SeawallError) -> dict[str, Any]:
    """Say what an error holds; a secret in its message is taken out.

    >>> write_error(errors.SettingsError("no such key"))["type"]
    'SettingsError'
    """
    facts: dict[str, Any] = {
        "type": type(error).__name__,
        "message": redact_text(str(error)),
        "cause": None,
        "retry": None,
        "retryable": error.retryable,
        "wait_s": error.wait_s,
    }
    if error.cause is not None:
        facts |= {"cause": error.cause.name, "retry": error.cause.retry.value}
    if isinstance(error, UpstreamError):
        facts |= {"host": error.host, "status": error.status}
    return facts


def read_error(facts: Mapping[str, Any]) -> SeawallError:
    """Make the error again, as far as this version knows it.

    >>> read_error({"type": "AbsentError", "message": "gone", "status": 404})
    AbsentError('gone')
    """
    kind = getattr(errors, str(facts.get("type")), SeawallError)
    if not (isinstance(kind, type) and issubclass(kind, SeawallError)):
        kind = SeawallError
    if issubclass(kind, errors.RangeNotSatisfiableError):
        kind = errors.InputError  # the size that it must hold was not sent
    named = facts.get("cause")
    known: dict[str, Any] = {
        "cause": named if named in CAUSES else None,
        "wait_s": facts.get("wait_s"),
    }
    if issubclass(kind, UpstreamError):
        known |= {"host": facts.get("host") or "", "status": facts.get("status")}
    return kind(str(facts.get("message", "no reason was given")), **known)
