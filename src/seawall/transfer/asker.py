"""Puts one question to several sources, in order, until one of them answers well."""

import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from seawall.errors import DigestMismatchError, SeawallError
from seawall.kit.clock import Clock
from seawall.transfer import plan
from seawall.transfer.history.events import SourceFailed, tell_lie, tell_trouble
from seawall.transfer.history.subject import SUBJECT, Witness
from seawall.transfer.plan import PlanOptions, Setback
from seawall.transfer.standing.roster import Ranked, Roster

SourceT = TypeVar("SourceT", bound=Ranked)
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True)
class Asker:
    """Asks small things, such as manifests, as stubbornly as its plan says.

    Attributes:
        plan: Short pauses: a client waits, and has its own way to ask again.
    """

    roster: Roster
    clock: Clock
    witness: Witness
    plan: PlanOptions = field(
        default_factory=lambda: PlanOptions(tries=3, cap_s=2.0, longest_wait_s=3.0)
    )

    async def ask(
        self,
        sources: Sequence[SourceT],
        question: Callable[[SourceT], Awaitable[AnswerT]],
    ) -> AnswerT:
        """Ask until a source answers well; the best comes first.

        A source whose answer is not what its digest promises is not asked again.

        Raises:
            SeawallError: None did; the error is the most telling one.
        """
        order, setbacks = self.roster.rank(sources), list[Setback]()
        liars = self.roster.find_liars(sources)
        origin = next((i for i, s in enumerate(sources) if s.is_origin), None)
        while True:
            attempt = plan.choose_attempt(
                order,
                setbacks,
                options=self.plan,
                origin=origin,
                jitter=random.random,
                last_resort=liars,
            )
            if attempt is None:
                raise plan.choose_verdict(setbacks, origin=origin)
            if attempt.wait_s:
                await self.clock.sleep(attempt.wait_s)
            source = sources[attempt.place]
            try:
                answer = await question(source)
            except SeawallError as exc:
                self.roster.note_failure(source, exc)
                failed = SourceFailed(source.label, tell_trouble(exc))
                self.witness.happened(SUBJECT.get(), failed)
                setbacks.append(Setback(attempt.place, exc))
            else:
                self._settle(source, sources, setbacks)
                return answer

    def _settle(
        self, source: Ranked, sources: Sequence[Ranked], setbacks: Sequence[Setback]
    ) -> None:
        """One was right: whoever answered something else is now known for it."""
        self.roster.note_success(source)
        for setback in setbacks:
            if isinstance(setback.error, DigestMismatchError):
                liar = sources[setback.place]
                self.roster.note_lie(liar)
                lied = tell_lie(liar.label, "", [], self.roster.lie_s)
                self.witness.happened(SUBJECT.get(), lied)
