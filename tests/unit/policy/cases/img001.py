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

_POLICY = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: names}
spec:
  rules:
    - name: names
      match: {any: [{resources: {kinds: [Pod]}}]}
      validate:
        pattern:
          spec:
            containers:
              - name: "*"
                image: "Registry.Example/Team "
"""
_INJECTING = """\
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: proxy}
spec:
  rules:
    - name: proxy
      match: {any: [{resources: {kinds: [Pod]}}]}
      mutate:
        patchStrategicMerge:
          spec:
            containers:
              - name: proxy
                image: Team/Proxy:1
"""
_SERVER = """\
apiVersion: policies.kubewarden.io/v1
kind: PolicyServer
metadata: {name: default}
spec:
  image: Team/PolicyServer:1
"""
_TEST = """\
apiVersion: chainsaw.kyverno.io/v1alpha1
kind: Test
metadata: {name: names}
spec:
  steps:
    - try:
        - KEY:
            resource:
              apiVersion: v1
              kind: Pod
              metadata: {name: web}
              spec:
                containers:
                  - name: web
                    image: Team/Web:1
"""

MUST_FIRE = {
    "what a policy puts into pods": Case({"p.yaml": _INJECTING}, ("p.yaml:13",)),
    "what judges by policies": Case({"p.yaml": _SERVER}, ("p.yaml:5",)),
    "what a test applies": Case(
        {"chainsaw-test.yaml": _TEST.replace("KEY", "apply")},
        ("chainsaw-test.yaml:15",),
    ),
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
    "what a policy compares pods with": Case({"p.yaml": _POLICY}),
    "what a policy's rule adds to all pods, as a pattern": Case(
        {"p.yaml": _INJECTING.replace("Team/Proxy:1", "'!*:latest'")}
    ),
    "patterns, wherever they stand": Case(
        {
            f"{at}.yaml": _POD.format(name)
            for at, name in enumerate(
                ("'!*:latest'", "'*:*'", "a.example/?*", "'a/* | b/*'", "'!Team/Tool'")
            )
        }
    ),
    "what a test compares": Case(
        {"chainsaw-test.yaml": _TEST.replace("KEY", "assert")}
    ),
    "words for an image": Case(
        {
            f"{at}.yaml": _POD.format(name)
            for at, name in enumerate(("IMAGE-NAME", "Agent_Image", "imageName"))
        }
    ),
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
