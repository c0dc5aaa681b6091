"""Names of any kind: what the resolver does for every authority alike."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests.wire.flights import until
from tests.wire.supplies import DatedClock, Names

from seawall.errors import (
    AbsentError,
    BrokenReplyError,
    DigestMismatchError,
    OfflineError,
    SeawallError,
    UnreachableError,
)
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.oci.reference import RepositoryName
from seawall.store.catalog import Catalog
from seawall.store.records import NameKey, NameRecord
from seawall.supply.freshness import FreshnessOptions
from seawall.supply.resolver import Answer, Found, Outcome, Resolver

SHELF = RepositoryName("books", "shelf")
NAME = NameKey(SHELF, "new/arrivals", Kind.ANY)
OTHER = NameKey(SHELF, "old/ones", Kind.ANY)
ONE, TWO = Digest.of(b"one"), Digest.of(b"two")
DOWN = BrokenReplyError("503", cause="site.5xx", host="books.example", status=503)
RULES = FreshnessOptions(hold_s=20)


@dataclass
class Oracle:
    """An authority that says what a test lets it say, when it is let.

    Attributes:
        says: The content of every name, or why there is none to be had.
        doubt: Why only somebody else could say.
        asked: The names it was asked for, with the last answer's content.
    """

    says: Digest | SeawallError = ONE
    doubt: SeawallError | None = None
    label: str = "books.example"
    freshness: FreshnessOptions = RULES
    asked: list[Digest | None] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    clock: Callable[[], float] = lambda: 0.0

    def deny(self, key: NameKey, *, gone: bool) -> str:
        """Say it in this authority's own words."""
        return f"the oracle has no {key.tag}{' any more' if gone else ''}"

    async def ask(self, key: NameKey, record: NameRecord | None) -> Found:
        """Wait for leave, then say it."""
        self.asked.append(record.digest if record else None)
        await self.gate.wait()
        if isinstance(self.says, SeawallError):
            raise self.says
        now = self.clock()
        found = NameRecord(key, self.says, "text/plain", 3, now, now, self.label)
        return Found(found, self.doubt)


@dataclass
class Desk:
    """A resolver and its only authority."""

    resolver: Resolver
    catalog: Catalog
    oracle: Oracle
    clock: DatedClock
    names: Names

    async def resolve(self, key: NameKey = NAME, *, offline: bool = False) -> Answer:
        """Ask what a name means."""
        return await self.resolver.resolve(self.oracle, key, offline=offline)

    async def age(self, digest: Digest = ONE) -> None:
        """Have an answer that is no longer fresh."""
        self.oracle.says = digest
        await self.resolve()
        self.clock.advance(1000)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Give a resolver on a catalog, whose authority answers at once."""
    clock, names = DatedClock(), Names()
    catalog = await Catalog.open(tmp_path / "catalog.sqlite", clock=clock)
    oracle = Oracle(clock=clock.now)
    oracle.gate.set()
    resolver = Resolver(catalog, clock=clock, observer=names)
    yield Desk(resolver, catalog, oracle, clock, names)
    await resolver.close()
    await catalog.close()


async def test_an_answer_holds_for_its_time(desk: Desk) -> None:
    """Asked once, then from memory, then asked again; a change is told and kept."""
    first = await desk.resolve()
    again = await desk.resolve()
    desk.clock.advance(1000)
    same = await desk.resolve()
    desk.clock.advance(1000)
    desk.oracle.says = TWO
    other = await desk.resolve()
    history = await desk.catalog.history(NAME)

    outcomes = [answer.outcome for answer in (first, again, same, other)]
    assert [Outcome.MISS, Outcome.HIT, Outcome.REVALIDATED, Outcome.MISS] == outcomes
    assert [None, ONE, ONE] == desk.oracle.asked
    assert [(ONE, TWO)] == desk.names.changed
    assert [TWO, ONE] == [change.digest for change in history]
    assert first.record.changed_at == same.record.changed_at


async def test_many_ask_once(desk: Desk) -> None:
    """Whoever asks for a name that is being asked for joins."""
    desk.oracle.gate.clear()
    asking = [asyncio.create_task(desk.resolve()) for _ in range(5)]
    await until(lambda: desk.oracle.asked)
    desk.oracle.gate.set()
    answers = await asyncio.gather(*asking)

    assert 1 == len(desk.oracle.asked)
    outcomes = sorted(answer.outcome.value for answer in answers)
    assert [*["collapsed"] * 4, "miss"] == outcomes


async def test_a_slow_one_holds_nobody_up(desk: Desk) -> None:
    """The last answer goes out after a while, and the new one is taken in later."""
    await desk.age()
    desk.oracle.freshness = replace(RULES, hold_s=0.05)
    desk.oracle.gate.clear()
    desk.oracle.says = TWO
    stale = await desk.resolve()
    desk.oracle.gate.set()
    await until(lambda: desk.names.changed)
    fresh = await desk.resolve()

    assert (ONE, Outcome.STALE) == (stale.digest, stale.outcome)
    assert "books.example has not answered within 0.05 s" in str(stale.error)
    assert (TWO, Outcome.HIT) == (fresh.digest, fresh.outcome)


@pytest.mark.parametrize("error", [DOWN, DigestMismatchError("signed by nobody")])
async def test_trouble_is_bridged(desk: Desk, error: SeawallError) -> None:
    """What cannot be asked, or answers what cannot be true, is stood in for."""
    desk.oracle.says = error
    with pytest.raises(type(error)):
        await desk.resolve()
    await desk.age()
    desk.oracle.says = error
    stale = await desk.resolve()

    assert (ONE, Outcome.STALE, error) == (stale.digest, stale.outcome, stale.error)
    assert -700.0 == stale.ttl_s


async def test_who_is_down_is_spared(desk: Desk) -> None:
    """Names with a last answer leave it alone for seconds; others still ask."""
    await desk.age()
    desk.oracle.says = DOWN
    await desk.resolve()
    spared = await desk.resolve()
    asked = len(desk.oracle.asked)
    with pytest.raises(BrokenReplyError):
        await desk.resolve(OTHER)
    desk.clock.advance(6)
    desk.oracle.says = TWO
    later = await desk.resolve()

    assert "could not answer a moment ago" in str(spared.error)
    assert (2, 4) == (asked, len(desk.oracle.asked))
    assert TWO == later.digest


async def test_absent_is_final(desk: Desk) -> None:
    """What the authority does not have is gone, and that is remembered briefly."""
    await desk.age()
    desk.oracle.says = AbsentError("404")
    for _ in range(3):
        with pytest.raises(AbsentError):
            await desk.resolve()
    asked = len(desk.oracle.asked)
    desk.clock.advance(31)
    desk.oracle.says = ONE
    back = await desk.resolve()

    assert 2 == asked
    assert ONE == back.digest


async def test_absent_may_be_outlived(desk: Desk) -> None:
    """If the rules say so, the last content stands in for what is gone."""
    desk.oracle.freshness = replace(RULES, keep_deleted=True)
    await desk.age()
    desk.oracle.says = AbsentError("404")
    answer = await desk.resolve()

    assert (ONE, Outcome.STALE) == (answer.digest, answer.outcome)


async def test_what_never_was_is_not_outlived(desk: Desk) -> None:
    """Where there is no last content, absence is remembered whatever the rules."""
    desk.oracle.freshness = replace(RULES, keep_deleted=True)
    desk.oracle.says = AbsentError("404")
    for _ in range(3):
        with pytest.raises(AbsentError):
            await desk.resolve()

    assert 1 == len(desk.oracle.asked)


async def test_hearsay_is_not_remembered(desk: Desk) -> None:
    """What only somebody else could say is served as stale, and asked again."""
    desk.oracle.doubt = UnreachableError("no way there", cause="net.conn_refused")
    first = await desk.resolve()
    record = await desk.catalog.find_name(NAME)
    await desk.resolve()

    assert (ONE, Outcome.STALE) == (first.digest, first.outcome)
    assert desk.oracle.doubt is first.error
    assert record is None
    assert 2 == len(desk.oracle.asked)


async def test_offline_asks_nobody(desk: Desk) -> None:
    """Offline, a last answer is all there is."""
    with pytest.raises(OfflineError, match="books/shelf:new/arrivals"):
        await desk.resolve(offline=True)
    await desk.age()
    asked = len(desk.oracle.asked)
    answer = await desk.resolve(offline=True)

    assert (ONE, Outcome.STALE) == (answer.digest, answer.outcome)
    assert asked == len(desk.oracle.asked)
