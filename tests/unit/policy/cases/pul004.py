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


def _made(name: str, text: str) -> Case:
    """Give a pod, and a file that makes its pull secret."""
    return Case({"web.yaml": _WEB, name: text})


_CREATE = "kubectl create secret docker-registry "
_SPEC = """\
apiVersion: secrets.example/v1
kind: {}
metadata: {{name: other, namespace: shop}}
spec: {}
"""

MUST_FIRE = {
    "a script makes another one": Case(
        {"web.yaml": _WEB, "up.sh": "kubectl create secret generic other\n"},
        ("web.yaml:8",),
    ),
    "in a here-document": Case(
        {"up.sh": f"kubectl apply -f - <<EOF\n{_WEB}EOF\n"}, ("up.sh:9",)
    ),
    "a command makes another one": Case(
        {
            "web.yaml": _WEB,
            "make.sh": f"{_CREATE}--docker-server registry-pull tls-key\n"
            f"{_CREATE}$NAME\nkubectl create secret tls registry-pull\n",
        },
        ("web.yaml:8",),
    ),
    "a command makes it elsewhere": Case(
        {"web.yaml": _WEB, "make.sh": f"{_CREATE}registry-pull -n other\n"},
        ("web.yaml:8",),
    ),
    "a variable with two values": Case(
        {
            "web.yaml": _WEB,
            "make.sh": f"N=registry-pull\nif x; then N=tls-key\nfi\n{_CREATE}$N\n",
        },
        ("web.yaml:8",),
    ),
    "an object that makes another one": Case(
        {
            "web.yaml": _WEB.replace("registry-pull", "other"),
            "v.yaml": _SPEC.format("VaultStaticSecret", "{destination: {name: web}}"),
        },
        ("web.yaml:8",),
    ),
    "a resource that is no secret": Case(
        {
            "web.yaml": _WEB,
            "m.tf": 'resource "kubernetes_role" "x" {\n  metadata {\n'
            '    name = "registry-pull"\n  }\n}\n'
            'resource "kubernetes_secret" "x" {\n  metadata {\n'
            '    name = "${var.name}"\n  }\n}\n',
        },
        ("web.yaml:8",),
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
    "what tests compare with": Case({"out/__snapshot__/pod.yaml": _WEB}),
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
    "a script": _made("make.sh", f"{_CREATE}registry-pull --docker-server=x -n shop\n"),
    "a script, option by option": _made(
        "make.sh",
        "oc -n shop create secret generic \\\n  --type kubernetes.io/dockerconfigjson"
        " \\\n  --from-file=.dockerconfigjson=c.json registry-pull"
        " --dry-run=client -o yaml | kubectl apply -f -\n",
    ),
    "a script's variable": _made(
        "make.bash",
        f'N="registry-pull"\nNS=shop\n{_CREATE}"$N" --namespace "${{NS}}"\n',
    ),
    "a variable's default": _made("make.sh", f"{_CREATE}${{N:-registry-pull}}\n"),
    "a workflow": _made(
        ".github/workflows/a.yml",
        "env: {A: b}\njobs:\n  a:\n    env:\n      N: registry-pull\n    steps:\n"
        f"      - run: {_CREATE}${{{{ env.N }}}}\n",
    ),
    "a Makefile": _made("Makefile", f"N ?= registry-pull\nsecret:\n\t{_CREATE}$(N)\n"),
    "a document": _made("docs/README.md", f"```sh\n{_CREATE}registry-pull\n```\n"),
    "a container's arguments": _made(
        "job.yaml", 'args: ["create", "secret", "docker-registry", "registry-pull"]\n'
    ),
    "Terraform": _made(
        "m.tf",
        'resource "kubernetes_secret_v1" "x" {\n  metadata {\n    name = '
        '"registry-pull"\n    namespace = "shop"\n  }\n'
        '  type = "kubernetes.io/dockerconfigjson"\n}\n',
    ),
    "a chart": _made(
        "charts/a/templates/s.yaml",
        "{{- if .Values.a }}\napiVersion: v1\nkind: Secret\nmetadata:\n"
        "  labels: {a: b}\n  name: registry-pull\n{{- end }}\n",
    ),
    "a policy": _made(
        "policy.yaml",
        "kind: ClusterPolicy\nspec:\n  rules:\n    - name: a\n      generate:\n"
        "        kind: Secret\n        name: registry-pull\n"
        '        namespace: "{{request.object.metadata.name}}"\n',
    ),
    "an operator copies it": Case(
        {
            "web.yaml": _WEB,
            "secret.yaml": _secret(space="other").replace(
                "metadata:\n",
                "metadata:\n  annotations:\n"
                '    reflector.v1.k8s.emberstack.com/reflection-allowed: "true"\n',
            ),
        }
    ),
    **{
        f"{kind} of another name": _made("s.yaml", _SPEC.format(kind, spec))
        for kind, spec in {
            "ExternalSecret": "{target: {name: registry-pull}}",
            "ClusterExternalSecret": "{externalSecretName: registry-pull}",
            "SealedSecret": "{template: {metadata: {name: registry-pull}}}",
            "VaultStaticSecret": "{destination: {name: registry-pull}}",
            "VaultDynamicSecret": "{destination: {name: registry-pull}}",
            "InfisicalSecret": "{managedSecretReference: {secretName: registry-pull}}",
            "DopplerSecret": "{managedSecret: {name: registry-pull, namespace: shop}}",
            "AzureKeyVaultSecret": "{output: {secret: {name: registry-pull}}}",
            "BitwardenSecret": "{secretName: registry-pull}",
            "SopsSecret": "{secretTemplates: [{name: a}, {name: registry-pull}]}",
            "SecretProviderClass": "{secretObjects: [{secretName: registry-pull}]}",
        }.items()
    },
    "a name that is filled in": Case(
        {"web.yaml": _WEB.replace("- name: registry-pull", "- name: ${PULL_SECRET}")}
    ),
}
