"""POL002: an image that is asked for at each start, though nothing says so."""

from tests.unit.policy.casebook import Case, Mend

_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - image: %s  # ours
      name: web
"""

_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: {{{{ .Release.Name }}}}-init
  labels:
    {{{{- include "shop.labels" . | nindent 4 }}}}
spec:
  template:
    spec:
      initContainers:
      - name: first
        image: quay.io/shop/first:1
        imagePullPolicy: Always
      containers:
      - name: init
        image: quay.io/shop/tool:latest
        command:
        - sh
        resources:
          {{{{- toYaml .Values.resources | nindent 10 }}}}
{}"""


def _chart(more: str) -> dict[str, str]:
    chart = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
    return {"Chart.yaml": chart, "templates/job.yaml": _JOB.format(more)}


MUST_FIRE = {
    "a chart's job": Case(_chart(""), ("templates/job.yaml:16",), "means Always"),
    "a policy of the container behind": Case(
        _chart(
            "      - name: web\n        imagePullPolicy: Always\n"
            "        image: a.example/a:1\n"
        ),
        ("templates/job.yaml:16",),
    ),
    "latest": Case(
        {"web.yaml": _POD % "quay.io/shop/web:latest"}, ("web.yaml:6",), "means Always"
    ),
    "no tag": Case({"web.yaml": _POD % "quay.io/shop/web"}, ("web.yaml:6",)),
}

_SKAFFOLD = """\
apiVersion: skaffold/v4beta11
kind: Config
build:
  artifacts:
    - image: shop-web
    - image: shop/cart
"""

_MERGED = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, %s}
"""
_TAKEN = "resources: [web.yaml]\npatches: [path: p.yaml]\n"
MUST_FIRE["a patch says it of another container"] = Case(
    {
        "web.yaml": _POD % "quay.io/shop/web",
        "p.yaml": (_MERGED % "imagePullPolicy: Always").replace("web, ", "cart, "),
        "kustomization.yaml": _TAKEN,
    },
    ("web.yaml:6",),
)

MUST_NOT_FIRE = {
    "a patch says it": Case(
        {
            "web.yaml": _POD % "quay.io/shop/web",
            "p.yaml": _MERGED % "imagePullPolicy: IfNotPresent",
            "kustomization.yaml": _TAKEN,
        }
    ),
    "the pod of a patch says it": Case(
        {
            "web.yaml": _POD % "quay.io/shop/web:1" + "      imagePullPolicy: Always\n",
            "p.yaml": _MERGED % "image: quay.io/shop/web",
            "kustomization.yaml": _TAKEN,
        }
    ),
    "a chart's job that says it, or where a helper or a value may": Case(
        {
            **_chart("        imagePullPolicy: IfNotPresent\n"),
            "templates/b.yaml": _JOB.format(
                '        {{- include "shop.policy" . | nindent 8 }}\n'
            ),
            "templates/c.yaml": _JOB.format(
                "        {{- with .Values.policy }}\n"
                "        imagePullPolicy: {{ . }}\n        {{- end }}\n"
            ),
        }
    ),
    "what Skaffold builds gets a tag when it is deployed": Case(
        {
            "skaffold.yaml": _SKAFFOLD,
            "k8s/web.yaml": _POD % "shop-web",
            "k8s/cart.yaml": _POD % "shop/cart",
        }
    ),
    "what is built and loaded for tests": Case(
        {
            "up.sh": "docker build -t shop-web .\nkind load docker-image shop-web\n",
            "web.yaml": _POD % "shop-web",
        }
    ),
    "a version": Case({"web.yaml": _POD % "quay.io/shop/web:1.4.2"}),
    "it is said": Case(
        {"web.yaml": _POD % "quay.io/shop/web" + "      imagePullPolicy: Always\n"}
    ),
    "a digest": Case(
        {"web.yaml": _POD % ("quay.io/shop/web@sha256:" + "0123456789abcdef" * 4)}
    ),
    "no pod": Case(
        {"compose.yaml": "services:\n  web:\n    image: quay.io/shop/web\n"}
    ),
}

_BEFORE = _POD % "quay.io/shop/web"
_LAST = _BEFORE.replace("      name: web\n", "").replace("  # ours\n", "")
FIXES = {
    "in a chart's template": Mend(
        _chart(""),
        {
            name: text.replace(
                "tool:latest\n", "tool:latest\n        imagePullPolicy: Always\n"
            )
            for name, text in _chart("").items()
        },
    ),
    "behind a dash, before a comment": Mend(
        {"web.yaml": _BEFORE},
        {
            "web.yaml": _BEFORE.replace(
                "# ours\n", "# ours\n      imagePullPolicy: Always\n"
            )
        },
    ),
    "the last line, without an end": Mend(
        {"web.yaml": _LAST}, {"web.yaml": f"{_LAST}\n      imagePullPolicy: Always"}
    ),
    "lines end as they did": Mend(
        {"web.yaml": _BEFORE.replace("\n", "\r\n")},
        {
            "web.yaml": _BEFORE.replace(
                "# ours\n", "# ours\n      imagePullPolicy: Always\n"
            ).replace("\n", "\r\n")
        },
    ),
    "not in braces": Mend(
        {
            "web.yaml": _BEFORE.replace(
                "- image: quay.io/shop/web  # ours\n      name: web",
                "- {image: quay.io/shop/web, name: web}",
            )
        },
        {},
        leaves=1,
    ),
}
