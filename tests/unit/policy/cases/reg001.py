"""REG001: an anonymous pull from Docker Hub."""

from tests.unit.policy.casebook import Case
from tests.unit.policy.skaffolded import SKAFFOLD

from seawall.policy.finding import Severity
from seawall.policy.options import Mirror, PolicyOptions

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


_SECRET = """\
apiVersion: v1
kind: Secret
metadata: {{name: pull}}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{{"auths": {{"{}": {{"auth": "eDp5"}}}}}}'
---
"""
_USER = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets:
    - name: pull
  containers:
    - name: web
      image: docker.io/team/web:1
"""

_CHART = """\
apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - name: postgresql
    version: 15.x.x
    repository: {}
    condition: postgresql.enabled
"""
_PACKED = "apiVersion: v2\nname: postgresql\nversion: 15.1.0\n"
_OCI = "oci://registry-1.docker.io/bitnamicharts"
_WORKFLOW = """\
env: {{IMG: "app:e2e"}}
jobs:
  test:
    runs-on: ubuntu-24.04
    env: {{TOOL: "team/tool:e2e"}}
    steps:
{}"""


def _workflow(*steps: str) -> str:
    return _WORKFLOW.format("".join(f"      - {step}\n" for step in steps))


def _loaded(name: str, *steps: str) -> Case:
    """Give a workflow that builds or loads an image, and a pod that runs it."""
    pod = _POD.format(name)
    return Case({".github/workflows/a.yml": _workflow(*steps), "test/p.yaml": pod})


MUST_FIRE = {
    "a step's own variable hides that of its job": Case(
        {
            ".github/workflows/a.yml": _workflow(
                'run: kind load docker-image "$TOOL"\n        env: {TOOL: "a/b:1"}',
                'run: kind load docker-image "$IMG"\n        env: {IMG: "${{ x.i }}"}',
            ),
            "p.yaml": _POD.format("team/tool:e2e"),
            "q.yaml": _POD.format("app:e2e"),
        },
        ("p.yaml:8", "q.yaml:8"),
    ),
    "saved for somebody else": Case(
        {
            "a.sh": "docker save team/tool:1 -o tool.tar\n",
            "p.yaml": _POD.format("team/tool:1"),
        },
        ("p.yaml:8",),
    ),
    "what make is told to roll out": Case(
        {
            "a.sh": "make deploy IMG=app:1\nmake docker-build NAME=web:1\n",
            "p.yaml": _POD.format("app:1"),
            "q.yaml": _POD.format("web:1"),
        },
        ("p.yaml:8", "q.yaml:8"),
    ),
    "what a pipeline builds under another tag": Case(
        {
            ".github/workflows/a.yml": _workflow("run: docker build -t app:2 ."),
            "test/p.yaml": _POD.format("app:1"),
        },
        ("test/p.yaml:8",),
    ),
    "what a pipeline builds to push it": Case(
        {
            ".github/workflows/a.yml": _workflow('run: docker build -t "$TOOL" .'),
            "p.yaml": _POD.format("team/tool:e2e"),
        },
        ("p.yaml:8",),
    ),
    "what a step's script says once": Case(
        {
            ".github/workflows/a.yml": _workflow(
                "run: |\n          T=1.2\n          docker pull team/web:$T"
            )
        },
        (".github/workflows/a.yml:9",),
        "team/web:1.2",
    ),
    "a chart's value with its version beside it": Case(
        {
            "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
            "values.yaml": "web:\n  image: team/web\n  version: 1.2.3\n",
            "templates/pod.yaml": _POD.format(
                '"{{ .Values.web.image }}:{{ .Values.web.version }}"'
            ),
        },
        ("values.yaml:2",),
        "team/web",
    ),
    "a chart that is switched off": Case(
        {
            "shop/Chart.yaml": _CHART.format(_OCI),
            "shop/values.yaml": "postgresql: {enabled: false}\n",
        },
        ("shop/Chart.yaml:7",),
        "the chart postgresql",
        Severity.WARNING,
    ),
    "a pod": Case(
        {"p.yaml": _POD.format("nginx:1.29.3")},
        ("p.yaml:8",),
        "give it a pull secret",
        Severity.WARNING,
    ),
    "on every node": Case(
        {
            "ds.yaml": """\
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              template:
                spec:
                  containers:
                    - {name: agent, image: "index.docker.io/team/agent:1"}
            """
        },
        ("ds.yaml:8",),
        severity=Severity.ERROR,
    ),
    "a job, beside its neighbours'": Case(
        {".gitlab-ci.yml": "a:\n  image: team/tool:1\n  script: [make]\n"},
        (".gitlab-ci.yml:2",),
        severity=Severity.ERROR,
    ),
    "a job of CircleCI, which has a credential": Case(
        {
            ".circleci/config.yml": """\
            version: 2.1
            jobs:
              a:
                docker:
                  - image: team/tool:1
                steps: [checkout]
            """
        },
        (".circleci/config.yml:5",),
        severity=Severity.NOTE,
    ),
    "a secret for another registry": Case(
        {"p.yaml": _SECRET.format("quay.io") + _USER}, ("p.yaml:16",)
    ),
    "a service of Compose": Case(
        {"compose.yaml": "services:\n  db:\n    image: postgres:17\n"},
        ("compose.yaml:3",),
        "give it a credential",
    ),
    "what a script's variables say": Case(
        {
            "a.sh": "export TAG=${TAG:-1.2}\nREPO='team'\nIMG=\"$REPO/tool:${TAG}\"\n"
            'docker pull "$IMG"\n'
        },
        ("a.sh:4",),
        "team/tool:1.2 is pulled",
    ),
    "what tests load, and its users pull": Case(
        {
            "e2e/run.sh": "kind load docker-image team/app:latest\n",
            "scan.sh": "docker pull team/app:latest\n",
            "deploy/app.yaml": _POD.format("team/app:latest"),
            "e2e/app.yaml": _POD.format("team/app:latest"),
        },
        ("deploy/app.yaml:8", "scan.sh:1"),
    ),
    "what is pulled before it is loaded": Case(
        {
            "a.sh": "docker pull team/tool:1\nkind load docker-image team/tool:1\n",
            "p.yaml": _POD.format("team/tool:1"),
        },
        ("a.sh:1", "p.yaml:8"),
    ),
    "what kubectl, kind and k3d are told to start": Case(
        {
            "a.sh": "kubectl -n test create deploy web --image team/web --port 80\n"
            "kind create cluster --image=kindest/node:${V}\n"
            "kubectl run -i --tty --image=busybox:1 sh\n"
            "kubectl get --image team/web\n"
        },
        ("a.sh:1", "a.sh:2", "a.sh:3"),
    ),
    "what an operator is told to start, on all nodes": Case(
        {
            "p.yaml": """\
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: manager}
            spec:
              template:
                spec:
                  containers:
                    - name: manager
                      image: quay.io/team/manager:1
                      command: [manager, --engine-image, "team/engine:1.2"]
                      args:
                        - --sidecar-image=docker.io/team/sidecar:3
                      env:
                        - {name: CSI_ATTACHER_IMAGE, value: "team/attacher:v4"}
                        - {name: IMAGE_PULL_POLICY, value: "Always:now"}
                        - {name: BASE_IMAGE, value: "team/any"}
            """
        },
        ("p.yaml:10", "p.yaml:12", "p.yaml:14"),
        "team/engine:1.2 is pulled from Docker Hub",
        Severity.WARNING,
    ),
    "a tag that is filled in": Case(
        {"p.yaml": _POD.format("'docker.io/team/web:${TAG}'")}, ("p.yaml:8",)
    ),
}

MUST_NOT_FIRE = {
    "a word for an image": Case({"p.yaml": _POD.format("fake-image")}),
    "what Skaffold builds, and deploys": Case(
        {
            "skaffold.yaml": SKAFFOLD,
            "k8s/pods.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: shop}\n"
            "spec: {containers: [{name: a, image: shop/web}, {name: b, image: worker}]}"
            "\n",
        }
    ),
    "a registry beside a chart's flat value": Case(
        {"values.yaml": "registry: quay.io\nimage: team/web\nimageTag: 1.2.3\n"}
    ),
    "a chart that is packed in": Case(
        {
            "shop/Chart.yaml": _CHART.format(_OCI),
            "shop/charts/postgresql/Chart.yaml": _PACKED,
        }
    ),
    "a chart of another place": Case(
        {"shop/Chart.yaml": _CHART.format("oci://quay.io/charts")}
    ),
    "a chart whose place is filled in": Case(
        {"shop/Chart.yaml": _CHART.format('"oci://docker.io/$TEAM"')}
    ),
    "a chart with a mirror": Case(
        {"shop/Chart.yaml": _CHART.format(_OCI)},
        options=PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),)),
    ),
    "another registry": Case({"p.yaml": _POD.format("quay.io/team/web:1")}),
    "a secret that may be right": Case({"p.yaml": _USER}),
    "credentials beside the image of a job": Case(
        {
            ".github/workflows/a.yml": """\
            jobs:
              a:
                container:
                  image: team/app:1
                  credentials: {username: me, password: x}
            """
        }
    ),
    "a secret that is right": Case(
        {"p.yaml": _SECRET.format("https://index.docker.io/v1/") + _USER}
    ),
    "that of its service account": Case(
        {
            "p.yaml": """\
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: default}
            imagePullSecrets:
              - name: hub
            ---
            """
            + _POD.format("nginx:1.29.3").replace("\n", "\n" + " " * 12)
        }
    ),
    "a mirror": Case(
        {"p.yaml": _POD.format("nginx:1.29.3")},
        options=PolicyOptions(mirrors=(Mirror("docker.io", "mirror.example/hub"),)),
    ),
    "a credential of the nodes": Case(
        {"p.yaml": _POD.format("nginx:1.29.3")},
        options=PolicyOptions(providers=("docker.io",)),
    ),
    "a base, which is another's": Case({"Dockerfile": "FROM debian:12\n"}),
    "what a script loads into a cluster": Case(
        {
            "e2e/run.sh": "export TAG=1.0-dev\nREGISTRY=ours\n"
            'kind load docker-image --name="$C" "${REGISTRY}"/web:"${TAG}"\n',
            "web/ci/a-values.yaml": "image: {repository: ours/web, tag: 1.0-dev}",
            "p.yaml": _POD.format("ours/web:1.0-dev"),
        }
    ),
    "an expression that is loaded": _loaded(
        "team/tool:e2e", "run: kind load docker-image ${{ env.TOOL }} --name c"
    ),
    "a variable that is loaded": _loaded(
        "team/tool:e2e", 'run: kind -v 1 load docker-image --name c "$TOOL"'
    ),
    "a step's own variable": _loaded(
        "team/web:1",
        "run: k3d image import -c c $WEB ${{ env.O }}\n"
        '        env: {WEB: "team/web:1", O: "team/o:1"}',
    ),
    "a variable of the script itself": _loaded(
        "team/web:1",
        "run: |\n          I=team/web:1\n          minikube -p c image load $I",
    ),
    "saved, and taken in": _loaded(
        "team/tool:e2e",
        'run: docker save "$TOOL" | docker exec -i n ctr -n k8s.io images import -',
    ),
    "built by an action under one word": _loaded(
        "app:e2e",
        "uses: docker/build-push-action@v6\n"
        '        with: {load: true, tags: "x/y:1,${{ env.IMG }}"}',
    ),
    "built by a command under one word": _loaded(
        "app:e2e", 'run: docker buildx build --load -t "$IMG" .'
    ),
    "built by make": _loaded("app:e2e", "run: make docker-build IMG=${{ env.IMG }}"),
    "built by make, and run there": Case(
        {"a.sh": "make images CRD_IMG=team/crds:1\ndocker run team/crds:1\n"}
    ),
    "a variable with several values": Case(
        {
            "a.sh": "I=team/a:1\nif $B; then I=team/b:1; fi\ndocker pull $I\n",
            "b.sh": "I=team/a:1\nfor I in a b; do docker pull $I; done\n",
            "c.sh": "I=team/a:1\nI+=2\nread -r J\nJ=team/a:1\ndocker pull $I $J\n",
        }
    ),
    "what is no image, though it is called one": Case(
        {
            "p.yaml": _POD.format("quay.io/team/web:1")
            + "      args: [--image, /srv/a:1, --no-image, --image=$(IMAGE)]\n"
            "      env: [{name: IMAGE, value: 'https://a.example/b:1'}]\n"
        }
    ),
    "what a status tells": Case(
        {
            "p.yaml": _POD.format("quay.io/team/web:1")
            + "status:\n  containerStatuses:\n    - image: nginx:1\n"
        }
    ),
    "never pulled": Case(
        {"p.yaml": _POD.format("built:1\n      imagePullPolicy: Never")}
    ),
}
