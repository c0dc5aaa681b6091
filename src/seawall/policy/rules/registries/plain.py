"""REG007: a registry without TLS, or known by its address alone."""

import re
from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, is_local, registry_of
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="REG007",
    title="Registry by plain HTTP, or by its address",
    severity=Severity.WARNING,
    what="A registry that is named by an IP address, or an image name that begins with"
    " `http://`. This machine's own (127.0.0.1, localhost) is left out.",
    why="No certificate fits an address for long, so clients are told not to verify it:"
    " whoever answers there decides what runs. And the address is another one after the"
    " next move.",
    remedy="Give it a name and a certificate.",
    bad=POD.format("10.0.0.1:5000/shop/web:1.4.2"),
    good=POD.format("registry.example/shop/web:1.4.2"),
    sample="web.yaml",
)

_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?")


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find registries without names."""
    del repository, options
    name = use.label
    if name.startswith("http://"):
        if not is_local(name.removeprefix("http://").partition("/")[0]):
            said = f"{name} is asked for by plain HTTP, so that whoever answers there"
            said += " decides what runs: give the registry a certificate"
            yield RULE.finding(use, said)
        return
    registry = registry_of(name)
    if _ADDRESS.fullmatch(registry) and not is_local(registry):
        said = f"{name}: the registry {registry} is an address, which no certificate"
        said += " fits for long, and which moves: give it a name"
        yield RULE.finding(use, said)
