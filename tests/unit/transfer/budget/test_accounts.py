"""An account never spends what it does not have, and asks again when it may."""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.transfer.budget.accounts import Account, Ask, Scope, Ticket
from seawall.transfer.budget.quotas import Allowance, Quota
from seawall.transfer.budget.spending import Purpose

PULL = Ask(Scope.PULL, "library/busybox")
HEAD = Ask(Scope.QUESTION, "library/busybox", head=True)
PULLS = Allowance(pulls=True)
WINDOW_S = 21600


def hub(left: int, *, limit: int = 100, source: str = "192.0.2.1") -> Quota:
    """Say what a registry with a quota says."""
    return Quota(limit, left, WINDOW_S, source)


def known(left: int, now: float = 0.0) -> Account:
    """Make an account that was told how much is left."""
    account = Account()
    account.report(account.begin(HEAD), hub(left), now)
    return account


def may(account: Account, now: float, purpose: Purpose = Purpose.WAITING) -> bool:
    """Say whether a manifest may be fetched."""
    return account.judge(Ask(Scope.PULL, "a", purpose), now).go


def test_what_is_under_way_counts_as_spent() -> None:
    """Two are left: two may go, the third may not before one has reported."""
    account = known(2)
    tickets = [account.begin(PULL) for _ in range(2)]

    assert not may(account, 1.0)
    account.report(tickets[0], hub(1), 1.0)
    assert not may(account, 1.0)
    account.report(tickets[1], hub(0), 1.0)
    assert not may(account, 1.0)


def test_late_replies_do_not_raise_what_is_left() -> None:
    """Of replies that overlap, the smallest figure is the newest."""
    account = known(10)
    first, second = account.begin(PULL), account.begin(PULL)
    account.report(second, hub(3), 1.0)
    account.report(first, hub(9), 1.1)

    assert 3 == account.available


def test_a_new_window_is_seen_by_who_asks_after_it() -> None:
    """A larger figure counts from a request sent after the last report."""
    account = known(0)
    account.report(account.begin(HEAD), hub(100), 5.0)

    assert 100 == account.available


def test_a_lost_reply_counts_until_a_later_one_includes_it() -> None:
    """Nobody knows whether a request without reply was counted."""
    account = known(5)
    account.fail(account.begin(PULL))
    assert 4 == account.available
    account.report(account.begin(HEAD), hub(5), 1.0)

    assert 5 == account.available


def test_who_was_not_asked_costs_nothing() -> None:
    """A request that was refused for want of a token is not missing."""
    account = known(5)
    account.fail(account.begin(PULL), counted=False)

    assert 5 == account.available


def test_repositories_without_a_limit_are_not_counted() -> None:
    """A reply that says nothing, where others do, is of a repository that is free."""
    account = known(3)
    account.report(account.begin(Ask(Scope.PULL, "free/app")), None, 1.0)
    account.report(account.begin(HEAD), hub(0), 2.0)

    assert account.judge(Ask(Scope.PULL, "free/app"), 3.0).go
    assert not may(account, 3.0)


def test_registries_without_quotas_are_asked_freely() -> None:
    """Only the first few wait for a word on it."""
    account = Account()
    first = [account.begin(PULL) for _ in range(4)]
    assert not may(account, 0.0)
    account.report(first[0], None, 0.1)

    assert may(account, 0.2)


def test_slow_first_answers_hold_nobody_up() -> None:
    """A registry that builds on demand takes minutes for the first ones."""
    account = Account()
    for _ in range(4):
        account.begin(PULL, 10.0)

    assert [False, True] == [may(account, 11.0), may(account, 12.0)]


@pytest.mark.parametrize(
    ("left", "allowed"),
    [
        (70, {Purpose.WAITING, Purpose.REVALIDATION, Purpose.WARMING}),
        (50, {Purpose.WAITING, Purpose.REVALIDATION}),
        (20, {Purpose.WAITING}),
        (0, set()),
    ],
)
def test_clients_come_before_all_else(left: int, allowed: set[Purpose]) -> None:
    """Warming stops first, then looking again; who waits may have the last one."""
    account = known(left)

    assert allowed == {purpose for purpose in Purpose if may(account, 0.5, purpose)}


def test_an_empty_account_is_looked_at_for_free() -> None:
    """Heads cost nothing and may bring news; they are not asked all the time."""
    account = known(0)
    soon, later = account.judge(PULL, 1.0), account.judge(PULL, 61.0)
    account.take_look(61.0)
    again = account.judge(PULL, 62.0)

    assert (False, False) == (soon.go, soon.look)
    assert (False, True) == (later.go, later.look)
    assert (False, False) == (again.go, again.look)


def test_neighbours_are_reckoned_with() -> None:
    """What others take between two reports is expected to go on."""
    account = known(100)
    for second in range(1, 31):
        account.report(account.begin(HEAD), hub(100 - 3 * second), float(second))

    assert 3.0 == pytest.approx(account.neighbours_per_s, rel=0.1)
    assert 0.0 == account.expected(40.0)
    assert not may(account, 40.0, Purpose.REVALIDATION)


def test_who_waits_looks_first_where_neighbours_may_have_spent_it_all() -> None:
    """A free look may spare a refusal; until one is due, it is worth a try."""
    account = known(100)
    for second in range(1, 31):
        account.report(account.begin(HEAD), hub(100 - 3 * second), float(second))
    soon, later = account.judge(PULL, 40.0), account.judge(PULL, 100.0)

    assert 10 == account.available
    assert (True, False) == (soon.go, soon.look)
    assert (False, True) == (later.go, later.look)


def test_a_window_that_is_over_says_nothing_any_more() -> None:
    """One request tries it where heads tell nothing; all others wait for it."""
    account = known(0)
    account.miss_look()
    account._heads_tell = False
    account.miss_look()
    assert not may(account, WINDOW_S - 1.0)
    assert may(account, WINDOW_S + 1.0)
    account.begin(PULL)

    assert not may(account, WINDOW_S + 1.0)


def test_another_address_has_another_quota() -> None:
    """What was left for one address says nothing of the next one."""
    account = known(0)
    ticket = account.begin(HEAD)
    account.report(account.begin(HEAD), hub(0), 1.0)
    account.report(ticket, hub(80, source="192.0.2.9"), 2.0)

    assert 80 == account.available


def test_a_refused_pull_means_that_nothing_is_left() -> None:
    """Pulls pause until one more is to be had; looking goes on."""
    account = known(5)
    wait_s = account.refuse(account.begin(PULL), PULLS, 1.0)

    assert 216.0 == pytest.approx(wait_s)
    assert 0 == account.available
    assert not may(account, 2.0)
    assert account.judge(HEAD, 2.0).go


def test_a_pause_is_as_long_as_it_was_asked_to_be() -> None:
    """And up to a fifth longer, so that not all come back at once."""
    account = Account()
    wait_s = account.refuse(
        account.begin(HEAD), Allowance(), 0.0, asked_s=60.0, jitter=1.0
    )

    assert 72.0 == pytest.approx(wait_s)
    assert not account.judge(PULL, 71.0).go
    assert account.judge(Ask(Scope.BODY), 1.0).go


def test_one_request_tries_it_after_a_pause() -> None:
    """The others follow once it was answered well."""
    account = Account()
    account.refuse(account.begin(PULL), Allowance(), 0.0, asked_s=10.0)
    assert may(account, 11.0)
    probe = account.begin(PULL)
    assert not may(account, 11.0)
    account.report(probe, None, 11.5)

    assert may(account, 11.5)


def test_a_probe_that_gets_lost_is_sent_again() -> None:
    """Silence is neither yes nor no."""
    account = Account()
    account.refuse(account.begin(PULL), Allowance(), 0.0, asked_s=10.0)
    account.fail(account.begin(PULL))

    assert may(account, 12.0)


def test_refusals_in_a_row_pause_longer_unless_they_were_under_way() -> None:
    """What was sent before the first refusal came says nothing new."""
    account = Account()
    crowd = [account.begin(HEAD) for _ in range(3)]
    waits = [account.refuse(one, Allowance(), 0.0) for one in crowd]
    again = account.refuse(account.begin(HEAD), Allowance(), 6.0)

    assert [5.0, 5.0, 5.0] == waits
    assert 10.0 == again


class Registry:
    """Counts pulls strictly, with a neighbour; replies come in any order."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311  a test's dice
        self.left = self.limit = 20
        self.waiting: list[tuple[Ticket, Quota | None]] = []

    def take(self, ticket: Ticket) -> None:
        """Count a request when it arrives; its reply is under way then."""
        if ticket.metered and self.left:
            self.left -= 1
        self.waiting.append((ticket, hub(self.left, limit=self.limit)))

    def give(self) -> tuple[Ticket, Quota | None]:
        """Give any of the replies that are under way."""
        return self.waiting.pop(self.chance.randrange(len(self.waiting)))


@given(st.integers(0, 2**32), st.integers(0, 3))
def test_what_was_reported_is_never_overspent(seed: int, neighbours: int) -> None:
    """No metered request goes out while the last report less those out is nothing."""
    registry, account = Registry(seed), Account()
    registry.take(account.begin(HEAD))
    now, reported = 0.0, itertools.count()
    for _ in range(200):
        now += 0.5
        if registry.chance.random() < 0.2:
            registry.left = max(registry.left - neighbours, 0)
        if registry.chance.random() < 0.02:
            registry.left = registry.limit
        if registry.waiting and registry.chance.random() < 0.5:
            ticket, quota = registry.give()
            account.report(ticket, quota, now)
            next(reported)
        ask = PULL if registry.chance.random() < 0.7 else HEAD
        verdict = account.judge(ask, now)
        if verdict.go:
            ticket = account.begin(ask)
            spent = account.quota is not None and ticket.metered
            assert not spent or account.left - account.outstanding >= 0
            registry.take(ticket)

    assert account.outstanding == sum(t.metered for t, _ in registry.waiting)


def test_a_window_that_refills_at_its_end_is_promised_later() -> None:
    """Nothing came back after a third of a fixed window: two, then all are promised."""
    account = Account()
    promised = []
    for now in (0.0, 4.0, 8.0, 8.1):
        quota = Quota(3, 0, 12, "192.0.2.1")
        account.report(account.begin(HEAD), quota, now)
        promised.append(account.refill_s(now))
    account.report(account.begin(HEAD), Quota(3, 3, 12, "192.0.2.1"), 13.0)

    assert [4.0, 8.0, 12.0, 12.0] == promised
    assert 4.0 == account.refill_s(13.0)


def test_a_long_window_is_not_promised_whole() -> None:
    """One that slides gives something back each few minutes, whoever takes it."""
    account = Account()
    for turn in range(9):
        account.report(account.begin(HEAD), hub(0), turn * 300.0)

    assert 8 * 216.0 == account.refill_s(2400.0)
