"""Release files: a suite's own word, with how old it is and how long it holds."""

from contextlib import suppress
from dataclasses import dataclass, field

from seawall.debian.clearsign import MAX_MESSAGE_BYTES
from seawall.doors.archive import replies
from seawall.doors.archive.archives import Archive, KnownArchives
from seawall.doors.archive.generations import Generations
from seawall.doors.archive.indexes.wanted import Wanted
from seawall.doors.archive.names import Named, SuiteNames
from seawall.doors.archive.replies import Validity
from seawall.doors.archive.suites.candidates import INLINE, ask_detached, join_path
from seawall.doors.archive.suites.generation import Generation, Part, write_day
from seawall.doors.telling import cache_headers
from seawall.doors.web import Reply, Request
from seawall.errors import AbsentError, SeawallError, StoreError
from seawall.kit.clock import Clock
from seawall.kit.recent import Recent
from seawall.kit.units import show_age
from seawall.supply.resolver import Outcome
from seawall.transfer.standing.roster import Roster

# Proxies in between must ask again each time, as apt itself makes them do.
_ASK_AGAIN = (b"cache-control", b"no-cache")
_REST_S = 60.0
_RESTING = 1000


@dataclass(frozen=True)
class ReleaseDesk:
    """Answers with what a suite says of itself."""

    archives: KnownArchives
    names: SuiteNames
    generations: Generations
    wanted: Wanted
    roster: Roster
    clock: Clock
    _resting: Recent[str, float] = field(default_factory=lambda: Recent(_RESTING))

    async def answer(
        self, request: Request, archive: Archive, directory: str, name: str
    ) -> tuple[Reply, Generation]:
        """Answer with a release file, and say of which generation it is.

        Raises:
            AbsentError: There is no such suite, or not in this form.
            SeawallError: Nobody could say, and nothing is known.
        """
        named = await self.names.resolve(archive, directory)
        part, body = await self._read(archive, named, name)
        if body is None:
            # it was lost from the store: whoever has it is asked as for a new one
            named = await self.names.resolve(archive, directory, refresh=True)
            part, body = await self._read(archive, named, name)
        generation = named.held.generation
        if part is None or body is None:
            raise AbsentError(
                f"{join_path(directory, name)} is not there: {archive.name} has the"
                f" suite of {write_day(generation.date)} as"
                f" {' and '.join(sorted(generation.files))} only",
                cause="not_found.artifact",
            )
        with suppress(StoreError):  # a disk that is full costs no answer
            await self.wanted.note(archive, directory, INLINE)
        answer = named.answer
        headers = cache_headers(
            answer.outcome,
            age_s=answer.age_s,
            ttl_s=answer.ttl_s,
            error=answer.error,
            notes=self._tell_validity(archive, named),
        )
        validity = Validity.of_suite(part.digest, generation.date)
        reply = replies.body_reply(
            request, body, validity, [_ASK_AGAIN, *headers], path=name
        )
        reply.notes.update(
            outcome=answer.outcome.value,
            source=answer.record.source,
            age=int(answer.age_s),
        )
        if answer.error is not None and answer.error.cause is not None:
            reply.notes["cause"] = answer.error.cause.name
        return reply, generation

    async def _read(
        self, archive: Archive, named: Named, name: str
    ) -> tuple[Part | None, bytes | None]:
        generation = named.held.generation
        part = generation.files.get(name)
        if part is None and name != INLINE:
            part = await self._bring_detached(archive, generation, name)
        if part is None:
            return None, b""
        return part, await self.generations.read(part.digest, MAX_MESSAGE_BYTES)

    async def _bring_detached(
        self, archive: Archive, generation: Generation, name: str
    ) -> Part | None:
        """Bring the older form of a generation, if a mirror has just that."""
        key = f"{archive.name} {generation.text}"
        tried_at = self._resting.get(key)
        now_s = self.clock.monotonic()
        if self.archives.offline or (
            tried_at is not None and now_s - tried_at < _REST_S
        ):
            return None
        for mirror in archive.ranked(self.roster):
            try:
                candidate = await ask_detached(
                    mirror, generation.directory, archive.keyrings
                )
                if candidate.text == generation.text:
                    files = await self.generations.keep_files(archive, candidate.files)
                    await self.generations.supplement(archive, generation, files=files)
                    return files.get(name)
            except SeawallError:
                continue
        self._resting.put(key, now_s)
        return None

    def _tell_validity(self, archive: Archive, named: Named) -> list[str]:
        generation = named.held.generation
        left_s = generation.left_s(self.clock.now())
        if left_s is None:
            return []
        suite = f"{generation.directory or 'the suite'} of {archive.name}"
        until = write_day(generation.valid_until or 0)
        if left_s <= 0:
            return [f"Seawall: {suite} expired at {until}, and there is no newer one"]
        if named.answer.outcome is Outcome.STALE:
            return [f"Seawall: {suite} is valid for {show_age(left_s)}, until {until}"]
        return []
