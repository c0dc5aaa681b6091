"""PUL009: a pull secret that is made after the pods that need it."""

from tests.unit.policy.casebook import Case, Mend

_OBJECT = """\
apiVersion: v1
kind: Secret
metadata:
  name: pull
  annotations:
    %s
type: kubernetes.io/dockerconfigjson
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    %s
spec:
  template:
    spec:
      imagePullSecrets: [{name: pull}]
      containers: [{name: migrate, image: "registry.example/shop/migrate:1"}]
"""
_WAVE = 'argocd.argoproj.io/sync-wave: "%s"'
_HOOK = '"helm.sh/hook": %s\n    "helm.sh/hook-weight": "%s"'


def _files(secret: str, job: str = "a: b") -> dict[str, str]:
    return {"secret.yaml": _OBJECT % secret, "job.yaml": _JOB % job}


MUST_FIRE = {
    "a later wave": Case(
        _files(_WAVE % 2, _WAVE % 1),
        ("secret.yaml:1",),
        "Secret/pull is made after Job/migrate",
    ),
    "a later hook": Case(
        _files(_HOOK % ("pre-install", 5), _HOOK % ("pre-install", 0)),
        ("secret.yaml:1",),
    ),
    "no hook, for a hook that comes before": Case(
        _files("a: b", _HOOK % ("pre-install,pre-upgrade", 0)), ("secret.yaml:1",)
    ),
    "after all is installed": Case(
        _files(_HOOK % ("post-install", 0)), ("secret.yaml:1",)
    ),
}

MUST_NOT_FIRE = {
    "no hook, for one of a later moment": Case(
        _files("a: b", _HOOK % ("post-install", 0))
    ),
    "no hook, for one that comes before an upgrade of it": Case(
        _files("a: b", _HOOK % ("pre-upgrade", 0))
    ),
    "an earlier wave": Case(_files(_WAVE % -1)),
    "an earlier hook": Case(
        _files(_HOOK % ("pre-install", -5), _HOOK % ("pre-install", 0))
    ),
    "before all is installed": Case(_files(_HOOK % ("pre-install", 9))),
    "nothing is said": Case(_files("a: b")),
    "nobody needs it": Case({"secret.yaml": _OBJECT % (_WAVE % 3)}),
}

FIXES = {
    "a wave": Mend(
        _files(_WAVE % 2, _WAVE % 1), {"secret.yaml": _OBJECT % (_WAVE % 0)}
    ),
    "a weight": Mend(
        _files(_HOOK % ("pre-install", 5), _HOOK % ("pre-install", 0)),
        {"secret.yaml": _OBJECT % (_HOOK % ("pre-install", -1))},
    ),
}
