"""What is chosen for checks: `[policy]` of the settings, and of a repository itself."""

import difflib
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from seawall.errors import SettingsError
from seawall.policy.finding import Context
from seawall.policy.mirrors import name_source
from seawall.policy.options import (
    ContextPattern,
    LimitOptions,
    Mirror,
    PolicyException,
    PolicyOptions,
    Profile,
    Switch,
)
from seawall.settings import loading
from seawall.settings.keys import File, Table, Words

REPOSITORY_FILE = "seawall.toml"
"""A repository's own choices, at its root."""

_RULE = re.compile(r"[A-Z]{2,4}[0-9]{3}|[A-Z]{2,4}|\*")


class MirrorTable(Table, frozen=True):
    """Where a registry's images can be had, too.

    Attributes:
        target: What takes the place of its name: "mirror.example/dockerhub".
        secret: The pull secret that pods need for it, if they need one.
        plain: It is reached without TLS.
        ca: The file, on the clients, with the certificate that signs its own.
        digests: It is asked for digests alone: it is not trusted with tags.
    """

    target: Words
    secret: Words = ""
    plain: bool = False
    ca: Words = ""
    digests: bool = False


class ExceptionTable(Table, frozen=True):
    """Findings that somebody accepted.

    Attributes:
        rules: Ids or families of rules; "*" for all.
        paths: Patterns of files; none: everywhere.
        subjects: Patterns of what they are about, such as "quay.io/team/*".
        reason: Why; it is shown wherever the finding would be.
        expires: The last day on which it holds, as 2027-01-31; without one, for ever.
    """

    rules: tuple[Words, ...]
    reason: Words
    paths: tuple[Words, ...] = ()
    subjects: tuple[Words, ...] = ()
    expires: date | None = None


class PolicyTable(Table, frozen=True):
    """What `seawall check` is told.

    Attributes:
        profile: "availability": what makes pulls fail; "strict": also what makes them
            give something else next time; "airgap": also all that leaves the registries
            that are allowed.
        severities: Rules, families, or "*", each with "error", "warning", "note" or
            "off"; of what is said of a rule, the most exact counts.
        contexts: Patterns of files, each with "prod", "ci", "test" or "example"; where
            none matches, names of folders tell.
        exclude: Patterns of files that are not looked at.
        allowed: Registries, or parts of them, that may be used; empty for all.
        mirrors: Registries, or parts of them, each with what may take its place: a
            target, a table, or a list of them, which are tried in order.
        private: Patterns of repositories that need a credential.
        secrets: Pull secrets that something outside the files makes: "name", or
            "namespace/name".
        providers: Patterns of registries that nodes have a credential for.
        replacements: Images, each with the one that may take its place.
        exceptions: Findings that somebody accepted.
    """

    profile: Words = "availability"
    severities: Mapping[str, Words] = {}
    contexts: Mapping[str, Words] = {}
    exclude: tuple[Words, ...] = ()
    allowed: tuple[Words, ...] = ()
    mirrors: Mapping[str, tuple[MirrorTable, ...]] = {}
    private: tuple[Words, ...] = ()
    secrets: tuple[Words, ...] = ()
    providers: tuple[Words, ...] = ()
    replacements: Mapping[str, Words] = {}
    exceptions: tuple[ExceptionTable, ...] = ()


def read_policy(config: Path | None, root: Path | None = None) -> PolicyOptions:
    """Read what is chosen for a check.

    A repository may choose for itself, in `seawall.toml` at its root; what the settings
    file says of a key or of a rule stands, whatever the repository says.

    Args:
        config: The settings file; `None` if there is none.
        root: The root of the repository that is checked.

    Raises:
        SettingsError: One of the files makes no sense.
    """
    ours = _read_tree(config) if config else {}
    own = root / REPOSITORY_FILE if root else None
    theirs = {}
    if own is not None and own.is_file() and not own.is_symlink():
        theirs = _read_tree(own)
        make_policy(theirs, str(own))  # a mistake in it is its own
    return make_policy(_merge(ours, theirs), str(config or own or ""))


def make_policy(tree: Mapping[str, Any], where: str) -> PolicyOptions:
    """Check what a `[policy]` says, and make options of it.

    Raises:
        SettingsError: Some value makes no sense; the message names its key.
    """
    spread = dict(tree)
    mirrors = tree.get("mirrors")
    if isinstance(mirrors, dict):
        spread["mirrors"] = {
            name: _list(value, f"{where}: [policy] mirrors.{name!r}")
            for name, value in mirrors.items()
        }
    try:
        table = msgspec.convert(spread, PolicyTable)
    except msgspec.ValidationError as exc:
        raise loading.explain(exc, f"{where}: [policy]", PolicyTable) from exc
    _check_targets(table, where)
    for rule in [*table.severities, *(r for e in table.exceptions for r in e.rules)]:
        if not _RULE.fullmatch(rule):
            raise SettingsError(
                f"{where}: [policy]: {rule!r} is no rule or family, such as IMG002, IMG"
            )
    return PolicyOptions(
        profile=_choose(where, "profile", Profile, table.profile),
        severities={
            rule: _choose(where, f"severities.{rule}", Switch, word)
            for rule, word in table.severities.items()
        },
        contexts=tuple(
            ContextPattern(
                pattern, _choose(where, f"contexts.{pattern!r}", Context, word)
            )
            for pattern, word in table.contexts.items()
        ),
        exclude=table.exclude,
        allowed=table.allowed,
        mirrors=tuple(
            Mirror(
                **{
                    **msgspec.structs.asdict(mirror),
                    "source": name_source(source),
                    "target": mirror.target.rstrip("/"),
                }
            )
            for source, mirrors in table.mirrors.items()
            for mirror in mirrors
        ),
        private=table.private,
        secrets=table.secrets,
        providers=table.providers,
        replacements=table.replacements,
        exceptions=tuple(
            PolicyException(one.rules, one.reason, one.paths, one.subjects, one.expires)
            for one in table.exceptions
        ),
        limits=LimitOptions(),
    )


def _check_targets(table: PolicyTable, where: str) -> None:
    for source, mirrors in table.mirrors.items():
        host = source.partition("/")[0]
        if not set(host) & {".", ":"} and host != "localhost":
            raise SettingsError(
                f"{where}: [policy] mirrors.{source!r}: {host!r} is no registry: its"
                " name has a dot or a port, such as docker.io"
            )
        for name in (source, *(mirror.target for mirror in mirrors)):
            if "://" in name:
                raise SettingsError(
                    f"{where}: [policy] mirrors.{source!r}: {name!r} has a scheme: a"
                    " mirror is a host, perhaps with a path; plain = true is for HTTP"
                )


def _list(mirrors: Any, where: str) -> list[Any]:
    """Spell out what may be said shortly: a plain string is a target."""
    many = mirrors if isinstance(mirrors, list) else [mirrors]
    for one in many:
        if not isinstance(one, str | dict):
            raise SettingsError(
                f"{where}: expected a target, a table, or a list of them, got {one!r}"
            )
    return [{"target": one} if isinstance(one, str) else one for one in many]


def _choose(where: str, key: str, kind: Any, word: str) -> Any:
    try:
        return kind(word)
    except ValueError:
        expected = ", ".join(repr(one.value) for one in kind)
        raise SettingsError(
            f"{where}: [policy] {key} = {word!r}: expected one of {expected}"
        ) from None


def _read_tree(path: Path) -> dict[str, Any]:
    whole = loading.read_toml(path)
    _check_names(whole, path)
    tree = whole.get("policy", {})
    if not isinstance(tree, dict):
        raise SettingsError(f"{path}: policy is not a table")
    return tree


def _check_names(tree: Mapping[str, Any], path: Path) -> None:
    """See that a file names its tables as they are called.

    Raises:
        SettingsError: One of them is unknown, and would count for nothing.
    """
    known = File.__struct_fields__
    for key in tree:
        if key in known:
            continue
        if key in PolicyTable.__struct_fields__:
            hint = "; it belongs into [policy]"
        else:
            likely = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {likely[0]!r}?" if likely else ""
        raise SettingsError(f"{path}: unknown key {key!r}{hint}")


def _merge(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Put a repository's choices under those of the settings, key by key."""
    merged = {**theirs, **ours}
    for key in ("severities", "contexts", "mirrors", "replacements"):
        if key in ours and isinstance(theirs.get(key), dict):
            # Ours come first, too: the first pattern that matches counts.
            rest = {k: v for k, v in theirs[key].items() if k not in ours[key]}
            merged[key] = {**ours[key], **rest}
    fixed = set(ours.get("severities", {}))
    if fixed:
        merged["severities"] = {
            rule: word
            for rule, word in merged["severities"].items()
            if rule in fixed or not _covers(fixed, rule)
        }
    accepted = [
        one
        for one in theirs.get("exceptions", ())
        if not any(rule == "*" or _covers(fixed, rule) for rule in one.get("rules", ()))
        or not fixed
    ]
    if accepted or ours.get("exceptions"):
        merged["exceptions"] = [*ours.get("exceptions", ()), *accepted]
    elif "exceptions" in merged:
        del merged["exceptions"]
    return merged


def _covers(fixed: set[str], rule: str) -> bool:
    """Whether settings say something of a rule, its family, or a part of it."""
    family = rule.rstrip("0123456789")
    if "*" in fixed or rule in fixed or family in fixed:
        return True
    return any(one.startswith(rule) for one in fixed)
