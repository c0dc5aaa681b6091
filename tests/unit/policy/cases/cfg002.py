"""CFG002: Docker Hub's website among the servers."""

from tests.unit.policy.casebook import Case, Mend

_FILE = "certs.d/docker.io/hosts.toml"

MUST_FIRE = {
    "as guides have it": Case(
        {_FILE: 'server = "https://docker.io"\n'}, (f"{_FILE}:1",), "registry-1"
    ),
    "as a host, too": Case(
        {_FILE: "server = 'http://docker.io/'\n[host.'https://docker.io']\n"},
        (f"{_FILE}:1", f"{_FILE}:2"),
    ),
}

MUST_NOT_FIRE = {
    "the registry": Case({_FILE: 'server = "https://registry-1.docker.io"\n'}),
    "no server": Case({_FILE: '[host."https://mirror.example/docker.io"]\n'}),
    "of another client": Case({"buildkitd.toml": 'server = "https://docker.io"\n'}),
}

FIXES = {
    "the host alone": Mend(
        {_FILE: '# hub\nserver="https://docker.io"# last\r\n'},
        {_FILE: '# hub\nserver="https://registry-1.docker.io"# last\r\n'},
    ),
    "a host's key": Mend(
        {_FILE: "[host.'https://docker.io']\n  capabilities = ['pull']\n"},
        {_FILE: "[host.'https://registry-1.docker.io']\n  capabilities = ['pull']\n"},
    ),
    "not what is written with escapes": Mend(
        {_FILE: 'server = "https://\\u0064ocker.io"\n'}, {}, leaves=1
    ),
}
