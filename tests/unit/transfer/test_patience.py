"""How long each phase may last: learnt within bounds, or as the settings fix it."""

from seawall.transfer.patience import Patience, PatienceOptions, choose_patience
from seawall.transfer.waits.phases import Phase
from seawall.transfer.waits.thresholds import WaitOptions


def test_patience_is_learnt_within_bounds() -> None:
    """Floor, ceiling and the patience with manifests are the settings'."""
    options = PatienceOptions(floor_s=3, ceiling_s=20, manifest_s=90)
    bounds = choose_patience(options).bounds(Phase.GAP)

    assert WaitOptions(3, 20, manifest_s=90) == bounds


def test_fixed_patience_is_the_same_in_every_phase() -> None:
    """Who wants one wait for everything gets it."""
    patience = choose_patience(PatienceOptions(fixed_s=7))

    assert {WaitOptions(fixed_s=7)} == {patience.bounds(phase) for phase in Phase}


def test_patience_may_stand_as_it_is() -> None:
    """Where nothing is to be learnt, each phase has a wait of its own."""
    patience = Patience(connect_s=1, answer_s=2, gap_s=3)
    phases = (Phase.CONNECT, Phase.MANIFEST, Phase.FIRST_BYTE, Phase.GAP)

    assert [1, 2, 2, 3] == [patience.bounds(phase).fixed_s for phase in phases]
