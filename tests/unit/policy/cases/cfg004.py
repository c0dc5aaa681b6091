"""CFG004: a public mirror that says what tags mean."""

from tests.unit.policy.casebook import Case

_FILE = "docker.io/hosts.toml"
_HOST = '[host."https://mirror.gcr.io"]\n'


def _mirror(more: str) -> dict[str, str]:
    return {
        "registries.conf": f'[[registry]]\nlocation = "docker.io"\n{more}'
        '[[registry.mirror]]\nlocation = "mirror.gcr.io"\n'
    }


MUST_FIRE = {
    "it may resolve": Case(
        {_FILE: _HOST + 'capabilities = ["pull", "resolve"]\n'}, (f"{_FILE}:2",)
    ),
    "all by default": Case({_FILE: _HOST}, (f"{_FILE}:1",), "mirror.gcr.io"),
    "for Podman": Case(_mirror(""), ("registries.conf:4",)),
}

MUST_NOT_FIRE = {
    "contents alone": Case({_FILE: _HOST + 'capabilities = ["pull"]\n'}),
    "a mirror of one's own": Case({_FILE: '[host."https://mirror.example"]\n'}),
    "digests for Podman": Case(_mirror("mirror-by-digest-only = true\n")),
    "what Docker cannot say": Case(
        {"daemon.json": '{"registry-mirrors": ["https://mirror.gcr.io"]}'}
    ),
}
