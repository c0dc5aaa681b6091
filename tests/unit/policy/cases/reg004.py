"""REG004: a registry, or a part of one, that was retired."""

from tests.unit.policy.casebook import Case, Mend

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


_CONTAINERD = """\
version = 2
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{}"
"""
_PINNED = """\
version = 3
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = 'k8s.gcr.io/pause:3.9'
"""
_CRIO = '[crio.image]\npause_image = "k8s.gcr.io/pause:3.9"\n'

MUST_FIRE = {
    "the sandbox of all pods, which no manifest has": Case(
        {
            "containerd/config.toml": _CONTAINERD.format("k8s.gcr.io/pause:3.9"),
            "v3/containerd.toml": _PINNED,
            "etc/crio.conf": _CRIO,
        },
        ("containerd/config.toml:3", "etc/crio.conf:2", "v3/containerd.toml:3"),
    ),
    "the old host of Kubernetes": Case(
        {"p.yaml": _POD.format("k8s.gcr.io/pause:3.9")},
        ("p.yaml:8",),
        "2023-04-03",
        Severity.ERROR,
    ),
    "a part of Docker Hub": Case(
        {"p.yaml": _POD.format("bitnami/kubectl:1.21.11")},
        ("p.yaml:8",),
        "bitnamilegacy",
    ),
    "an official image": Case(
        {"Dockerfile": "FROM openjdk:8-jre\n"},
        ("Dockerfile:1",),
        severity=Severity.WARNING,
    ),
    "kaniko": Case(
        {"p.yaml": _POD.format("gcr.io/kaniko-project/executor:v1.9.0")}, ("p.yaml:8",)
    ),
    "a stage, which still serves": Case(
        {"p.yaml": _POD.format("gcr.io/k8s-staging-sig-storage/csi-attacher:v4")},
        ("p.yaml:8",),
        "staged",
        Severity.WARNING,
    ),
    "any other stage": Case(
        {"p.yaml": _POD.format("gcr.io/k8s-staging-capi-openstack/manager:v1")},
        ("p.yaml:8",),
        "90 days",
        Severity.WARNING,
    ),
    "copies for a while": Case(
        {"p.yaml": _POD.format("bitnamilegacy/redis:7")},
        ("p.yaml:8",),
        "old copies",
        Severity.NOTE,
    ),
    "a mirror that few may use": Case(
        {"p.yaml": _POD.format("gcr.azk8s.cn/google_containers/pause:3.1")},
        ("p.yaml:8",),
        "Azure China",
        Severity.WARNING,
    ),
    "deleted from Docker Hub": Case(
        {"compose.yaml": "services:\n  s3:\n    image: minio/minio:latest\n"},
        ("compose.yaml:3",),
        "2026-09-11",
        Severity.ERROR,
    ),
    "read-only, which still serves": Case(
        {"p.yaml": _POD.format("quay.io/kubernetes-ingress-controller/x:0.33.0")},
        ("p.yaml:8",),
        severity=Severity.WARNING,
    ),
    "its tag is filled in": Case(
        {"p.yaml": _POD.format("'k8s.gcr.io/ingress-nginx/controller:${TAG}'")},
        ("p.yaml:8",),
    ),
}

MUST_NOT_FIRE = {
    "a sandbox of another program": Case(
        {"tool/config.toml": 'sandbox_image = "k8s.gcr.io/pause:3.9"\n'}
    ),
    "what its maker left there": Case(
        {"p.yaml": _POD.format("bitnami/sealed-secrets-controller:0.30.0")}
    ),
    "what is built here under such a name": Case(
        {
            ".github/workflows/e2e.yml": """\
            jobs:
              build:
                steps:
                  - run: docker build -t bitnami/minio:local .
              test:
                steps:
                  - run: docker run -d bitnami/minio:local
            """
        }
    ),
    "the new host": Case({"p.yaml": _POD.format("registry.k8s.io/pause:3.9")}),
    "begins alike": Case({"p.yaml": _POD.format("bitnamicharts/redis:1")}),
    "elsewhere": Case({"p.yaml": _POD.format("quay.io/team/openjdk:8")}),
}

FIXES = {
    "the sandbox of all pods": Mend(
        {"containerd/config.toml": _CONTAINERD.format("k8s.gcr.io/pause:3.9")},
        {"containerd/config.toml": _CONTAINERD.format("registry.k8s.io/pause:3.9")},
    ),
    "the same names": Mend(
        {"p.yaml": _POD.format('"k8s.gcr.io/pause:3.9"')},
        {"p.yaml": _POD.format('"registry.k8s.io/pause:3.9"')},
    ),
    "the same names, deeper": Mend(
        {
            "p.yaml": _POD.format(
                "gcr.io/tekton-releases/github.com/tektoncd/pipeline/cmd/git-init:v0.40.2"
            )
        },
        {
            "p.yaml": _POD.format(
                "ghcr.io/tektoncd/github.com/tektoncd/pipeline/cmd/git-init:v0.40.2"
            )
        },
    ),
    "from Docker Hub to where it is left": Mend(
        {"p.yaml": _POD.format("minio/mc:RELEASE.2025-08-13T08-35-41Z")},
        {"p.yaml": _POD.format("quay.io/minio/mc:RELEASE.2025-08-13T08-35-41Z")},
    ),
    "a mirror that was shut down": Mend(
        {"Dockerfile": "FROM docker.mirrors.ustc.edu.cn/library/debian:12\n"},
        {"Dockerfile": "FROM docker.io/library/debian:12\n"},
    ),
    "before what an argument says": Mend(
        {"Dockerfile": "ARG V=3.9\nFROM k8s.gcr.io/pause:${V}\n"},
        {"Dockerfile": "ARG V=3.9\nFROM registry.k8s.io/pause:${V}\n"},
    ),
    "what does not have the same names": Mend(
        {"p.yaml": _POD.format("quay.io/kubernetes-ingress-controller/x:0.33.0")},
        {},
        FixKind.UNSAFE,
        leaves=1,
    ),
    "not without a look": Mend(
        {"p.yaml": _POD.format("bitnami/redis:7")}, {}, FixKind.SAFE, leaves=1
    ),
    "with a look": Mend(
        {"p.yaml": _POD.format("bitnami/redis:7")},
        {"p.yaml": _POD.format("docker.io/bitnamilegacy/redis:7")},
        FixKind.UNSAFE,
        leaves=1,
    ),
    "of a base": Mend(
        {"Dockerfile": "FROM registry.hub.docker.com/library/debian:12 AS base\n"},
        {"Dockerfile": "FROM docker.io/library/debian:12 AS base\n"},
    ),
    "its tag is filled in": Mend(
        {"p.yaml": _POD.format("'k8s.gcr.io/pause:${TAG}'")},
        {"p.yaml": _POD.format("'registry.k8s.io/pause:${TAG}'")},
    ),
}
