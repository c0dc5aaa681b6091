"""REG002: a registry that builds images when they are pulled."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.fix import FixKind
from seawall.policy.options import PolicyOptions

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
    "a tag that an operator says, and no name of one": Case(
        {
            "c.yaml": "apiVersion: a.example/v1\nkind: App\nmetadata: {name: a}\n"
            "spec:\n  image:\n    registry: nixery.dev\n    repository: shell/git\n"
        },
        ("c.yaml:7",),
        "nixery.dev/shell/git: at",
    ),
    "nixery": Case(
        {"p.yaml": _POD.format("nixery.dev/shell/curl")}, ("p.yaml:8",), "built"
    ),
    "a part of it is filled in": Case(
        {"p.yaml": _POD.format("'nixery.dev/shell/${TOOL}'")}, ("p.yaml:8",)
    ),
    "a base": Case(
        {"Dockerfile": "FROM ko.kontain.me/example.com/tool\n"}, ("Dockerfile:1",)
    ),
    "an argument's default": Case(
        {"Dockerfile": "ARG TOOL=nixery.dev/shell/curl\nFROM $TOOL\n"},
        ("Dockerfile:2",),
        "nixery.dev/shell/curl",
    ),
}

MUST_NOT_FIRE = {
    "a copy": Case({"p.yaml": _POD.format("registry.example/nixery.dev/shell:1")}),
    "another": Case({"p.yaml": _POD.format("nixery.example/shell:1")}),
}

_NEW = PolicyOptions(replacements={"nixery.dev/shell/curl": "quay.io/team/curl:1"})
FIXES = {
    "what the settings name": Mend(
        {"p.yaml": _POD.format('"nixery.dev/shell/curl"  # soon')},
        {"p.yaml": _POD.format('"quay.io/team/curl:1"  # soon')},
        FixKind.UNSAFE,
        options=_NEW,
    ),
    "of a base, with any tag": Mend(
        {"Dockerfile": "FROM nixery.dev/shell/curl:latest AS base\n"},
        {"Dockerfile": "FROM quay.io/team/curl:1 AS base\n"},
        FixKind.UNSAFE,
        options=_NEW,
    ),
    "nothing without settings": Mend(
        {"p.yaml": _POD.format("nixery.dev/shell/jq")}, {}, FixKind.UNSAFE, leaves=1
    ),
}
