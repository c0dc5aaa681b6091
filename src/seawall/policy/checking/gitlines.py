"""Findings on lines that are no older than a commit, by what git has stored of it."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Self

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
_CHOOSING = {
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
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
        asked = ("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        commit = _ask(root, *asked).decode(errors="replace").strip()
        if not commit:
            raise InputError(
                f"--since {ref}: there is no such commit, branch or tag{_hint(root)}"
            )
        base = _ask(root, "merge-base", commit, "HEAD", failing=True)
        self.commit = base.decode(errors="replace").strip() or commit

    def sift(
        self, findings: Iterable[Finding], repository: Repository
    ) -> Iterator[Finding]:
        """Yield the findings on new lines, and in what has lost some."""
        changes: dict[str, tuple[bytes, Changed] | None] = {}
        statements = Statements(repository)
        with _Store(self._root, self.commit) as store:
            for finding in findings:
                path = finding.place.path
                if path not in changes:
                    new = repository.content(path)
                    old = store.read(path)
                    changes[path] = None if new is None else (new, compare(old, new))
                change = changes[path]
                if change is None or _is_new(finding, statements, *change):
                    yield finding


class _Store:
    """What git has stored of a repository at a commit, and of its submodules.

    Args:
        root: The root of the repository.
        commit: The commit.
    """

    def __init__(self, root: Path, commit: str) -> None:
        self._root = root
        self._commit = commit
        self._inner: dict[str, _Store] = {}
        self._git = subprocess.Popen(  # noqa: S603  git, asked for what it has stored
            _command(root, "cat-file", "--batch"),
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self) -> Self:
        """Let it be asked."""
        return self

    def __exit__(self, *error: object) -> None:
        """End what answers."""
        for inner in self._inner.values():
            inner.__exit__(*error)
        with suppress(BrokenPipeError):
            self._git.communicate()

    def read(self, path: str) -> bytes | None:
        """Read a file as it was, perhaps by another name; `None`: it was not there."""
        if packed.is_inside(path):
            archive, member = packed.split(path)
            old = self.read(archive)
            try:
                inner = packed.unpack(archive, old, LimitOptions()) if old else None
            except InputError:
                return None
            return inner.files.get(member) if inner else None
        link = next((one for one in self._links if path.startswith(f"{one}/")), "")
        if link:
            return self._open(link).read(path[len(link) + 1 :])
        found = self._cat(path)
        if found is None and path in self._renames:
            found = self._cat(self._renames[path])
        return found

    def _open(self, link: str) -> "_Store":
        if link not in self._inner:
            self._inner[link] = _Store(self._root / link, self._links[link])
        return self._inner[link]

    @cached_property
    def _links(self) -> dict[str, str]:
        """The commits of its submodules that are there, by their folders."""
        tree = _ask(self._root, "ls-tree", "-r", "-z", self._commit, failing=True)
        found = {}
        for entry in tree.split(b"\0"):
            head, _, name = entry.partition(b"\t")
            path = os.fsdecode(name)
            if head.startswith(b"160000 ") and (self._root / path / ".git").exists():
                found[path] = head.split()[2].decode()
        return found

    @cached_property
    def _renames(self) -> dict[str, str]:
        """Old names of files by new ones, as the index has them: no file is read."""
        words = ("--cached", "-M", "-l2000", "-O/dev/null", "--diff-filter=R")
        told = _ask(
            self._root,
            *("diff-index", *words, "--name-status", "-r", "-z", self._commit),
            failing=True,
        ).split(b"\0")
        return dict(
            zip(
                map(os.fsdecode, told[2::3]), map(os.fsdecode, told[1::3]), strict=False
            )
        )

    def _cat(self, path: str) -> bytes | None:
        asks, answers = self._git.stdin, self._git.stdout
        if "\n" in path or asks is None or answers is None:
            return None
        try:
            asks.write(os.fsencode(f"{self._commit}:{path}\n"))
            asks.flush()
        except BrokenPipeError:
            raise InputError(f"git could not read {path} of {self._commit}") from None
        words = answers.readline().split()
        if len(words) != 3 or not words[2].isdigit():  # noqa: PLR2004  id, type, size
            return None
        content = answers.read(int(words[2]) + 1)[:-1]
        return content if words[1] == b"blob" else None


def _ask(root: Path, *words: str, failing: bool = False) -> bytes:
    """Ask git for what it has stored; nothing, if it has no such thing.

    Args:
        root: The root of the repository.
        words: What is asked.
        failing: Whether it does not matter why there is no answer.

    Raises:
        InputError: There is no git, or it says why it does not answer.
    """
    try:
        done = subprocess.run(  # noqa: S603  git, with a commit that was looked at
            _command(root, *words),
            env=_environment(),
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else "it did not end in time"
        raise InputError(f"--since needs git: {reason}") from exc
    if done.returncode and done.stderr.strip() and not failing:
        said = done.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise InputError(f"--since: git says: {said.removeprefix('fatal: ')}")
    return b"" if done.returncode else done.stdout


def _hint(root: Path) -> str:
    """Say why a commit may be missing that others have."""
    shallow = _ask(root, "rev-parse", "--is-shallow-repository", failing=True)
    if shallow.strip() != b"true":
        return ""
    return "; this clone is shallow: fetch its history, too (fetch-depth: 0)"


def _command(root: Path, *words: str) -> list[str]:
    switches = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
    return ["git", "-C", str(root), "--no-pager", *switches, *words]


def _environment() -> dict[str, str]:
    """Take what chooses another repository out: hooks of git have it set."""
    kept = {key: value for key, value in os.environ.items() if key not in _CHOOSING}
    return {**kept, **_ENVIRONMENT}


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
