"""PUL004: a pull secret that nothing in the files or settings makes."""

from tests.unit.policy.casebook import Case

from seawall.policy.finding import Severity
from seawall.policy.options import PolicyOptions

_SECRET = """\
apiVersion: {api}
kind: {kind}
metadata:
  name: registry-pull
  namespace: {space}
"""
_WEB = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
spec:
  imagePullSecrets:
    - name: registry-pull
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""


def _secret(kind: str = "Secret", space: str = "shop", api: str = "v1") -> str:
    return _SECRET.format(kind=kind, space=space, api=api)


MUST_FIRE = {
    "a script makes another one": Case(
        {"web.yaml": _WEB, "up.sh": "kubectl create secret generic other\n"},
        ("web.yaml:8",),
    ),
    "in a here-document": Case(
        {"up.sh": f"kubectl apply -f - <<EOF\n{_WEB}EOF\n"}, ("up.sh:9",)
    ),
    "nowhere": Case(
        {"web.yaml": _WEB},
        ("web.yaml:8",),
        "nothing makes the pull secret registry-pull of Pod/web",
        Severity.NOTE,
    ),
    "in another namespace": Case(
        {"web.yaml": _WEB, "secret.yaml": _secret(space="other")},
        ("web.yaml:8",),
        "it is in other",
        Severity.WARNING,
    ),
    "nearly that name": Case(
        {"web.yaml": _WEB.replace("y-pull", "y-pulls"), "secret.yaml": _secret()},
        ("web.yaml:8",),
        "there is registry-pull",
        Severity.WARNING,
    ),
    "once for all pods of a place": Case(
        {"web.yaml": f"{_WEB}---\n{_WEB.replace('name: web', 'name: api')}"},
        ("web.yaml:8",),
    ),
    "once for a namespace, however many folders are for it": Case(
        {"a/web.yaml": _WEB, "b/web.yaml": _WEB.replace("name: web", "name: api")},
        ("a/web.yaml:8",),
    ),
    "in each folder, where nobody says the namespace": Case(
        {
            "a/web.yaml": _WEB.replace("  namespace: shop\n", ""),
            "b/web.yaml": _WEB.replace("  namespace: shop\n", ""),
        },
        ("a/web.yaml:7", "b/web.yaml:7"),
    ),
    "settings name another one": Case(
        {"web.yaml": _WEB},
        ("web.yaml:8",),
        options=PolicyOptions(secrets=("jobs/registry-pull",)),
    ),
}

MUST_NOT_FIRE = {
    "a script makes it": Case(
        {
            "web.yaml": _WEB,
            "up.sh": "NAME=registry-pull\nkubectl -n shop create secret"
            ' docker-registry "$NAME" --docker-server=a\n',
        }
    ),
    "a pipeline makes it": Case(
        {
            "web.yaml": _WEB,
            ".gitlab-ci.yml": "a:\n  script:\n    - kubectl create secret"
            " docker-registry registry-pull -n shop --from-file=a\n",
        }
    ),
    "the same script makes it": Case(
        {
            "up.sh": "kubectl create secret docker-registry registry-pull\n"
            f"kubectl apply -f - <<EOF\n{_WEB}EOF\n"
        }
    ),
    "a Secret": Case({"web.yaml": _WEB, "secret.yaml": _secret()}),
    "a SealedSecret": Case(
        {
            "web.yaml": _WEB,
            "secret.yaml": _secret("SealedSecret", api="bitnami.com/v1alpha1"),
        }
    ),
    "an ExternalSecret": Case(
        {
            "web.yaml": _WEB,
            "secret.yaml": _secret("ExternalSecret", api="external-secrets.io/v1"),
        }
    ),
    "a generator": Case(
        {
            "web.yaml": _WEB,
            "kustomization.yaml": "namespace: shop\nresources: [web.yaml]\n"
            "secretGenerator:\n  - name: registry-pull\n    files: [config.json]\n",
        }
    ),
    "settings": Case(
        {"web.yaml": _WEB}, options=PolicyOptions(secrets=("registry-pull",))
    ),
    "a name that is filled in": Case(
        {"web.yaml": _WEB.replace("- name: registry-pull", "- name: ${PULL_SECRET}")}
    ),
}
