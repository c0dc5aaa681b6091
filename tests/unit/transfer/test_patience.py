"""How long silence is tolerated."""

import pytest

from seawall.transfer.patience import Patience, PatienceOptions, choose_patience


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (PatienceOptions(), Patience(10, 30, 30)),
        (PatienceOptions(floor_s=15), Patience(15, 30, 30)),
        (PatienceOptions(ceiling_s=20), Patience(10, 20, 20)),
        (PatienceOptions(fixed_s=1), Patience(1, 1, 1)),
    ],
    ids=["usual", "floor", "ceiling", "fixed"],
)
def test_waits_stay_within_bounds(options: PatienceOptions, expected: Patience) -> None:
    """Each phase has its usual wait, within what the settings allow."""
    assert expected == choose_patience(options)
