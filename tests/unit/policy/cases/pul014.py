"""PUL014: a chart whose pods cannot be given pull secrets at all."""

from tests.unit.policy.casebook import Case

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      serviceAccountName: web
      containers:
        - name: web
          image: "{{ .Values.image }}"
"""
_ACCOUNT = """\
{{- define "base.account" }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: web
imagePullSecrets:
  {{- toYaml .Values.pull | nindent 2 }}
{{- end }}
"""
_POLICY = """\
apiVersion: kyverno.io/v1
kind: {{ .Values.policyKind }}
metadata: {name: ports}
spec:
  rules:
    - validate:
        message: {{ .Values.message }}
        pattern:
          spec:
            containers:
              - =(ports): [{=(hostPort): 0}]
"""
_CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"

_ANYTHING = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        {{- toYaml $containers | nindent 8 }}
      {{- toYaml (omit .Values.pod.spec "containers") | nindent 6 }}
"""
_EACH_KEY = _WEB.replace(
    "      containers:\n",
    "      {{- range $key, $value := .Values.pod.spec }}\n"
    "      {{ $key }}: {{ $value | toYaml | nindent 8 }}\n"
    "      {{- end }}\n"
    "      containers:\n",
)

MUST_FIRE = {
    "a label with any key": Case(
        {
            "shop/templates/web.yaml": _WEB.replace(
                "    spec:\n",
                "    metadata:\n      labels:\n        {{ $key }}: a\n    spec:\n",
            )
        },
        ("shop/templates/web.yaml:11",),
    ),
    "one pod": Case(
        {"shop/Chart.yaml": _CHART, "shop/templates/web.yaml": _WEB},
        ("shop/templates/web.yaml:8",),
        "Deployment/web cannot be given",
    ),
    "several are told once": Case(
        {
            "shop/templates/api.yaml": _WEB.replace("web", "api"),
            "shop/templates/web.yaml": _WEB,
        },
        ("shop/templates/api.yaml:8",),
        "Deployment/api and 1 more",
    ),
}

MUST_NOT_FIRE = {
    "templates of a tool that has no values": Case(
        {"load/templates/web.yaml": _WEB.replace(".Values.image", ".Image")}
    ),
    "policies, which have patterns of pods": Case(
        {"Chart.yaml": _CHART, "values.yaml": "", "templates/ports.yaml": _POLICY}
    ),
    "policies whose version the chart finds out": Case(
        {
            "Chart.yaml": _CHART,
            "values.yaml": "",
            "templates/ports.yaml": _POLICY.replace(
                "kyverno.io/v1", '{{ include "policies.version" . }}'
            ),
        }
    ),
    "a value may say all of the pod": Case({"shop/templates/web.yaml": _ANYTHING}),
    "a value may have any key of a pod": Case({"shop/templates/web.yaml": _EACH_KEY}),
    "templates of another tool": Case(
        {"roles/web/templates/web.yaml.j2": _WEB.replace(".Values.image", "image")}
    ),
    "images that are never pulled": Case(
        {
            "shop/templates/web.yaml": _WEB,
            "shop/values.yaml": "image: {repository: local/web, tag: a,"
            " pullPolicy: Never}\n",
        }
    ),
    "there is a value": Case(
        {"shop/templates/web.yaml": _WEB, "shop/values.yaml": "imagePullSecrets: []\n"}
    ),
    "an account of a library has them": Case(
        {"shop/templates/web.yaml": _WEB, "base/templates/_account.tpl": _ACCOUNT}
    ),
    "no chart": Case({"deploy/web.yaml": _WEB}),
    "no pods": Case({"shop/Chart.yaml": _CHART, "base/templates/_a.tpl": _ACCOUNT}),
}
