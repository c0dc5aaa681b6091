"""REG001 in pipelines: images that actions are given, and jobs that sign in."""

import pytest
from tests.unit.policy.casebook import find

from seawall.policy.finding import Severity

_PATH = ".github/workflows/e2e.yml"
_JOB = """\
jobs:
  e2e:
    strategy: {matrix: {k8s: [v1.30.0, v1.31.0]}}
    runs-on: ubuntu-24.04
    steps:
"""
_KIND = "      - uses: helm/kind-action@v1\n        with:\n          node_image: %s\n"
_BUILDX = """\
      - uses: docker/setup-buildx-action@v3
        with: {driver-opts: '%s'}
"""
_LOGIN = "      - uses: docker/login-action@v3\n        with: {%s}\n"


def _find(*steps: str) -> list[tuple[int, Severity]]:
    files = {_PATH: (_JOB + "".join(steps)).encode()}
    return [(one.place.line, one.severity) for one in find("REG001", files)]


@pytest.mark.parametrize(
    ("step", "line"),
    [
        (_KIND % "kindest/node:v1.30.0", 8),
        (_KIND % "kindest/node:${{ matrix.k8s }}", 3),
        ("      - uses: engineerd/setup-kind@v1\n        with: {image: a/b:1}\n", 7),
        (_BUILDX % "network=host,image=moby/buildkit:v0.20.0", 7),
    ],
)
def test_what_an_action_is_given_is_pulled(step: str, line: int) -> None:
    """Told once, however many tags a matrix has, and as hard as a job's own image."""
    assert [(line, Severity.ERROR)] == _find(step)


def test_what_another_registry_has_or_nobody_names_is_left_out() -> None:
    """CI002 is about what an action pulls by itself."""
    assert [] == _find(_KIND % "quay.io/team/node:v1.30.0")
    assert [] == _find("      - uses: helm/kind-action@v1\n")


@pytest.mark.parametrize(
    "step", [_KIND % "kindest/node:v1.30.0", "      - run: docker pull team/tool:1\n"]
)
def test_who_signs_in_before_is_not_anonymous(step: str) -> None:
    """At Docker Hub or somewhere that only the run knows; and not afterwards."""
    hub, elsewhere = _LOGIN % "username: me", _LOGIN % "registry: quay.io"

    assert [] == _find(hub, step)
    assert [] == _find(_LOGIN % "registry: '${{ vars.HUB }}'", step)
    assert 1 == len(_find(elsewhere, step))
    assert 1 == len(_find(step, hub))


def test_a_script_signs_in_before_its_next_line() -> None:
    """The order of lines counts; an action's own image is pulled before all steps."""
    login = "docker login -u me --password-stdin"
    pull = "docker pull team/tool:1"
    run = "      - run: |\n          %s\n          %s\n"
    docker = "      - uses: docker://team/tool:1\n"

    assert [] == _find(run % (login, pull))
    assert [(7, Severity.WARNING)] == _find(run % (pull, login))
    assert [(8, Severity.ERROR)] == _find(_LOGIN % "username: me", docker)
