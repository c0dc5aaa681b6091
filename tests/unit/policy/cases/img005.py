"""IMG005: a tag that is a digest in disguise."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

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


_HEX = DIGEST.partition(":")[2]

MUST_FIRE = {
    "a digest": Case(
        {"p.yaml": _POD.format(f"quay.io/team/redis:sha256-{_HEX}")},
        ("p.yaml:8",),
        "only spells a digest",
    ),
    "a commit": Case(
        {"p.yaml": _POD.format("team/network-tools:sha-6257a44")},
        ("p.yaml:8",),
        "commit",
    ),
}

MUST_NOT_FIRE = {
    "a digest indeed": Case({"p.yaml": _POD.format(f"quay.io/team/redis@{DIGEST}")}),
    "a commit with its digest": Case(
        {"p.yaml": _POD.format(f"team/tool:sha-6257a44@{DIGEST}")}
    ),
    "too short": Case({"p.yaml": _POD.format("quay.io/team/redis:sha256-0123")}),
    "a version": Case({"p.yaml": _POD.format("quay.io/team/redis:7.4.2")}),
}

FIXES = {
    "the digest": Mend(
        {"p.yaml": _POD.format(f"quay.io/team/redis:sha256-{_HEX} # cache")},
        {"p.yaml": _POD.format(f"quay.io/team/redis@{DIGEST} # cache")},
        FixKind.UNSAFE,
    ),
    "not for a commit": Mend(
        {"p.yaml": _POD.format("team/tool:sha-6257a44")},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
}
