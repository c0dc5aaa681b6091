"""When a quota will be spent, how answers age meanwhile, what outlives a restart."""

import pytest

from seawall.transfer.budget.accounts import Account, Ask, Scope
from seawall.transfer.budget.forecast import choose_stretch, find_exhaustion_s
from seawall.transfer.budget.handover import read_account, write_account
from seawall.transfer.budget.quotas import Allowance, Quota

HEAD = Ask(Scope.QUESTION, head=True)


def drained(per_s: int, *, seconds: int = 60, limit: int = 1000) -> Account:
    """Make an account that shrinks steadily."""
    account = Account()
    for second in range(seconds + 1):
        quota = Quota(limit, limit - per_s * second, 21600)
        account.report(account.begin(HEAD), quota, float(second))
    return account


def test_the_end_is_foreseen() -> None:
    """At five a second, 700 last for 140 seconds."""
    assert 140.0 == pytest.approx(find_exhaustion_s(drained(5), 60.0) or 0, rel=0.1)


def test_what_is_empty_is_exhausted_now() -> None:
    """There is nothing to foresee then."""
    assert 0.0 == find_exhaustion_s(drained(10, seconds=100), 100.0)


@pytest.mark.parametrize("per_s", [0])
def test_what_lasts_is_no_matter(per_s: int) -> None:
    """Nothing spent, or a window that ends first: no end in sight."""
    account = drained(per_s)
    assert None is find_exhaustion_s(account, 61.0)
    assert None is find_exhaustion_s(Account(), 0.0)
    short = drained(5)
    short.quota = Quota(1000, 700, 21600, reset_s=20.0)

    assert None is find_exhaustion_s(short, 61.0)


def test_answers_hold_longer_the_less_is_left() -> None:
    """Nothing changes above the half; the factor only grows, up to its bound."""
    shares = [1.0, 0.5, 0.4, 0.1, 0.01, 0.0]
    factors = [choose_stretch(share, longest=10.0) for share in shares]

    assert [1.0, 1.0, 1.25, 5.0, 10.0, 10.0] == pytest.approx(factors)


def test_an_account_outlives_a_restart() -> None:
    """What is left, less what was under way, its age and its pauses come back."""
    account = drained(5)
    account.begin(Ask(Scope.PULL))
    account.refuse(account.begin(HEAD), Allowance(), 60.0, asked_s=100.0)
    body = write_account(account, 60.0)
    again = read_account(body, 5.0, passed_s=30.0)

    assert again is not None
    assert (699, -25.0) == (again.available, again.reported_at)
    assert 70.0 == pytest.approx(again.pauses[Scope.QUESTION].wait_s(5.0))
    assert again.neighbours_per_s == account.neighbours_per_s


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"left":"x","age_s":1}', b'{"source":"\xae"}']
)
def test_nonsense_is_forgotten(body: bytes) -> None:
    """A note that cannot be read is none."""
    assert None is read_account(body, 0.0, passed_s=0.0)
