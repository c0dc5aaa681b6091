"""One table of the API's error codes, with the status and the words of each."""

from collections.abc import Mapping
from enum import Enum

import msgspec


class Code(Enum):
    """The codes of the distribution spec, and two that its implementations add.

    Attributes:
        status: The HTTP status that goes with it.
        message: What it means, for a client that shows nothing else.

    >>> Code.BLOB_UNKNOWN.status
    404
    """

    # distribution-spec, "Error Codes"
    BLOB_UNKNOWN = (404, "blob unknown to registry")
    DENIED = (403, "requested access to the resource is denied")
    DIGEST_INVALID = (400, "provided digest is not one that can be verified")
    MANIFEST_INVALID = (400, "manifest invalid")
    MANIFEST_UNKNOWN = (404, "manifest unknown to registry")
    NAME_INVALID = (400, "invalid repository name")
    NAME_UNKNOWN = (404, "repository name not known to registry")
    SIZE_INVALID = (400, "provided length did not match content length")
    TOOMANYREQUESTS = (429, "too many requests")
    UNAUTHORIZED = (401, "authentication required")
    UNSUPPORTED = (405, "the operation is unsupported")
    # distribution's registry/api/errcode and registry/api/v2
    RANGE_INVALID = (416, "the requested range is outside the content")
    UNAVAILABLE = (503, "service unavailable")
    UNKNOWN = (500, "unknown error")

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message


def error_body(
    code: Code, message: str = "", detail: str | Mapping[str, str] | None = None
) -> bytes:
    """Write the body that goes with an error.

    Args:
        code: What happened, in the API's terms.
        message: What happened, in plain words; the table's if empty.
        detail: Anything that helps to act, without secrets.

    >>> error_body(Code.DENIED, "no")
    b'{"errors":[{"code":"DENIED","message":"no"}]}'
    """
    error: dict[str, str | dict[str, str]] = {
        "code": code.name,
        "message": _plain(message or code.message),
    }
    if isinstance(detail, str):
        error["detail"] = _plain(detail)
    elif detail is not None:
        error["detail"] = {_plain(key): _plain(detail[key]) for key in detail}
    return msgspec.json.encode({"errors": [error]})


def _plain(text: str) -> str:
    """Replace what UTF-8 cannot carry; an error must never fail to be told."""
    return text.encode("utf-8", "replace").decode("utf-8")
