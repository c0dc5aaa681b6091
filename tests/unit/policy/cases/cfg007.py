"""CFG007: a capability that containerd does not know."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity

_FILE = "quay.io/hosts.toml"
_HOST = '[host."https://mirror.example"]\ncapabilities = {}\n'

MUST_FIRE = {
    "no such word": Case(
        {_FILE: _HOST.format('["pull", "list"]')}, (f"{_FILE}:2",), "list"
    ),
    "too new": Case(
        {_FILE: "# for containerd 2.1\n" + _HOST.format('["referrers"]')},
        (f"{_FILE}:3",),
        "before 2.2",
        Severity.ERROR,
    ),
    "too new for some": Case(
        {_FILE: 'capabilities = ["pull", "referrers"]\n'},
        (f"{_FILE}:1",),
        severity=Severity.WARNING,
    ),
}

MUST_NOT_FIRE = {
    "in any case": Case({_FILE: _HOST.format('["Pull", "resolve", "push"]')}),
    "new enough": Case(
        {_FILE: "# for containerd 2.2.0\n" + _HOST.format('["pull", "referrers"]')}
    ),
}
