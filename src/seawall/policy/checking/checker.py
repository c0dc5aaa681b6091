"""A check from end to end: files found, read, judged, and their findings located."""

import time
from collections.abc import Callable
from pathlib import Path

from seawall.policy import rulebook
from seawall.policy.checking import judging, locating, walking
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Trouble
from seawall.policy.options import PolicyOptions
from seawall.policy.outcome import Coverage, Outcome
from seawall.policy.reading import formats
from seawall.policy.repository import Repository

Progress = Callable[[int, int], None]
"""Is told how many files have been read, and of how many."""


def check(
    root: Path, options: PolicyOptions | None = None, progress: Progress | None = None
) -> Outcome:
    """Check all files below a folder.

    Args:
        root: The folder; findings name files relative to it.
        options: What was chosen.
        progress: Is told how far it is.
    """
    options = options or PolicyOptions()
    began = time.monotonic()
    found = walking.find_files(root, options)
    facts = list[Fact](found.troubles)
    contents = locating.Contents(root)
    for count, path in enumerate(found.wanted, start=1):
        data = contents.read(path)
        if data is not None:
            facts += formats.read_file(path, data, options.limits)
        if progress is not None:
            progress(count, len(found.wanted))
    repository = Repository(facts, options, contents.read)
    findings, crashes = judging.judge(repository, rulebook.list_rules())
    images = repository.all(ImageUse)
    return Outcome(
        findings=tuple(locating.locate(findings, contents.read)),
        troubles=(*repository.all(Trouble), *crashes),
        coverage=Coverage(
            files=found.count,
            read=len(found.wanted),
            images=len(images),
            unresolved=sum(use.unresolved is not None for use in images),
            seconds=time.monotonic() - began,
        ),
        profile=options.profile,
    )
