"""BLD012: a toolchain that is fetched again whenever a source changes."""

from collections.abc import Iterator

from seawall.policy.facts.builds import Dockerfile, Instruction
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
    what="A RUN that only fetches and unpacks a toolchain, behind a COPY or ADD of the"
    " build's own sources in the same stage.",
    why="A builder keeps what stands before the first line that changed. Each change of"
    " a source makes it fetch the toolchain again: another chance each time that its"
    " server is down, slow, or limits.",
    remedy="Fetch it before the sources are copied (`--fix=all` moves the RUN), or in a"
    " stage of its own, from which `COPY --from=` takes it.",
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
_ALL = {".", "./", "./.", "src", "src/", "./src"}
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
        word in (".", "./", "./.", "src", "src/", "./src") for word in words[:-1]
    )


def _fetches(instruction: Instruction) -> bool:
    """Whether it does nothing but fetch a toolchain and put it where it belongs."""
    if instruction.keyword != "RUN" or instruction.onbuild:
        return False
    found = False
    for command in instruction.commands:
        if command.program not in _FETCHERS:
            return False
        found = found or any(
            is_installer(url.value) or is_program(url.value) for url in urls(command)
        )
    return found


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
    if not end:
        return None
    text = content[instruction.start : end]
    path = instruction.path
    edits = (
        Edit(path, sources.start, sources.start, text),
        Edit(path, instruction.start, end, b""),
    )
    reason = (
        "it is fetched again only if it changes itself; it must not need the sources"
    )
    return Fix(FixKind.UNSAFE, edits, reason)
