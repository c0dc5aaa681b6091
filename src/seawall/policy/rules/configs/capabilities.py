"""CFG007: a capability that containerd does not know voids the whole file."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig, Value
from seawall.policy.facts.text import Text
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.lookups.mirroring import list_tables
from seawall.policy.lookups.versioning import is_older
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG007",
    title="Capability that containerd does not know",
    severity=Severity.ERROR,
    what="A word in `capabilities` of a `hosts.toml` other than `pull`, `resolve` and"
    " `push`. `referrers` is known from containerd 2.2 on: an error where a comment at"
    " the file's head says that it is for an older one, a warning where nothing says.",
    why="containerd refuses the whole file for one such word, writes that into its log,"
    " and goes on without any mirror.",
    remedy="Take the word away.",
    bad='[host."https://mirror.example"]\n  capabilities = ["pull", "list"]\n',
    good='[host."https://mirror.example"]\n  capabilities = ["pull", "resolve"]\n',
    sample="quay.io/hosts.toml",
    links=("https://github.com/containerd/containerd/blob/main/docs/hosts.md",),
)

_KNOWN = ("pull", "resolve", "push")
_LATER = ("referrers", "2.2")


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find words that make containerd ignore the file."""
    del repository, options
    if config.client is not Client.HOSTS_TOML:
        return
    for text in _list_words(config.tree):
        word = text.value.lower()
        if word in _KNOWN:
            continue
        if word != _LATER[0]:
            said = (
                f"containerd knows no capability {text.value!r}, and ignores this file"
            )
            yield RULE.finding(config, said, at=text, subject=config.registry)
        elif not config.target or is_older(config.target, _LATER[1]):
            said = f"before 2.2, containerd ignores this file for {text.value!r}"
            severity = Severity.ERROR if config.target else Severity.WARNING
            sure = Confidence.HIGH if config.target else Confidence.MEDIUM
            yield RULE.finding(
                config,
                said,
                at=text,
                severity=severity,
                confidence=sure,
                subject=config.registry,
            )


def _list_words(tree: Value) -> Iterator[Text]:
    tables = [tree, *(table for _, table in list_tables(tree.get("host")))]
    for table in tables:
        can = table.get("capabilities")
        for item in can.items if can else ():
            if item.word is not None and item.type == "string":
                yield item.word
