"""What `docker pull` and its like are told to pull: options may stand anywhere."""

import re

from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Text

_FLAGS = re.compile(
    r"-[aqkh]+|--(?:quiet|all-tags|disable-content-trust|tls-verify|all-platforms"
    r"|plain-http|skip-verify|local|all|preserve-digests|remove-signatures|help)"
    r"|--[^=]*=.*"
)
"""Options of these programs that take no word of their own; all others do.

https://docs.docker.com/reference/cli/docker/image/pull/,
https://docs.podman.io/en/latest/markdown/podman-pull.1.html, `ctr images pull --help`.
"""

HOLDS_OPTIONS = re.compile(
    r"\$\{?\w*(?:ARG|OPT|FLAG|PARAM|PLATFORM)\w*(?:\[[@*]\])?\}?", re.IGNORECASE
)
"""A variable that by its name has options in it: `$PLATFORM_ARG`, `${OPTS[@]}`."""

VARIABLE = re.compile(r"\$(?:[\w@*]+|\{[^{}]*\})")
"""A variable of a shell that is all of a word: `$IMAGE`, `$1`, `${IMAGES[@]}`."""


def find_pulled(command: Command, verb: str = "pull") -> Text | None:
    """Find the first word behind a verb that is no option, and of none.

    If all of them may be of options, it is the last: one that is not known here may
    take no word.
    """
    words = command.argv[1:]
    at = next((i for i, word in enumerate(words) if word.value == verb), len(words))
    before, last = verb, None
    for word in words[at + 1 :]:
        if HOLDS_OPTIONS.fullmatch(word.value) and word is not words[-1]:
            continue
        is_option = word.value.startswith("-")
        taken = before.startswith("-") and not _FLAGS.fullmatch(before)
        if not is_option and not taken:
            return word
        before = word.value
        last = last if is_option else word
    return last
