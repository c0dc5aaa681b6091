"""CFG015: a last resort against the profile."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity
from seawall.policy.options import PolicyOptions, Profile

_AIRGAP = PolicyOptions(profile=Profile.AIRGAP)
_FILE = "docker.io/hosts.toml"
_HOST = '[host."https://mirror.example"]\n'
_CONF = (
    '[[registry]]\nlocation = "quay.io"\n{}[[registry.mirror]]\nlocation = "a.b/q"\n'
)

MUST_FIRE = {
    "one mirror": Case(
        {_FILE: 'server = "https://mirror.example"\n' + _HOST},
        (f"{_FILE}:1",),
        "or not at all",
    ),
    "one mirror for Podman": Case(
        {"registries.conf": _CONF.format("blocked = true\n")}, ("registries.conf:2",)
    ),
    "out of a closed network": Case(
        {_FILE: _HOST},
        (f"{_FILE}:1",),
        "docker.io itself",
        Severity.WARNING,
        options=_AIRGAP,
    ),
    "Podman goes on": Case(
        {"registries.conf": _CONF.format("")}, ("registries.conf:2",), options=_AIRGAP
    ),
}

MUST_NOT_FIRE = {
    "upstream is last": Case(
        {_FILE: 'server = "https://registry-1.docker.io"\n' + _HOST}
    ),
    "two mirrors": Case(
        {
            _FILE: 'server = "https://b.example"\n'
            + _HOST
            + '[host."https://b.example"]\n'
        }
    ),
    "a closed network": Case(
        {_FILE: 'server = "https://mirror.example"\n' + _HOST}, options=_AIRGAP
    ),
    "Podman in one": Case(
        {"registries.conf": _CONF.format("blocked = true\n")}, options=_AIRGAP
    ),
}
