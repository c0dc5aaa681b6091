"""POL005: one image that some workloads pull with a secret and others without."""

from tests.unit.policy.casebook import Case

from seawall.policy.options import PolicyOptions

_POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: {}, namespace: {}}}
spec:
  {}: [{{name: registry-pull}}]
  containers:
    - name: web
      image: registry.example/shop/web:1.4.2
"""
_ONE = _POD.format("a", "one", "imagePullSecrets")
_TWO = _POD.format("b", "two", "tolerations")

MUST_FIRE = {
    "another folder": Case({"a/a.yaml": _ONE, "b/b.yaml": _TWO}, ("b/b.yaml:8",)),
    "of one test": Case(
        {"tests/a.yaml": _ONE, "tests/b.yaml": _TWO}, ("tests/b.yaml:8",)
    ),
    "another namespace": Case(
        {"a.yaml": _ONE, "b.yaml": _TWO}, ("b.yaml:8",), "Pod/a has one"
    ),
    "once for an image": Case(
        {"a.yaml": _ONE, "b.yaml": f"{_TWO}---\n{_TWO.replace('name: b', 'name: c')}"},
        ("b.yaml:8",),
    ),
}

MUST_NOT_FIRE = {
    "a pod of another test": Case({"tests/a/a.yaml": _ONE, "tests/b/b.yaml": _TWO}),
    "what a test expects": Case({"tests/a.yaml": _TWO, "tests/a-expected.yaml": _ONE}),
    "one object, written down twice": Case(
        {
            "a/pod.yaml": _ONE.replace(", namespace: one", ""),
            "b/pod.yaml": _TWO.replace("name: b, namespace: two", "name: a"),
        }
    ),
    "both have one": Case(
        {"a.yaml": _ONE, "b.yaml": _TWO.replace("tolerations", "imagePullSecrets")}
    ),
    "another image": Case({"a.yaml": _ONE, "b.yaml": _TWO.replace("1.4.2", "1.4.3")}),
    "one application is another rule's": Case(
        {"a.yaml": _ONE, "b.yaml": _TWO.replace("two", "one")}
    ),
    "the nodes have a credential": Case(
        {"a.yaml": _ONE, "b.yaml": _TWO},
        options=PolicyOptions(providers=("registry.example",)),
    ),
}
