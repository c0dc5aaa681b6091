"""The files below a folder that are worth reading, in a steady order."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import PolicyOptions, matches
from seawall.policy.reading import formats


@dataclass(slots=True)
class Found:
    """What is there.

    Attributes:
        wanted: Files that some reader is for, relative to the root.
        count: How many files there are at all.
        troubles: What could not be looked at.
    """

    wanted: list[str] = field(default_factory=list)
    count: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def find_files(root: Path, options: PolicyOptions) -> Found:
    """Find all files below a folder; symbolic links are not followed."""
    found = Found()
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            relative = path.relative_to(root).as_posix()
            if path.is_symlink() or any(matches(p, relative) for p in options.exclude):
                continue
            found.count += 1
            if not formats.wants(relative):
                continue
            if path.stat().st_size > options.limits.file_bytes:
                found.troubles.append(_too_large(relative, options))
                continue
            found.wanted.append(relative)
    return found


def _too_large(path: str, options: PolicyOptions) -> Trouble:
    message = f"larger than {options.limits.file_bytes} bytes: not read"
    return Trouble(
        path=path, start=0, stop=0, obstacle=Obstacle.BOUNDED, message=message
    )
