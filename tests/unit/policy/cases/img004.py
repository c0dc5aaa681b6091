"""IMG004: a tag that moves by habit."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind

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
    "a branch": Case(
        {"p.yaml": _POD.format("docker.io/rook/ceph:master")}, ("p.yaml:8",), "moves"
    ),
    "ends with a channel": Case(
        {"p.yaml": _POD.format("ghcr.io/team/images:unencrypted-nightly")},
        ("p.yaml:8",),
        severity=Severity.WARNING,
    ),
    "debian's releases": Case(
        {"Dockerfile": "FROM debian:stable\nFROM ubuntu:rolling\n"},
        ("Dockerfile:1", "Dockerfile:2"),
    ),
    "a channel of one base": Case(
        {"Dockerfile": "FROM debian:stable-slim\nFROM nginx:stable-alpine\n"},
        ("Dockerfile:1", "Dockerfile:2"),
        "has a tag that moves, stable-",
    ),
}

MUST_NOT_FIRE = {
    "a day of a channel's base": Case(
        {"Dockerfile": "FROM debian:stable-20250101-slim\n"}
    ),
    "a day of it": Case({"p.yaml": _POD.format("quay.io/team/tool:nightly-20250101")}),
    "a commit of it": Case({"p.yaml": _POD.format("quay.io/team/tool:main-5b3c0a1")}),
    "a version of it": Case({"p.yaml": _POD.format("nginx:1.29-stable")}),
    "a digest": Case({"p.yaml": _POD.format(f"quay.io/team/tool:edge@{DIGEST}")}),
    "latest, which is another's": Case({"p.yaml": _POD.format("nginx:latest")}),
}

FIXES = {
    "the digest of today": Mend(
        {"p.yaml": _POD.format("quay.io/team/tool:edge")},
        {"p.yaml": _POD.format(f"quay.io/team/tool:edge@{DIGEST}")},
        FixKind.ONLINE,
    ),
    "the ARG that says it": Mend(
        {"Dockerfile": "ARG TAG=debian:stable\nFROM ${TAG}\n"},
        {"Dockerfile": f"ARG TAG=debian:stable@{DIGEST}\nFROM ${{TAG}}\n"},
        FixKind.ONLINE,
    ),
}
