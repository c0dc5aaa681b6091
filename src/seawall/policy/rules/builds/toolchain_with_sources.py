"""BLD012: a toolchain that is fetched again whenever a source changes."""

import re
from collections.abc import Iterator
from itertools import takewhile

from seawall.policy.facts.builds import Dockerfile, Instruction
from seawall.policy.facts.commands import Command
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.downloads import is_installer, is_program, urls
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_GET = "RUN curl -fsSL https://dl.example/go1.26.linux-amd64.tar.gz | tar -xz -C /usr"
RULE = Rule(
    id="BLD012",
    title="Toolchain fetched behind the sources that it builds",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    fixes=(FixKind.UNSAFE,),
    what="A RUN that fetches and unpacks a toolchain, behind a COPY or ADD of the"
    " build's own sources in the same stage, alone or before it builds.",
    why="A builder keeps what stands before the first line that changed. Each change of"
    " a source makes it fetch the toolchain again: another chance each time that its"
    " server is down, slow, or limits.",
    remedy="Fetch it before the sources are copied (`--fix=all` moves the RUN, or what"
    " it does first), or in a stage of its own, from which `COPY --from=` takes it.",
    bad=f"FROM debian:12\nCOPY . /src\n{_GET}\nRUN make -C /src\n",
    good=f"FROM debian:12\n{_GET}\nCOPY . /src\nRUN make -C /src\n",
    sample="Dockerfile",
    links=("https://docs.docker.com/build/cache/optimize/",),
)

_FETCHERS = frozenset(
    (
        "curl",
        "wget",
        "tar",
        "unzip",
        "sh",
        "bash",
        "chmod",
        "mv",
        "ln",
        "rm",
        "mkdir",
        "sha256sum",
        "sha512sum",
        "gpg",
        "set",
        "echo",
        "export",
        "install",
        "cd",
        "test",
    )
)
_SHELLS = frozenset(("sh", "bash"))
_MANAGERS = frozenset(("apt-get", "apt", "apk", "dnf", "yum", "microdnf"))
_SOURCES = frozenset(
    ("", ".", "src", "source", "sources", "cmd", "pkg", "internal", "lib", "app")
)
"""What a COPY takes from the context, if it is what the build is about."""
_TOOLCHAIN = re.compile(
    r"/(?:v[\d.]+/)?(?:go\$?[\d{]|node-v|(?:open)?jdk|zulu|gradle-|apache-maven|cmake-"
    r"|protoc-|llvm|clang|gcc-|zig-|bazel|dotnet-|swift-|rust(?:up)?-|kotlin|sbt-|ninja)"
)
"""Archives and programs that are toolchains by their names."""
_JOINED = re.compile(rb"(?:[ \t]|\\\r?\n)*&&(?:[ \t]|\\\r?\n)*")
_CARRIES = frozenset(("cd", "export", "set", "umask"))
_SETS = {"ARG", "ENV", "WORKDIR", "USER", "SHELL"}


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find toolchains that come behind sources."""
    del options
    for stage in dockerfile.stages:
        sources: Instruction | None = None
        between: list[Instruction] = []
        for instruction in stage.instructions:
            if _copies_sources(instruction):
                sources = sources or instruction
            elif sources is not None and _fetches(instruction):
                said = (
                    f"{stage.owner} fetches a toolchain behind its sources, so anew for"
                )
                said += " each change of them: fetch it before they are copied"
                yield RULE.finding(
                    instruction,
                    said,
                    owner=stage.owner,
                    related=(sources,),
                    fix=_move(instruction, sources, between, repository),
                )
            if sources is not None:
                between.append(instruction)


def _copies_sources(instruction: Instruction) -> bool:
    """Whether it copies from the build's context, and not some small file of it."""
    if instruction.keyword not in ("COPY", "ADD") or "from" in instruction.flags:
        return False
    words = [w for w in instruction.value.value.split() if not w.startswith("--")]
    return any(
        word.removeprefix("./").rstrip("/") in _SOURCES or word.startswith("*.")
        for word in words[:-1]
    )


def _fetches(instruction: Instruction) -> bool:
    """Whether it fetches a toolchain, and puts it where it belongs.

    What else it does then is the build, if what it fetches is a toolchain for sure.
    """
    if instruction.keyword != "RUN" or instruction.onbuild:
        return False
    first = _leading(instruction)
    rest = len(first) < len(instruction.commands)
    return any(
        is_installer(url.value)
        or (is_program(url.value) and (not rest or _TOOLCHAIN.search(url.value)))
        for command in first
        for url in urls(command)
    )


def _leading(instruction: Instruction) -> list[Command]:
    """List the commands, up to the first that does more than to fetch and unpack."""
    return list(takewhile(_is_first, instruction.commands))


def _is_first(command: Command) -> bool:
    """Whether a command belongs to fetching; a shell only if it is fed by a pipe."""
    if command.program in _SHELLS and command.before != "|":
        return False
    return command.program in _FETCHERS or command.program in _MANAGERS


def _move(
    instruction: Instruction,
    sources: Instruction,
    between: list[Instruction],
    repository: Repository,
) -> Fix | None:
    """Put it before the sources, unless something between says how it runs."""
    content = repository.content(instruction.path)
    if content is None or any(one.keyword in _SETS for one in between):
        return None
    end = content.find(b"\n", instruction.stop) + 1
    moved = _part(instruction, content, end)
    if not end or moved is None or _needs(instruction, sources):
        return None
    text, stop = moved
    path = instruction.path
    left = b"" if stop == end else b"RUN "
    edits = (
        Edit(path, sources.start, sources.start, text),
        Edit(path, instruction.start, stop, left),
    )
    reason = (
        "it is fetched again only if it changes itself; it must not need the sources"
    )
    return Fix(FixKind.UNSAFE, edits, reason)


def _needs(instruction: Instruction, sources: Instruction) -> bool:
    """Whether what fetches names the place that the sources come to."""
    target = sources.value.value.split()[-1].rstrip("/").removeprefix("./")
    return target not in ("", ".") and any(
        word.value == target or f"{target}/" in word.value
        for command in _leading(instruction)
        for word in command.words
    )


def _part(
    instruction: Instruction, content: bytes, end: int
) -> tuple[bytes, int] | None:
    """Cut off what fetches: as a RUN of its own, with where the rest begins.

    `None` where what comes first changes how the rest runs, or is not one piece.
    """
    first = _leading(instruction)
    rest = instruction.commands[len(first) :]
    if not rest:
        return content[instruction.start : end], end
    last, then = first[-1].stop, rest[0].start
    lead = content[instruction.start : first[0].start]
    if lead.strip() != b"RUN" or not _JOINED.fullmatch(content[last:then]):
        return None
    if any(one.program in _CARRIES or one.within for one in (*first, rest[0])):
        return None
    newline = b"\r\n" if content[end - 2 : end] == b"\r\n" else b"\n"
    return content[instruction.start : last] + newline, then
