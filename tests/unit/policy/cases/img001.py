"""IMG001: a name that is no image reference."""

from tests.unit.policy.casebook import DIGEST, Case

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


MUST_FIRE = {
    "two tags": Case(
        {"p.yaml": _POD.format("openjdk:7-jre-alpine:latest")}, ("p.yaml:8",)
    ),
    "a version behind @": Case({"p.yaml": _POD.format("mysql@8.0.44")}, ("p.yaml:8",)),
    "an empty tag": Case(
        {"p.yaml": _POD.format('"quay.io/team/tool:"')}, ("p.yaml:8",)
    ),
    "capitals": Case({"p.yaml": _POD.format("Team/Tool:1")}, ("p.yaml:8",)),
    "a base with a space": Case(
        {"compose.yaml": "services:\n  web:\n    image: team/web 1.4\n"},
        ("compose.yaml:3",),
    ),
}

MUST_NOT_FIRE = {
    "quotes around a base, which are no part of it": Case(
        {"Dockerfile": 'FROM "quay.io/team/base" AS one\nFROM "quay.io/team/two:1"\n'}
    ),
    "a capital in a host": Case({"p.yaml": _POD.format("Quay.io/team/tool:1")}),
    "a program that ko builds": Case({"p.yaml": _POD.format("ko://shop.example/web")}),
    "for sed to fill in": Case({"Dockerfile": "FROM BASEIMAGE\n"}),
    "for --build-arg": Case({"Dockerfile": "ARG VERSION=\nFROM golang:${VERSION}\n"}),
    "tag and digest": Case({"p.yaml": _POD.format(f"quay.io/team/tool:1@{DIGEST}")}),
    "a port": Case({"p.yaml": _POD.format("registry.example:5000/team/tool")}),
    "filled in later": Case({"p.yaml": _POD.format("'${REGISTRY}/Tool:${TAG}'")}),
    "a capital in a tag": Case({"p.yaml": _POD.format("team/tool:RC1")}),
    "built by compose": Case(
        {"compose.yaml": "services:\n  web:\n    image: Team/Web\n    build: .\n"}
    ),
}
