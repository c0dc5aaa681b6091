"""Gathers what is known of a name, its contents and their sources; asks nobody."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from seawall.errors import NotStoredError, SeawallError
from seawall.kit.clock import Clock
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.records import NameKey, NameRecord
from seawall.supply import freshness
from seawall.supply.explaining.explanation import BudgetView, Explanation
from seawall.supply.explaining.facts import (
    Facts,
    NameFacts,
    Obstacle,
    PartFacts,
    Underway,
)
from seawall.supply.explaining.lineup import describe_place
from seawall.supply.explaining.outlook import explain
from seawall.supply.holdings import Holdings
from seawall.supply.images.registries import Registry
from seawall.supply.images.tags import RegistryAuthority
from seawall.supply.keeping.anatomy import Part, Role, read_tree
from seawall.supply.keeping.views import Target
from seawall.supply.resolver import Authority, Resolver
from seawall.transfer.budget.accounts import Ask, Scope
from seawall.transfer.budget.desk import Budget, State
from seawall.transfer.budget.spending import Purpose
from seawall.transfer.engine import Engine
from seawall.transfer.flight import Flight
from seawall.transfer.history.events import FlightBegun, Trouble, tell_trouble
from seawall.transfer.history.journal import Journal
from seawall.transfer.sources.place import Place
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.standing.roster import Ranked

_MOST_PARTS = 500
_CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Question:
    """A name, and who can say what it means.

    Attributes:
        sources: Who is asked, in this order.
        mirrors: Who is asked only when those cannot answer.
        path: Of the repository, as budgets know it.
    """

    key: NameKey
    authority: Authority
    sources: Sequence[Place]
    mirrors: Sequence[Place] = ()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A content, and who has it."""

    digest: Digest
    role: str
    size: int | None
    sources: Sequence[Ranked]
    foreign: bool = False
    platform: str = ""
    weighs: bool = True  # large enough for speed to count in the order


@dataclass(frozen=True, slots=True)
class Sighting:
    """Whatever is to be explained.

    Attributes:
        subject: What was asked for, in full.
        offline: Nobody may be asked.
        places: Every source that matters.
    """

    subject: str
    offline: bool
    places: Sequence[Place]
    question: Question | None = None
    pieces: Sequence[Piece] = field(default_factory=tuple)


@dataclass(frozen=True)
class Inspection:
    """Looks at everything that decides; changes nothing."""

    holdings: Holdings
    resolver: Resolver
    budget: Budget
    journal: Journal

    async def explain_image(self, text: str, *, last: int) -> Explanation:
        """Explain an image, or a content by its digest.

        Raises:
            InputError: It is no name, or its registry is not known.
            NotStoredError: It is a digest that nothing is known of.
        """
        return await self.explain(await self._sight(text), last=last)

    async def explain(self, sighting: Sighting, *, last: int) -> Explanation:
        """Explain whatever was sighted."""
        question, clock = sighting.question, self._clock
        now_s = clock.monotonic()
        lineup = self._engine.roster.describe(sighting.places)
        placings = {placing.source: placing for placing in lineup}
        registries = {place.owner for place in sighting.places}
        facts = Facts(
            sighting.subject,
            clock.now(),
            sighting.offline,
            None if question is None else await self._look_at_name(question),
            await self._look_at_pieces(sighting.pieces),
            [
                describe_place(place, placings[place.label], now_s)
                for place in sighting.places
            ],
            [
                _view_budget(state)
                for state in self.budget.states()
                if state.key.registry in registries
            ],
        )
        return explain(facts, last=last)

    @property
    def _engine(self) -> Engine:
        return self.holdings.engine

    @property
    def _clock(self) -> Clock:
        return self.holdings.clock

    async def _sight(self, text: str) -> Sighting:
        holdings = self.holdings
        target = holdings.parse_target(text)
        offline = holdings.registries.offline
        repository = target.repository
        if repository is None and target.digest is not None:
            repository = await self._find_holder(target.digest)
        registry = self._find_registry(target, repository)
        key, record = await self._find_name(target)
        question = None
        if key is not None and registry is not None:
            authority = RegistryAuthority(registry, holdings.tags)
            path = key.repository.path
            names, mirrors = registry.name_sources, registry.silent_mirrors
            question = Question(key, authority, names, mirrors, path)
        digest = target.digest or (record.digest if record else None)
        pieces: list[Piece] = []
        if digest is not None:
            media_type = record.media_type if record else ""
            tree = await asyncio.to_thread(
                read_tree, holdings.blobs, digest, media_type=media_type, size=0
            )
            pieces = list(_list_pieces(tree, registry, repository))
            if record is None and not tree.children:
                # nothing says what it is: a layer as likely as a manifest
                pieces = [replace(pieces[0], role=_CONTENT, weighs=True)]
        places = registry.sources if registry else ()
        return Sighting(str(target), offline, places, question, pieces)

    def _find_registry(
        self, target: Target, repository: RepositoryName | None
    ) -> Registry | None:
        """Find who has it; of a content that another door brought, nobody here does."""
        if repository is None:
            return None
        try:
            return self.holdings.registries.find(repository.registry)
        except SeawallError:
            if target.repository is not None:
                raise
            return None

    async def _find_holder(self, digest: Digest) -> RepositoryName | None:
        """Find a repository that is known to have a content."""
        holders = await self.holdings.catalog.repositories_of(digest)
        if holders:
            return holders[0].repository
        for entry in reversed(self.journal.read(digest)):
            if isinstance(entry.event, FlightBegun):
                registry, _, path = entry.event.repository.partition("/")
                return RepositoryName(registry, path)
        if self.holdings.blobs.find_size(digest) is None:
            raise NotStoredError(
                f"{digest} is not held, and nothing is known of it; say in which"
                f" image it is: IMAGE@{digest}"
            )
        return None

    async def _find_name(
        self, target: Target
    ) -> tuple[NameKey | None, NameRecord | None]:
        """Give what clients were asking for last, or else ask for most."""
        if target.repository is None or target.tag is None:
            return None, None
        found = []
        for place, kind in enumerate((Kind.INDEX, Kind.MANIFEST)):
            key = NameKey(target.repository, target.tag, kind)
            record = await self.holdings.catalog.find_name(key)
            entries = self.journal.read(key)
            at = entries[-1].at if entries else 0.0
            found.append((at, record is not None, -place, key, record))
        best = max(found, key=lambda one: one[:3])
        return best[3], best[4]

    async def _look_at_name(self, question: Question) -> NameFacts:
        key, rules = question.key, question.authority.freshness
        record = await self.holdings.catalog.find_name(key)
        now = self._clock.now()
        state, ttl_s = freshness.judge_name(record, now=now, options=rules)
        resting = self.resolver.describe_rest(key)
        error = resting[0] if resting else None
        stands_in = record is not None and await self.resolver.may_stand_in(
            record, error, rules
        )
        return NameFacts(
            key,
            record,
            state,
            ttl_s,
            rules,
            tuple(place.label for place in question.sources),
            tuple(place.label for place in question.mirrors),
            None if resting is None else Obstacle(tell_trouble(resting[0]), resting[1]),
            self._find_withheld(question, known=stands_in),
            self.resolver.is_asking(key),
            stands_in,
            self.journal.read(key),
        )

    def _find_withheld(self, question: Question, *, known: bool) -> Obstacle | None:
        """Say why the budgets of all who would be asked keep what is left."""
        scope = Scope.QUESTION if known else Scope.PULL
        purpose = Purpose.REVALIDATION if known else Purpose.WAITING
        ask = Ask(scope, question.path, purpose, head=known)
        found: list[Obstacle] = []
        for place in question.sources:
            accounts: frozenset[str] = frozenset()
            if isinstance(place, RegistrySource):
                accounts = place.accounts
            verdicts = [
                self.budget.foresee(place.account_key(account), ask)
                for account in accounts or {""}
            ]
            refused = [verdict for verdict in verdicts if verdict is not None]
            if len(refused) < len(verdicts):
                return None
            verdict = min(refused, key=lambda one: one.wait_s)
            text = f"{place.label} is not asked now: {verdict.why}"
            trouble = Trouble(verdict.cause or "rate_limit.budget", text)
            found.append(Obstacle(trouble, verdict.wait_s))
        return min(found, key=lambda one: one.left_s, default=None)

    async def _look_at_pieces(self, pieces: Sequence[Piece]) -> list[PartFacts]:
        once = {piece.digest: piece for piece in reversed(pieces)}
        chosen = [piece for piece in pieces if once[piece.digest] is piece]
        chosen = chosen[:_MOST_PARTS]
        held = await asyncio.to_thread(self._find_held, chosen)
        flights = {flight.want.digest: flight for flight in self._engine.flights}
        found = []
        for piece in chosen:
            size = piece.size if piece.weighs else None
            found.append(
                PartFacts(
                    piece.digest,
                    piece.role,
                    piece.size,
                    piece.digest in held,
                    piece.foreign,
                    piece.platform,
                    _describe_flight(flights.get(piece.digest)),
                    self._engine.roster.describe(piece.sources, size),
                    self.journal.read(piece.digest),
                )
            )
        return found

    def _find_held(self, pieces: Sequence[Piece]) -> frozenset[Digest]:
        blobs = self.holdings.blobs
        return frozenset(
            piece.digest
            for piece in pieces
            if blobs.find_size(piece.digest) is not None
        )


def _describe_flight(flight: Flight | None) -> Underway | None:
    if flight is None:
        return None
    return Underway(flight.arrived, flight.source, flight.readers)


def _list_pieces(
    tree: Part, registry: Registry | None, repository: RepositoryName | None
) -> Sequence[Piece]:
    """List an image's contents with the sources of each, as a pull would have them."""
    pieces = []
    for part in tree.walk():
        sources: Sequence[Ranked] = ()
        small = part.role in (Role.INDEX, Role.IMAGE)
        if registry is not None and repository is not None:
            sources = (
                registry.sources
                if small
                else registry.sources_of(repository, part.digest)
            )
        size = None if small and not part.size else part.size
        platform = str(part.platform) if part.platform else ""
        pieces.append(
            Piece(
                part.digest,
                part.role.value,
                size,
                sources,
                part.foreign,
                platform,
                weighs=not small,
            )
        )
    return pieces


def _view_budget(state: State) -> BudgetView:
    return BudgetView(
        state.key.registry,
        state.key.host,
        state.key.account or "anonymous",
        state.remaining,
        state.limit,
        state.outstanding,
        state.paused_s,
        state.exhausted_s,
    )
