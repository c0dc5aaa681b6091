"""CI009: charts and manifests that a test fetches from elsewhere."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
    "a manifest": Case(
        {"a.sh": "kubectl apply -f https://raw.example/a/main/b.yaml\n"},
        ("a.sh:1",),
        "fetches",
    ),
    "a kustomization of another repository": Case(
        {"a.sh": "kubectl apply -k github.com/team/app//deploy?ref=v1\n"},
        ("a.sh:1",),
    ),
    "a repository of charts": Case(
        {"a.sh": "helm repo add team https://charts.example/team\n"}, ("a.sh:1",)
    ),
    "a chart": Case(
        {"a.sh": "helm upgrade --install a oci://registry.example/charts/a\n"},
        ("a.sh:1",),
    ),
    "a program that a variable names, on lines": Case(
        {"a.sh": '$kubectl apply \\\n\t-f "https://a.example/releases/${V}/b.yaml"\n'},
        ("a.sh:1",),
        "fetches https://a.example/releases/${V}/b.yaml",
    ),
}

MUST_NOT_FIRE = {
    "a chart that whoever calls names": Case({"a.sh": 'helm install a "$1"\n'}),
    "beside it": Case(
        {"a.sh": "kubectl apply -f deploy.yaml\nhelm install a ./chart\n"}
    ),
    "this machine": Case({"a.sh": "kubectl apply -f http://127.0.0.1:8000/a.yaml\n"}),
    "a question": Case(
        {"a.sh": "kubectl get --raw https://a.example/\nhelm repo update\n"}
    ),
}
