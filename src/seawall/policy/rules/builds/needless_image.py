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
    what="A Dockerfile of one stage that copies nothing of its own and does nothing but"
    " install a downloader and fetch one program with it.",
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
_MANAGERS = {"apt-get", "apt", "apk", "dnf", "yum", "microdnf"}
_VERBS = {"install", "add", "update", "upgrade", "clean", "autoremove", "remove", "del"}


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that only hold a download."""
    del repository, options
    if len(dockerfile.stages) != 1:
        return
    stage = dockerfile.stages[0]
    if stage.base is None or any(
        one.keyword in ("COPY", "ADD") for one in stage.instructions
    ):
        return
    commands = stage.commands
    if any(command.program not in _AROUND for command in commands):
        return
    if any(not _installs_only_what_is_needed(command) for command in commands):
        return
    fetched = [
        url
        for command in commands
        if not is_kept_as_text(command)
        for url in urls(command)
        if is_program(url.value)
    ]
    if len(fetched) == 1:
        said = f"this image is built to hold {fetched[0].value}: its base, packages and"
        said += " push can fail for nothing; fetch that where it is used"
        yield RULE.finding(_first(stage), said, owner=stage.owner, subject="image")


def _first(stage: Stage) -> Command | Stage:
    found = (command for command in stage.commands if urls(command))
    return next(found, stage)


def _installs_only_what_is_needed(command: Command) -> bool:
    """Whether packages are those that a download needs."""
    if command.program not in _MANAGERS:
        return True
    words = [word.partition("=")[0] for word in command.operands]
    return all(word in _VERBS or word in _NEEDED for word in words)
