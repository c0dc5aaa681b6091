"""IMG002: an image without a tag, or with `latest`."""

from tests.unit.policy.casebook import DIGEST, Case, Mend
from tests.unit.policy.skaffolded import SKAFFOLD

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

_HELD = """\
apiVersion: v1
kind: ConfigMap
metadata: {{name: volumes}}
data:
  config.json: |-
    {{"nodes": []}}
  {}: |-
    # for each volume
    apiVersion: v1
    kind: Pod
    metadata: {{name: one}}
    spec:
      containers:
        - name: one
          image: quay.io/team/tool:1@{}
    ---
    apiVersion: v1
    kind: Pod
    metadata: {{name: two}}
    spec:
      containers:
        - name: two
          image: quay.io/team/tool
  more: "no"
"""
_TASK = """\
- name: Make a pod
  kubernetes.core.k8s:
    definition: |
      apiVersion: v1
      kind: Pod
      metadata: {name: one}
      spec:
        containers:
          - name: one
            image: quay.io/team/tool
- name: Another task
  debug: {msg: done}
"""
_VALUES = "image:\n  repository: quay.io/team/web\n  tag: {}\n"

_LOADED = """\
on: push
env:
  TOP_IMG: ghcr.io/team/top:latest
jobs:
  e2e:
    steps:
      - env:
          A_IMG: ghcr.io/team/a
          B_IMG: ghcr.io/team/b
          C_IMG: ghcr.io/team/c
          OTHER: ghcr.io/team/other
        run: |
          load() {{
            local name="$1" img="$2"
            docker pull "$img" && kind load docker-image "$img"
          }}
{}"""

MUST_FIRE = {
    "what a workflow's variables say, and a loop gives to a function that pulls": Case(
        {
            ".github/workflows/a.yml": _LOADED.format(
                '          for img in "$A_IMG" \\\n            $B_IMG "$TOP_IMG"; do\n'
                '            load node "${img}" &\n'
                "          done\n"
            )
        },
        (
            ".github/workflows/a.yml:3",
            ".github/workflows/a.yml:8",
            ".github/workflows/a.yml:9",
        ),
    ),
    "by way of a list": Case(
        {
            ".github/workflows/a.yml": _LOADED.format(
                '          images=("$A_IMG" "$C_IMG")\n'
                '          for i in "${images[@]}"; do docker pull -q $i; done\n'
            )
        },
        (".github/workflows/a.yml:8", ".github/workflows/a.yml:10"),
    ),
    "what GitLab's variables say": Case(
        {
            ".gitlab-ci.yml": "e2e:\n  variables:\n    A_IMG: ghcr.io/team/a\n"
            "    B_IMG: ghcr.io/team/b\n  script:\n"
            "    - for i in $A_IMG; do docker pull $i; done\n"
        },
        (".gitlab-ci.yml:3",),
    ),
    "pages for errors": Case(
        {"web/01-error-pages.yaml": _POD.format("quay.io/team/web")},
        ("web/01-error-pages.yaml:8",),
    ),
    "a patch of two kustomizations, of which one says no tag": Case(
        {
            "o/kustomization.yaml": "patchesStrategicMerge: [p.yaml]\nimages:\n"
            "  - {name: quay.io/team/tool, newTag: 1.2.3}\n",
            "n/kustomization.yaml": "patchesStrategicMerge: [../o/p.yaml]\n",
            "o/p.yaml": _POD.format("quay.io/team/tool"),
        },
        ("o/p.yaml:8",),
    ),
    "beside a template that is a text": Case(
        {
            "install.yaml": """\
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: sidecars}
            data:
              template: |-

                {{- if .Values.side }}
                {{ include "side" . }}
                {{- end }}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: web}
            spec:
              containers:
                - name: web
                  image: quay.io/shop/web
            """
        },
        ("install.yaml:17",),
    ),
    "a pod in a text of a ConfigMap": Case(
        {"cm.yaml": _HELD.format("helperPod.yaml", DIGEST)}, ("cm.yaml:23",)
    ),
    "a pod that a task of Ansible makes": Case(
        {"roles/pod/tasks/main.yml": _TASK}, ("roles/pod/tasks/main.yml:10",)
    ),
    "a chart's value says latest": Case(
        {"values.yaml": _VALUES.format("latest")}, ("values.yaml:2",)
    ),
    "no tag in a chart's values": Case(
        {
            "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "values.yaml": "web:\n  wait:\n    image: busybox\n",
            "templates/pod.yaml": _POD.format("{{ .Values.web.wait.image }}"),
        },
        ("values.yaml:3",),
        "busybox has no tag",
    ),
    "no tag": Case({"pod.yaml": _POD.format("busybox")}, ("pod.yaml:8",), "no tag"),
    "latest": Case(
        {"pod.yaml": _POD.format("quay.io/team/tool:latest")},
        ("pod.yaml:8",),
        "tagged latest",
        Severity.WARNING,
    ),
    "a note in an example": Case(
        {"examples/pod.yaml": _POD.format("busybox")},
        ("examples/pod.yaml:8",),
        severity=Severity.NOTE,
    ),
    "base of a stage": Case(
        {"Dockerfile": "FROM golang AS build\nRUN go build\nFROM scratch\n"},
        ("Dockerfile:1",),
    ),
    "by the default of an ARG": Case(
        {"Dockerfile": "ARG BASE=debian\nFROM ${BASE}\n"}, ("Dockerfile:2",)
    ),
    "behind a byte order mark": Case(
        {"Dockerfile": "\ufeffFROM golang\nRUN go build\n"}, ("Dockerfile:1",)
    ),
    "JSON in one line": Case(
        {
            "pod.json": '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},'
            '"spec":{"containers":[{"name":"a","image":"busybox"}]}}'
        },
        ("pod.json:1",),
    ),
    "init container and image volume": Case(
        {
            "job.yaml": """\
            apiVersion: batch/v1
            kind: Job
            metadata: {name: seed}
            spec:
              template:
                spec:
                  initContainers:
                    - {name: wait, image: "busybox:latest"}
                  containers:
                    - {name: seed, image: "registry.example/seed:3"}
                  volumes:
                    - name: data
                      image:
                        reference: quay.io/team/data
            """
        },
        ("job.yaml:8", "job.yaml:14"),
    ),
}

MUST_NOT_FIRE = {
    "variables that nothing pulls, or that the script says anew": Case(
        {
            ".github/workflows/a.yml": _LOADED.format(
                "          C_IMG=$(cat image)\n"
                '          for i in "$C_IMG"; do load node "$i"; done\n'
                '          for i in "$OTHER"; do echo "$i"; done\n'
                '          for name in "$A_IMG"; do load "$name" team; done\n'
            )
        }
    ),
    "what a test only compares": Case(
        {
            f"tests/web/{name}.yaml": _POD.format("quay.io/team/web")
            for name in ("01-assert", "02-errors", "chainsaw-step-02-assert-1-1")
        }
        | {"tests/web/pod-assert.yaml": _POD.format("quay.io/team/web")}
    ),
    "a word for an image, which is built here": Case(
        {
            "build.sh": "docker build -t web-image web\n"
            "docker build -t job-image job\n",
            "compose.yaml": "services:\n  web:\n    image: web-image:latest\n"
            "  job:\n    image: job-image\n",
        }
    ),
    "a word that a kustomization changes": Case(
        {
            "kustomization.yaml": "resources: [p.yaml]\nimages:\n"
            "  - {name: web-image, newName: quay.io/team/web, newTag: '1.4'}\n",
            "p.yaml": _POD.format("web-image"),
        }
    ),
    "what Skaffold builds, and deploys": Case(
        {
            "skaffold.yaml": SKAFFOLD,
            "k8s/pods.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\n"
            "spec: {containers: [{name: a, image: shop/web}, {name: b, image: worker}]}"
            "\n",
        }
    ),
    "what kubebuilder's Makefile fills in": Case(
        {"p.yaml": _POD.format("controller:latest")}
    ),
    "a patch whose kustomization says the tag": Case(
        {
            "o/kustomization.yaml": "patchesStrategicMerge: [p.yaml]\nimages:\n"
            "  - {name: quay.io/team/tool, newTag: 1.2.3}\n",
            "o/p.yaml": _POD.format("quay.io/team/tool"),
        }
    ),
    "a text that patches an object": Case(
        {"cm.yaml": _HELD.format("patch", DIGEST)},
    ),
    "a text that is a template": Case(
        {
            "tasks.yml": _TASK.replace("{name: one}", "\n        name: {{ .Name }}"),
            "cm.yaml": _HELD.format("pod", DIGEST).replace("two", "{{ include x }}"),
        }
    ),
    "words about an object": Case({"task.yml": _TASK.replace("definition", "notes")}),
    "a node's image that kind builds before": Case(
        {
            "ci/e2e.sh": "#!/bin/sh\nkind build node-image -v 1\n"
            "kind create cluster --image=kindest/node:latest\n"
        }
    ),
    "a question for all tags": Case(
        {"a.sh": "R=quay.io/team/a\nskopeo list-tags docker://${R}\n"}
    ),
    "a chart's own image, whose tag is the chart's": Case(
        {"values.yaml": "image: quay.io/team/web\n"}
    ),
    "a version beside it that may be the tag": Case(
        {"values.yaml": "web:\n  image: quay.io/team/web\n  version: 1.2.3\n"}
    ),
    "a version for all images": Case(
        {"values.yaml": "global: {tag: 1.2.3}\nweb:\n  image: quay.io/team/web\n"}
    ),
    "values called image that are none": Case(
        {
            "values.yaml": "a: {image: true}\nb: {image: logo.png}\nc: {image: ''}\n"
            "d: {image: assets/logo}\ne: {image: two words}\nf: {image: /srv/disk}\n"
            "g: {image: ami-0123}\nh: {image: debian, machineType: small}\n"
            "i: {heroImage: ship}\n"
        }
    ),
    "a chart's value says no tag": Case({"values.yaml": _VALUES.format('""')}),
    "what Istio's injector fills in": Case({"p.yaml": _POD.format("auto")}),
    "a version": Case({"pod.yaml": _POD.format("busybox:1.37")}),
    "a digest": Case({"pod.yaml": _POD.format(f"busybox@{DIGEST}")}),
    "latest with a digest": Case({"pod.yaml": _POD.format(f"busybox:latest@{DIGEST}")}),
    "not known": Case({"pod.yaml": _POD.format('"${IMAGE}"')}),
    "never pulled": Case(
        {"pod.yaml": _POD.format("built-here\n      imagePullPolicy: Never")}
    ),
    "another stage": Case(
        {"Dockerfile": "FROM golang:1.25 AS build\nFROM build\nCOPY --from=0 /a /b\n"}
    ),
}

FIXES = {
    "no tag": Mend(
        {"pod.yaml": _POD.format("busybox  # small")},
        {"pod.yaml": _POD.format(f"busybox@{DIGEST}  # small")},
        FixKind.ONLINE,
    ),
    "latest gives way to its digest": Mend(
        {"pod.yaml": _POD.format("'quay.io/team/tool:latest'")},
        {"pod.yaml": _POD.format(f"'quay.io/team/tool@{DIGEST}'")},
        FixKind.ONLINE,
    ),
    "the ARG that says it": Mend(
        {"Dockerfile": 'ARG BASE="debian:latest"\nFROM $BASE\n'},
        {"Dockerfile": f'ARG BASE="debian@{DIGEST}"\nFROM $BASE\n'},
        FixKind.ONLINE,
    ),
    "lines end as they did": Mend(
        {"pod.yaml": _POD.format("busybox").replace("\n", "\r\n")},
        {"pod.yaml": _POD.format(f"busybox@{DIGEST}").replace("\n", "\r\n")},
        FixKind.ONLINE,
    ),
}
