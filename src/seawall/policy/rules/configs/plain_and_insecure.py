"""CFG012: BuildKit is told two things of a registry that exclude each other."""

from collections.abc import Iterator

from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.finding import Finding, Severity
from seawall.policy.lookups.mirroring import list_tables
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="CFG012",
    title="http together with insecure",
    severity=Severity.ERROR,
    what="`http = true` and `insecure = true` for one registry in buildkitd.toml.",
    why="`http` is a connection without TLS, `insecure` one with TLS whose certificate"
    " nobody looks at. BuildKit's documentation forbids both at once: which of them is"
    " used differs by version, and the other port does not answer.",
    remedy="Keep the one that the registry speaks.",
    bad='[registry."mirror.example:5000"]\n  http = true\n  insecure = true\n',
    good='[registry."mirror.example:5000"]\n  http = true\n',
    sample="buildkitd.toml",
    links=("https://docs.docker.com/build/buildkit/toml-configuration/",),
)


def check(
    config: ClientConfig, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find registries that are both."""
    del repository, options
    if config.client is not Client.BUILDKIT:
        return
    for key, table in list_tables(config.tree.get("registry")):
        plain, insecure = table.get("http"), table.get("insecure")
        if plain is None or insecure is None:
            continue
        if plain.is_true and insecure.is_true:
            said = f"{key.value} has http and insecure, which exclude each other: leave"
            said += " one of them out"
            yield RULE.finding(config, said, at=insecure.word, subject=key.value)
