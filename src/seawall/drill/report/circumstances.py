"""Under which circumstances a drill ran, for who reads its figures."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seawall.drill.strain import Strain

_PROGRAMS = {
    "docker-registry": ("docker-registry", "--version"),
    "skopeo": ("skopeo", "--version"),
    "podman": ("podman", "--version"),
    "containerd": ("containerd", "--version"),
    "docker": ("docker", "--version"),
}
_ANSWER_S = 10.0


@dataclass(frozen=True)
class Circumstances:
    """How a run was made.

    Attributes:
        speed: How much faster than real time.
        at_once: How many plays at a time.
        seconds: How long it took in all.
        strain: How busy the machine was.
        note: What whoever ran it wants said, such as the commit.
        netem: Whether the kernel treated packets itself; None if nobody asked.
        versions: What programs say of themselves.
        began: When it began.
    """

    speed: float = 1.0
    at_once: int = 1
    seconds: float = 0.0
    strain: Strain = field(default_factory=Strain)
    note: str = ""
    netem: bool | None = None
    versions: Sequence[str] = ()
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    def to_json(self) -> dict[str, object]:
        """Give it as JSON has it."""
        return {
            "began": self.began.isoformat(timespec="seconds"),
            "speed": self.speed,
            "at_once": self.at_once,
            "seconds": round(self.seconds, 1),
            "processors": os.cpu_count(),
            "busy": self.strain.busy,
            "loop_late_p99_s": self.strain.worst_s,
            "netem": self.netem,
            "versions": list(self.versions),
            "note": self.note,
        }

    def list_sentences(self) -> list[str]:
        """Say it, a sentence each."""
        pace = "in real time" if self.speed == 1 else f"{self.speed:g} times real time"
        noted = f", {self.note}" if self.note else ""
        said = [f"Played {self.began:%Y-%m-%d %H:%M} UTC, {pace}{noted}."]
        crowd = f"Up to {self.at_once} plays at a time; it took {self.seconds / 60:.0f}"
        busy, worst_ms = self.strain.busy, self.strain.worst_s * 1000
        crowd += f" min on {os.cpu_count() or 1} processors"
        crowd += "" if busy is None else f", which were busy for {busy:.0%} of it"
        said.append(
            f"{crowd}; the drill's own loop was late by {worst_ms:.0f} ms (p99)."
        )
        if self.versions:
            said.append(f"Peers: {'; '.join(self.versions)}.")
        if self.netem is not None:
            by = "the kernel's netem" if self.netem else "the drill's own line"
            said.append(f"Packets were delayed and lost by {by}.")
        return said


def list_versions(labels: Sequence[str]) -> list[str]:
    """Ask the programs that were drilled what they are. Blocking."""
    said = []
    for label in labels:
        words = _PROGRAMS.get(label)
        if words is None or shutil.which(words[0]) is None:
            continue
        done = subprocess.run(  # noqa: S603  nothing from outside
            words, capture_output=True, text=True, check=False, timeout=_ANSWER_S
        )
        line = (done.stdout or done.stderr).strip().partition("\n")[0]
        said.append(line if label in line else f"{label} {line}")
    return said
