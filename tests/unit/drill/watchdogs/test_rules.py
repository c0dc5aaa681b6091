"""Watchdogs written anew: which deliveries keep which of them alive."""

import pytest

from seawall.drill.watchdogs.containerd import LocalPullWatchdog, TransferWatchdog
from seawall.drill.watchdogs.cridockerd import CridockerdWatchdog
from seawall.drill.watchdogs.crio import CrioWatchdog
from seawall.drill.watchdogs.timekeeper import Watchdog

KIB, MIB = 1024, 1024 * 1024
SIZE = 100 * MIB


def deliver(
    watchdog: Watchdog, count: int, each_s: float, *, prefix: int = 3 * MIB
) -> bool:
    """Deliver a prefix, then so many bytes each so often; say whether it lives."""
    watchdog.begin("a", SIZE, 0.0)
    now = 0.0
    while prefix > 0 and not watchdog.is_dead(now):
        now += 0.01
        watchdog.read("a", min(32 * KIB, prefix), now)
        prefix -= 32 * KIB
    end = now + 900.0
    due = now + each_s
    while now < end and not watchdog.is_dead(now):
        now += 0.05
        if count and now >= due:
            watchdog.read("a", count, now)
            due += each_s
    return not watchdog.is_dead(now)


# transfer.md's experiment, with the time-outs as they are
@pytest.mark.parametrize(
    ("count", "share", "crio", "transfer"),
    [
        (0, 1.0, False, False),
        (1, 0.3, True, False),
        (1, 0.9, True, False),
        (1, 1.1, False, False),
        (64 * KIB, 0.3, True, False),
        (MIB, 0.4, True, True),
    ],
    ids=str,
)
def test_which_deliveries_keep_whom_alive(
    count: int,
    share: float,
    crio: bool,  # noqa: FBT001  a cell of the table
    transfer: bool,  # noqa: FBT001  a cell of the table
) -> None:
    """CRI-O wants a byte, containerd's transfer service a mebibyte."""
    lives = (
        deliver(CrioWatchdog(10.0), count, 10.0 * share),
        deliver(TransferWatchdog(300.0), count, 300.0 * share),
    )

    assert (crio, transfer) == lives


@pytest.mark.parametrize(("each_s", "lives"), [(40.0, True), (75.0, False)], ids=str)
def test_a_byte_is_progress_to_a_local_pull(
    each_s: float,
    lives: bool,  # noqa: FBT001  a cell of the table
) -> None:
    """Containerd's own client counts raw bytes while requests are open."""
    assert lives is deliver(LocalPullWatchdog(60.0), 1, each_s)


def test_an_idle_local_pull_is_no_stall() -> None:
    """No time runs while no request is open; the first byte's wait counts."""
    idle, waiting = LocalPullWatchdog(60.0), LocalPullWatchdog(60.0)
    for watchdog in (idle, waiting):
        watchdog.begin("a", SIZE, 0.0)
    idle.finish("a", 1.0)

    assert (False, True) == (idle.is_dead(500.0), waiting.is_dead(500.0))


def test_crio_is_armed_by_eight_bytes_of_any_blob() -> None:
    """A blob of 7 bytes arms nothing; another one's bytes keep both alive."""
    watchdog = CrioWatchdog(10.0)
    for blob in "ab":
        watchdog.begin(blob, SIZE, 0.0)
    watchdog.read("a", 7, 1.0)
    unarmed = watchdog.is_dead(1000.0)
    watchdog.read("a", 1, 1000.0)
    watchdog.read("b", 8, 1009.0)
    alive = watchdog.is_dead(1018.0)

    assert (False, False, True) == (unarmed, alive, watchdog.is_dead(1019.5))


def test_crio_sees_no_more_than_ten_events_a_timeout() -> None:
    """What comes within a tenth of the time-out is not told of."""
    watchdog = CrioWatchdog(10.0)
    watchdog.begin("a", SIZE, 0.0)
    watchdog.read("a", 8, 0.0)
    watchdog.read("a", 100, 0.9)

    assert (False, True) == (watchdog.is_dead(9.9), watchdog.is_dead(10.1))


def test_a_blob_without_its_first_mebibyte_is_not_watched() -> None:
    """Containerd's transfer service knows a blob only once it wrote some of it."""
    watchdog = TransferWatchdog(300.0)
    watchdog.begin("a", SIZE, 0.0)
    watchdog.read("a", MIB - 1, 1.0)
    unknown = watchdog.is_dead(1000.0)
    watchdog.read("a", 1, 1000.0)

    assert (False, True) == (unknown, watchdog.is_dead(1400.0))


@pytest.mark.parametrize(
    ("count", "lives"), [(513 * KIB, True), (500 * KIB, False)], ids=str
)
def test_docker_writes_a_line_each_half_mebibyte(
    count: int,
    lives: bool,  # noqa: FBT001  a cell of the table
) -> None:
    """cri-dockerd sees lines only: half a mebibyte a minute, or it gives up."""
    assert lives is deliver(CridockerdWatchdog(60.0), count, 55.0)


def test_a_complete_blob_is_calm() -> None:
    """What ended is waited for no longer."""
    watchdogs: list[Watchdog] = [TransferWatchdog(60.0), LocalPullWatchdog(60.0)]
    for watchdog in watchdogs:
        watchdog.begin("a", 5 * MIB + 1, 0.0)
        watchdog.read("a", 5 * MIB + 1, 1.0)
        watchdog.finish("a", 2.0)

    assert [False, False] == [watchdog.is_dead(900.0) for watchdog in watchdogs]
