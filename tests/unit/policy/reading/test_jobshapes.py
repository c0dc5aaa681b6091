"""Shapes in which pipelines name images, as the guides of their systems show them."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.images import ImageUse

_JENKINS = {
    "a block with braces in its strings": (
        """pipeline { agent { docker {
          args "-v ${HOME}/.m2:/cache"
          image 'quay.io/a/b:1' } } }""",
        ["quay.io/a/b:1"],
    ),
    "within a registry": (
        """node { docker.withRegistry('https://registry.example/v2/', 'me') {
          docker.image('team/tool:1').inside { sh 'make' } }
          docker.image("quay.io/a/b:1").pull() }""",
        ["registry.example/team/tool:1", "quay.io/a/b:1"],
    ),
    "an agent's registry": (
        """pipeline { agent { docker {
          image 'team/tool:1'
          registryUrl 'https://registry.example'
          registryCredentialsId 'me' } } }""",
        ["registry.example/team/tool:1"],
    ),
    "variables and parameters": (
        """def BASE = 'quay.io/a/base:1'
        pipeline {
          environment { IMAGE = 'quay.io/a/b'
                        TAG = "2" }
          parameters { string(name: 'TOOL', defaultValue: 'quay.io/a/tool:1') }
          agent { docker { image "${IMAGE}:${env.TAG}" } }
          stages {
            stage('a') { agent { docker { image "${params.TOOL}" } } }
            stage('b') { agent { docker BASE } }
            stage('c') { agent { docker { image params.TOOL } } }
            stage('d') { agent { docker { image computed } } } } }""",
        [
            "quay.io/a/b:2",
            "quay.io/a/tool:1",
            "quay.io/a/tool:1",
            "quay.io/a/base:1",
        ],
    ),
    "a variable that is set twice": (
        """IMAGE = 'quay.io/a/b:1'
        IMAGE = 'quay.io/a/b:2'
        node { docker.image(IMAGE).inside { } }""",
        [],
    ),
    "templates of containers": (
        """podTemplate(containers: [
          containerTemplate(name: 'm', image: 'quay.io/a/m:1', command: 'sleep'),
          containerTemplate(name: 'go', ttyEnabled: true, image: "quay.io/a/go:1")
        ]) { node(POD_LABEL) { sh 'make' } }""",
        ["quay.io/a/m:1", "quay.io/a/go:1"],
    ),
    "a pod without its kind": (
        """pipeline { agent { kubernetes { yaml '''
        spec:
          containers:
            - {name: m, image: "quay.io/a/m:1"}
        ''' } } }""",
        ["quay.io/a/m:1"],
    ),
}
_CIRCLE = {
    "parameters of a pipeline": (
        """
        parameters: {img: {type: string, default: "quay.io/a/b:1"}}
        jobs:
          a: {docker: [{image: << pipeline.parameters.img >>}]}
        """,
        ["quay.io/a/b:1"],
    ),
    "orbs that stand in the file": (
        """
        orbs:
          node: circleci/node@5
          own:
            executors: {x: {docker: [{image: "quay.io/a/x:1"}]}}
            jobs: {y: {docker: [{image: "quay.io/a/y:1"}]}}
        """,
        ["quay.io/a/x:1", "quay.io/a/y:1"],
    ),
    "what workflows pass to jobs": (
        """
        executors:
          go:
            parameters: {tag: {type: string}}
            docker: [{image: "quay.io/a/go:<< parameters.tag >>"}]
        jobs:
          a:
            parameters: {v: {type: string}}
            docker: [{image: "quay.io/a/b:<< parameters.v >>"}]
          c: {executor: {name: go, tag: "1.25"}}
        workflows:
          all:
            jobs:
              - a: {name: one, v: "1"}
              - a: {matrix: {parameters: {v: ["2", "3"]}}}
              - c
        """,
        ["quay.io/a/go:1.25", "quay.io/a/b:1", "quay.io/a/b:2", "quay.io/a/b:3"],
    ),
    "steps under a condition": (
        """
        jobs:
          a:
            steps:
              - when:
                  condition: true
                  steps: [{run: docker pull quay.io/a/b:1}]
        """,
        ["quay.io/a/b:1"],
    ),
}
_AZURE = {
    "variables in all three ways": (
        """
        parameters: [{name: image, type: string, default: "quay.io/a/p:1"}]
        variables: {img: "quay.io/a/v:1"}
        jobs:
          - {job: a, container: "${{ parameters.image }}"}
          - {job: b, container: {image: $(img)}}
          - job: c
            strategy:
              matrix: {one: {box: "quay.io/a/m:1"}, two: {box: "quay.io/a/m:2"}}
            container: $[ variables['box'] ]
        """,
        ["quay.io/a/p:1", "quay.io/a/v:1", "quay.io/a/m:1", "quay.io/a/m:2"],
    ),
    "services of a job": (
        """
        resources: {containers: [{container: pg, image: "quay.io/a/pg:1"}]}
        jobs:
          - {job: a, services: {pg: pg, redis: "quay.io/a/redis:1"}}
        """,
        ["quay.io/a/pg:1", "quay.io/a/redis:1"],
    ),
}
_WOODPECKER = {
    "a matrix": (
        """
        matrix: {PG: ["15", "16"]}
        steps: {a: {image: "quay.io/a/b:${PG}"}}
        """,
        ["quay.io/a/b:15", "quay.io/a/b:16"],
    ),
    "combinations": (
        """
        matrix: {include: [{GO: "quay.io/a/go:1"}, {GO: "quay.io/a/go:2"}]}
        steps: {a: {image: "${GO}"}}
        """,
        ["quay.io/a/go:1", "quay.io/a/go:2"],
    ),
    "a variable of the server": ("steps: {a: {image: 'quay.io/a/b:${CI_X}'}}", []),
}
_ALL = {
    "Jenkinsfile": _JENKINS,
    ".circleci/config.yml": _CIRCLE,
    "azure-pipelines.yml": _AZURE,
    ".woodpecker/test.yaml": _WOODPECKER,
}


@pytest.mark.parametrize(
    ("name", "text", "pulled"),
    [
        pytest.param(name, *shape, id=f"{name}-{label}")
        for name, shapes in _ALL.items()
        for label, shape in shapes.items()
    ],
)
def test_it_is_read(name: str, text: str, pulled: list[str]) -> None:
    """Each image is found, with what the file itself says of its parts."""
    found = gather(encode({name: text}))

    assert sorted(pulled) == sorted(
        use.label for use in found.all(ImageUse) if use.reference
    )
