"""PUL011: a custom resource that makes pods, without its field for pull secrets."""

from tests.unit.policy.casebook import Case

_WEB = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  imagePullSecrets: [{name: pull}]
  containers: [{name: web, image: "registry.example/shop/web:1.4.2"}]
"""
_FLOW = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {name: build}
spec:
  serviceAccountName: builds
  templates:
    - name: main
      container:
        image: registry.example/shop/build:1.4.2
"""
_DATABASE = """\
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: watch}
spec:
  image: registry.example/shop/watch:3.1.0
"""
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: builds}
imagePullSecrets: [{name: pull}]
"""

_CLUSTER = """\
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: data}
spec:
  instances: 3
  imageName: registry.example/shop/postgres:17.6
"""
MUST_FIRE = {
    "a cluster of CloudNativePG": Case(
        {"web.yaml": _WEB, "data.yaml": _CLUSTER}, ("data.yaml:6",), "Cluster/data"
    ),
    "an agent of Prometheus": Case(
        {
            "web.yaml": _WEB,
            "watch.yaml": _DATABASE.replace(
                "kind: Prometheus", "kind: PrometheusAgent"
            ),
        },
        ("watch.yaml:5",),
    ),
    "a workflow": Case(
        {"web.yaml": _WEB, "flow.yaml": _FLOW},
        ("flow.yaml:9",),
        "Workflow/build pulls from registry.example without spec.imagePullSecrets",
    ),
    "an operator's own": Case(
        {"web.yaml": _WEB, "watch.yaml": _DATABASE}, ("watch.yaml:5",)
    ),
}

MUST_NOT_FIRE = {
    "it has the field": Case(
        {
            "web.yaml": _WEB,
            "flow.yaml": _FLOW.replace(
                "spec:\n", "spec:\n  imagePullSecrets: [{name: pull}]\n"
            ),
        }
    ),
    "its account has them": Case(
        {"web.yaml": _WEB, "flow.yaml": _FLOW, "account.yaml": _ACCOUNT}
    ),
    "nobody has one": Case({"flow.yaml": _FLOW}),
    "another registry": Case(
        {"web.yaml": _WEB, "flow.yaml": _FLOW.replace("registry.example", "quay.io")}
    ),
    "a kind that nobody knows": Case(
        {"web.yaml": _WEB, "watch.yaml": _DATABASE.replace("Prometheus", "Watch")}
    ),
}
