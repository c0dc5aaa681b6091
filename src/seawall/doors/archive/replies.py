"""Answers as apt understands them: validators, ranges, errors in one line."""

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from seawall import errors
from seawall.doors.web import Headers, Reply, Request, text_reply
from seawall.kit.ranges import Span, parse_range
from seawall.kit.redact import redact_text
from seawall.oci.digest import Digest

_RETRY_S = 5.0
_BYTES = (b"accept-ranges", b"bytes")
_OCTETS = "application/octet-stream"
_TYPES: Mapping[str, str] = {
    "deb": "application/vnd.debian.binary-package",
    "udeb": "application/vnd.debian.binary-package",
    "gz": "application/gzip",
    "xz": "application/x-xz",
    "bz2": "application/x-bzip2",
    "zst": "application/zstd",
    "dsc": "text/plain",
}
_SUITE_TYPE = "text/plain; charset=utf-8"
_SUITE_NAMES = frozenset({"InRelease", "Release"})

# The dates that stand for contents lie within these 16 years, all of them past.
_STAMP_FROM = 978_307_200
_STAMP_SPAN_S = 16 * 365 * 86400

# Which status an error gets; the first class that fits.
_STATUSES: tuple[tuple[type[errors.SeawallError], int], ...] = (
    (errors.AbsentError, 404),
    (errors.UnknownArchiveError, 403),
    (errors.RangeNotSatisfiableError, 416),
    (errors.InputError, 400),
    (errors.UnauthorizedError, 502),
    (errors.ForeignHostError, 502),
    (errors.UpstreamError, 503),
    (errors.DigestMismatchError, 503),
    (errors.SizeMismatchError, 503),
    (errors.IntegrityError, 502),
    (errors.StoreError, 503),
    (errors.SeawallError, 500),
)


@dataclass(frozen=True, slots=True)
class Validity:
    """What a client can ask by, later, whether it still has the same.

    Attributes:
        etag: As a header has it.
        modified: Epoch seconds, whole ones.
    """

    etag: bytes
    modified: int

    @classmethod
    def of_content(cls, digest: Digest) -> "Validity":
        """Make both from a content: apt knows no ETag, and resumes by dates.

        The date is always the same for a content, and hardly ever for two.
        """
        stamp = _STAMP_FROM + int(digest.hex[:16], 16) % _STAMP_SPAN_S
        return cls(b'"%s"' % str(digest).encode(), stamp)

    @classmethod
    def of_suite(cls, digest: Digest, date: float) -> "Validity":
        """Take a suite's own date."""
        return cls(b'"%s"' % str(digest).encode(), int(date))

    @property
    def headers(self) -> Headers:
        """What an answer says."""
        date = formatdate(self.modified, usegmt=True).encode()
        return [(b"etag", self.etag), (b"last-modified", date)]

    def is_unchanged(self, request: Request) -> bool:
        """Whether the client has this already (RFC 9110 13.2.2).

        A date must be the very one that was given: those of contents have no order.
        """
        tags = request.value(b"if-none-match")
        if tags:
            wanted = [part.strip().removeprefix("W/") for part in tags.split(",")]
            return "*" in wanted or self.etag.decode() in wanted
        return self._is_date(request.value(b"if-modified-since"))

    def choose_range(self, request: Request) -> str:
        """Give the range asked for, if what the client has a part of is this."""
        condition = request.value(b"if-range")
        if condition and not (
            condition == self.etag.decode() or self._is_date(condition)
        ):
            return ""
        return read_range(request)

    def _is_date(self, text: str) -> bool:
        return bool(text) and read_instant(text) == self.modified


def read_instant(text: str) -> int | None:
    """Read an HTTP date as epoch seconds; `None` if it is none.

    >>> read_instant("Thu, 01 Jan 1970 00:01:00 GMT")
    60
    """
    try:
        return int(parsedate_to_datetime(text).timestamp())
    except (ValueError, OverflowError):
        return None


def read_range(request: Request) -> str:
    """Give the range asked for; any but one of bytes means all (RFC 9110 14.2)."""
    text = request.value(b"range")
    try:
        return text if text and parse_range(text) is not None else ""
    except errors.InputError:
        return ""


def sized_reply(
    size: int, range_text: str, headers: Headers, *, path: str
) -> tuple[Reply, Span]:
    """Begin an answer of a known size: all of it, or the range.

    Returns:
        The answer without its bytes, and which bytes belong to it.

    Raises:
        RangeNotSatisfiableError: The range lies outside.
    """
    typed = (b"content-type", guess_type(path).encode())
    headers = [typed, _BYTES, *headers]
    spec = parse_range(range_text) if range_text else None
    if spec is None:
        length = (b"content-length", b"%d" % size)
        return Reply(200, [*headers, length]), Span(0, size)
    span = spec.resolve(size)
    part = b"bytes %d-%d/%d" % (span.start, span.stop - 1, size)
    length = (b"content-length", b"%d" % len(span))
    return Reply(206, [*headers, (b"content-range", part), length]), span


def body_reply(
    request: Request, body: bytes, validity: Validity, headers: Headers, *, path: str
) -> Reply:
    """Answer with what is in memory: unchanged, a range of it, or all.

    Raises:
        RangeNotSatisfiableError: The range lies outside.
    """
    headers = [*validity.headers, *headers]
    if validity.is_unchanged(request):
        return Reply(304, headers)
    range_text = validity.choose_range(request)
    reply, span = sized_reply(len(body), range_text, headers, path=path)
    reply.body = body[span.start : span.stop]
    return reply


def error_reply(error: errors.SeawallError, *, what: str) -> Reply:
    """Tell an error in one line: for what, why, and what to do.

    Args:
        error: What happened.
        what: Archive and path, as the client asked.
    """
    text = " ".join(redact_text(str(error)).split())
    line = text if what in text else f"{what}: {text}"
    if error.cause is not None:
        line = f"{line} ({error.cause.name})"
    headers: Headers = [(b"cache-status", b"Seawall; fwd=miss")]
    full = isinstance(error, errors.StoreFullError)
    mismatch = isinstance(error, errors.DigestMismatchError | errors.SizeMismatchError)
    if error.retryable or full or mismatch:
        wait_s = error.wait_s if error.wait_s is not None else _RETRY_S
        headers.append((b"retry-after", b"%d" % max(1, round(wait_s))))
    if isinstance(error, errors.RangeNotSatisfiableError):
        # RFC 9110 15.5.17: the client learns where it should have asked
        headers.append((b"content-range", b"bytes */%d" % error.size))
    status = next(status for cls, status in _STATUSES if isinstance(error, cls))
    reply = text_reply(status, line, headers)
    reply.phrase = line
    reply.notes["error"] = line
    if error.cause is not None:
        reply.notes["cause"] = error.cause.name
    return reply


def guess_type(path: str) -> str:
    """Say what a file is, by its name; nothing rests on it.

    >>> guess_type("pool/main/h/hello/hello_1_amd64.deb")
    'application/vnd.debian.binary-package'
    """
    name = path.rpartition("/")[2]
    if name in _SUITE_NAMES:
        return _SUITE_TYPE
    return _TYPES.get(name.rpartition(".")[2], _OCTETS)
