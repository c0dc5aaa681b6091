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


_RESOURCE = """\
apiVersion: shop.example/v1
kind: Collector
metadata: {name: c}
spec:
  reloaderImage:
    registry: quay.io
    repository: team/reloader
    tag: v0.81.0
"""
_PATCH = """\
- op: add
  path: /stages/0/tests/-
  value:
    image: quay.io/team/scorecard:v1.22.0
"""
_TEXT = """\
primary:
  initContainers: |
    - name: setup
      image: {}
      command: [sh]
"""
_PIPELINE = """\
version: 2.1
jobs:
  test:
    docker:
      - image: quay.io/team/node:19.0.1
"""


def _chart(values: str, image: str) -> dict[str, str]:
    """Make a chart with these values, and one template that takes its image of them."""
    return {
        "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "values.yaml": values,
        "templates/pod.yaml": _POD.format(f'"{image}"'),
    }


MUST_FIRE = {
    "a Dockerfile whose name ends so": Case(
        {
            "docker/DebugDockerfile": "FROM quay.io/team/base:1\n",
            "docker/web.Containerfile": "FROM quay.io/team/base:1\n",
        },
        ("docker/DebugDockerfile:1", "docker/web.Containerfile:1"),
    ),
    "what builds begin with by another name": Case(
        {
            "up.sh": "# --build-context a=docker-image://quay.io/a/c:1\n"
            "docker buildx build --build-context a=docker-image://$B .  # ä\n"
            'docker buildx build --build-context "a=docker-image://quay.io/a/b:1" .\n'
        },
        ("up.sh:3",),
        "quay.io/a/b:1",
    ),
    "what Compose builds with by another name": Case(
        {
            "compose.yaml": "services:\n  a:\n    build:\n      context: .\n"
            "      additional_contexts:\n        a: docker-image://quay.io/a/b:1\n"
        },
        ("compose.yaml:6",),
    ),
    "what a script loads in a loop, and pulls before": Case(
        {
            "up.sh": "for app in web db; do docker pull theirs/$app:1;"
            " kind load docker-image theirs/${app}:1; done\n",
            "p.yaml": _POD.format("theirs/web:1"),
        },
        ("p.yaml:8",),
    ),
    "a default in a script without assignments": Case(
        {"up.sh": 'kind create cluster --image "${NODE:-kindest/node:v1.34.0}"\n'},
        ("up.sh:1",),
    ),
    "the parts of an image in a custom resource": Case(
        {"c.yaml": _RESOURCE},
        ("c.yaml:7",),
        "quay.io/team/reloader:v0.81.0 has no digest",
    ),
    "what a patch puts into a list that is no containers'": Case(
        {"p.yaml": _PATCH}, ("p.yaml:4",)
    ),
    "a container in a text for a chart": Case(
        {"db-values.yaml": _TEXT.format("quay.io/team/helper:1.36")},
        ("db-values.yaml:4",),
    ),
    "values that override others": Case(
        {"overrides.yaml": "web:\n  image:\n    repository: a/b\n    tag: 1.2.3\n"},
        ("overrides.yaml:3",),
    ),
    "a pipeline of CircleCI that is an example": Case(
        {"docs/node.yml": _PIPELINE}, ("docs/node.yml:5",)
    ),
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
    "a chart's value that is called an image, and whose": Case(
        {"values.yaml": "global:\n  imageSync: quay.io/a/sync:1.2.3\n"},
        ("values.yaml:2",),
    ),
    "a chart's value in shorter words": Case(
        {"values.yaml": "image:\n  repo: quay.io/a/b\n  tag: 1.2.3\n"},
        ("values.yaml:2",),
        "quay.io/a/b:1.2.3 has no digest",
    ),
    "a chart's value whose tag is the chart's own": Case(
        {"values.yaml": "image:\n  repository: quay.io/a/b\n  tag: ''\n"},
        ("values.yaml:2",),
        "quay.io/a/b has no digest",
    ),
    "a chart's value with its tag beside it": Case(
        _chart(
            "image: quay.io/team/ship\nimageTag: 1.2.3\n",
            "{{ .Values.image }}:{{ .Values.imageTag }}",
        ),
        ("values.yaml:1",),
        "quay.io/team/ship:1.2.3 has no digest",
    ),
    "a chart's value in three keys": Case(
        _chart(
            "web:\n  imageRegistry: quay.io\n  imageRepository: a/b\n  imageTag: 7.1\n",
            "{{ .Values.web.imageRepository }}:{{ .Values.web.imageTag }}",
        ),
        ("values.yaml:3",),
        "quay.io/a/b:7.1 has no digest",
    ),
    "a chart's value with a short tag beside it": Case(
        _chart("web:\n  image: a/b\n  tag: 1.2.3\n", "{{ .Values.web.image }}"),
        ("values.yaml:2",),
        "a/b:1.2.3 has no digest",
    ),
    "a chart's value that has a name": Case(
        _chart("image:\n  name: a/b\n  tag: 1.2.3\n", "{{ .Values.image.name }}"),
        ("values.yaml:2",),
        "a/b:1.2.3 has no digest",
    ),
    "a chart's value beside one that is called kind": Case(
        {"values.yaml": "kind: statefulset\nimage:\n  repository: a/b\n  tag: 1.2.3\n"},
        ("values.yaml:3",),
    ),
}

MUST_NOT_FIRE = {
    "what BLD002 tells": Case(
        {
            "Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n"
            "COPY --from=quay.io/a/b:1 /b /b\n"
            "RUN --mount=from=quay.io/a/c:1,target=/c /c/run\n"
        }
    ),
    "what ko has built and loaded": Case({"p.yaml": _POD.format("ko.local/web:1.2")}),
    "what a script loads in a loop": Case(
        {
            "e2e/run.sh": "for app in web db; do\n"
            '  kind load docker-image "ours/${app}:0.1" --name c\ndone\n',
            "p.yaml": _POD.format("ours/web:0.1"),
        }
    ),
    "what is no image, though its key begins with that word": Case(
        {
            "values.yaml": "imageRegistry: quay.io:443/team\nimageFilter: web:1\n"
            "imagePullSecret: a/b:1\nimageSearch: 'a/b:*'\n"
        }
    ),
    "a digest in the tag beside a chart's value": Case(
        {"values.yaml": f"image: quay.io/a/b\nimageTag: 1.2.3@{DIGEST}\n"}
    ),
    "a name with a tag that are no image's": Case(
        {"values.yaml": "chart:\n  name: shop\n  tag: 1.2.3\n"}
    ),
    "a picture with a tag": Case(
        {"values.yaml": "card:\n  image: logo.png\n  tag: new\n"}
    ),
    "a name with a prefix elsewhere": Case(
        {"values.yaml": "web:\n  hub: quay.io/team\n  image: web\n  tag: 1.2.3\n"}
    ),
    "a repository of sources in a custom resource": Case(
        {"c.yaml": _RESOURCE.replace("team/reloader", "https://git.example/r.git")}
    ),
    "the operator's own tag": Case({"c.yaml": _RESOURCE.replace("v0.81.0", "null")}),
    "a word that a patch puts in": Case(
        {"p.yaml": _PATCH.replace("quay.io/team/scorecard:v1.22.0", "scorecard")}
    ),
    "a comment in a text for a chart": Case(
        {"db-values.yaml": _TEXT.format("x").replace("image:", "# image: a/b:1")}
    ),
    "jobs that are not CircleCI's": Case(
        {"jobs.yml": _PIPELINE.replace("version: 2.1", "version: 7")}
    ),
    "a digest": Case({"p.yaml": _POD.format(f"nginx:1.29.3@{DIGEST}")}),
    "a repository of something else": Case(
        {"values.yaml": "git:\n  repo: team/app\nb:\n  repo: https://a.example/b\n"}
    ),
    "a digest beside a chart's own tag": Case(
        {
            "values.yaml": "image:\n  repository: quay.io/a/b\n  tag: ''\n"
            f"  digest: {DIGEST}\n"
        }
    ),
    "no tag at all, which is another's": Case({"p.yaml": _POD.format("nginx")}),
    "a channel, which is another's": Case({"p.yaml": _POD.format("nginx:stable")}),
    "the machine's own registry": Case(
        {"p.yaml": _POD.format("localhost:5000/nginx:1.29.3")}
    ),
    "never pulled": Case(
        {"p.yaml": _POD.format("built:1\n      imagePullPolicy: Never")}
    ),
}

_KUSTOMIZATION = """\
resources: [pod.yaml]
images:
  - name: quay.io/team/tool
    newTag: {}  # as tested
"""
FIXES = {
    "the tag that an overlay says, not that of its base": Mend(
        {
            "pod.yaml": _POD.format("quay.io/team/tool:1.1"),
            "kustomization.yaml": _KUSTOMIZATION.format('"1.2"'),
        },
        {"kustomization.yaml": _KUSTOMIZATION.format(f'"1.2@{DIGEST}"')},
        FixKind.ONLINE,
    ),
    "the tag stays": Mend(
        {"p.yaml": _POD.format('"quay.io/team/tool:1.2" # é')},
        {"p.yaml": _POD.format(f'"quay.io/team/tool:1.2@{DIGEST}" # é')},
        FixKind.ONLINE,
    ),
    "a container in a text for a chart": Mend(
        {"db-values.yaml": _TEXT.format("a/b:1")},
        {"db-values.yaml": _TEXT.format(f"a/b:1@{DIGEST}")},
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
