"""IMG007: a name without a registry."""

import textwrap

from tests.unit.policy.casebook import DIGEST, Case, Mend
from tests.unit.policy.skaffolded import SKAFFOLD

from seawall.policy.finding import Severity

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: {}
"""
_STACK = """\
services:
  db:
    image: postgres:17
networks: {{a: {{}}}}
x-a: b
{}
"""

_APPLY = "cat <<EOF | kubectl apply -f -\n" + _POD + "EOF\n"

MUST_FIRE = {
    "what a build copies from": Case(
        {"Dockerfile": "FROM scratch\nCOPY --from=team/tool:1 /a /a\n"},
        ("Dockerfile:2",),
    ),
    "loaded for tests, and pushed for others": Case(
        {
            "Makefile": "I ?= team/a:1\nload:\n\tkind load docker-image $(I)\n",
            "push.sh": "I=team/a:1\ndocker push $I\n",
            "deploy/a.yaml": _POD.format("team/a:1"),
        },
        ("deploy/a.yaml:8",),
    ),
    "in a makefile": Case(
        {"Makefile": "C = docker\nlint:\n\t@$(C) run --rm -v $(PWD):/x team/a:1\n"},
        ("Makefile:3",),
    ),
    "in a here-document": Case({"up.sh": _APPLY.format("team/a:1")}, ("up.sh:9",)),
    "a pod": Case(
        {"p.yaml": _POD.format("busybox:1.37")},
        ("p.yaml:8",),
        "docker.io/library/busybox:1.37",
        Severity.WARNING,
    ),
    "a team's, in a Dockerfile": Case(
        {"Dockerfile": "FROM team/base:1\n"}, ("Dockerfile:1",), severity=Severity.NOTE
    ),
    "a service of Compose": Case(
        {"compose.yml": "services:\n  db:\n    image: postgres:17\n"},
        ("compose.yml:3",),
        severity=Severity.NOTE,
    ),
    "an object's services, once": Case(
        {"compose.yaml": _STACK.format("apiVersion: shop.example/v1\nkind: Catalog")},
        ("compose.yaml:3",),
    ),
} | {
    f"services in {name}": Case({name: _STACK.format("")}, (f"{name}:3",))
    for name in (
        *("stack.yml", "stack.yaml", "docker-stack.yml", "deploy/docker-stack.ci.yaml"),
        *("dev-compose.yml", "db-docker-compose.yaml", "test_compose.yml"),
        *("shop-docker-compose-dev.yml", "web-stack.yml", "shop.stack.yml"),
    )
}

MUST_NOT_FIRE = {
    "the syntax of a Dockerfile, which BuildKit alone reads": Case(
        {"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"}
    ),
    "a makefile builds it, or loads it": Case(
        {
            "Makefile": "I ?= app:1\nall:\n\tdocker build -t $(I) .\n"
            "\tkind load docker-image team/a:1\n",
            "deploy/a.yaml": _POD.format("app:1"),
            "deploy/b.yaml": _POD.format("team/a:1"),
        }
    ),
    "a script loads it for its pods": Case(
        {
            "up.sh": "I=team/a:1\ndocker pull docker.io/team/a:1\n"
            "kind load docker-image $I\n" + _APPLY.format("${I}")
        }
    ),
    "what Skaffold builds, and deploys": Case(
        {
            "skaffold.yaml": SKAFFOLD,
            "k8s/pods.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\n"
            "spec: {containers: [{name: a, image: shop/web}, {name: b, image: worker}]}"
            "\n",
        }
    ),
    "in full": Case({"p.yaml": _POD.format("docker.io/library/busybox:1.37")}),
    "another registry": Case({"p.yaml": _POD.format("localhost/busybox:1.37")}),
    "not known": Case({"p.yaml": _POD.format("'$REGISTRY/busybox:1.37'")}),
    "a stage": Case({"Dockerfile": "FROM docker.io/team/a:1 AS b\nFROM b\n"}),
    "never pulled": Case(
        {"p.yaml": _POD.format("built:1\n      imagePullPolicy: Never")}
    ),
    "services that are another tool's": Case(
        {"stack.yml": _STACK.format("provider: {name: cloud}")}
    ),
    "an object that says no kind": Case(
        {"catalog-stack.yaml": _STACK.format("apiVersion: shop.example/v1")}
    ),
    "a stack of another name": Case({"openstack.yml": _STACK.format("")}),
    "services without names": Case(
        {"stack.yml": "services:\n  - image: postgres:17\n"}
    ),
}

FIXES = {
    "in a makefile": Mend(
        {"Makefile": "lint:\n\t@docker run --rm -v $(PWD):/x team/a:1 $$x\n"},
        {"Makefile": "lint:\n\t@docker run --rm -v $(PWD):/x docker.io/team/a:1 $$x\n"},
    ),
    "in a here-document": Mend(
        {"up.sh": "# für a\n" + _APPLY.format('"team/a:1"')},
        {"up.sh": "# für a\n" + _APPLY.format('"docker.io/team/a:1"')},
    ),
    "in a here-document of a workflow": Mend(
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  a:\n    steps:\n"
            "      - run: |\n" + textwrap.indent(_APPLY.format("team/a:1"), " " * 10)
        },
        {
            ".github/workflows/a.yml": "on: push\njobs:\n  a:\n    steps:\n"
            "      - run: |\n"
            + textwrap.indent(_APPLY.format("docker.io/team/a:1"), " " * 10)
        },
    ),
    "what an argument ends": Mend(
        {"Dockerfile": "ARG TAG=3.22\nFROM alpine:$TAG AS one\n"},
        {"Dockerfile": "ARG TAG=3.22\nFROM docker.io/library/alpine:$TAG AS one\n"},
    ),
    "not an argument that a stage looks at, too": Mend(
        {
            "Dockerfile": "ARG DISTRO=debian\nFROM ${DISTRO}\nARG DISTRO\n"
            'RUN [ "$DISTRO" = debian ]\n'
        },
        {},
        leaves=1,
    ),
    "what a program is told stays": Mend(
        {"p.yaml": _POD.format("team/a:1") + "      args: [--b-image=team/b:1]\n"},
        {
            "p.yaml": _POD.format("docker.io/team/a:1")
            + "      args: [--b-image=team/b:1]\n"
        },
        leaves=1,
    ),
    "an official image": Mend(
        {"p.yaml": _POD.format("busybox:1.37  # small")},
        {"p.yaml": _POD.format("docker.io/library/busybox:1.37  # small")},
    ),
    "a team's": Mend(
        {"p.yaml": _POD.format('"team/tool"')},
        {"p.yaml": _POD.format('"docker.io/team/tool"')},
    ),
    "the ARG that says it": Mend(
        {"Dockerfile": f"ARG BASE=debian@{DIGEST}\nFROM $BASE\n"},
        {"Dockerfile": f"ARG BASE=docker.io/library/debian@{DIGEST}\nFROM $BASE\n"},
    ),
}
