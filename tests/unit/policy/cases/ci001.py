"""CI001: the image of a job or of a service without a digest."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.fix import FixKind

_FILE = ".github/workflows/test.yml"
_JOB = """\
on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
{}
    steps:
      - uses: actions/checkout@v4
      - run: npm test
"""
_MATRIX = """\
on: push
jobs:
  unit:
    strategy:
      matrix:
        image: [debian:12, "ubuntu:24.04"]
        include:
          - {{image: "fedora:41", extra: true}}
    container: {}
    steps:
      - run: make
"""

MUST_FIRE = {
    "a name alone": Case(
        {_FILE: _JOB.format("    container: node:22")},
        (f"{_FILE}:5",),
        "node:22 has no digest, and the job runs in it",
    ),
    "a mapping, and services": Case(
        {
            _FILE: _JOB.format(
                "    container:\n      image: quay.io/team/node:22\n"
                "      options: --init\n    services:\n      db:\n"
                "        image: postgres:17\n        ports: [5432]"
            )
        },
        (f"{_FILE}:6", f"{_FILE}:10"),
        "as a service",
    ),
    "each value of a matrix": Case(
        {_FILE: _MATRIX.format("${{ matrix.image }}")},
        (f"{_FILE}:6", f"{_FILE}:6", f"{_FILE}:8"),
        "fedora:41",
    ),
    "a part from a matrix": Case(
        {
            _FILE: _JOB.format(
                "    strategy:\n      matrix:\n        node: [20, 22]\n"
                "    container: node:${{ matrix.node }}-alpine"
            )
        },
        (f"{_FILE}:7", f"{_FILE}:7"),
        "node:20-alpine",
    ),
    "an image as an action": Case(
        {
            _FILE: _JOB.format("").replace(
                "actions/checkout@v4", "docker://ghcr.io/team/lint:1"
            )
        },
        (f"{_FILE}:7",),
    ),
    "an action that is an image": Case(
        {
            "lint/action.yml": """\
            name: lint
            inputs:
              path: {default: "."}
            runs:
              using: docker
              image: docker://quay.io/team/lint:2
            """
        },
        ("lint/action.yml:6",),
        "as an action",
    ),
    "the default of an input": Case(
        {
            _FILE: """\
            on:
              workflow_call:
                inputs:
                  image: {type: string, default: "quay.io/team/build:3"}
            jobs:
              test:
                container:
                  image: ${{ inputs.image }}
                steps: [{run: make}]
            """
        },
        (f"{_FILE}:8",),
    ),
    "GitLab": Case(
        {
            ".gitlab-ci.yml": """\
            default:
              image: {name: "quay.io/team/build:3", entrypoint: [""]}
            test:
              services: [{name: "postgres:17", alias: db}]
              script: make test
            """
        },
        (".gitlab-ci.yml:2", ".gitlab-ci.yml:4"),
    ),
    "named for an action that runs it": Case(
        {
            _FILE: _JOB.format("").replace(
                "actions/checkout@v4",
                "addnab/docker-run-action@v3\n        with:\n"
                "          image: ubuntu:latest\n          run: make",
            )
        },
        (f"{_FILE}:9",),
    ),
    "named for an action": Case(
        {
            _FILE: _JOB.format("").replace(
                "actions/checkout@v4",
                "docker/setup-qemu-action@v3\n        with:\n"
                "          image: tonistiigi/binfmt:qemu-v9",
            )
        },
        (f"{_FILE}:9",),
    ),
}

MUST_NOT_FIRE = {
    "a digest": Case({_FILE: _JOB.format(f"    container: node:22@{DIGEST}")}),
    "filled in elsewhere": Case(
        {_FILE: _MATRIX.format("${{ needs.plan.outputs.image }}")}
    ),
    "values of include belong together": Case(
        {
            _FILE: _JOB.format(
                "    strategy:\n      matrix:\n        include:\n"
                "          - {name: a, tag: 1}\n          - {name: b, tag: 2}\n"
                "    container: quay.io/x/${{ matrix.name }}:${{ matrix.tag }}"
            )
        }
    ),
    "no container for some": Case(
        {
            _FILE: _JOB.format(
                "    strategy:\n      matrix:\n        image: ['']\n"
                "    container: ${{ matrix.image }}"
            )
        }
    ),
    "an action that is built here": Case(
        {"action.yml": "runs:\n  using: docker\n  image: Dockerfile\n"}
    ),
    "a machine of its own": Case({_FILE: _JOB.format("    container: localhost/a:1")}),
}

FIXES = {
    "a job's container": Mend(
        {_FILE: _JOB.format("    container: node:22  # LTS")},
        {_FILE: _JOB.format(f"    container: node:22@{DIGEST}  # LTS")},
        FixKind.ONLINE,
    ),
    "values of a matrix": Mend(
        {_FILE: _MATRIX.format("${{ matrix.image }}")},
        {
            _FILE: _MATRIX.format("${{ matrix.image }}")
            .replace("debian:12", f"debian:12@{DIGEST}")
            .replace("ubuntu:24.04", f"ubuntu:24.04@{DIGEST}")
            .replace("fedora:41", f"fedora:41@{DIGEST}")
        },
        FixKind.ONLINE,
    ),
    "an image as an action": Mend(
        {"action.yaml": "runs:\n  using: docker\n  image: 'docker://a.example/b:1'\n"},
        {
            "action.yaml": "runs:\n  using: docker\n"
            f"  image: 'docker://a.example/b:1@{DIGEST}'\n"
        },
        FixKind.ONLINE,
    ),
}
