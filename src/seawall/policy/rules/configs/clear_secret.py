"""CFG014: a credential in clear text, in a file that others can read."""

import re
from collections.abc import Iterator

from seawall.policy.facts.configs import ClientConfig, Value
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_HEADER = """[host."https://mirror.example"]
  capabilities = ["pull", "resolve"]
  [host."https://mirror.example".header]
    Authorization = "{}"
"""

RULE = Rule(
    id="CFG014",
    title="Credential in clear text",
    severity=Severity.WARNING,
    what="A password, a token or an `Authorization` header with its value in a client's"
    " configuration, unless the file is known to be readable by its owner alone (0600)."
    " What stands for a value (`${TOKEN}`, `REDACTED`, `<password>`) is let be; the"
    " value itself is never shown.",
    why="Whoever reads the repository, or the node's disk, can pull, and often push, in"
    " its owner's name; a mirror that has to change it is out until every node has the"
    " new one.",
    remedy="Take the credential out of the repository, change it, and put it in when"
    " the file is made, with mode 0600.",
    bad=_HEADER.format("Basic cm9ib3Q6aHVudGVyMg=="),
    good=_HEADER.format("Basic ${MIRROR_TOKEN}"),
    sample="quay.io/hosts.toml",
)

_OWNER_ALONE = 0o600
_SECRETS = ("password", "identitytoken", "identity_token", "registrytoken", "auth")
_STANDIN = re.compile(
    r"[$<{%]|redacted|change-?me|your|example|placeholder|^(?:basic|bearer)?\s*[x.*]*$",
    re.IGNORECASE,
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find values that are secrets."""
    del repository, options
    if config.mode is not None and not config.mode & ~_OWNER_ALONE:
        return
    for key, owner in _find_secrets(config.tree, None):
        said = f"{key.value} is here in clear text: change it, and put it in when the"
        said += " file is made"
        # The line above it, if there is one: reports show lines.
        yield RULE.finding(config, said, at=owner or key)


def _find_secrets(
    table: Value, owner: Text | None
) -> Iterator[tuple[Text, Text | None]]:
    for key, value in table.entries:
        name = key.value.lower()
        words = [value, *value.items]
        if name in _SECRETS or name == "authorization":
            yield from ((key, owner) for word in words if _is_secret(word))
        yield from _find_secrets(value, key)
    for item in table.items:
        yield from _find_secrets(item, owner)


def _is_secret(value: Value) -> bool:
    return value.type == "string" and not _STANDIN.search(value.said)
