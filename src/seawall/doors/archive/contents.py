"""Answers with contents: packages, and whatever else a suite or an index names."""

import asyncio
import hashlib
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from seawall.doors.archive import replies
from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.indexes.lookup import Located
from seawall.doors.archive.names import SuiteNames
from seawall.doors.archive.replies import Validity
from seawall.doors.telling import cache_headers
from seawall.doors.web import Reply, Request, is_loopback
from seawall.errors import (
    AbsentError,
    DigestMismatchError,
    IntegrityError,
    SeawallError,
    UpstreamError,
)
from seawall.kit.clock import Clock
from seawall.kit.ranges import parse_range
from seawall.kit.recent import Recent
from seawall.oci.digest import Digest
from seawall.store.catalog import Catalog
from seawall.supply import rights
from seawall.supply.pullthrough import Content, PullThrough, Terms
from seawall.supply.resolver import Outcome
from seawall.supply.rights import Access
from seawall.transfer.flight import ContentSource, Want
from seawall.transfer.plan import Setback, choose_verdict
from seawall.transfer.readers.rhythm import Rhythm, beat_bytes

_ABSENT = 10_000
_PROOFS = 4
_APT_S = 30.0  # `Acquire::http::Timeout`: without a byte, then it asks anew
_TERMS = Terms(early=False, rhythm=Rhythm("apt", (beat_bytes(_APT_S),), _APT_S))


@dataclass(frozen=True)
class ContentDesk:
    """Serves contents of archives, from the store or as they arrive."""

    archives: KnownArchives
    contents: PullThrough
    catalog: Catalog
    names: SuiteNames
    clock: Clock
    _absent: Recent[tuple[str, str], float] = field(
        default_factory=lambda: Recent(_ABSENT)
    )
    _proofs: dict[tuple[str, str], asyncio.Task[SeawallError | None]] = field(
        default_factory=dict
    )
    _proving: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_PROOFS)
    )

    async def answer(
        self, request: Request, archive: Archive, located: Located, *, path: str
    ) -> Reply:
        """Answer with a content, whole or a range of it.

        Raises:
            AbsentError: No mirror has it; its suite is asked about, then.
            SeawallError: It cannot be had from anywhere.
        """
        want = located.want
        validity = Validity.of_content(want.digest)
        if not await self._may_have(request, archive, located):
            await self._prove(archive, located, path)
        if validity.is_unchanged(request):
            return Reply(304, validity.headers)
        range_text = validity.choose_range(request)
        if request.method == "HEAD":
            size = want.size or await self.contents.find_stored(want.digest)
            if size is not None:
                return await self._head(located, size, range_text, path)
        await self._refuse_absent(archive, want, path)
        try:
            return await self._body(located, range_text, path)
        except (AbsentError, IntegrityError) as exc:
            # in the middle of an update the suite is what changes next
            if located.directory is not None:
                self.names.refresh_soon(archive, located.directory)
                if isinstance(exc, AbsentError):
                    negative_s = archive.options.freshness.negative_s
                    until = self.clock.monotonic() + negative_s
                    self._absent.put((archive.name, path), until)
            raise

    async def bring(self, request: Request, archive: Archive, located: Located) -> None:
        """Begin to bring a content that is about to be asked for by this caller.

        Raises:
            SeawallError: It cannot be had, which its own request will be told.
        """
        want = located.want
        if await self.contents.find_stored(want.digest) is not None:
            return
        if await self._may_have(request, archive, located):
            offline = self.archives.offline
            opened = self.contents.open_content(
                want, located.sources, offline=offline, terms=_TERMS
            )
            async with opened:
                pass  # the flight goes on, and who asks in turn joins it

    async def _head(
        self, located: Located, size: int, range_text: str, path: str
    ) -> Reply:
        """Tell what a content is without fetching it."""
        digest = located.want.digest
        stored = await self.contents.find_stored(digest) is not None
        outcome = Outcome.HIT if stored else Outcome.MISS
        headers = cache_headers(outcome, age_s=await self._age_s(digest))
        headers = [*Validity.of_content(digest).headers, *headers]
        reply, _ = replies.sized_reply(size, range_text, headers, path=path)
        reply.notes["outcome"] = outcome.value
        return reply

    async def _body(self, located: Located, range_text: str, path: str) -> Reply:
        digest = located.want.digest
        stack = AsyncExitStack()
        try:
            content, range_text = await self._open(stack, located, range_text)
            hit = content.outcome is Outcome.HIT
            age_s = await self._age_s(digest) if hit else 0.0
            headers = cache_headers(content.outcome, age_s=age_s)
            headers = [*Validity.of_content(digest).headers, *headers]
            reply, span = replies.sized_reply(
                content.size, range_text, headers, path=path
            )
        except BaseException:
            await stack.aclose()
            raise
        reply.stream = content.read(span)
        reply.stack = stack
        reply.notes.update(
            outcome=content.outcome.value, source=content.source, age=int(age_s)
        )
        return reply

    async def _open(
        self, stack: AsyncExitStack, located: Located, range_text: str
    ) -> tuple[Content, str]:
        """Open a content; a resumed one that was wrong begins again from its start."""
        spec = parse_range(range_text) if range_text else None
        # `-n` begins nobody knows where, but not at the first byte
        start = 0 if spec is None else 1 if spec.first is None else spec.first
        for start_s, text in ((start, range_text), (0, "")):
            opened = self.contents.open_content(
                located.want,
                located.sources,
                offline=self.archives.offline,
                start=start_s,
                terms=_TERMS,
            )
            try:
                return await stack.enter_async_context(opened), text
            except DigestMismatchError:
                if not start_s:
                    raise
        raise RuntimeError("a body from the start is open, or has failed")

    async def _refuse_absent(self, archive: Archive, want: Want, path: str) -> None:
        """Spare mirrors that said a moment ago that this path is not there.

        Raises:
            AbsentError: They did, and the content has not come another way since.
        """
        until = self._absent.get((archive.name, path))
        if until is None or self.clock.monotonic() >= until:
            return
        if await self.contents.find_stored(want.digest) is None:
            raise AbsentError(
                f"no mirror of {archive.name} has {path}, as they said a moment ago,"
                " though its index lists it: they may be in the middle of an update;"
                " update the package lists and try again",
                cause="not_found.artifact",
            )

    async def _may_have(
        self, request: Request, archive: Archive, located: Located
    ) -> bool:
        """Whether a caller may have a content that may be somebody's private one.

        Digests are shared on disk, never across rights: what came through a private
        repository is proven at the archive's mirrors, which anybody may ask.
        """
        digest = located.want.digest
        if is_loopback(request.client):
            return True
        if await self.catalog.is_linked(archive.repository, digest):
            return True
        if await self.contents.find_stored(digest) is None:
            return True  # it will come from the mirrors
        holders = await self.catalog.repositories_of(digest)
        return rights.decide_content(None, holders, trusted=False) is Access.SERVE

    async def _prove(self, archive: Archive, located: Located, path: str) -> None:
        """See that a mirror gives to anybody what is here as somebody's own.

        All who ask meanwhile wait for the same proof, and few are under way at once.

        Raises:
            SeawallError: None does: the same as if it were not here.
        """
        place = (archive.name, path)
        proof = self._proofs.get(place)
        if proof is None:
            proof = asyncio.create_task(self._find_proof(archive, located))
            self._proofs[place] = proof
            proof.add_done_callback(lambda _: self._proofs.pop(place, None))
        error = await asyncio.shield(proof)
        if error is not None:
            raise error

    async def _find_proof(
        self, archive: Archive, located: Located
    ) -> SeawallError | None:
        digest = located.want.digest
        troubles: list[Setback] = []
        async with self._proving:
            linked = await self.catalog.is_linked(archive.repository, digest)
            if linked:
                return None  # it was proven a moment ago
            size = await self.contents.find_stored(digest)
            for place, source in enumerate(located.sources):
                try:
                    await _check(source, digest, size)
                except (UpstreamError, IntegrityError) as exc:
                    troubles.append(Setback(place, exc))
                else:
                    self.catalog.record_link(archive.repository, digest)
                    return None
        return choose_verdict(troubles, origin=None)

    async def _age_s(self, digest: Digest) -> float:
        record = await self.catalog.find_content(digest)
        return self.clock.now() - record.stored_at if record else 0.0


async def _check(source: ContentSource, digest: Digest, size: int | None) -> None:
    """See that a mirror gives these very bytes: what it says of them proves nothing.

    Raises:
        DigestMismatchError: It gives others.
        UpstreamError: It gives none.
    """
    hasher, left = hashlib.new(digest.algorithm), size
    async with source.open() as reply:
        if size is None or reply.total in (None, size):
            async for chunk in reply.chunks():
                hasher.update(chunk)
                left = None if left is None else left - len(chunk)
                if left is not None and left < 0:
                    break
    if hasher.hexdigest() != digest.hex:
        raise DigestMismatchError(
            f"{source.label} sent something else than {digest}",
            cause="content.digest_mismatch",
        )
