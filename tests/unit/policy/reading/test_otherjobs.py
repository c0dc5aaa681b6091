"""Pipelines of systems other than GitHub and GitLab name images in their own ways."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import System, Workflow
from seawall.policy.facts.troubles import Trouble
from seawall.policy.facts.workloads import Workload
from seawall.policy.repository import Repository

CIRCLE = """\
version: 2.1
executors:
  go:
    parameters:
      tag: {type: string, default: "1.25"}
    docker:
      - image: cimg/go:<< parameters.tag >>
        auth: {username: me, password: $TOKEN}
      - image: cimg/postgres:17.0
shared: &shared
  image: cimg/base:2025.01
jobs:
  vm:
    machine:
      image: ubuntu-2404:current
    steps:
      - checkout
      - run: docker pull quay.io/a/b:1
      - run:
          name: make it
          command: |
            make all
  test:
    docker:
      - *shared
  lint:
    docker:
      - <<: *shared
"""
DRONE = """\
kind: pipeline
type: docker
name: default
steps:
  - name: test
    image: golang:1.25
    commands: [go test ./..., docker pull quay.io/a/b:1]
services:
  - name: db
    image: postgres:17
---
kind: pipeline
type: exec
steps: [{name: x, image: not/pulled:1}]
"""
WOODPECKER = """\
steps:
  test:
    image: golang:1.25
    commands: go test ./...
services:
  db: {image: postgres:17}
"""
AZURE = """\
resources:
  containers:
    - container: tools
      image: registry.example/tools:1
      endpoint: connection
stages:
  - stage: a
    jobs:
      - job: one
        container: tools
        steps:
          - script: docker pull quay.io/a/b:1
      - job: two
        container: python:3.13
      - job: three
        container: {image: "ubuntu:24.04"}
"""
JENKINS = """\
pipeline {
  // agent { docker 'old:1' }
  agent { docker { image 'maven:3-eclipse-temurin-21'; args '-v /a:/b' } }
  stages {
    stage('a') {
      agent {
        kubernetes {
          yaml '''
            apiVersion: v1
            kind: Pod
            spec:
              containers:
                - name: tool
                  image: quay.io/team/tool:2
          '''
        }
      }
      steps {
        sh 'make'
        sh(script: \"\"\"
          docker pull quay.io/a/b:1
        \"\"\")
        script { docker.image("node:22").inside { sh "npm test" } }
      }
    }
    stage('b') { agent { docker 'golang:1.25' } }
  }
}
"""
DEVCONTAINER = """\
// For people who work in containers
{
\t"name": "app", /* it has
\ta name */
\t"image": "mcr.example/devcontainers/go:1.25", // "image": "no"
\t"features": {
\t\t"ghcr.io/devcontainers/features/node:1": {"version": "lts"},
\t\t"./mine": {},
\t},
\t"postCreateCommand": "echo https://a.example//b",
}
"""


def _read(name: str, text: str) -> Repository:
    return gather(encode({name: text}))


def _images(found: Repository) -> list[tuple[Role, str]]:
    return [(use.role, str(use.reference)) for use in found.all(ImageUse)]


def test_circleci() -> None:
    """Executors' images; none of virtual machines; anchors once."""
    found = _read(".circleci/config.yml", CIRCLE)

    assert {
        (Role.JOB, "docker.io/cimg/go:1.25"),
        (Role.SERVICE, "docker.io/cimg/postgres:17.0"),
        (Role.JOB, "docker.io/cimg/base:2025.01"),
        (Role.COMMAND, "quay.io/a/b:1"),
    } == set(_images(found))
    assert 4 == len(found.all(ImageUse))
    assert ["docker.io/cimg/go:1.25"] == [
        str(use.reference) for use in found.all(ImageUse) if use.signed
    ]
    assert ["docker", "make"] == [one.program for one in found.all(Command)]
    assert System.CIRCLECI is found.all(Workflow)[0].system


@pytest.mark.parametrize(
    ("name", "text"), [(".drone.yml", DRONE), (".woodpecker/a.yml", WOODPECKER)]
)
def test_steps_with_images_of_their_own(name: str, text: str) -> None:
    """Drone and Woodpecker run each step in its own image."""
    found = _images(_read(name, text))

    assert (Role.JOB, "docker.io/library/golang:1.25") in found
    assert (Role.SERVICE, "docker.io/library/postgres:17") in found
    assert "not/pulled" not in str(found)


def test_azure() -> None:
    """A container's alias is no image; the resource that it names has it."""
    found = _read("azure-pipelines.yml", AZURE)

    assert {
        (Role.JOB, "registry.example/tools:1"),
        (Role.COMMAND, "quay.io/a/b:1"),
        (Role.JOB, "docker.io/library/python:3.13"),
        (Role.JOB, "docker.io/library/ubuntu:24.04"),
    } == set(_images(found))
    assert 4 == len(found.all(ImageUse))


def test_jenkins() -> None:
    """Agents, pods in strings and shell steps; no comments."""
    found = _read("ci/Jenkinsfile", JENKINS)

    assert {
        (Role.JOB, "docker.io/library/maven:3-eclipse-temurin-21"),
        (Role.JOB, "docker.io/library/node:22"),
        (Role.JOB, "docker.io/library/golang:1.25"),
        (Role.CONTAINER, "quay.io/team/tool:2"),
        (Role.COMMAND, "quay.io/a/b:1"),
    } == set(_images(found))
    assert ["Pod"] == [one.kind for one in found.all(Workload)]
    assert all(use.editable for use in found.all(ImageUse))


def test_devcontainers() -> None:
    """Comments, tabs and last commas are no obstacle."""
    found = _read(".devcontainer/devcontainer.json", DEVCONTAINER)

    assert [
        (Role.CONTAINER, "mcr.example/devcontainers/go:1.25"),
        (Role.IMPLICIT, "ghcr.io/devcontainers/features/node:1"),
    ] == _images(found)
    assert found.all(ImageUse)[0].editable
    assert [] == list(found.all(Trouble))


def test_what_a_comment_tears_apart_is_not_edited() -> None:
    """Bytes that are not the value are no place for a fix."""
    found = _read("devcontainer.json", "{image: a/b/* x */c}")

    assert [None] == [use.editable for use in found.all(ImageUse)]


def test_a_broken_devcontainer_is_told() -> None:
    """What is no JSON at all is a trouble of its file."""
    found = _read("devcontainer.json", '{"image": ["a" /* b')

    assert ["devcontainer.json"] == [one.path for one in found.all(Trouble)]


BUILD = """\
timeout: 3000s
steps:
  - name: gcr.io/cloud-builders/docker
    args: [build, -t, app, .]
  - name: gcr.io/k8s-staging-test-infra/gcb-docker-gcloud:v20240210-29014a6e3a
    id: push
    entrypoint: bash
    args:
      - -c
      - |
        curl -fsSLO https://dl.example/tool.tgz
        docker pull quay.io/team/base:1
  - {name: 'golang:${_GO}', script: make test}
images: [gcr.io/$PROJECT_ID/app]
"""


def test_steps_of_a_cloud_build_are_images() -> None:
    """What Cloud Build calls a step's name is the image that it runs."""
    repository = gather(encode({"hack/cloudbuild.yaml": BUILD}))

    uses = repository.all(ImageUse)
    assert [
        ("gcr.io/cloud-builders/docker", Role.JOB, "step 0"),
        (
            "gcr.io/k8s-staging-test-infra/gcb-docker-gcloud:v20240210-29014a6e3a",
            Role.JOB,
            "step push",
        ),
        ("quay.io/team/base:1", Role.COMMAND, "step push"),
        ("golang:${_GO}", Role.JOB, "step 2"),
    ] == [(use.text.value, use.role, use.owner) for use in uses]
    assert ["curl", "docker", "make"] == [
        command.program for command in repository.all(Command)
    ]
    assert () == repository.all(Trouble)


def test_an_object_in_a_file_of_that_name_is_no_build() -> None:
    """A trigger's manifest may be called cloudbuild, too."""
    text = "apiVersion: a/v1\nkind: Task\nsteps: [{name: clone}]\n"

    assert () == gather(encode({"cloudbuild.yaml": text})).all(Workflow)
