"""IMG006: a tag that misleads beside a digest."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

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
    "latest": Case({"p.yaml": _POD.format(f"busybox:latest@{DIGEST}")}, ("p.yaml:8",)),
    "a channel": Case(
        {"Dockerfile": f"FROM debian:stable@{DIGEST}\n"}, ("Dockerfile:1",)
    ),
}

MUST_NOT_FIRE = {
    "a version": Case({"p.yaml": _POD.format(f"busybox:1.37@{DIGEST}")}),
    "no digest": Case({"p.yaml": _POD.format("busybox:latest")}),
    "no tag": Case({"p.yaml": _POD.format(f"busybox@{DIGEST}")}),
}

FIXES = {
    "the tag goes": Mend(
        {"p.yaml": _POD.format(f"'quay.io/team/busybox:latest@{DIGEST}'")},
        {"p.yaml": _POD.format(f"'quay.io/team/busybox@{DIGEST}'")},
    ),
    "of a base": Mend(
        {"Dockerfile": f"FROM debian:stable@{DIGEST} AS base\n"},
        {"Dockerfile": f"FROM debian@{DIGEST} AS base\n"},
    ),
}
