"""Errors as the distribution API tells them."""

from collections.abc import Mapping

from seawall import errors
from seawall.doors.web import Headers, Reply, json_reply
from seawall.kit.redact import redact_text
from seawall.oci.codes import Code, error_body

API_VERSION = (b"docker-distribution-api-version", b"registry/2.0")
_RETRY_S = 5.0

_CODES: Mapping[type[errors.SeawallError], Code] = {
    errors.DigestSyntaxError: Code.DIGEST_INVALID,
    errors.ReferenceSyntaxError: Code.NAME_INVALID,
    errors.ManifestSyntaxError: Code.MANIFEST_INVALID,
    errors.RangeNotSatisfiableError: Code.RANGE_INVALID,
    errors.UnknownRegistryError: Code.NAME_UNKNOWN,
    errors.InputError: Code.NAME_INVALID,
    errors.RateLimitedError: Code.TOOMANYREQUESTS,
    errors.UnauthorizedError: Code.DENIED,
    errors.UpstreamError: Code.UNAVAILABLE,
    errors.IntegrityError: Code.UNAVAILABLE,
    errors.StoreError: Code.UNAVAILABLE,
    errors.SeawallError: Code.UNKNOWN,
}


def choose_code(
    error: errors.SeawallError, *, absent: Code, to_mirror_client: bool
) -> Code:
    """Choose the API's word for an error.

    Args:
        error: What happened.
        absent: What this route says of a thing that is not there.
        to_mirror_client: The client has the registry itself to fall back to
            (containerd sends `ns` then). It retries a 429 five times on the spot, and
            moves on from a 503 at once.
    """
    if isinstance(error, errors.AbsentError):
        return absent
    code = next(_CODES[cls] for cls in type(error).__mro__ if cls in _CODES)
    if code is Code.TOOMANYREQUESTS and to_mirror_client:
        return Code.UNAVAILABLE
    return code


def error_reply(
    error: errors.SeawallError,
    *,
    absent: Code = Code.NAME_UNKNOWN,
    to_mirror_client: bool = False,
    name: str = "",
) -> Reply:
    """Tell an error: the API's JSON, for which name, its cause, when to come back."""
    message = redact_text(str(error))
    if name not in message:
        message = f"{name}: {message}"
    code = choose_code(error, absent=absent, to_mirror_client=to_mirror_client)
    detail: dict[str, str] = {}
    if error.cause is not None:
        detail = {"cause": error.cause.name, "retry": error.cause.retry.value}
    if isinstance(error, errors.UpstreamError) and error.host:
        detail["host"] = error.host
    headers: Headers = [API_VERSION, (b"cache-status", b"Seawall; fwd=miss")]
    if error.retryable or isinstance(error, errors.StoreFullError):
        wait_s = error.wait_s if error.wait_s is not None else _RETRY_S
        headers.append((b"retry-after", b"%d" % max(1, round(wait_s))))
    if isinstance(error, errors.RangeNotSatisfiableError):
        # RFC 9110 15.5.17: the client learns where it should have asked
        headers.append((b"content-range", b"bytes */%d" % error.size))
    body = error_body(code, message, detail)
    reply = json_reply(code.status, body, headers)
    reply.notes["error"] = message
    if error.cause is not None:
        reply.notes["cause"] = error.cause.name
    return reply


def refusal_reply(message: str) -> Reply:
    """Tell a caller that it may not have something."""
    reply = json_reply(403, error_body(Code.DENIED, message), [API_VERSION])
    reply.notes["error"] = message
    return reply


def unsupported_reply(message: str) -> Reply:
    """Tell a caller that this is not done here."""
    body = error_body(Code.UNSUPPORTED, message)
    return json_reply(Code.UNSUPPORTED.status, body, [API_VERSION])
