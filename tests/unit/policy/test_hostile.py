"""No file makes a reader fail, or say that something stands where it does not."""

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.policy.casebook import gather
from tests.unit.policy.kustomized import KUSTOMIZATION, overlay
from tests.unit.policy.reading import test_concourse as concourse
from tests.unit.policy.reading import test_otherjobs as pipelines
from tests.unit.policy.reading import test_parameters as parameters
from tests.unit.policy.reading import test_templates as templates
from tests.unit.policy.test_cases import RULES

from seawall.policy.checking import judging
from seawall.policy.facts.text import Fact, Text
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats
from seawall.policy.rulebook import list_rules

CLIENTS = (
    "docker.io/hosts.toml",
    "containerd/config.toml",
    "registries.conf",
    "buildkitd.toml",
    "daemon.json",
    "registries.yaml",
)
CHARTS = {
    "shop/kustomization.yaml": [
        KUSTOMIZATION.encode(),
        "".join(overlay("a", *KUSTOMIZATION.splitlines()).values()).encode(),
    ],
    "shop/templates/web.yaml": [
        rule.bad.encode() for rule in RULES if rule.sample.startswith("templates/")
    ],
    "shop/values.yaml": [
        b"db:\n  image: {repository: a/b, tag: 1}\nsideImage: a/c:1\n"
    ],
}
"""Samples of charts and kustomizations, which go by their paths."""

OTHERS = {
    ".circleci/config.yml": pipelines.CIRCLE,
    ".drone.yml": pipelines.DRONE,
    "azure-pipelines.yml": pipelines.AZURE,
    "Jenkinsfile": pipelines.JENKINS,
    "cloudbuild.yaml": pipelines.BUILD,
    "ci/pipeline.yml": concourse.PIPELINE,
    "devcontainer.json": pipelines.DEVCONTAINER,
    "task.yaml": parameters.TASK,
    "apt.conf.d/80-x": 'APT { A { Retries "5"; }; };\nA::B C; // d\n/* e */ F {\n',
    "contexts.mk": "a:\n\tdocker buildx build --build-context b=c .\n",
    ".env": "A=b/c:1\nexport D = \"${A}\"  # e\nF='g:h'\n",
    "daemon.yaml.tmpl": templates.GO,
    "docker-compose.yml.j2": templates.JINJA,
}
"""Samples of formats that no rule's page has."""

_GO = b"""\
package a
var pod = corev1.PodSpec{
	ImagePullSecrets: []corev1.LocalObjectReference{{Name: "s"}},
	Containers: []corev1.Container{{Image: "a/b:1", Command: []string{"x"}}},
}
const text = `
kind: Pod
spec: {containers: [{image: "c:1"}]}
`
func f(s *corev1.PodSpec) { s.ImagePullSecrets = nil; run("docker", "pull", "d:1") }
"""
_PYTHON = b"""\
spec = {"containers": [{"image": "a/b:1"}], "imagePullSecrets": [{"name": "s"}]}
TEXT = '''
kind: Pod
spec: {containers: [{image: "c:1"}]}
'''
pod.spec.image_pull_secrets = []
client.containers.run("d:1")
"""
_SCRIPT = b"""\
const pod = { spec: { containers: [{ image: "a/b:1" }], imagePullSecrets: [] } };
const text = `
kind: Pod
spec: {containers: [{image: "${x}c:1"}]}
`;
pod.spec.imagePullSecrets = [{ name: "s" }];
"""
_SHELL = b"""\
docker login -u a -p b c && docker pull "d:1" | tee x >y 2>&1
for i in 1 2; do apt-get update && break || sleep $i; done
cat <<EOF | kubectl apply -f -
kind: Pod
spec: {containers: [{image: "e:${f}"}]}
EOF
curl -fsSL https://g.example/h | sh
"""
_HERE = b"""\
f() {
	I=a:1
	cat <<-"EOF" | sudo kind create cluster --config=-
	kind: Cluster
	apiVersion: kind.x-k8s.io/v1alpha4
	---
	nodes: [{image: $I}]
	EOF
	kubectl create secret docker-registry s && kind load docker-image $I
}
tee /etc/docker/daemon.json <<E >/dev/null; docker build - <<F
{"registry-mirrors": ["https://m.example"]}
E
FROM b
RUN c
F
kubectl apply -f - <<EOF
apiVersion: v1
kind: Pod
  ${X}
spec: {containers: [{image: "${I}"}, {image: `d`}, {image: $(e "f: g")}]}
EOF
"""
_MAKE = b"""\
I ?= a/b:$(T) # c
define D
	x
endef
t u: I += $(shell d $(call e,f))
t:: g ; h
	@-docker build -t $(I) . && curl -L https://i.example/$@ \\
	| tar xz
	for j in $$(ls); do $(K) pull $${j}; done; go install l@latest
"""
PROGRAMS = {
    "inject.go": [
        _GO,
        *(rule.bad.encode() for rule in RULES if rule.sample.endswith(".go")),
    ],
    "inject.py": [_PYTHON],
    "inject.ts": [_SCRIPT],
    "run.sh": [
        _SHELL,
        _HERE,
        *(rule.bad.encode() for rule in RULES if rule.sample.endswith(".sh")),
    ],
    "Makefile": [_MAKE],
    "run.bats": [b'@test "a b" {\n' + _SHELL + b"}\n"],
}
"""Samples of programs."""

PLAIN = {
    "shop/Chart.yaml": [
        (
            b"apiVersion: v2\nname: a\nversion: 1.0.0\nappVersion: '2'\n"
            b"dependencies:\n- {name: b, version: 1.x, repository: 'oci://c/d'}\n"
        )
    ],
    "shop/values.schema.json": [
        (
            b'{"properties": {"imagePullSecrets": {"type": "array"}, "image":'
            b' {"properties": {"tag": {"default": "1"}}}}}'
        )
    ],
    "README.md": [
        (
            b'kubectl create secret docker-registry "$A" -n b\nA=c\n---\nkind: Secret\n'
            b'metadata:\n  name: {{ d }}\nresource "kubernetes_secret" "e" {\n}\n'
        )
    ],
    "skaffold.yaml": [
        (
            b"apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n"
            b"  artifacts: [{image: a}]\nprofiles:\n"
            b"  - &p\n    verify: [{container: {image: 'b:1'}}]\n  - *p\n"
        )
    ],
    "compose.yaml": [
        (
            b"x-a: &a {image: 'b:1'}\nservices:\n  c: {<<: *a, build: .}\n  d:\n"
            b"    image: ${E:-f:2}\n    pull_policy: always\n"
        )
    ],
}
"""Samples of formats that are little but YAML."""

NAMES = (
    "pod.yaml",
    "Dockerfile",
    ".github/workflows/a.yml",
    ".gitlab-ci.yml",
    *CLIENTS,
    *CHARTS,
    *OTHERS,
    *PROGRAMS,
    *PLAIN,
)
"""Names of files, so that each reader gets its turn."""

DOCKERFILE = b"""\
# syntax=a/b:1
# escape=`
ARG A=b
FROM $A AS c
RUN <<EOF `
# d
x && y
EOF
COPY --from=c /d /e
RUN --mount=type=bind,from=q a `
 # x

 b | c
"""
HELD = b"""\
data:
  a.yaml: |-
    # b
    kind: Pod
    apiVersion: v1
    spec: {containers: [{image: "c:1"}]}
    ---
    kind: Pod
    spec:
      image: d
  e: |
"""
TOML = b"""\
a.b."c d" = [1, [2.5, "x\\u0041"], {y.z = true}] # c
s = '''
a''b'''
d = 1979-05-27 07:32:00Z
[[t.u]]
"v" = 'w'
[t.u.x]
[server]
"""
SAMPLES = {
    **CHARTS,
    **PROGRAMS,
    **PLAIN,
    **{
        name: [
            TOML,
            *(
                rule.bad.encode()
                for rule in RULES
                if rule.sample.rpartition("/")[2] == name.rpartition("/")[2]
            ),
        ]
        for name in CLIENTS
    },
    "pod.yaml": [
        HELD,
        *(rule.bad.encode() for rule in RULES if rule.sample.endswith(".yaml")),
    ],
    "Dockerfile": [
        DOCKERFILE,
        *(rule.bad.encode() for rule in RULES if rule.sample == "Dockerfile"),
    ],
    **{name: [sample.encode()] for name, sample in OTHERS.items()},
    **{
        name: [
            rule.bad.encode()
            for rule in RULES
            if rule.sample.rpartition("/")[0] == name.rpartition("/")[0]
            and rule.id.startswith("CI")
            and rule.sample.endswith(".yml")
        ]
        for name in (".github/workflows/a.yml", ".gitlab-ci.yml")
    },
}


def _texts(value: object) -> Iterator[Text]:
    if isinstance(value, Text):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        yield from _texts(tuple(value.values()))


def check_file(name: str, data: bytes) -> None:
    """See that a file is read without failing, and that all places are within it."""
    facts = list(formats.read_file(name, data, LimitOptions(nodes=5000)))
    for fact in facts:
        assert isinstance(fact, Fact)
        assert 0 <= fact.start <= fact.stop <= len(data)
        if isinstance(fact, Trouble):
            assert fact.obstacle is not Obstacle.CRASHED, fact.message
        for text in _texts(fact):
            assert 0 <= text.start <= text.stop <= len(data)
            if text.exact:
                assert text.value.encode() == data[text.start : text.stop]
    findings, troubles = judging.judge(gather({name: data}), list_rules())
    assert [] == troubles
    for finding in findings:
        for edit in finding.fix.edits if finding.fix else ():
            assert 0 <= edit.start <= edit.stop <= len(data)


def _garbled(sample: bytes) -> st.SearchStrategy[bytes]:
    """Take a sample apart, and put something else in between."""
    cut = st.integers(0, len(sample))
    return st.builds(
        lambda at, end, new: sample[: min(at, end)] + new + sample[max(at, end) :],
        cut,
        cut,
        st.binary(max_size=6) | st.sampled_from([b"\n", b"\r\n", b": ", b"'", b"\\\n"]),
    )


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(data=st.data())
def test_no_bytes_hurt(name: str, data: st.DataObject) -> None:
    """Samples with a part gone or garbled, and any bytes at all."""
    samples = [_garbled(sample) for sample in SAMPLES[name]]

    check_file(name, data.draw(st.one_of(*samples, st.binary(max_size=64))))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("name", NAMES)
def test_other_encodings_are_read(name: str, encoding: str) -> None:
    """A file in another encoding is read or refused, and nothing in between."""
    for sample in SAMPLES[name]:
        check_file(name, sample.decode().encode(encoding))


def test_a_reader_that_fails_costs_its_own_facts() -> None:
    """The failure is told as a trouble of that file, with what was found before."""
    trouble = Trouble(
        path="x.yaml", start=0, stop=0, obstacle=Obstacle.BROKEN, message="before"
    )

    def fail(source: object) -> Iterator[Fact]:
        del source
        yield trouble
        raise ValueError("a bug")

    reader = formats.Reader("broken", ("*.yaml",), fail)
    found = list(formats.read_with([reader], "x.yaml", b"", LimitOptions()))

    assert [Obstacle.BROKEN, Obstacle.CRASHED] == [
        one.obstacle for one in found if isinstance(one, Trouble)
    ]
    assert "broken failed: ValueError: a bug" in str(found[1])
