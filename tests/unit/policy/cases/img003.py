"""IMG003: a tag without a digest."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind
from seawall.policy.options import PolicyOptions, Profile

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
    "a version": Case(
        {"p.yaml": _POD.format("nginx:1.29.3")},
        ("p.yaml:8",),
        "no digest",
        Severity.NOTE,
    ),
    "strictly": Case(
        {"Dockerfile": "FROM debian:12\n"},
        ("Dockerfile:1",),
        options=PolicyOptions(profile=Profile.STRICT),
    ),
    "an argument's default, told by what it says": Case(
        {"Dockerfile": "ARG BASE=quay.io/team/base:3\nFROM ${BASE}\n"},
        ("Dockerfile:2",),
        "quay.io/team/base:3 has no digest",
    ),
    "a tag alone is filled in": Case(
        {"Dockerfile": "ARG DEBIAN=12\nFROM debian:${DEBIAN}\n"},
        ("Dockerfile:2",),
        "debian:12 has no digest",
    ),
    "a chart's value beside one that is called kind": Case(
        {"values.yaml": "kind: statefulset\nimage:\n  repository: a/b\n  tag: 1.2.3\n"},
        ("values.yaml:3",),
    ),
}

MUST_NOT_FIRE = {
    "a digest": Case({"p.yaml": _POD.format(f"nginx:1.29.3@{DIGEST}")}),
    "no tag at all, which is another's": Case({"p.yaml": _POD.format("nginx")}),
    "a channel, which is another's": Case({"p.yaml": _POD.format("nginx:stable")}),
    "the machine's own registry": Case(
        {"p.yaml": _POD.format("localhost:5000/nginx:1.29.3")}
    ),
    "never pulled": Case(
        {"p.yaml": _POD.format("built:1\n      imagePullPolicy: Never")}
    ),
}

FIXES = {
    "the tag stays": Mend(
        {"p.yaml": _POD.format('"quay.io/team/tool:1.2" # é')},
        {"p.yaml": _POD.format(f'"quay.io/team/tool:1.2@{DIGEST}" # é')},
        FixKind.ONLINE,
    ),
    "a base in quotes": Mend(
        {"Dockerfile": 'FROM "debian:12"\n'},
        {"Dockerfile": f'FROM "debian:12@{DIGEST}"\n'},
        FixKind.ONLINE,
    ),
    "the base of a stage": Mend(
        {"Dockerfile": "FROM debian:12 AS build\nFROM build\n"},
        {"Dockerfile": f"FROM debian:12@{DIGEST} AS build\nFROM build\n"},
        FixKind.ONLINE,
    ),
}
