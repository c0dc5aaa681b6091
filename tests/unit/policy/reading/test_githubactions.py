"""Workflows are read with their order, places and what nobody names."""

import pytest
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
    assert ["${{ steps.a.outputs.image }}", "$OTHER"] == [
        use.label for use in uses if use.reference is None
    ]


def test_the_shells_variables_are_the_jobs() -> None:
    """`env` reaches a script; one that a step or the script says itself hides it."""
    found = _read(
        """\
        env: {TOOL: "quay.io/a/tool:1", OTHER: "quay.io/a/other:1"}
        jobs:
          a:
            env: {TAG: "3"}
            steps:
              - run: docker pull "$TOOL" && docker run quay.io/a/b:${TAG}
              - env: {TAG: "4", OTHER: "${{ steps.x.outputs.y }}"}
                run: |
                  docker pull quay.io/a/c:$TAG
                  docker pull $OTHER
              - run: |
                  TOOL=$(make-name)
                  docker pull $TOOL
        """
    )

    known = ["quay.io/a/tool:1", "quay.io/a/b:3", "quay.io/a/c:4"]
    assert [*known, "$OTHER", "$TOOL"] == [use.label for use in found.all(ImageUse)]


@pytest.mark.parametrize(
    ("written", "pulled"),
    [
        ("${{ inputs.image || 'quay.io/a/b:1' }}", ["quay.io/a/b:1"]),
        ("${{ github.event.inputs.image || 'quay.io/a/b:1' }}", ["quay.io/a/b:1"]),
        ("${{ vars.IMAGE || 'quay.io/a/b:1' }}", ["quay.io/a/b:1"]),
        ("${{ inputs.known || 'quay.io/a/b:1' }}", ["quay.io/a/known:1"]),
        ("${{ env.CHAIN }}", ["quay.io/a/chain:1"]),
        (
            "${{ github.ref == 'x' && 'quay.io/a/b:1' || 'quay.io/a/b:2' }}",
            ["quay.io/a/b:1", "quay.io/a/b:2"],
        ),
        ("quay.io/a/b:${{ inputs.tag || '1' }}", ["quay.io/a/b:1"]),
        ("quay.io/a/${{ matrix.name }}:1", ["quay.io/a/x:1", "quay.io/a/y:1"]),
        ("${{ env.EACH }}", ["quay.io/a/x:2", "quay.io/a/y:2"]),
        ("${{ fromJSON(needs.a.outputs.b).image }}", []),
        ("${{ format('{0}:1', inputs.other) }}", []),
        ("${{ '' }}", []),
    ],
)
def test_expressions_have_defaults(written: str, pulled: list[str]) -> None:
    """What `||` falls back to, and both sides of a condition, are pulled one day."""
    found = _read(
        f"""\
        on:
          workflow_dispatch:
            inputs: {{known: {{default: "quay.io/a/known:1"}}}}
        env:
          CHAIN: ${{{{ inputs.image || 'quay.io/a/chain:1' }}}}
        jobs:
          a:
            strategy: {{matrix: {{name: [x, y]}}}}
            env: {{EACH: "quay.io/a/${{{{ matrix.name }}}}:2"}}
            container: "{written}"
        """
    )

    assert pulled == [str(u.reference) for u in found.all(ImageUse) if u.reference]


def test_a_fallback_can_be_mended_where_it_stands() -> None:
    """A literal within an expression has its own bytes."""
    (use,) = _read(
        """\
        jobs:
          a:
            container: ${{ inputs.image || 'node:22' }}
        """
    ).all(ImageUse)

    assert use.editable is not None
    assert ("node:22", 7) == (
        use.editable.value,
        use.editable.stop - use.editable.start,
    )


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
