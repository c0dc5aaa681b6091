"""REG011: an image of a registry that is not allowed."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.fix import FixKind
from seawall.policy.options import Mirror, PolicyOptions, Profile

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


_OWN = PolicyOptions(
    profile=Profile.AIRGAP,
    allowed=("registry.example", "quay.io/team"),
    mirrors=(Mirror("docker.io", "registry.example/hub"),),
)

EXAMPLE_OPTIONS = PolicyOptions(profile=Profile.AIRGAP, allowed=("localhost:5000",))

MUST_FIRE = {
    "another registry": Case(
        {"p.yaml": _POD.format("ghcr.io/team/web:1")},
        ("p.yaml:8",),
        "ghcr.io",
        options=_OWN,
    ),
    "another part of it": Case(
        {"p.yaml": _POD.format("quay.io/teams/web:1")}, ("p.yaml:8",), options=_OWN
    ),
    "begins alike": Case(
        {"p.yaml": _POD.format("registry.example.evil.example/web:1")},
        ("p.yaml:8",),
        options=_OWN,
    ),
    "nothing is allowed": Case(
        {"Dockerfile": "FROM debian:12\n"},
        ("Dockerfile:1",),
        options=PolicyOptions(profile=Profile.AIRGAP),
    ),
}

MUST_NOT_FIRE = {
    "a registry": Case({"p.yaml": _POD.format("registry.example/web:1")}, options=_OWN),
    "a part of one": Case({"p.yaml": _POD.format("quay.io/team/web:1")}, options=_OWN),
}

FIXES = {
    "where the mirror has it": Mend(
        {"p.yaml": _POD.format(f'"nginx:1.29.3@{DIGEST}"')},
        {
            "p.yaml": _POD.format(
                f'"registry.example/hub/library/nginx:1.29.3@{DIGEST}"'
            )
        },
        FixKind.UNSAFE,
        options=_OWN,
    ),
    "without a tag": Mend(
        {"Dockerfile": "FROM team/base AS base\n"},
        {"Dockerfile": "FROM registry.example/hub/team/base AS base\n"},
        FixKind.UNSAFE,
        options=_OWN,
    ),
}
