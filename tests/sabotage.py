"""Seawalls with a part taken out, to see that the drill notices: copies of the tree."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Cut:
    """One line that is changed: where, what, and into what."""

    file: str
    line: str
    broken: str


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A part that is taken out, and the scenarios in which that shows."""

    part: str
    cuts: tuple[Cut, ...]
    scenarios: tuple[str, ...]

    def __str__(self) -> str:
        """Its part, for test ids."""
        return self.part


SABOTAGES = (
    Sabotage(
        "resume",
        (
            Cut(
                "transfer/sources/place.py",
                'return {"Range": f"bytes={start}-{last}"}',
                "return {}",
            ),
        ),
        (
            *("stall-each-2-mib", "reset-each-2-mib", "early-end-each-2-mib"),
            *("gone-each-3-mib", "redirect-expires", "token-over-in-mid-blob"),
            *("both-stumble", "calm"),
        ),
    ),
    Sabotage(
        "digest check",
        (
            Cut(
                "transfer/crew.py",
                "if flight.exceeds(size) or scribe.hexdigest() != "
                "flight.want.digest.hex:",
                "if flight.exceeds(size):",
            ),
            Cut(
                "supply/images/manifests.py",
                "if Digest.of(reply.body, digest.algorithm) != digest:",
                "if not reply.body:",
            ),
        ),
        (
            *("wrong-byte-once", "wrong-first-byte-once", "wrong-last-byte-once"),
            *("wrong-configuration-once", "wrong-byte-always", "wrong-byte-mirror"),
            *("wrong-manifest-once", "wrong-part", "calm"),
        ),
    ),
    Sabotage(
        "stale answers",
        (
            Cut(
                "supply/freshness.py",
                "return age_s <= (options.refused_max_s if refused"
                " else options.stale_max_s)",
                "return age_s < 0 and refused",
            ),
        ),
        (
            *("limit-hub-spent-after-warm-up", "5xx-after-warm-up"),
            *("refused-after-warm-up", "token-server-down-after-warm-up"),
            *("gone-after-warm-up", "gone-at-start-up", "tag-moved-then-gone"),
            *("both-gone-after-warm-up", "calm"),
        ),
    ),
)


def copy_broken(sabotage: Sabotage, place: Path) -> Mapping[str, str]:
    """Copy the package with a part taken out; give the environment that runs it."""
    copy = place / "src"
    shutil.copytree(
        ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for cut in sabotage.cuts:
        file = copy / "seawall" / cut.file
        text = file.read_text()
        assert text.count(cut.line) == 1, f"{cut.file} has another line by now"
        file.write_text(text.replace(cut.line, cut.broken))
    return {"PYTHONPATH": str(copy)}
