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

_DEPLOYED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
        - %s
"""
_PATCHED = {
    "base/kustomization.yaml": "resources: [app.yaml]\n",
    "base/app.yaml": _DEPLOYED % "{name: app, image: 'app:1'}",
    "prod/image.yaml": _DEPLOYED % "{name: app, image: 'quay.io/team/app:main'}",
    "prod/policy.yaml": _DEPLOYED % "{name: app, imagePullPolicy: Always}",
    "prod/kustomization.yaml": "resources: [../base]\n"
    "patches: [path: image.yaml, path: policy.yaml]\n",
}
_COUNTED = "- {op: add, path: /spec/template/spec/containers/0/%s, value: %s}\n"

MUST_FIRE = {
    "a patch, where another overlay has it asked for": Case(
        {
            **_PATCHED,
            "prod/kustomization.yaml": "resources: [../base]\n"
            "patches: [path: image.yaml]\n",
            "dev/kustomization.yaml": "resources: [../base]\n"
            "patches: [path: ../prod/image.yaml, path: ../prod/policy.yaml]\n",
        },
        ("prod/image.yaml:8",),
    ),
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
    "a patch's tag, and another patch has it asked for": Case(_PATCHED),
    "the same, as operations": Case(
        {
            **_PATCHED,
            "prod/policy.yaml": _COUNTED % ("imagePullPolicy", "Always"),
            "prod/kustomization.yaml": "resources: [../base]\npatches:\n"
            "  - path: image.yaml\n"
            "  - {path: policy.yaml, target: {kind: Deployment}}\n",
        }
    ),
    "the same, of a base that is no YAML before it is filled in": Case(
        {**_PATCHED, "base/app.yaml": "{{ template }}\n"}
    ),
    "a patch's tag, which is loaded for tests": Case(
        {
            **_PATCHED,
            "tests/kustomization.yaml": "resources: [../prod]\npatches:\n"
            "  - {path: p.yaml, target: {kind: Deployment}}\n",
            "tests/p.yaml": _COUNTED % ("imagePullPolicy", "IfNotPresent"),
            "live/kustomization.yaml": "resources: [../prod]\n",
        }
    ),
    "an entry's tag, for a pod that tests alone deploy, and have loaded": Case(
        {
            "app/kustomization.yaml": "resources: [app.yaml]\n"
            "images: [{name: app, newName: quay.io/team/app, newTag: main}]\n",
            "app/app.yaml": _DEPLOYED
            % "{name: app, image: 'app:1', imagePullPolicy: Always}",
            "tests/kustomization.yaml": "resources: [../app]\npatches:\n"
            "  - {path: p.yaml, target: {kind: Deployment}}\n",
            "tests/p.yaml": _COUNTED % ("imagePullPolicy", "IfNotPresent"),
        }
    ),
    "a patch's tag, for a pod that always asks": Case(
        {
            **_PATCHED,
            "base/app.yaml": _DEPLOYED
            % "{name: app, image: 'app:1', imagePullPolicy: Always}",
            "prod/kustomization.yaml": "resources: [../base]\n"
            "patches: [path: image.yaml]\n",
        }
    ),
    "an entry's tag, and a patch in the kustomization has it asked for": Case(
        {
            "base/kustomization.yaml": "resources: [app.yaml]\n",
            "base/app.yaml": _DEPLOYED % "{name: app, image: 'app:1'}",
            "prod/kustomization.yaml": "resources: [../base]\npatches:\n  - patch: |\n"
            + "".join(
                f"      {line}\n"
                for line in (_DEPLOYED % "{name: app, imagePullPolicy: Always}").split(
                    "\n"
                )
            )
            + "images: [{name: app, newName: quay.io/team/app, newTag: main}]\n",
        }
    ),
    "an entry's tag, where a transformer is at work": Case(
        {
            "app/kustomization.yaml": "resources: [app.yaml]\n"
            "transformers: [plugin.yaml]\n"
            "images: [{name: app, newName: quay.io/team/app, newTag: main}]\n",
            "app/app.yaml": _DEPLOYED
            % "{name: app, image: 'app:1', imagePullPolicy: Always}",
        }
    ),
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
