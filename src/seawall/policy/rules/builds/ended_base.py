"""BLD009: a base that nobody looks after any more."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.lifetimes import find_ended
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD009",
    title="Base that came to its end",
    severity=Severity.WARNING,
    what="A stage that begins with a release of Debian, Ubuntu, Alpine, CentOS, Fedora,"
    " Amazon Linux, Node.js or Python whose free support is over, as far as its tag"
    " says: `python:3.13-alpine3.15` stands on Alpine 3.15.",
    why="Its packages move to archives of old releases, and then `apt-get update` and"
    " its like fail with 404 from one day to the next. Its image is never mended, and"
    " in the end removed.",
    remedy="Build upon a release that is looked after.",
    bad="FROM debian:buster-slim\n",
    good="FROM debian:trixie-slim\n",
    sample="Dockerfile",
    links=(
        "https://wiki.debian.org/LTS",
        "https://ubuntu.com/about/release-cycle",
        "https://alpinelinux.org/releases",
        "https://nodejs.org/en/about/previous-releases",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find bases that are over."""
    del repository, options
    if use.role is not Role.FROM or use.reference is None:
        return
    ended = find_ended(use.reference)
    if ended is not None:
        message = (
            f"{use.label}: support of {ended.name} ended on {ended.on}, and"
            " what it fetches may be gone any day: build upon a newer release"
        )
        yield RULE.finding(use, message)
