"""Workflows are read with their order, places and what nobody names."""

from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse, Role, Unresolved
from seawall.policy.facts.pipelines import Job, Step, System, Workflow
from seawall.policy.repository import Repository

_NAME = ".github/workflows/a.yml"


def _read(text: str, name: str = _NAME) -> Repository:
    return gather(encode({name: text}))


def test_jobs_have_their_steps_in_order() -> None:
    """Inputs, scripts and needs are where rules look for them."""
    found = _read(
        """\
        name: a
        on: push
        env: {HOST: quay.io}
        jobs:
          one: {runs-on: ubuntu-24.04, steps: []}
          two:
            needs: [one]
            runs-on: [self-hosted, linux]
            steps:
              - uses: docker/login-action@v3
                with: {registry: "${{ env.HOST }}", username: me}
              - name: go
                run: |
                  docker pull quay.io/a/b:1
                  make
              - shell: pwsh
                run: docker pull quay.io/a/c:1
        """
    )

    (flow,) = found.all(Workflow)
    assert (System.GITHUB, "a") == (flow.system, flow.name)
    one, two = found.all(Job)
    assert ("one", (), ("one",)) == (one.name, one.steps, two.needs)
    login, go, other = found.all(Step)
    assert "docker/login-action" == login.action
    assert {"registry": "quay.io", "username": "me"} == {
        name: text.value for name, text in login.inputs.items()
    }
    assert ["docker", "make"] == [command.program for command in go.commands]
    assert [0, 1, 2] == [step.number for step in (login, go, other)]
    assert () == other.commands


def test_images_know_whose_they_are() -> None:
    """Credentials beside an image, and values that are not known, are told."""
    found = _read(
        """\
        jobs:
          a:
            container:
              image: registry.example/a:1
              credentials: {username: a, password: b}
            services:
              db: {image: "postgres:${{ inputs.version }}"}
        """
    )

    own, service = found.all(ImageUse)
    assert (Role.JOB, True, "job a") == (own.role, own.signed, own.owner)
    assert (Role.SERVICE, False) == (service.role, service.signed)
    assert Unresolved.PLACEHOLDER is service.unresolved
    assert "docker.io/library/postgres" == str(service.repository)


def test_commands_pull_what_expressions_come_to() -> None:
    """Variables and values of a matrix are filled in; others are told as not known."""
    found = _read(
        """\
        env: {TOOL: "quay.io/a/tool:1"}
        jobs:
          a:
            strategy: {matrix: {version: ["17", "18"]}}
            steps:
              - run: |
                  docker pull ${{ env.TOOL }}
                  docker run --rm "quay.io/a/db:${{ matrix.version }}" true
                  docker pull ${{ steps.a.outputs.image }}
                  docker pull $OTHER
        """
    )
    uses = found.all(ImageUse)

    assert {"quay.io/a/tool:1", "quay.io/a/db:17", "quay.io/a/db:18"} == {
        str(use.reference) for use in uses if use.reference
    }
    assert 1 == sum(use.reference is None for use in uses)


def test_what_is_no_workflow_is_let_be() -> None:
    """Files of that name may say anything."""
    for text in (
        "jobs: 1",
        "- a",
        "jobs:\n  a: 1\n",
        "runs: x",
        "jobs: {a: {steps: 3}}",
    ):
        assert [] == list(_read(text).all(ImageUse))
