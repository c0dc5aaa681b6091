"""Puts one question to several sources, in order, until one of them answers well."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from seawall.errors import AbsentError, DigestMismatchError, SeawallError
from seawall.kit.clock import Clock
from seawall.transfer import plan
from seawall.transfer.care import reasons
from seawall.transfer.care.vigil import ATTEMPT, Attempt
from seawall.transfer.history.events import (
    Event,
    SecondWon,
    SourceFailed,
    SourceSilent,
    SourcesRanked,
    tell_lie,
    tell_trouble,
)
from seawall.transfer.history.subject import SUBJECT, Witness
from seawall.transfer.plan import PlanOptions, Setback
from seawall.transfer.standing.allowance import Allowance
from seawall.transfer.standing.roster import Ranked, Roster
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import Plight

SourceT = TypeVar("SourceT", bound=Ranked)
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class Asker:
    """Asks small things, such as manifests, as stubbornly as its plan says.

    Attributes:
        allowance: How many second sources may be asked yet.
        plan: Short pauses: a client waits, and has its own way to ask again. A limit
            without a word on how long is left alone for 5 s: that is held.
    """

    roster: Roster
    clock: Clock
    witness: Witness
    allowance: Allowance = field(default_factory=Allowance)
    plan: PlanOptions = field(
        default_factory=lambda: PlanOptions(
            tries=3, cap_s=2.0, longest_wait_s=8.0, hold_s=0
        )
    )

    async def ask(
        self,
        sources: Sequence[SourceT],
        question: Callable[[SourceT], Awaitable[AnswerT]],
    ) -> AnswerT:
        """Ask until a source answers well; the best comes first.

        While one keeps silent, another one is asked as well; where there is none, the
        same one over a new connection. Who answers well first is heard. A source whose
        answer is not what its digest promises is asked again only when all others
        were in vain.

        Raises:
            SeawallError: None did; the error is the most telling one.
        """
        inquiry = _Inquiry(self, sources, question)
        try:
            return await inquiry.run()
        finally:
            await inquiry.drop()


class _Inquiry(Generic[SourceT, AnswerT]):
    """One question, and who is asked at the moment: one source, or two."""

    def __init__(
        self,
        asker: Asker,
        sources: Sequence[SourceT],
        question: Callable[[SourceT], Awaitable[AnswerT]],
    ) -> None:
        self._asker = asker
        self._sources = sources
        self._question = question
        self._order = asker.roster.rank(sources)
        self._liars = asker.roster.find_liars(sources)
        origins = (place for place, s in enumerate(sources) if s.is_origin)
        self._origin = next(origins, None)
        self._setbacks: list[Setback] = []
        self._running: dict[asyncio.Task[AnswerT], int] = {}
        self._seconds: set[int] = set()
        self._silent = asyncio.Event()
        self._connecting = False

    async def run(self) -> AnswerT:
        """Ask until one answers well.

        Raises:
            SeawallError: None did.
        """
        if len(self._sources) > 1:
            roster = self._asker.roster
            order = roster.describe(self._sources, order=self._order)
            self._tell(SourcesRanked(order))
        while True:
            if not self._running:
                self._silent.clear()
                self._start(await self._choose())
            if self._silent.is_set():
                self._start_second()
            for task in await self._wait():
                place = self._running.pop(task)
                try:
                    answer = task.result()
                except SeawallError as exc:
                    self._note_failure(place, exc)
                    if place == self._origin and isinstance(exc, AbsentError):
                        raise
                else:
                    self._settle(place)
                    return answer

    async def drop(self) -> None:
        """End whatever is still being asked."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _choose(self) -> int:
        attempt = plan.choose_attempt(
            self._order,
            self._setbacks,
            options=self._asker.plan,
            origin=self._origin,
            jitter=random.random,
            last_resort=self._liars,
        )
        if attempt is None:
            raise plan.choose_verdict(self._setbacks, origin=self._origin)
        if attempt.wait_s:
            await self._asker.clock.sleep(attempt.wait_s)
        return attempt.place

    async def _wait(self) -> set[asyncio.Task[AnswerT]]:
        """Wait until somebody answered, or the only one asked keeps silent."""
        if len(self._running) > 1 or self._silent.is_set():
            done, _ = await asyncio.wait(
                self._running, return_when=asyncio.FIRST_COMPLETED
            )
            return done
        hint = asyncio.create_task(self._silent.wait())
        try:
            await asyncio.wait(
                [*self._running, hint], return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            hint.cancel()
        return {task for task in self._running if task.done()}

    def _start(self, place: int) -> None:
        task = asyncio.create_task(self._put(self._sources[place]))
        self._running[task] = place

    async def _put(self, source: SourceT) -> AnswerT:
        """Ask one source; be told when it keeps silent for long."""
        tell = partial(self._tell_silent, source.label)
        attempt = Attempt(
            Plight(), self._hint, lambda _, __: None, tell, is_question=True
        )
        ATTEMPT.set(attempt)  # of this task alone
        return await self._question(source)

    def _hint(self, phase: Phase) -> None:
        self._connecting = phase is Phase.CONNECT
        self._silent.set()

    def _start_second(self) -> None:
        """Ask another one as well, or the same one anew, each at most once."""
        if len(self._running) != 1:
            return
        asker, (place,) = self._asker, self._running.values()
        other = plan.choose_second(
            self._order,
            self._setbacks,
            place,
            last_resort=self._liars,
            now=asker.clock.monotonic(),
            troubled=asker.roster.is_troubled(self._sources[place]),
            connecting=self._connecting,
        )
        if other is None or other in self._seconds:
            return
        if asker.allowance.take(first=not self._seconds):
            self._seconds.add(other)
            self._start(other)

    def _note_failure(self, place: int, error: SeawallError) -> None:
        source, at = self._sources[place], self._asker.clock.monotonic()
        self._asker.roster.note_failure(source, error)
        self._tell(SourceFailed(source.label, tell_trouble(error)))
        self._setbacks.append(Setback(place, error, at=at))

    def _settle(self, place: int) -> None:
        """One was right: who was silent meanwhile, or wrong, is known for it."""
        asker = self._asker
        for other in set(self._running.values()) - {place}:
            silent = self._sources[other]
            asker.roster.note_failure(silent, reasons.overtaken(silent.label))
            self._tell(SecondWon(self._sources[place].label, silent.label, 0))
        asker.allowance.earn()
        asker.roster.note_success(self._sources[place])
        for setback in self._setbacks:
            wrong = isinstance(setback.error, DigestMismatchError)
            if wrong and setback.place != place:
                liar = self._sources[setback.place]
                asker.roster.note_lie(liar)
                self._tell(tell_lie(liar.label, "", [], asker.roster.lie_s))

    def _tell_silent(
        self,
        label: str,
        phase: str,
        waited_s: float,
        limit_s: float,
        *,
        given_up: bool,
    ) -> None:
        self._tell(SourceSilent(label, phase, waited_s, limit_s, given_up))

    def _tell(self, event: Event) -> None:
        self._asker.witness.happened(SUBJECT.get(), event)
