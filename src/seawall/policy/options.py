"""What can be chosen for a check: profile, severities, contexts, trusted registries."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import lru_cache

import msgspec

from seawall.policy import globs
from seawall.policy.finding import Context, Severity

_MIB = 1024 * 1024


class Profile(StrEnum):
    """What a check is for."""

    AVAILABILITY = "availability"  # what makes pulls fail
    STRICT = "strict"  # and what makes them differ: digests everywhere
    AIRGAP = "airgap"  # and whatever leaves the allowed registries


class Switch(StrEnum):
    """What settings say of a rule: a severity, or that it is off."""

    OFF = "off"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def severity(self) -> Severity | None:
        """The severity, or `None` for off."""
        return None if self is Switch.OFF else Severity(self.value)


class ContextPattern(msgspec.Struct, frozen=True):
    """Files that a pattern matches are for something.

    Attributes:
        pattern: A path with `*`, `**` and `?`, relative to the root of the check.
        context: What these files are for.
    """

    pattern: str
    context: Context


class Mirror(msgspec.Struct, frozen=True):
    """Where a registry's images can be had, too.

    Attributes:
        source: A registry, or a part of one: `docker.io`, `quay.io/prometheus`.
        target: What takes its place: `mirror.example/dockerhub`.
        secret: The pull secret that the mirror needs, if it needs one.
        plain: Whether it is reached without TLS.
        ca: The file, on the clients, with the certificate that signs its own.
        digests: Whether it is asked for digests alone, since it is not trusted with
            what tags mean.
    """

    source: str
    target: str
    secret: str = ""
    plain: bool = False
    ca: str = ""
    digests: bool = False


class PolicyException(msgspec.Struct, frozen=True):
    """Findings that somebody accepted.

    Attributes:
        rules: Their rules; `*` for all.
        paths: Patterns of files; none: everywhere.
        subjects: Patterns of what they are about, such as `quay.io/prometheus/*`; none:
            everything.
        reason: Why.
        expires: The last day on which it holds; `None`: for ever.
    """

    rules: tuple[str, ...]
    reason: str
    paths: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    expires: date | None = None


class LimitOptions(msgspec.Struct, frozen=True):
    """Bounds on what is read, so that no repository can stop a check.

    Attributes:
        file_bytes: A larger file is not read; no manifest written by hand comes near.
        files: More are not read.
        nodes: Values in one YAML file.
        depth: How deep values may be nested.
        file_s: Reading one file may take so long; then its worker is replaced.
        rule_s: One rule may compute so long on one thing, or half of that; then it is
            broken off.
    """

    file_bytes: int = 4 * _MIB
    files: int = 200_000
    nodes: int = 200_000
    depth: int = 100
    file_s: float = 20.0
    rule_s: float = 60.0


class PolicyOptions(msgspec.Struct, frozen=True):
    """All that a check can be told.

    Attributes:
        profile: What it is for.
        severities: What settings say of rules, by id or family.
        contexts: What files are for, where their names do not say it; the first
            pattern that matches counts.
        exclude: Patterns of files that are not looked at.
        allowed: Registries, or parts of them, that may be used; none: all.
        mirrors: Where images can be had, too; of one source, the first is tried first.
        private: Repositories that need a credential: `registry.example/team/*`.
        secrets: Pull secrets that something outside the files makes: `name`, or
            `namespace/name`.
        providers: Hosts that the nodes have credentials for: `*.dkr.ecr.*`.
        replacements: Images that may take the place of others: name to name.
        exceptions: Findings that somebody accepted.
        remarks: Whether files may say that findings in them do not count, and git's
            ignore files that others are not looked at.
        limits: Bounds on what is read.
    """

    profile: Profile = Profile.AVAILABILITY
    severities: Mapping[str, Switch] = {}
    contexts: tuple[ContextPattern, ...] = ()
    exclude: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    mirrors: tuple[Mirror, ...] = ()
    private: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    replacements: Mapping[str, str] = {}
    exceptions: tuple[PolicyException, ...] = ()
    remarks: bool = True
    limits: LimitOptions = LimitOptions()


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern means a path: `*` stays within a part, `**` does not.

    A pattern that ends in `/`, or names a folder, means all below it.

    >>> matches("deploy/**/*.yaml", "deploy/a/b.yaml"), matches("*.yaml", "a/b.yaml")
    (True, False)
    >>> matches("docs", "docs/a/b.yaml"), matches("**/test", "x/test/y")
    (True, True)
    """
    return _compile(pattern)(path)


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> Callable[[str], bool]:
    bare = pattern.rstrip("/")
    if not globs.is_tame(bare):
        return globs.Glob(globs.read_signs(bare)).matches
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    words = re.split(r"(\*\*/|\*\*|\*|\?)", bare)
    text = "".join(parts.get(word, re.escape(word)) for word in words)
    match = re.compile(f"{text}(?:/.*)?", re.DOTALL).fullmatch
    return lambda path: match(path) is not None
