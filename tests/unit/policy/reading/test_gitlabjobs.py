"""GitLab's pipelines: what is told once, filled in, or comes through the proxy."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import Job

PIPELINE = """\
spec: {inputs: {x: {default: "1"}}}
---
variables:
  TOOLS: registry.example/tools
  GO: {value: "golang:1.25", description: what builds}
default:
  image: $GO
.base: &base
  services: ["redis:8"]
  before_script: [docker pull quay.io/a/b:1]
one:
  <<: *base
  image: {name: "${TOOLS}:3", pull_policy: always}
  script:
    - make
    - [nested, list]
two:
  <<: *base
  image: ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/node:22
  script: !reference [one, script]
"""


def test_images_are_told_once_with_what_they_come_to() -> None:
    """An anchor's parts are read where they stand; variables are filled in."""
    found = gather(encode({".gitlab-ci.yml": PIPELINE}))
    images = [(use.role, str(use.reference), use.signed) for use in found.all(ImageUse)]

    assert sorted(images) == [
        (Role.JOB, "docker.io/library/golang:1.25", False),
        (Role.JOB, "docker.io/library/node:22", True),
        (Role.JOB, "registry.example/tools:3", False),
        (Role.COMMAND, "quay.io/a/b:1", False),
        (Role.SERVICE, "docker.io/library/redis:8", False),
    ]
    assert ["default", ".base", "one", "two"] == [job.name for job in found.all(Job)]
    assert ["docker", "make", "nested", "list"] == [
        command.program for command in found.all(Command)
    ]


@pytest.mark.parametrize("name", [".gitlab-ci.yml", "templates/build.yml"])
@pytest.mark.parametrize(
    "text",
    [
        'a: {stage: b, image: "python:3", script: [make]}\n',
        '{"a": {"stage": "b", "image": "python:3", "script": ["make"]}}',
        '{\n  "a": {\n    "image": "python:3", "stage": "b",\n  "script": ["make"]}}\n',
        '.b: &b {image: "python:3", stage: b}\na:\n  <<: *b\n  "script": [make]\n',
    ],
)
def test_jobs_may_be_written_in_braces_and_quotes(name: str, text: str) -> None:
    """YAML means the same by it, and what makes pipelines writes JSON."""
    found = gather(encode({name: text}))

    assert ["docker.io/library/python:3"] == [
        str(use.reference) for use in found.all(ImageUse)
    ]
    assert ["make"] == [command.program for command in found.all(Command)]


def test_what_comes_through_the_proxy_is_not_edited() -> None:
    """The variable says where from: behind it stands a part of the name alone."""
    found = gather(encode({".gitlab-ci.yml": PIPELINE}))
    (use,) = (use for use in found.all(ImageUse) if use.signed)

    assert use.editable is None
