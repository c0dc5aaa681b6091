"""A drill that is told to end takes along whom it started."""

import signal
import subprocess
import sys
import time
from pathlib import Path

WORDS = ("--manage=seawall", "stall-60-s")


def _list_children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(word) for task in tasks for word in task.read_text().split()]


def test_nobody_is_left_behind() -> None:
    """Targets are processes of their own, and would go on."""
    words = [sys.executable, "-m", "seawall", "drill", *WORDS]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as drill:
        end_s = time.monotonic() + 30
        while not (children := _list_children(drill.pid)):
            assert time.monotonic() < end_s
            time.sleep(0.05)
        drill.send_signal(signal.SIGTERM)
        drill.communicate()

    assert 130 == drill.returncode
    assert [] == [pid for pid in children if Path(f"/proc/{pid}").exists()]
