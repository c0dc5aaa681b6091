"""Files of kustomizations that several rules are tried on."""

BASE = """\
resources:
  - web.yaml
  - job.yaml
"""
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example/shop/web:1.4.2
"""
JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
spec:
  template:
    spec:
      containers:
        - name: migrate
          image: registry.example/shop/migrate:1.4.2
"""
CRON = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: sweep
spec:
  jobTemplate:
    spec:
      template:
        spec:
          containers:
            - name: sweep
              image: registry.example/shop/sweep:1.4.2
"""
PATCH = """\
apiVersion: {api}
kind: {kind}
metadata:
  name: {name}
spec:
  template:
    spec:
      imagePullSecrets:
        - name: registry-pull
"""
OPERATION = """\
- op: add
  path: /spec/template/spec/imagePullSecrets
  value:
    - name: registry-pull
"""
ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
"""
LIST = """\
imagePullSecrets:
  - name: registry-pull
"""
KUSTOMIZATION = """\
namePrefix: x-
components: [../pull]
patches:
  - path: web.yaml
  - target: {kind: Job|CronJob, name: m.*, labelSelector: "a=b"}
    patch: |-
      - op: add
        path: /spec/template/spec/imagePullSecrets/-
        value: {name: registry-pull}
patchesStrategicMerge:
  - |-
    kind: Job
    metadata: {name: migrate}
    $patch: delete
images: [{name: nginx, newName: quay.io/shop/web, newTag: "1"}]
"""
FILES = {"base/kustomization.yaml": BASE, "base/web.yaml": WEB, "base/job.yaml": JOB}


def overlay(name: str, *lines: str) -> dict[str, str]:
    """Write an overlay of the base, with lines behind what it takes in."""
    text = "resources:\n  - ../../base\n" + "".join(f"{line}\n" for line in lines)
    return {f"overlays/{name}/kustomization.yaml": text}
