"""Whatever a mirror does: where anybody has the bytes, an install gets them."""

import pytest
from tests.e2e.outages import Table, play_all
from tests.e2e.troubles import TROUBLES, Case, Trouble

RUNS = [
    pytest.param(trouble, case, id=f"{trouble}-{case.name.lower()}")
    for trouble in TROUBLES
    for case in trouble.saved
]


@pytest.fixture(scope="module")
def table() -> Table:
    """Play everything at once: most of it is waiting."""
    return play_all([(it, case, "Seawall") for it in TROUBLES for case in it.saved])


@pytest.mark.parametrize(("trouble", "case"), RUNS)
def test_an_install_works(table: Table, trouble: Trouble, case: Case) -> None:
    """The same install succeeds in every trouble, and every byte is right."""
    outcome = table[trouble.name, case, "Seawall"]

    assert outcome.worked, outcome.reason
