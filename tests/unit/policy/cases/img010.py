"""IMG010: a name that files do not say."""

from tests.unit.policy.casebook import Case

_POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: tool
spec:
  containers:
    - name: tool
      image: {}
"""


_BASE = "ARG BASE\nARG TAG\nFROM $BASE:${TAG}\n"

MUST_FIRE = {
    "an argument of two that a build gives": Case(
        {
            "Dockerfile": _BASE,
            "Makefile": "image:\n\tdocker build --build-arg BASE=$(BASE)"
            " --build-arg TAG -t web .\n",
        },
        ("Dockerfile:3",),
    ),
    "what a kustomization gives a tag alone": Case(
        {
            "p.yaml": _POD.format("your-registry/tool:1"),
            "kustomization.yaml": "resources: [p.yaml]\n"
            "images: [{name: your-registry/tool, newTag: '2'}]\n",
        },
        ("kustomization.yaml:2",),
    ),
    "a variable": Case({"p.yaml": _POD.format('"${NGINX_IMAGE}"')}, ("p.yaml:8",)),
    "for the reader to fill in": Case(
        {"p.yaml": _POD.format('"<YOUR-CONTAINER>"')}, ("p.yaml:8",), "filled in"
    ),
    "a word in capitals for the reader": Case(
        {"p.yaml": _POD.format("gcr.io/PROJECT_ID/tool:1")}, ("p.yaml:8",)
    ),
    "two words in capitals": Case(
        {"p.yaml": _POD.format("docker.io/YOUR ID/tool:1")}, ("p.yaml:8",)
    ),
    "words in brackets": Case(
        {"p.yaml": _POD.format("docker.io/[your alias]/tool:1")}, ("p.yaml:8",)
    ),
    "what is the reader's": Case(
        {"p.yaml": _POD.format("your-registry/tool:1")}, ("p.yaml:8",)
    ),
    "what `.env` says elsewhere, or not": Case(
        {
            "app/compose.yaml": "services:\n  web:\n    image: ${WEB_IMAGE}\n",
            "app/.env": "# WEB_IMAGE=nginx:1\nWEB=nginx:1\nMY_WEB_IMAGE=nginx:1\n",
            ".env": "WEB_IMAGE=nginx:1.29.3\n",
        },
        ("app/compose.yaml:3",),
    ),
    "a tag": Case(
        {"p.yaml": _POD.format("quay.io/team/tool:$(params.TAG)")}, ("p.yaml:8",)
    ),
}

MUST_NOT_FIRE = {
    "what a Makefile beside gives": Case(
        {
            "Dockerfile": _BASE,
            "Makefile": "image:\n\tdocker buildx build . -t web \\\n"
            "\t\t--build-arg BASE=$(BASE) \\\n\t\t--build-arg=TAG=$(TAG)\n",
        }
    ),
    "what an action and Cloud Build give": Case(
        {
            "Dockerfile": _BASE,
            ".github/workflows/a.yml": "jobs:\n  a:\n    steps:\n"
            "      - uses: docker/build-push-action@v6\n        with:\n"
            "          build-args: |\n            BASE=${{ vars.BASE }}\n",
            "cloudbuild.yaml": "steps:\n- name: gcr.io/cloud-builders/docker\n"
            "  args: [build, --build-arg, 'TAG=$_TAG', .]\n",
        }
    ),
    "what a kustomization gives a name alone": Case(
        {
            "p.yaml": _POD.format("your-registry/tool:1"),
            "kustomization.yaml": "resources: [p.yaml]\n"
            "images: [{name: your-registry/tool, newName: quay.io/shop/tool}]\n",
        }
    ),
    "what a kustomization names, beside a transformer for others": Case(
        {
            "p.yaml": _POD.format("controller:latest"),
            "kustomization.yaml": "resources: [p.yaml]\ntransformers: [t.yaml]\n"
            "images: [{name: controller, newName: quay.io/shop/web, newTag: '1'}]\n",
        }
    ),
    "a variable of a script": Case(
        {"up.sh": "docker pull $A\ndocker run $A\nkind create cluster --image $K\n"}
    ),
    "words for an image": Case(
        {"p.yaml": _POD.format("fake-image"), "q.yaml": _POD.format("dummyImageName")}
    ),
    "a script puts it together": Case(
        {
            "up.sh": "I=$(make name)\nkubectl apply -f - <<EOF\napiVersion: v1\n"
            "kind: Pod\nspec:\n  containers: [{name: a, image: ${I}}]\nEOF\n"
        }
    ),
    "what Istio's injector fills in": Case({"p.yaml": _POD.format("auto")}),
    "what ko fills in": Case({"p.yaml": _POD.format("ko://shop.example/web")}),
    "a name that begins alike": Case({"p.yaml": _POD.format("yourls:1.10")}),
    "a name": Case({"p.yaml": _POD.format("nginx:1.29.3")}),
    "a default": Case({"Dockerfile": "ARG BASE=debian:12\nFROM ${BASE}\n"}),
    "a default in Compose": Case(
        {"compose.yaml": "services:\n  web:\n    image: nginx:${TAG:-1.29.3}\n"}
    ),
    "what `.env` beside a Compose file says": Case(
        {
            "app/compose.yaml": "services:\n  web:\n    image: ${WEB_IMAGE}\n",
            "app/.env": "WEB_IMAGE=nginx:1.29.3\n",
        }
    ),
}
