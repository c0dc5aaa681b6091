"""What tags mean by habit: which of them move, and which are digests in disguise."""

import re

_MOVING = frozenset(
    (
        "nightly",
        "master",
        "main",
        "edge",
        "stable",
        "lts",
        "canary",
        "rolling",
        "dev",
        "devel",
        "develop",
        "development",
        "unstable",
        "snapshot",
        "testing",
        "staging",
        "next",
        "head",
        "trunk",
        "current",
        "mainline",
        "experimental",
        "insiders",
    )
)
_MOVING_ENDS = tuple(
    f"-{word}"
    for word in (
        *("nightly", "snapshot", "edge", "canary", "master", "main", "dev"),
        *("stable", "unstable", "lts", "head"),
    )
)
# `stable-alpine`, `lts-slim`: a channel of one of the bases it is built on.
_MOVING_STARTS = tuple(
    f"{word}-"
    for word in (
        *("nightly", "buildx-stable", "latest", "master", "main", "edge"),
        *("stable", "unstable", "testing", "mainline", "lts", "current"),
    )
)
_FIGURES = re.compile(r"\d{4}|\d+\.\d+|[0-9a-f]{7,}")
_DIGEST = re.compile(r"sha256-([0-9a-f]{64})")
_COMMIT = re.compile(r"(?:sha|git|commit)-[0-9a-f]{7,40}")


def is_channel(tag: str) -> bool:
    """Whether a tag names a channel, whose content is meant to change.

    One with a version, a date or a commit in it is none: `master-20250101`.

    >>> is_channel("nightly"), is_channel("unencrypted-nightly"), is_channel("1.2-edge")
    (True, True, False)
    >>> is_channel("stable-alpine"), is_channel("stable-20250101")
    (True, False)
    """
    if tag in _MOVING:
        return True
    if tag.startswith("buildx-stable-"):
        return True
    named = tag.startswith(_MOVING_STARTS) or tag.endswith(_MOVING_ENDS)
    return named and _FIGURES.search(tag) is None


def hidden_digest(tag: str) -> str:
    """Read the digest that a tag spells out; empty if it does not.

    >>> hidden_digest("sha256-" + "0" * 64)[:10]
    'sha256:000'
    """
    found = _DIGEST.fullmatch(tag)
    return f"sha256:{found[1]}" if found else ""


def is_commit(tag: str) -> bool:
    """Whether a tag is the short name of a commit: `sha-6257a44`."""
    return _COMMIT.fullmatch(tag) is not None
