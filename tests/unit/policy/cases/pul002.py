"""PUL002: a workload without the pull secret that its siblings have."""

from tests.unit.policy.casebook import Case, Mend

from seawall.policy.finding import Severity
from seawall.policy.fix import FixKind

_WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      imagePullSecrets:
        - name: registry-pull
      containers:
        - name: web
          image: registry.example/shop/web:1.4.2
"""
_JOB = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
  annotations:
    helm.sh/hook: pre-upgrade
spec:
  template:
    spec:
      # runs once
      containers:
        - name: migrate
          image: registry.example/shop/migrate:1.4.2
"""
_LIST = "      imagePullSecrets:\n        - name: registry-pull\n"
_MENDED = _JOB.replace("      # runs once\n", f"{_LIST}      # runs once\n")
_TWO = {"web.yaml": _WEB, "api.yaml": _WEB.replace("web", "api")}
_ACCOUNT = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
"""


def _account(name: str, secret: str = "") -> str:
    """Write a service account, perhaps with a list of one secret."""
    listed = f"imagePullSecrets:\n  - name: {secret}\n" if secret else ""
    return _ACCOUNT.format(name=name) + listed


def _as(account: str, text: str) -> str:
    """Give a workload a service account."""
    line = f"      serviceAccountName: {account}\n      containers:"
    return text.replace("      containers:", line)


def _secret(name: str, host: str) -> str:
    """Write a pull secret for one host."""
    return (
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n"
        "type: kubernetes.io/dockerconfigjson\nstringData:\n"
        f'  .dockerconfigjson: \'{{"auths": {{"{host}": {{"auth": ""}}}}}}\'\n---\n'
    )


_SIDE = _WEB + "        - name: side\n          image: quay.io/team/side:1.2.3\n"
_PAIR = _secret("registry-pull", "registry.example") + _secret("quay", "quay.io")

_HELD = """\
deploy() {{
>kubectl apply -f - <<-EOF
>apiVersion: v1
>kind: Pod
>metadata: {{name: web}}
>spec:
>  imagePullSecrets:
>    - name: registry-pull
>  containers:
>    - {{name: web, image: "registry.example/shop/web:1.4.2"}}
>---
>apiVersion: v1
>kind: Pod
>metadata: {{name: migrate}}
>spec:
{}>  containers:
>    - {{name: migrate, image: "registry.example/shop/migrate:1.4.2"}}
>EOF
}}
""".replace(">", "\t")
"""A script with two pods in a text, as far in as the script."""
_ADDED = "\t  imagePullSecrets:\n\t    - name: registry-pull\n"


def _hold(pod: str) -> str:
    return f"cat <<EOF | kubectl apply -f -\n{pod}EOF\n"


MUST_FIRE = {
    "the account of a script is not that of files": Case(
        {
            "web.yaml": _WEB,
            "job.yaml": _JOB,
            "up.sh": _hold(_account("default", "registry-pull")),
        },
        ("job.yaml:13",),
    ),
    "a secret whose name is a word of secrets": Case(
        {
            "web.yaml": _WEB.replace("registry-pull", "pull-secret"),
            "job.yaml": _JOB,
        },
        ("job.yaml:13",),
        "Deployment/web has pull-secret",
    ),
    "in a here-document": Case(
        {"up.sh": _HELD.format("")}, ("up.sh:17",), "Pod/web has registry-pull"
    ),
    "in several of one script": Case(
        {"up.sh": _hold(_WEB) + _hold(_JOB)}, ("up.sh:27",)
    ),
    "in a text of a Go program": Case(
        {"e2e/app.go": f"package e2e\n\nconst app = `{_WEB}---\n{_JOB}`\n"},
        ("e2e/app.go:27",),
        "Job/migrate",
    ),
    "in a text of a Python program, further in": Case(
        {
            "deploy.py": 'APP = """\n'
            + "".join(f"    {line}\n" for line in f"{_WEB}---\n{_JOB}".splitlines())
            + '"""\n'
        },
        ("deploy.py:26",),
    ),
    "in a text of a TypeScript program": Case(
        {"deploy.ts": f"const app = `\n{_WEB}---\n{_JOB}`;\n"}, ("deploy.ts:26",)
    ),
    "a sidecar of another private registry": Case(
        {"web.yaml": _PAIR + _SIDE},
        ("web.yaml:27",),
        "Deployment/web pulls from quay.io with registry-pull, which has no credential",
    ),
    "a sidecar of Docker Hub": Case(
        {
            "web.yaml": (_PAIR + _SIDE)
            .replace('"quay.io"', '"https://index.docker.io/v1/"')
            .replace("quay.io/team", "team")
        },
        ("web.yaml:27",),
    ),
    "a hook in another file": Case(
        {"web.yaml": _WEB, "job.yaml": _JOB},
        ("job.yaml:13",),
        "Job/migrate pulls from registry.example with no pull secret, and fails on a"
        " node without the image;"
        " Deployment/web has registry-pull",
        Severity.ERROR,
    ),
    "in one file of variants": Case(
        {
            "t/with.yaml": f"{_WEB}---\n{_JOB}",
            "t/plain.yaml": _WEB.replace(_LIST, ""),
        },
        ("t/with.yaml:25",),
    ),
    "beside variants that agree, and one that has no image": Case(
        {
            "t/with.yaml": _WEB,
            "t/also.yaml": _WEB.replace("1.4.2", "1.4.3"),
            "t/patch.yaml": _WEB.replace(_LIST, "").partition("          image")[0],
            "t/job.yaml": _JOB,
        },
        ("t/job.yaml:13",),
    ),
    "in one file": Case({"all.yaml": f"{_WEB}---\n{_JOB}"}, ("all.yaml:25",)),
    "the sibling's account has it": Case(
        {
            "web.yaml": _as("web", _WEB.replace(_LIST, "")),
            "account.yaml": _account("web", "registry-pull"),
            "job.yaml": _JOB,
        },
        ("job.yaml:13",),
    ),
    "a list of others hides the account's": Case(
        {
            "web.yaml": _as("web", _WEB.replace(_LIST, "")),
            "api.yaml": _WEB.replace("web", "api"),
            "job.yaml": _as("web", _MENDED.replace("registry-pull", "else")),
            "account.yaml": _account("web", "registry-pull"),
        },
        ("job.yaml:16",),
        "with only else",
    ),
    "an empty list is none": Case(
        {
            "web.yaml": _WEB,
            "job.yaml": _JOB.replace(
                "      # runs once\n", "      imagePullSecrets: []\n"
            ),
        },
        ("job.yaml:13",),
    ),
}

_GO = f"package e2e\n\nconst app = `{_WEB}---\n{_JOB}`\n"

MUST_NOT_FIRE = {
    "the secret of a script is for what the script starts": Case(
        {
            "web.yaml": _secret("registry-pull", "registry.example") + _SIDE,
            "up.sh": _hold(_secret("quay", "quay.io")),
        }
    ),
    "what a test expects": Case(
        {"tests/web/patched-resource.yaml": _WEB, "tests/web/resource.yaml": _JOB}
    ),
    "files of a test run": Case(
        {
            "web/chainsaw-test.yaml": "apiVersion: chainsaw.kyverno.io/v1alpha1\n"
            "kind: Test\nmetadata: {name: web}\nspec: {steps: []}\n",
            "web/web.yaml": _WEB,
            "web/job.yaml": _JOB,
        }
    ),
    "cases of a test": Case({"testdata/web.yaml": _WEB, "testdata/job.yaml": _JOB}),
    "what a script starts is no sibling of files": Case(
        {"web.yaml": _WEB, "try.sh": _hold(_JOB), "up.sh": _hold(_JOB)}
    ),
    "nor of what another script starts": Case(
        {"a.sh": _hold(_WEB), "b.sh": _hold(_JOB)}
    ),
    "the account that the script makes has it": Case(
        {
            "up.sh": _hold(_WEB)
            + _hold(_JOB)
            + _hold(
                "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\n"
                "imagePullSecrets: [{name: registry-pull}]\n"
            )
        }
    ),
    "the script puts lines in": Case(
        {"up.sh": _HELD.format("\t  ${SECRETS}\n")},
    ),
    "two texts of a program": Case(
        {"e2e/app.go": _GO.replace("---\n", "`\n\nconst job = `")}
    ),
    "a text of a program whose pods all have it": Case(
        {"e2e/app.go": f"package e2e\n\nconst app = `{_WEB}---\n{_MENDED}`\n"}
    ),
    "a unit test's text": Case({"app/app_test.go": _GO}),
    "variants of one object in a folder, of which one has a secret": Case(
        {
            "t/plain.yaml": _WEB.replace(_LIST, ""),
            "t/with.yaml": _WEB,
            "t/job.yaml": _JOB,
        }
    ),
    "a sidecar whose registry its secret is for, too": Case(
        {"web.yaml": _PAIR + _secret("registry-pull", "quay.io") + _SIDE}
    ),
    "a sidecar, and a secret that nobody can read": Case(
        {"web.yaml": _secret("quay", "quay.io") + _SIDE}
    ),
    "a sidecar of a registry that nobody has a secret for": Case(
        {"web.yaml": _secret("registry-pull", "registry.example") + _SIDE}
    ),
    "a sidecar that its namespace's secret is not for": Case(
        {"web.yaml": _PAIR.replace("name: quay", "name: quay, namespace: n") + _SIDE}
    ),
    "a registry that lets everybody in": Case(
        {"web.yaml": (_PAIR + _SIDE).replace("quay.io", "registry.k8s.io")}
    ),
    "an image that everybody gets": Case(
        {
            "web.yaml": _WEB.replace("registry.example/shop/web", "nvcr.io/nim/a/b"),
            "job.yaml": _JOB.replace("registry.example/shop", "nvcr.io/nvidia"),
        }
    ),
    "another one, and nobody knows which is right": Case(
        {"web.yaml": _WEB, "job.yaml": _MENDED.replace("registry-pull", "other")}
    ),
    "both have it": Case({"web.yaml": _WEB, "job.yaml": _MENDED}),
    "nobody has one": Case({"web.yaml": _WEB.replace(_LIST, ""), "job.yaml": _JOB}),
    "its account has it": Case(
        {
            "web.yaml": _WEB,
            "job.yaml": _as("jobs", _JOB),
            "account.yaml": _account("jobs", "registry-pull"),
        }
    ),
    "the default account has it": Case(
        {
            "web.yaml": _WEB,
            "job.yaml": _JOB,
            "account.yaml": _account("default", "registry-pull"),
        }
    ),
    "another registry": Case(
        {"web.yaml": _WEB, "job.yaml": _JOB.replace("registry.example/", "quay.io/")}
    ),
    "another namespace": Case(
        {
            "web.yaml": _WEB.replace("{name: web}", "{name: web, namespace: shop}"),
            "job.yaml": _JOB.replace("  name:", "  namespace: jobs\n  name:", 1),
        }
    ),
    "another folder": Case({"shop/web.yaml": _WEB, "jobs/job.yaml": _JOB}),
}

FIXES = {
    "in a here-document, behind the tabs of the script": Mend(
        {"up.sh": _HELD.format("")}, {"up.sh": _HELD.format(_ADDED)}
    ),
    "the secret that a sidecar needs": Mend(
        {"web.yaml": _PAIR + _SIDE},
        {
            "web.yaml": _PAIR + _SIDE.replace(_LIST, f"{_LIST}        - name: quay\n"),
        },
    ),
    "a list of its own": Mend(
        {"web.yaml": _WEB, "job.yaml": _JOB}, {"job.yaml": _MENDED}
    ),
    "lines end as they did": Mend(
        {"web.yaml": _WEB, "job.yaml": _JOB.replace("\n", "\r\n")},
        {"job.yaml": _MENDED.replace("\n", "\r\n")},
    ),
    "an empty list in brackets": Mend(
        {
            "web.yaml": _WEB,
            "job.yaml": _MENDED.replace(_LIST, "      imagePullSecrets: [ ]  # none\n"),
        },
        {
            "job.yaml": _MENDED.replace(
                _LIST, "      imagePullSecrets: [{name: registry-pull}]  # none\n"
            )
        },
    ),
    "more for a list": Mend(
        {**_TWO, "job.yaml": _MENDED.replace("registry-pull", "other")},
        {
            "job.yaml": _MENDED.replace(
                "        - name: registry-pull\n",
                "        - name: other\n        - name: registry-pull\n",
            )
        },
    ),
    "the account's own stay": Mend(
        {
            **_TWO,
            "job.yaml": _as("jobs", _JOB),
            "account.yaml": _account("jobs", "hub"),
        },
        {
            "job.yaml": _as("jobs", _JOB).replace(
                "      containers:\n",
                _LIST.replace("        -", "        - name: hub\n        -")
                + "      containers:\n",
            )
        },
    ),
    "through the account, as siblings have it": Mend(
        {
            "web.yaml": _as("web", _WEB.replace(_LIST, "")),
            "job.yaml": _as("jobs", _JOB),
            "account.yaml": _account("jobs")
            + "---\n"
            + _account("web", "registry-pull"),
        },
        {
            "account.yaml": _account("jobs", "registry-pull")
            + "---\n"
            + _account("web", "registry-pull"),
        },
    ),
    "an account that nobody knows": Mend(
        {"web.yaml": _WEB, "job.yaml": _as("jobs", _JOB)},
        {
            "job.yaml": _as("jobs", _JOB).replace(
                "      containers:\n", _LIST + "      containers:\n"
            )
        },
        FixKind.UNSAFE,
    ),
}
