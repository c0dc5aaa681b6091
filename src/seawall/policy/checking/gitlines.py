"""Findings on lines that are no older than a commit, by what git has stored of it."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from seawall.errors import InputError
from seawall.policy.accepting.accepting import Statements
from seawall.policy.accepting.linediff import Changed, compare
from seawall.policy.finding import Finding
from seawall.policy.options import LimitOptions
from seawall.policy.reading.charts import packed
from seawall.policy.repository import Repository

_TIMEOUT_S = 60.0
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # what is missing stays so: nothing is fetched
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}


class Since:
    """The versions of files at a commit.

    Git is only asked for what it has stored, and the comparing is done here: `git diff`
    on a working tree would run the filters that a repository's own configuration names.

    Args:
        root: The root of the repository.
        ref: A commit, branch or tag; what counts is where its history and that of
            `HEAD` parted, so that what others did meanwhile is nobody's change here.

    Raises:
        InputError: There is no such commit, or no repository.
    """

    def __init__(self, root: Path, ref: str) -> None:
        self._root = root
        if not (root / ".git").exists():
            raise InputError(f"--since {ref}: {root} is no git repository")
        if ref.startswith("-") or not ref.isprintable():
            raise InputError(f"--since {ref!r} is no commit, branch or tag")
        self.commit = self._ask("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if not self.commit:
            raise InputError(f"--since {ref}: there is no such commit, branch or tag")
        base = self._ask("merge-base", self.commit, "HEAD")
        self.commit = base or self.commit

    def sift(
        self, findings: Iterable[Finding], repository: Repository
    ) -> Iterator[Finding]:
        """Yield the findings on new lines, and in what has lost some."""
        changes: dict[str, tuple[bytes, Changed] | None] = {}
        statements = Statements(repository)
        with subprocess.Popen(  # noqa: S603  git, asked for what it has stored
            self._command("cat-file", "--batch"),
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as git:
            if git.stdin is None or git.stdout is None:
                return
            for finding in findings:
                path = finding.place.path
                if path not in changes:
                    new = repository.content(path)
                    old = self._read(path, git.stdin, git.stdout)
                    changes[path] = None if new is None else (new, compare(old, new))
                change = changes[path]
                if change is None or _is_new(finding, statements, *change):
                    yield finding

    def _read(self, path: str, asks: IO[bytes], answers: IO[bytes]) -> bytes | None:
        """Read a file as it was; `None` if it was not there."""
        if packed.is_inside(path):
            archive, member = packed.split(path)
            old = self._read(archive, asks, answers)
            try:
                limits = LimitOptions()
                return (
                    packed.unpack(archive, old, limits).files.get(member)
                    if old
                    else None
                )
            except InputError:
                return None
        if "\n" in path:
            return None
        name = f"{self.commit}:{path}".encode(errors="surrogateescape")
        try:
            asks.write(name + b"\n")
            asks.flush()
        except BrokenPipeError:
            raise InputError(f"git could not read {path} of {self.commit}") from None
        words = answers.readline().split()
        if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004  id, type, size
            return None
        content = answers.read(int(words[2]) + 1)[:-1]
        return content if words[1] == b"blob" else None

    def _ask(self, *words: str) -> str:
        try:
            done = subprocess.run(  # noqa: S603  git, with a commit that was looked at
                self._command(*words),
                env={**os.environ, **_ENVIRONMENT},
                capture_output=True,
                timeout=_TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            raise InputError(f"--since needs git: {exc}") from exc
        return done.stdout.decode(errors="replace").strip()

    def _command(self, *words: str) -> list[str]:
        switches = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
        return ["git", "-C", str(self._root), "--no-pager", *switches, *words]


def _is_new(
    finding: Finding, statements: Statements, content: bytes, changed: Changed
) -> bool:
    place = finding.place
    if changed.touches(place.line, max(place.line, place.end_line)):
        return True
    # A workload that loses its pull secrets has no new line, and is worse than before.
    for fact in statements.blocks(finding) if changed.gaps else ():
        first = content.count(b"\n", 0, fact.start) + 1
        if changed.gapes(first, content.count(b"\n", 0, fact.stop) + 1):
            return True
    return False
