"""apt on command lines: whether it fetches, and whether it was told to try again."""

import re

from seawall.policy.facts.commands import Command

RETRIES = "Acquire::Retries"
_VERBS = {"update", "install", "upgrade", "dist-upgrade", "full-upgrade", "build-dep"}
_OFFLINE = {"--no-download", "--print-uris", "--simulate", "-s"}
_SET = re.compile(
    r"(?<![:\w])Acquire::(?:\w+::)?Retries\b|(?s:\bAcquire\s*\{.*?Retries)"
)


def uses_network(command: Command) -> bool:
    """Whether it is apt, asked for something that it fetches."""
    if command.program not in ("apt-get", "apt"):
        return False
    # The verb is the first operand, unless an option took a word: look at all.
    words = set(command.arguments)
    return bool(words & _VERBS) and not words & _OFFLINE


def sets_retries(text: str) -> bool:
    """Whether a text tells apt how often to try.

    The group is `Acquire`: `APT::Acquire::Retries` means nothing to apt.

    >>> sets_retries("-o Acquire::Retries=5"), sets_retries("APT::Acquire::Retries=5")
    (True, False)
    """
    return _SET.search(text) is not None
