"""IMG011: an image in a format that clients gave up."""

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


_NEW = PolicyOptions(
    replacements={"docker.io/docker/whalesay": "quay.io/team/cowsay:1"}
)

MUST_FIRE = {
    "a pod": Case(
        {"p.yaml": _POD.format("docker/whalesay")}, ("p.yaml:8",), "schema 1"
    ),
    "a workflow": Case(
        {
            "w.yaml": """\
            apiVersion: argoproj.io/v1alpha1
            kind: Workflow
            metadata: {generateName: hello-}
            spec:
              entrypoint: say
              templates:
                - name: say
                  container:
                    image: docker.io/docker/whalesay:latest
            """
        },
        ("w.yaml:9",),
    ),
}

MUST_NOT_FIRE = {
    "of the same name": Case({"p.yaml": _POD.format("quay.io/docker/whalesay:1")}),
    "of the same team": Case({"p.yaml": _POD.format("docker/getting-started:1")}),
}

FIXES = {
    "what the settings name": Mend(
        {"p.yaml": _POD.format('"docker/whalesay:latest"')},
        {"p.yaml": _POD.format('"quay.io/team/cowsay:1"')},
        FixKind.UNSAFE,
        options=_NEW,
    ),
    "nothing without settings": Mend(
        {"p.yaml": _POD.format("docker/whalesay")}, {}, FixKind.UNSAFE, leaves=1
    ),
}
