"""How many second sources may be asked."""

from seawall.transfer.standing.allowance import Allowance


def spent() -> Allowance:
    """Give one of which nothing is left."""
    allowance = Allowance()
    while allowance.take():
        continue
    return allowance


def test_twenty_segments_earn_a_second_source() -> None:
    """One in twenty, beyond those at the start."""
    allowance = spent()
    for _ in range(21):
        allowance.earn()

    assert [True, False] == [allowance.take(), allowance.take()]


def test_a_contents_first_second_source_is_let_pass() -> None:
    """Others' bad luck holds nobody up; it counts all the same."""
    allowance = spent()
    for _ in range(10):
        allowance.earn()

    assert allowance.take(first=True)
    for _ in range(11):
        allowance.earn()
    assert not allowance.take()
