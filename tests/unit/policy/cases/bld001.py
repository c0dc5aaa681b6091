"""BLD001: a base from Docker Hub that no build argument can move elsewhere."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.options import Mirror, PolicyOptions

MUST_FIRE = {
    "a base that a script has from elsewhere under that name": Case(
        {
            "Dockerfile": "FROM ubuntu:24.04\n",
            "build.sh": """\
            if [ -z "$MIRROR" ]; then docker pull ubuntu:24.04; else
              docker pull "$MIRROR/ubuntu:24.04"
              docker tag "$MIRROR/ubuntu:24.04" ubuntu:24.04
            fi
            docker build .
            """,
        },
        ("Dockerfile:1",),
    ),
    "in a here-document": Case(
        {"up.sh": "docker build -t a - <<'EOF'\nFROM debian:12\nEOF\n"}, ("up.sh:2",)
    ),
    "an official image": Case(
        {"Dockerfile": "FROM debian:12\n"},
        ("Dockerfile:1",),
        "comes from Docker Hub or not",
    ),
    "each base": Case(
        {"Dockerfile": "FROM team/build:1 AS b\nFROM docker.io/library/debian:12\n"},
        ("Dockerfile:1", "Dockerfile:2"),
    ),
    "an argument for the tag": Case(
        {"Dockerfile": "ARG TAG=12\nFROM debian:${TAG}\n"}, ("Dockerfile:2",)
    ),
}

MUST_FIRE |= {
    "a stage of another folder": Case(
        {
            "a/Dockerfile": "FROM quay.io/team/a:1 AS debian\n",
            "b/Dockerfile": "FROM debian\n",
        },
        ("b/Dockerfile:1",),
    ),
}

MUST_NOT_FIRE = {
    "a context that a script names": Case(
        {
            "build/Dockerfile": "FROM base-of-ours\nCOPY --from=tools /a /a\n",
            "hack/build.sh": """\
            more="--build-context base-of-ours=docker-image://$BASE"
            docker buildx build $more --build-context=tools=../tools build
            """,
        }
    ),
    "a context of an action": Case(
        {
            "Dockerfile": "FROM base-of-ours\n",
            ".github/workflows/a.yml": """\
            jobs:
              a:
                steps:
                  - uses: docker/build-push-action@v6
                    with:
                      build-contexts: |
                        base-of-ours=docker-image://quay.io/team/base:1
            """,
        }
    ),
    "a context of Compose": Case(
        {
            "Dockerfile": "FROM base-of-ours\n",
            "compose.yaml": """\
            services:
              web:
                build:
                  context: .
                  additional_contexts:
                    - base-of-ours=docker-image://quay.io/team/base:1
            """,
        }
    ),
    "another registry": Case({"Dockerfile": "FROM quay.io/team/base:1\n"}),
    "an argument for the registry": Case(
        {"Dockerfile": "ARG R=docker.io\nFROM ${R}/library/debian:12\n"}
    ),
    "an argument for all of it": Case(
        {"Dockerfile": "ARG BASE=debian:12\nFROM $BASE\n"}
    ),
    "a mirror": Case(
        {"Dockerfile": "FROM debian:12\n"},
        options=PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),)),
    ),
    "a stage of the file beside it": Case(
        {
            "Dockerfile": "FROM quay.io/team/a:1 AS app-base\n",
            "Dockerfile.dev": "FROM app-base\nCOPY --from=app-base /a /b\n",
        }
    ),
    "what a script here builds": Case(
        {"build.sh": "docker build -t base .\n", "web/Dockerfile": "FROM base\n"}
    ),
    "scratch and stages": Case(
        {"Dockerfile": "FROM quay.io/team/a:1 AS b\nFROM b\nFROM scratch\n"}
    ),
}

FIXES = {
    "in a here-document between quotes": Mend(
        {"up.sh": "cat >Dockerfile <<'EOF'\nFROM debian:12\nEOF\n"},
        {
            "up.sh": "cat >Dockerfile <<'EOF'\nARG REGISTRY=docker.io\n"
            "FROM ${REGISTRY}/library/debian:12\nEOF\n"
        },
    ),
    "not where the shell would fill it in": Mend(
        {"up.sh": "cat >Dockerfile <<EOF\nFROM debian:12\nEOF\n"}, {}, leaves=1
    ),
    "within the quotes of a base": Mend(
        {"Dockerfile": 'FROM "debian:12"\n'},
        {
            "Dockerfile": "ARG REGISTRY=docker.io\n"
            'FROM "${REGISTRY}/library/debian:12"\n'
        },
    ),
    "one argument for all bases": Mend(
        {
            "Dockerfile": "# syntax=docker/dockerfile:1\n# two stages\n"
            "FROM golang:1.26 AS build\nFROM docker.io/team/base:1@"
            + DIGEST
            + "\nCOPY --from=build /a /a\n"
        },
        {
            "Dockerfile": "# syntax=docker/dockerfile:1\n# two stages\n"
            "ARG REGISTRY=docker.io\n"
            "FROM ${REGISTRY}/library/golang:1.26 AS build\nFROM"
            " ${REGISTRY}/team/base:1@" + DIGEST + "\nCOPY --from=build /a /a\n"
        },
    ),
    "an argument that is there": Mend(
        {"Dockerfile": "ARG HUB=docker.io\nFROM ${HUB}/library/a:1\nFROM b:1\n"},
        {
            "Dockerfile": "ARG HUB=docker.io\nFROM ${HUB}/library/a:1\n"
            "FROM ${HUB}/library/b:1\n"
        },
    ),
    "not an argument for what somebody's own registry has": Mend(
        {"Dockerfile": "ARG OURS=docker.io\nFROM ${OURS}/team/a:1\nFROM b:1\n"},
        {
            "Dockerfile": "ARG OURS=docker.io\nARG REGISTRY=docker.io\n"
            "FROM ${OURS}/team/a:1\nFROM ${REGISTRY}/library/b:1\n"
        },
    ),
    "not an argument that means something else": Mend(
        {"Dockerfile": "ARG REGISTRY=quay.io\nFROM ${REGISTRY}/a/b:1\nFROM c:1\n"},
        {},
        leaves=1,
    ),
}
