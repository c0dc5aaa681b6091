"""A scripted mirror on loopback: files under paths, counted, wrong or late by name."""

import hashlib
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import unquote

from seawall.drill.exchange import Answer, Request, cut_range
from seawall.drill.loopback import ScriptedServer, matches

WEB = "web"
_FIRST_CHANGE_S = 1_700_000_000
_TYPES = {".html": "text/html", ".xml": "text/xml"}


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file and when it was changed, in seconds since the epoch."""

    body: bytes
    modified_s: int

    @property
    def etag(self) -> str:
        """A strong entity tag."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass(slots=True)
class _Event:
    """What happens when a request of a pattern has been answered so many times."""

    pattern: str
    act: Callable[[], None]
    left: int


class ScriptedMirror(ScriptedServer):
    """A web server of one process, for drills and tests; an async context manager.

    Everything is in memory and on loopback. It answers GET and HEAD, ranges, and
    conditions by date and entity tag. Paths are those of the files, with no slash at
    the front and nothing quoted; patterns are matched with the slash.

    Attributes:
        files: What there is, by path; changed by `put`, `replace` and `hide`.
        validators: Whether answers say ETag and Last-Modified; some mirrors do not.
    """

    def __init__(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
        bytes_per_s: float | None = None,
        port: int = 0,
    ) -> None:
        super().__init__({WEB: port}, host=host, tls=tls, bytes_per_s=bytes_per_s)
        self.files: dict[str, Shelved] = {}
        self.validators = True
        self._hidden: set[str] = set()
        self._events: list[_Event] = []
        self._clock_s = _FIRST_CHANGE_S
        self.put(files or {})

    @property
    def url(self) -> str:
        """The mirror's address, without a path."""
        return self.address(WEB)

    @property
    def host(self) -> str:
        """The mirror's host and port."""
        return self.url.rpartition("/")[2]

    def put(self, files: Mapping[str, bytes]) -> None:
        """Add files; what is new under its path gets a later date, the rest stays."""
        self._clock_s += 60
        for path, body in files.items():
            known = self.files.get(path)
            if known is None or known.body != body:
                self.files[path] = Shelved(body, self._clock_s)

    def replace(self, files: Mapping[str, bytes]) -> None:
        """Have these files and no others from now on."""
        self.files = {path: self.files[path] for path in self.files if path in files}
        self.put(files)

    def hide(self, pattern: str) -> None:
        """Answer 404 for these paths, as a mirror that is being synchronised."""
        self._hidden.add(pattern)

    def show(self) -> None:
        """Hide nothing any more."""
        self._hidden.clear()

    def after(self, pattern: str, act: Callable[[], None], *, times: int = 1) -> None:
        """Do something right after these requests were answered so many times.

        That is how files change in the middle of a client's work: the answer is the
        old one, and the next request meets the new state.
        """
        self._events.append(_Event(pattern, act, times))

    def answer(self, place: str, request: Request) -> Answer:
        """Answer with a file, a part of it, or that it has not changed."""
        del place
        request = replace(request, path=unquote(request.path))
        answer = self._answer_file(request)
        for event in list(self._events):
            if matches(event.pattern, request.method, request.path):
                event.left -= 1
                if event.left <= 0:
                    self._events.remove(event)
                    event.act()
        return answer

    def _answer_file(self, request: Request) -> Answer:
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "this mirror is read only")
        hidden = any(matches(one, request.method, request.path) for one in self._hidden)
        file = None if hidden else self.files.get(request.path.lstrip("/"))
        if file is None:
            return _plain(404, "not found")
        headers = {"Content-Type": _guess_type(request.path), "Accept-Ranges": "bytes"}
        if self.validators:
            headers["Last-Modified"] = formatdate(file.modified_s, usegmt=True)
            headers["ETag"] = file.etag
            if _is_unchanged(request, file):
                return Answer(304, headers)
        whole = Answer(200, headers, file.body)
        return cut_range(request, whole) if self._may_cut(request, file) else whole

    def _may_cut(self, request: Request, file: Shelved) -> bool:
        condition = request.headers.get("if-range", "")
        if not condition:
            return True
        return self.validators and condition in (
            file.etag,
            formatdate(file.modified_s, usegmt=True),
        )


def _is_unchanged(request: Request, file: Shelved) -> bool:
    tags = request.headers.get("if-none-match", "")
    if tags:
        return file.etag in tags or tags.strip() == "*"
    since = request.headers.get("if-modified-since", "")
    try:
        return bool(since) and parsedate_to_datetime(since).timestamp() >= (
            file.modified_s
        )
    except ValueError:
        return False


def _guess_type(path: str) -> str:
    for suffix, media_type in _TYPES.items():
        if path.endswith(suffix):
            return media_type
    return "application/octet-stream"


def _plain(status: int, line: str) -> Answer:
    return Answer(status, {"Content-Type": "text/plain"}, f"{line}\n".encode())
