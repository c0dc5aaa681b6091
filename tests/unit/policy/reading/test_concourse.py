"""Concourse: which images its pipelines and tasks run in, and what they run."""

from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job
from seawall.policy.repository import Repository

PIPELINE = """\
resource_types:
  - name: slack
    type: registry-image
    source: {repository: team/slack-resource, tag: 1.3}
resources:
  - name: builder
    type: registry-image
    source:
      repository: registry.example/ci/builder
      tag: "2"
      username: ((user))
      password: ((password))
  - name: app
    type: registry-image
    source: {repository: team/app}
  - name: sources
    type: git
    source: {uri: https://git.example/a.git}
jobs:
  - name: test
    plan:
      - get: sources
      - get: builder
      - task: unit
        image: builder
        config:
          platform: linux
          image_resource: {type: registry-image, source: {repository: ignored}}
          run: {path: make}
      - task: lint
        config:
          platform: linux
          image_resource:
            type: docker-image
            source: {repository: golang}
            version: {digest: "sha256:DIGEST"}
          run:
            path: bash
            args:
              - -exc
              - |
                curl -fsSLO https://dl.example/lint.tgz
      - put: app
""".replace("DIGEST", "a" * 64)
TASK = """\
platform: linux
image_resource:
  type: registry-image
  source:
    repository: alpine
    tag: ((tag))
    registry_mirror: {host: mirror.example}
run: {path: ci/unit.sh}
"""


def _read(files: dict[str, str]) -> Repository:
    return gather(encode(files))


def test_images_that_jobs_run_in_are_read() -> None:
    """Types of resources, resources that tasks run in, and images of tasks."""
    found = _read({"ci/pipeline.yml": PIPELINE})
    assert [
        (str(use.reference), use.role, use.signed, use.owner)
        for use in found.all(ImageUse)
    ] == [
        ("docker.io/team/slack-resource:1.3", Role.JOB, False, "resource slack"),
        ("registry.example/ci/builder:2", Role.JOB, True, "resource builder"),
        ("docker.io/library/golang@sha256:" + "a" * 64, Role.JOB, False, "task"),
    ]


def test_places_are_those_of_the_repository() -> None:
    """A tag has a key of its own: the place is the name, and no fix edits it."""
    found = _read({"ci/pipeline.yml": PIPELINE})
    assert [PIPELINE[use.start : use.stop] for use in found.all(ImageUse)] == [
        "team/slack-resource",
        "registry.example/ci/builder",
        "golang",
    ]
    assert not any(use.text.exact for use in found.all(ImageUse))


def test_a_tasks_shell_text_is_read() -> None:
    """What a shell is given with `-c`."""
    found = _read({"ci/pipeline.yml": PIPELINE})
    assert [command.program for command in found.all(Command)] == ["curl"]


def test_a_task_in_a_file_of_its_own() -> None:
    """A mirror counts as a credential does."""
    found = _read({"ci/unit.yml": TASK})
    (use,) = found.all(ImageUse)
    assert (str(use.repository), use.reference) == ("docker.io/library/alpine", None)
    assert use.signed
    assert [job.name for job in found.all(Job)] == ["task"]


def test_other_files_with_these_words_are_none() -> None:
    """The words alone make no pipeline."""
    odd = "image_resource: [registry-image]\njobs: {a: registry-image}\n"
    assert _read({"a.yml": odd}).all(ImageUse) == ()
    assert _read({"b.yml": f"spec:\n  {TASK.splitlines()[1]} 1\n"}).all(Job) == ()
