"""Charts, packages and tools that a repository fetches, by where they come from."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.charts import Chart
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.pipelines import Job, Step
from seawall.policy.facts.text import Fact
from seawall.policy.inventory.entitlement import ANONYMOUS
from seawall.policy.inventory.entries import How, Kind, Pull, Use
from seawall.policy.knowledge.downloads import is_installer, is_moving, is_program, urls
from seawall.policy.repository import Repository

_INSTALLS = {
    "apt": ("install", "build-dep"),
    "apt-get": ("install", "build-dep"),
    "apk": ("add",),
    "dnf": ("install",),
    "microdnf": ("install",),
    "yum": ("install",),
    "zypper": ("install", "in"),
    "pip": ("install", "download"),
    "pip3": ("install", "download"),
    "npm": ("install", "ci", "i"),
    "pnpm": ("install", "add"),
    "yarn": ("install", "add"),
    "go": ("install", "get", "mod"),
    "cargo": ("install", "fetch"),
    "gem": ("install",),
    "bundle": ("install",),
}
"""What installs packages, by program: its verbs that fetch."""
_OCI = "oci://"
_ADDRESS = re.compile(r"--(?:extra-)?(?:index-url|registry|repository|repo)(?:=|$)|-i$")
_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SETUP = re.compile(r"/(?:setup|install)-[\w-]+$|/(?:rust-toolchain|toolchain)$")


def find_charts(repository: Repository) -> Iterator[tuple[Pull, Use]]:
    """Find the charts that others need; those that are packed in are none."""
    for chart in repository.all(Chart):
        for need in chart.dependencies:
            address = need.repository.value if need.repository else ""
            if not address or address.startswith("file:"):
                continue
            name = need.name
            if address.startswith(_OCI):  # there its folder is a part of its name
                name = f"{_path(address).strip('/')}/{name}".lstrip("/")
            pull = _name_chart(address, name, need.version)
            start = need.repository.start if need.repository else chart.start
            owner = f"chart {chart.name}"
            yield (
                pull,
                Use(chart.path, start, owner, repository.context(chart.path)),
            )


def _name_chart(address: str, name: str, version: str) -> Pull:
    how = How.VERSION if _EXACT.fullmatch(version) else How.FLOATING
    return Pull(Kind.CHART, _host(address), name, version, how, ANONYMOUS)


def find_fetched(repository: Repository) -> Iterator[tuple[Pull, Use]]:
    """Find what commands and steps fetch: packages, and tools by their addresses."""
    for command in repository.all(Command):
        if command.setting is Setting.CODE:
            continue
        for pull in (*_find_packages(command), *_find_tools(command)):
            yield pull, _use(command, command.owner, repository)
    for step in repository.all(Step):
        if step.uses is None or not _SETUP.search(step.action):
            continue
        _, _, version = step.uses.value.partition("@")
        how = How.PINNED if _COMMIT.fullmatch(version) else How.FLOATING
        pull = Pull(Kind.TOOL, "actions", step.action, version, how, ANONYMOUS)
        yield pull, _use(step, "", repository)


def list_packages(repository: Repository) -> list[str]:
    """List the Debian packages that commands install by name, with their versions."""
    found: set[str] = set()
    for command in repository.all(Command):
        if command.program in ("apt", "apt-get") and "install" in command.operands[:1]:
            found |= {word for word in command.operands[1:] if _is_package(word)}
    return sorted(found)


def _is_package(word: str) -> bool:
    return re.fullmatch(r"[a-z0-9][a-z0-9+.-]+(?:=[\w.+:~-]+)?", word) is not None


def _find_packages(command: Command) -> Iterator[Pull]:
    verbs = _INSTALLS.get(command.program, ())
    if not verbs or not any(word in verbs for word in command.operands[:1]):
        return
    given = _addresses(command)
    tool = command.program.removesuffix("-get").rstrip("3")
    hosts = [_host(one) for one in given] or [f"sources of {tool}"]
    fixed = command.operands[0] == "ci" or command.has_option("--require-hashes")
    how = How.PINNED if fixed else How.FLOATING
    for host in hosts:
        yield Pull(Kind.PACKAGES, host, tool, "", how, ANONYMOUS)


def _addresses(command: Command) -> list[str]:
    found = []
    words = command.arguments
    for at, word in enumerate(words):
        if _ADDRESS.match(word):
            value = word.partition("=")[2] or "".join(words[at + 1 : at + 2])
            if "://" in value:
                found.append(value)
    return found


def _find_tools(command: Command) -> Iterator[Pull]:
    for text in urls(command):
        url = text.value
        if not (is_program(url) or is_installer(url)):
            continue
        how = How.FLOATING if is_moving(url) or is_installer(url) else How.VERSION
        yield Pull(Kind.TOOL, _host(url), _path(url), "", how, ANONYMOUS)
    operands = command.operands
    if command.program == "helm" and operands[:2] == ("repo", "add"):
        for word in operands[2:]:
            if "://" in word:
                yield Pull(Kind.CHART, _host(word), "*", "", How.FLOATING, ANONYMOUS)
    elif command.program == "helm" and operands[:1]:
        version = _find_version(command)
        for word in operands[1:]:
            if word.startswith(_OCI) and "$" not in word:
                yield _name_chart(word, _path(word), version)


def _find_version(command: Command) -> str:
    words = " ".join(command.arguments)
    found = re.search(r"--version[= ](\S+)", words)
    return found[1] if found else ""


def _use(fact: Fact, owner: str, repository: Repository) -> Use:
    job, build = repository.parent(fact, Job), repository.parent(fact, Dockerfile)
    return Use(
        path=fact.path,
        start=fact.start,
        owner=owner or (f"job {job.name}" if job else ""),
        context=repository.context(fact.path),
        job=f"{fact.path} {job.name}" if job else "",
        build=fact.path if build else "",
    )


def _host(address: str) -> str:
    """Name the host of an address, without the credential that may stand in it."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return address.rpartition("@")[2]
    if not host:
        return address.partition("/")[0]
    return f"{host}:{port}" if port else host


def _path(url: str) -> str:
    """Name what is fetched, without what follows `?`, which may be a token."""
    return url.partition("://")[2].partition("/")[2].partition("?")[0]
