"""CFG003: a mirror's path that leads nowhere."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity


def _host(address: str, more: str = "") -> dict[str, str]:
    return {"docker.io/hosts.toml": f'[host."{address}"]\n{more}'}


def _mirror(place: str) -> dict[str, str]:
    return {
        "registries.conf": '[[registry]]\nlocation = "docker.io"\n'
        f'[[registry.mirror]]\nlocation = "{place}"\n'
    }


_AT = ("docker.io/hosts.toml:1",)

MUST_FIRE = {
    "v2 twice": Case(_host("https://mirror.example/v2/hub"), _AT, "/v2/hub/v2/"),
    "no v2 at all": Case(
        _host("https://mirror.example/hub", "override_path = true\n"), _AT, "no /v2"
    ),
    "a project": Case(
        _host("https://mirror.example/hub/"), _AT, "/hub/v2/", Severity.WARNING
    ),
    "a scheme for BuildKit": Case(
        {"buildkitd.toml": '[registry."docker.io"]\nmirrors = ["https://a.example"]\n'},
        ("buildkitd.toml:2",),
        "scheme",
    ),
    "v2 for BuildKit": Case(
        {"buildkitd.toml": '[registry."docker.io"]\nmirrors = ["a.example/v2/hub"]\n'},
        ("buildkitd.toml:2",),
        "/v2",
    ),
    "a scheme for Podman": Case(
        _mirror("https://mirror.example/hub"), ("registries.conf:4",)
    ),
}

MUST_NOT_FIRE = {
    "no path": Case(_host("https://mirror.example")),
    "v2 alone": Case(_host("https://mirror.example/v2")),
    "all of it": Case(_host("https://mirror.example/v2/hub", "override_path = true\n")),
    "a registry in a folder": Case(
        _host("https://mirror.example/artifactory/api/docker/hub")
    ),
    "a project for BuildKit": Case(
        {"buildkitd.toml": '[registry."docker.io"]\nmirrors = ["mirror.example/hub"]\n'}
    ),
    "a project for Podman": Case(_mirror("mirror.example/hub")),
}
