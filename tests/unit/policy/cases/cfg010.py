"""CFG010: an endpoint of k3s that is the registry itself."""

from tests.unit.policy.casebook import Case


def _k3s(source: str, endpoint: str) -> dict[str, str]:
    return {
        "k3s/registries.yaml": f"mirrors:\n  {source}:\n    endpoint:\n"
        f'      - "https://mirror.example"\n      - {endpoint}\n'
    }


MUST_FIRE = {
    "by its name": Case(
        _k3s("quay.io", "https://quay.io"), ("k3s/registries.yaml:5",), "itself"
    ),
    "Docker Hub": Case(
        _k3s("docker.io", "https://registry-1.docker.io/v2"), ("k3s/registries.yaml:5",)
    ),
}

MUST_NOT_FIRE = {
    "a mirror": Case(_k3s("quay.io", "https://b.example")),
    "a mirror for all": Case(_k3s('"*"', "https://quay.io")),
    "another file": Case(
        {"registries.yaml": "kind: List\nmirrors: [quay.io]\n---\na: b\n"}
    ),
}
