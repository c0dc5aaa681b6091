"""BLD005: a toolchain that is fetched while building, moving or unverified."""

import re
from collections.abc import Iterator

from seawall.policy.facts.builds import Instruction, Stage
from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Text
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.knowledge.downloads import (
    is_installer,
    is_kept_as_text,
    is_moving,
    is_program,
    is_verified_behind,
    runs_it,
    urls,
)
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD005",
    title="Toolchain fetched at build, moving or unverified",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    what="curl or wget in a RUN that fetches `stable.txt`, `releases/latest` and the"
    " like, gives what comes to an interpreter, or fetches an archive or a program that"
    " nothing behind it in the same RUN compares with a sum or a signature; `go"
    " install`, `go run` or `npm install -g` of the newest (`@latest`, `@main`), which"
    " is a note in scripts, makefiles and pipelines. A fixed version without a sum is a"
    " note. Keys and lists of packages are left out.",
    why="Another server has to be up for each build that misses the builder's cache,"
    " what it gives may change from one day to the next, and a page that says 503 is"
    " unpacked, or run, like a program.",
    remedy="Name a version and its sum, and compare before use:"
    ' `echo "$SUM  tool.tgz" | sha256sum -c -`. Or copy it from an image that is'
    " pinned: `COPY --from=`.",
    bad="FROM debian:12\nRUN curl -fsSL https://sh.rustup.rs | sh -s -- -y\n",
    good="FROM debian:12\nRUN curl -fsSLO https://dl.example/tool-1.2.tgz"
    " && echo '5b3c  tool-1.2.tgz' | sha256sum -c - && tar xzf tool-1.2.tgz\n",
    sample="Dockerfile",
    links=("https://docs.docker.com/build/building/best-practices/#add-or-copy",),
)


def check(
    command: Command, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find downloads that nobody can repeat or verify."""
    del options
    # Outside of builds, `go get` writes a version into go.mod:
    # https://go.dev/doc/go-get-install-deprecation
    newest, fetched = _find_newest(command), urls(command)
    if newest is None and not fetched:
        return
    instruction = repository.parent(command, Instruction)
    stage = repository.parent(command, Stage)
    owner = stage.owner if stage else command.owner
    if newest is not None and (instruction or "get" not in command.operands[:1]):
        yield RULE.finding(
            command,
            f"{newest.value} means another thing on another day: name a version",
            at=newest,
            owner=owner,
            subject=newest.value,
            severity=None if instruction else Severity.NOTE,
        )
    if instruction is None or instruction.keyword != "RUN":
        return
    verified = is_verified_behind(command, instruction.commands)
    for url in fetched:
        bare = _PRINTED.sub("$_", url.value)
        if "$(" in bare:
            continue  # what is fetched for it is looked at by itself
        said = _judge(command, bare, verified=verified)
        if said is None:
            continue
        severity, words = said
        yield RULE.finding(
            command,
            f"{url.value} {words}",
            at=url,
            owner=owner,
            subject=url.value,
            severity=severity,
        )


_PRINTED = re.compile(r"\$\((?![^()]*\b(?:curl|wget)\b)[^()]*\)")
"""What a command prints that asks nobody: the platform, a version of a file."""
_NEWEST = re.compile(r"[\w./@-]+@(?:latest|master|main|HEAD|next)")
_GETS = {
    "go": ({"install", "run", "get"}, ""),
    "npm": ({"install", "i", "add"}, "-g"),
}


def _find_newest(command: Command) -> Text | None:
    """Find a tool that a package manager is told to fetch by no version."""
    verbs, option = _GETS.get(command.program, (set(), ""))
    if not verbs & set(command.operands[:1]):
        return None
    if option and not command.has_option(option, "--global"):
        return None
    found = (word for word in command.argv[1:] if _NEWEST.fullmatch(word.value))
    return next(found, None)


def _judge(
    command: Command, url: str, *, verified: bool
) -> tuple[Severity, str] | None:
    if runs_it(command):
        return (
            Severity.WARNING,
            "is run as it comes, an error page too: compare its sum first",
        )
    if is_kept_as_text(command) and not is_moving(url):
        return None
    if is_moving(url) and not verified:
        return (
            Severity.WARNING,
            "means another thing on another day: name a version and its sum",
        )
    if is_installer(url) and not verified:
        return (
            Severity.WARNING,
            "installs the newest of something: name a version and its sum",
        )
    if is_program(url) and not verified:
        return (
            Severity.NOTE,
            "is compared with no sum and no signature, and half of it passes for all",
        )
    return None
