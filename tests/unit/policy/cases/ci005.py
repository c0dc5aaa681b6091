"""CI005: a GitLab job that goes past the dependency proxy."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.fix import FixKind

_FILE = ".gitlab-ci.yml"
_PREFIX = "${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}"
_JOBS = """\
stages: [build, test]

variables:
  GO: golang:1.25

.build:
  image: {}
  services:
    - name: {}  # daemon
      alias: docker

build:
  extends: .build
  script:
    - make image

test:
  stage: test
  image: $GO
  script: make test
"""

MUST_FIRE = {
    "images and services": Case(
        {_FILE: _JOBS.format("docker:28", "docker:28-dind")},
        (f"{_FILE}:7", f"{_FILE}:9", f"{_FILE}:19"),
        "past the dependency proxy",
    ),
    "for all jobs, in a file that is included": Case(
        {
            "ci/common.gitlab-ci.yml": """\
            image: docker.io/team/build:1
            services: ["redis:8"]
            .base: &base
              image: python:3.13
            a:
              <<: *base
              script: [make]
            """
        },
        tuple(f"ci/common.gitlab-ci.yml:{line}" for line in (1, 2, 4)),
    ),
}

MUST_NOT_FIRE = {
    "through the proxy": Case(
        {
            _FILE: "a:\n  image: ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/golang:1\n"
            "  script: [make]\n"
        }
    ),
    "another registry": Case(
        {_FILE: "a:\n  image: registry.gitlab.example/g/p/i:1\n  script: [make]\n"}
    ),
    "another system": Case(
        {
            ".github/workflows/a-ci.yml": "on: push\njobs:\n  a:\n"
            "    container: golang:1\n"
        }
    ),
    "nobody knows": Case({_FILE: "a:\n  image: $CI_REGISTRY_IMAGE:1\n  script: [x]\n"}),
}

FIXES = {
    "in front": Mend(
        {_FILE: _JOBS.format("docker:28", "'docker.io/library/docker:28-dind'")},
        {
            _FILE: _JOBS.format(
                f"{_PREFIX}/docker:28", f"'{_PREFIX}/library/docker:28-dind'"
            )
        },
        FixKind.UNSAFE,
        leaves=1,
    ),
    "not between braces, where its own would end the mapping": Mend(
        {_FILE: "a:\n  services: [{name: postgres:16}, redis:7]\n  script: [make]\n"},
        {},
        FixKind.UNSAFE,
        leaves=2,
    ),
    "between braces, in quotes": Mend(
        {_FILE: 'a:\n  image: {name: "golang:1"}\n  script: [make]\n'},
        {_FILE: f'a:\n  image: {{name: "{_PREFIX}/golang:1"}}\n  script: [make]\n'},
        FixKind.UNSAFE,
    ),
    "not before a digest": Mend(
        {_FILE: f"a:\n  image: golang:1@{DIGEST}\n  script: [make]\n"},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
