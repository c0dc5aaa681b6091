"""The archives' front: a path in; a suite's word, a content, or a passer-by out."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from seawall.debian.paths import parse_path, release_file
from seawall.doors.archive import replies
from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.contents import ContentDesk
from seawall.doors.archive.files import Named, SuiteFiles
from seawall.doors.archive.forms import Asked, read_form
from seawall.doors.archive.indexes.indexing import Indexing, is_diff
from seawall.doors.archive.indexes.lookup import Packages
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.passing import FRESH_S, Part, Passed, Passing
from seawall.doors.archive.releases import ReleaseDesk
from seawall.doors.telling import cache_headers
from seawall.doors.web import Headers, Reply, Request, text_reply
from seawall.errors import AbsentError, SeawallError, StoreError
from seawall.kit.chores import Chores
from seawall.kit.clock import Clock
from seawall.kit.ranges import parse_range
from seawall.supply.resolver import Outcome

_READ = frozenset({"GET", "HEAD"})
_DISTS = "dists/"
_AHEAD = 64  # contents begun before their turn, at once
_SEEN = 64  # suites of which one connection is remembered to have been told
# An update is over by then; a proxy's connection goes on, with another client's.
_SEEN_S = 600.0
_UNVERIFIED = "Seawall: unverified, no suite that is kept names this file"


# By archive and directory the text of a generation, and when it was told.
_Told = dict[tuple[str, str], tuple[str, float]]


@dataclass(frozen=True)
class Desks:
    """Who answers what, as one process has them."""

    archives: KnownArchives
    releases: ReleaseDesk
    files: SuiteFiles
    packages: Packages
    contents: ContentDesk
    passing: Passing
    indexing: Indexing
    wanted: Wanted
    clock: Clock


class ArchiveDoor:
    """Answers what clients of Debian archives ask, in each of their forms."""

    def __init__(self, desks: Desks, *, via: str = "") -> None:
        """Take the desks, and under which name requests are passed on from here."""
        self._desks = desks
        self._via = via
        # what goes wrong is told when its turn comes
        self._chores = Chores(lambda _: None)
        self._seen: WeakKeyDictionary[object, _Told] = WeakKeyDictionary()

    async def answer(self, request: Request) -> Reply | None:
        """Answer one request; `None` if it is for no archive.

        Every error is told in one line, as apt shows no more of it.
        """
        what = f"{request.authority}{request.path}"
        try:
            asked = read_form(
                request.authority, request.path, self._desks.archives.addresses
            )
            if asked is None:
                return None
            what = f"{asked.archive}/{asked.path}"
            if request.method not in _READ:
                return _read_only(what)
            if self._via and any(self._via in v for v in request.values(b"via")):
                return _led_back(what)
            reply = await self._dispatch(request, asked)
        except SeawallError as exc:
            reply = replies.error_reply(exc, what=what)
        return reply

    def foresee(self, request: Request) -> None:
        """Begin to bring a package that is asked for ahead of its turn.

        apt sends some ten requests before it reads an answer; one after the other,
        each would wait for a mirror, and for the disk.
        """
        if request.method == "GET" and self._chores.count < _AHEAD:
            self._chores.start(self._bring_ahead(request))

    async def _bring_ahead(self, request: Request) -> None:
        desks = self._desks
        asked = read_form(request.authority, request.path, desks.archives.addresses)
        if asked is None:
            return
        archive, path = desks.archives.find(asked.archive), parse_path(asked.path)
        if release_file(path) is None and not path.startswith(_DISTS):
            located = await desks.packages.find(archive, path)
            if located is not None:
                await desks.contents.bring(request, archive, located)

    async def close(self) -> None:
        """Stop what was begun ahead."""
        await self._chores.close()

    async def _dispatch(self, request: Request, asked: Asked) -> Reply:
        archive = self._desks.archives.find(asked.archive)
        path = parse_path(asked.path)
        if is_diff(path):
            raise AbsentError(
                f"{archive.name}/{path}: differences are not served; whole indexes are",
                cause="not_found.artifact",
            )
        thing, reply = await self._find(request, archive, path)
        reply.notes |= {"archive": archive.name, "thing": thing}
        return reply

    async def _find(
        self, request: Request, archive: Archive, path: str
    ) -> tuple[str, Reply]:
        desks = self._desks
        release = release_file(path)
        if release is not None:
            return "suite", await self._release(request, archive, *release)
        named = await desks.files.find(archive, path, seen=self._told(request, archive))
        if named is not None:
            reply = await desks.contents.answer(
                request, archive, named.located, path=path
            )
            if request.method == "GET":  # a look is no use of it
                await self._note_wanted(archive, named)
            return "index", reply
        if not path.startswith(_DISTS):
            located = await desks.packages.find(archive, path)
            if located is not None:
                reply = await desks.contents.answer(
                    request, archive, located, path=path
                )
                return "package", reply
        return "unverified", await self._pass(request, archive, path)

    async def _release(
        self, request: Request, archive: Archive, directory: str, name: str
    ) -> Reply:
        reply, generation = await self._desks.releases.answer(
            request, archive, directory, name
        )
        if request.connection is not None:
            told = self._seen.setdefault(request.connection, {})
            told.pop((archive.name, directory), None)
            now_s = self._desks.clock.monotonic()
            told[archive.name, directory] = generation.text, now_s
            if len(told) > _SEEN:
                del told[next(iter(told))]
        return reply

    def _told(self, request: Request, archive: Archive) -> Mapping[str, str]:
        """Give, by directory, which generations this client was told of."""
        if request.connection is None:
            return {}
        told = self._seen.get(request.connection, {})
        since_s = self._desks.clock.monotonic() - _SEEN_S
        return {
            directory: text
            for (name, directory), (text, told_s) in told.items()
            if name == archive.name and told_s >= since_s
        }

    async def _note_wanted(self, archive: Archive, named: Named) -> None:
        """A client took a file of a suite: later generations must have it, too."""
        if named.held is None:
            return
        directory = named.held.generation.directory
        self._desks.indexing.start(archive, named.held, named.path)
        with suppress(StoreError):  # a disk that is full costs no answer
            await self._desks.wanted.note(archive, directory, named.path)

    async def _pass(self, request: Request, archive: Archive, path: str) -> Reply:
        range_text = replies.read_range(request)
        spec = parse_range(range_text) if range_text else None
        open_ended = spec is not None and spec.last is None
        part = Part(
            start=(spec.first or 0) if spec is not None and open_ended else 0,
            condition=request.value(b"if-range"),
        )
        passed = await self._desks.passing.open(
            archive,
            path,
            part=part,
            client=request.client,
            offline=self._desks.archives.offline,
        )
        headers = _mark(passed)
        notes = {"outcome": "unverified", "source": passed.source}
        if passed.kept is not None:
            if not part.fits(passed.kept.modified):
                range_text = ""
            reply, span = replies.sized_reply(
                len(passed.kept.body), range_text, headers, path=path
            )
            reply.body = passed.kept.body[span.start : span.stop]
        else:
            reply = _stream(passed, headers)
        reply.notes.update(notes)
        return reply


def _stream(passed: Passed, headers: Headers) -> Reply:
    start = passed.reply.start if passed.reply else 0
    size = passed.size
    status = 206 if start else 200
    if size is not None:
        headers.append((b"content-length", b"%d" % (size - start)))
        if start:
            span = b"bytes %d-%d/%d" % (start, size - 1, size)
            headers.append((b"content-range", span))
    return Reply(status, headers, stream=passed.chunks(), stack=passed.stack)


def _mark(passed: Passed) -> Headers:
    """Say that nothing vouches for these bytes, and where they are from."""
    outcome = Outcome.MISS
    if passed.error is not None:
        outcome = Outcome.STALE
    elif passed.joined:
        outcome = Outcome.COLLAPSED
    elif passed.age_s > 0:
        outcome = Outcome.HIT
    headers = cache_headers(
        outcome,
        age_s=passed.age_s,
        ttl_s=FRESH_S - passed.age_s if passed.kept else None,
        error=passed.error,
        notes=[_UNVERIFIED],
    )
    name, status = headers[0]
    if passed.kept is None:
        status = status.removesuffix(b"; stored")
    headers[0] = name, status + b'; detail="unverified"'
    modified = passed.kept.modified if passed.kept else ""
    if passed.reply is not None:
        modified = passed.reply.modified
    if modified:
        headers.append((b"last-modified", modified.encode("latin-1", "replace")))
    return headers


def _read_only(what: str) -> Reply:
    text = f"{what}: archives are read only here"
    return text_reply(405, text, [(b"allow", b"GET, HEAD")])


def _led_back(what: str) -> Reply:
    """End a circle: Seawall was about to wait for itself."""
    text = (
        f"{what}: this request is Seawall's own, a mirror in its settings leads back to"
        " it: name the real mirror there"
    )
    reply = text_reply(508, text)
    reply.phrase = text
    reply.notes["error"] = "a mirror leads back to Seawall itself"
    return reply
