"""BLD013: an image that is built although a plain download would do."""

from collections.abc import Iterator

from seawall.policy.facts.builds import Dockerfile, Stage
from seawall.policy.facts.commands import Command
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.knowledge.downloads import is_kept_as_text, is_program, urls
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD013",
    title="Image that is built to hold one download",
    severity=Severity.NOTE,
    confidence=Confidence.MEDIUM,
    what="A Dockerfile that copies nothing of its own and does nothing but install a"
    " downloader and fetch one program with it; perhaps in one stage, from which"
    " another one takes it.",
    why="Each build needs a registry for the base, a mirror for the downloader and the"
    " program's own server; then the image has to be pushed, and pulled wherever the"
    " program is used. The program itself needs one of them, once.",
    remedy="Fetch the program where it is used, with its sum compared, or take an image"
    " that its makers publish.",
    bad="FROM alpine:3.22\nRUN apk add --no-cache curl && curl -fsSLo /usr/bin/kubectl"
    " https://dl.example/v1.34.1/bin/linux/amd64/kubectl && chmod +x"
    " /usr/bin/kubectl\n",
    good="FROM alpine:3.22\nRUN apk add --no-cache curl jq git\nCOPY run.sh /run.sh\n",
    sample="Dockerfile",
)

_AROUND = frozenset(
    (
        "apt-get",
        "apt",
        "apk",
        "dnf",
        "yum",
        "microdnf",
        "chmod",
        "mv",
        "tar",
        "rm",
        "set",
        "install",
        "echo",
        "sha256sum",
        "sha512sum",
        "cd",
        "mkdir",
        "curl",
        "wget",
        "cat",
        "unzip",
        "ln",
        "export",
        "test",
        "[",
        "uname",
        "dpkg",
        "exit",
        "true",
        "gzip",
    )
)
_NEEDED = frozenset(
    (
        "curl",
        "wget",
        "ca-certificates",
        "unzip",
        "tar",
        "gzip",
        "bash",
        "openssl",
        "git",
    )
)
_STAGES = 3
_BARE = frozenset(
    (
        *("alpine", "debian", "ubuntu", "busybox", "fedora", "centos", "rockylinux"),
        *("almalinux", "amazonlinux", "ubi", "ubi-minimal", "ubi-micro", "wolfi-base"),
        *("ubi8", "ubi9", "photon", "oraclelinux", "archlinux", "static", "curl"),
    )
)
"""Bases that do nothing by themselves, by the last part of their names."""
_TARGETS = ("-o", "-O", "-Lo", "-fLo", "-sLo", "-fsSLo", "-sSLo", "--output")
_MANAGERS = {"apt-get", "apt", "apk", "dnf", "yum", "microdnf"}
_VERBS = {"install", "add", "update", "upgrade", "clean", "autoremove", "remove", "del"}


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that only hold a download."""
    del repository, options
    stages = dockerfile.stages
    if not 0 < len(stages) <= _STAGES or not all(map(_is_plain, stages)):
        return
    if len(stages) > 1 and not _takes_over(stages[-1]):
        return
    if not _is_bare(stages[-1]):
        return  # it adds to what another image is for
    commands = [command for stage in stages for command in stage.commands]
    around = _AROUND | {name for one in commands for name in _fetched_names(one)}
    if any(command.program not in around for command in commands):
        return
    if any(not _installs_only_what_is_needed(command) for command in commands):
        return
    fetched = [
        (stage, command, url.value)
        for stage in stages
        for command in stage.commands
        if not is_kept_as_text(command)
        for url in urls(command)
        if is_program(url.value)
    ]
    if len(fetched) == 1:
        stage, command, url = fetched[0]
        said = f"this image is built to hold {url}: its base, packages and push can"
        said += " fail for nothing; fetch that where it is used"
        yield RULE.finding(command, said, owner=stage.owner, subject="image")


def _is_plain(stage: Stage) -> bool:
    """Whether a stage takes nothing but what other stages have."""
    return all(
        "from" in one.flags
        for one in stage.instructions
        if one.keyword in ("COPY", "ADD")
    )


def _is_bare(stage: Stage) -> bool:
    """Whether a stage begins with a distribution alone, or with nothing."""
    if stage.base is None:
        return stage.parent is None
    name = stage.base.repository
    last = name.path.rpartition("/")[2] if name else ""
    return last in _BARE or (name is not None and "distroless" in name.path)


def _takes_over(stage: Stage) -> bool:
    """Whether a stage only takes files of others, and runs nothing."""
    return not stage.commands and any(
        one.keyword == "COPY" for one in stage.instructions
    )


def _fetched_names(command: Command) -> Iterator[str]:
    """Yield what a download may be called: trying whether it runs changes nothing."""
    for url in urls(command):
        yield url.value.partition("?")[0].rpartition("/")[2]
    words = command.arguments
    for at, word in enumerate(words[:-1]):
        if word in _TARGETS:
            yield words[at + 1].rpartition("/")[2]


def _installs_only_what_is_needed(command: Command) -> bool:
    """Whether packages are those that a download needs."""
    if command.program not in _MANAGERS:
        return True
    words = [word.partition("=")[0] for word in command.operands]
    return all(word in _VERBS or word in _NEEDED for word in words)
