"""POL003: a tag that moves, kept by each node as it was when it came."""

from tests.unit.policy.casebook import DIGEST, Case, Mend

from seawall.policy.fix import FixKind

_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: quay.io/shop/web:%s
      imagePullPolicy: IfNotPresent
"""

MUST_FIRE = {
    "a tag of a kustomization, for a pod that says nothing": Case(
        {
            "app/kustomization.yaml": "resources: [app.yaml]\n"
            "images:\n  - name: quay.io/team/app\n    newTag: main\n",
            "app/app.yaml": """\
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: app}
            spec:
              template:
                spec:
                  containers:
                    - {name: app, image: "quay.io/team/app:1"}
            """,
        },
        ("app/kustomization.yaml:3",),
    ),
    "latest": Case({"web.yaml": _POD % "latest"}, ("web.yaml:7",), "each node keeps"),
    "a channel by default": Case(
        {"web.yaml": (_POD % "nightly").partition("      imagePull")[0]},
        ("web.yaml:7",),
    ),
}

MUST_NOT_FIRE = {
    "a tag of a kustomization, for a pod that always asks": Case(
        {
            "app/kustomization.yaml": "resources: [app.yaml]\n"
            "images:\n  - name: quay.io/team/app\n    newTag: main\n",
            "app/app.yaml": """\
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: app}
            spec:
              template:
                spec:
                  containers:
                    - name: app
                      image: quay.io/team/app:latest
                      imagePullPolicy: Always
            """,
        }
    ),
    "what is built here": Case(
        {
            "up.sh": "docker build -t shop-web:main .\n",
            "web.yaml": (_POD % "main").replace("quay.io/shop/", "shop-"),
        }
    ),
    "a version": Case({"web.yaml": _POD % "1.4.2"}),
    "latest by default is Always": Case(
        {"web.yaml": (_POD % "latest").partition("      imagePull")[0]}
    ),
    "always": Case({"web.yaml": (_POD % "main").replace("IfNotPresent", "Always")}),
}

FIXES = {
    "the digest": Mend(
        {"web.yaml": _POD % "main"},
        {"web.yaml": _POD % f"main@{DIGEST}"},
        FixKind.ONLINE,
    ),
    "of latest, too": Mend(
        {"web.yaml": _POD % "latest"},
        {"web.yaml": _POD % f"latest@{DIGEST}"},
        FixKind.ONLINE,
    ),
}
