"""What here-documents hold is read where it stands, as far as a script says it."""

import pytest
from tests.unit.policy.casebook import encode, gather

from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.configs import Client, ClientConfig
from seawall.policy.facts.images import ImageUse, Unresolved
from seawall.policy.facts.injections import HereDocument
from seawall.policy.facts.troubles import Trouble
from seawall.policy.facts.workloads import Workload
from seawall.policy.reading.heredocs.heres import find_heres
from seawall.policy.repository import Repository

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: quay.io/team/web:1
"""
COMMANDS = (
    "kubectl apply -f - <<EOF",
    "cat <<EOF | kubectl apply -f -",
    "cat <<EOF | sudo -E kubectl create -n shop -f-",
    "cat > pod.yaml <<'EOF'",
    'cat <<"EOF" >pod.yaml',
    "tee -a pod.yaml << EOF > /dev/null",
    "kubectl apply \\\n  -f - <<EOF",
    "POD=$(cat <<\\EOF",
)
"""How scripts hand a text on."""


def _read(name: str, text: str) -> Repository:
    return gather(encode({name: text}))


def _images(repository: Repository) -> list[str]:
    return [use.label for use in repository.all(ImageUse)]


def _indent(text: str, by: str) -> str:
    return "".join(f"{by}{line}" for line in text.splitlines(keepends=True))


@pytest.mark.parametrize("command", COMMANDS)
def test_pods_are_read_however_they_are_handed_on(command: str) -> None:
    """The image stands at its bytes, so that a fix lands in the script."""
    script = f"#!/bin/sh\n# für alle\n{command}\n{POD}EOF\n"
    (use,) = _read("up.sh", script).all(ImageUse)
    assert script.encode()[use.start : use.stop] == b"quay.io/team/web:1"
    assert use.text.exact
    assert use.owner == "Pod/web"


@pytest.mark.parametrize(
    ("name", "before", "by"),
    [
        ("a/tasks.bats", "@test 'a' {\n", ""),
        (".github/workflows/a.yml", "jobs: {}\nx:\n  - run: |\n", "      "),
        ("Dockerfile", "FROM debian@x\nRUN <<A\n", ""),
        (".gitlab-ci.yml", "a:\n  script:\n    - |\n", "      "),
    ],
)
def test_scripts_are_read_wherever_they_stand(name: str, before: str, by: str) -> None:
    """Shell text in YAML, and in builds, is further in, and its texts are with it."""
    inner = _indent(f"cat <<EOF | kubectl apply -f -\n---\n{POD}---\n{POD}EOF\n", by)
    found = _read(name, before + inner + "A\n" * (name == "Dockerfile"))
    pods = found.all(Workload)
    assert [len(pod.images) for pod in pods] == [1, 1]
    assert all(found.parent(pod, HereDocument) for pod in pods)


def test_tabs_are_taken_away_as_a_shell_does() -> None:
    """YAML knows no tabs; what is put in later begins with those of the script."""
    script = "f() {\n\tcat <<-EOF\n" + _indent(POD, "\t") + "\tEOF\n}\n"
    (pod,) = _read("up.sh", script).all(Workload)
    assert pod.room is not None
    assert pod.room.lines("a: b") == b"\t  a: b\n"


def test_variables_with_one_value_are_filled_in() -> None:
    """Others are not resolved, and none is filled in between quotes."""
    script = (
        "TAG=1.2\nA=1\nA=2\n"
        "cat <<EOF >a.yaml\n"
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        '  - {name: a, image: "quay.io/team/a:$TAG"}\n'
        "  - {name: b, image: quay.io/team/b:${TAG}}\n"
        "  - {name: c, image: quay.io/team/c:${A}}\n"
        "  - {name: d, image: ${REGISTRY:-quay.io/team}/d:1}\n"
        "  - {name: e, image: $(docker images -q | head -1)}\n"
        "  - {name: f, image: `docker images -q`}\n"
        "EOF\n"
    )
    uses = _read("up.sh", script).all(ImageUse)
    assert [str(use.reference or use.unresolved) for use in uses] == [
        "quay.io/team/a:1.2",
        "quay.io/team/b:1.2",
        Unresolved.PLACEHOLDER,
        "quay.io/team/d:1",
        Unresolved.PLACEHOLDER,
        Unresolved.PLACEHOLDER,
    ]
    pod = POD.replace("web:1", "web:$TAG")
    quoted = _read("up.sh", f"TAG=1\ncat <<'EOF'\n{pod}EOF\n").all(ImageUse)
    assert [use.unresolved for use in quoted] == [Unresolved.PLACEHOLDER]


def test_lines_that_a_variable_makes_leave_only_the_images_known() -> None:
    """A list of pull secrets may be among them."""
    script = POD.replace("  containers:", "  ${SECRETS}\n  containers:")
    found = _read("up.sh", f"kubectl apply -f - <<EOF\n{script}EOF\n")
    assert not found.all(Workload)
    assert _images(found) == ["quay.io/team/web:1"]


def test_what_is_no_yaml_is_read_line_by_line() -> None:
    """It is no broken file: the script may make one of it."""
    broken = POD.replace("metadata:", "metadata: }").replace("{name", "{{{name")
    found = _read("up.sh", f"kubectl apply -f - <<EOF\n{broken}EOF\nimage: a:1\n")
    assert _images(found) == ["quay.io/team/web:1"]
    assert not found.all(Trouble)


@pytest.mark.parametrize(
    "text",
    [
        f"kubectl delete -f - <<EOF\n{POD}EOF\n",
        f"# kubectl apply -f - <<EOF\n{POD}EOF\n",
        f"diff - got.yaml <<EOF\n{POD}EOF\n",
        f"kubectl apply -f - <<EOF\n{POD}",
        (
            "cat > kustomization.yaml <<EOF\napiVersion: kustomize.config.k8s.io/v1\n"
            "kind: Kustomization\nimages: [{name: a, image: a:1}]\nEOF\n"
        ),
        "python3 - <<EOF\nprint('kind: apiVersion')\nEOF\n",
    ],
)
def test_what_starts_nothing_is_left_alone(text: str) -> None:
    """Objects that are deleted, compared, or that never end."""
    assert not _read("up.sh", text).all(ImageUse)


def test_what_a_script_patches_is_no_workload() -> None:
    """A patch lacks most of what a pod has."""
    found = _read("up.sh", f"cat >web-patch.yaml <<EOF\n{POD}EOF\n")
    assert not found.all(Workload)
    assert _images(found) == ["quay.io/team/web:1"]


def test_other_formats_are_read_as_what_they_become() -> None:
    """By the file that is written, or the program that takes them."""
    script = (
        "cat > compose.yml <<EOF\nservices:\n  db: {image: 'quay.io/team/db:1'}\nEOF\n"
        "docker build -t app - <<'EOF'\nFROM quay.io/team/base:1\nRUN make\nEOF\n"
        "helm install app ./app -f - <<EOF\n"
        "image: {repository: quay.io/team/app, tag: 1}\nside: {image: 'b:1'}\nEOF\n"
    )
    found = _read("up.sh", script)
    assert [use.text.value for use in found.all(ImageUse)] == [
        "quay.io/team/db:1",
        "quay.io/team/base:1",
        "quay.io/team/app:1",
    ]
    assert len(found.all(Dockerfile)) == 1


@pytest.mark.parametrize(
    ("command", "client"),
    [
        ("cat > /etc/docker/daemon.json <<EOF", Client.DOCKER),
        ("cat <<EOF | sudo tee /etc/docker/daemon.json >/dev/null", Client.DOCKER),
        ("sudo tee \"$D/daemon.json\" <<'EOF'", Client.DOCKER),
    ],
)
def test_configurations_are_known_by_the_file_they_become(
    command: str, client: Client
) -> None:
    """Their values stand where the script has them."""
    script = f'set -e\n{command}\n{{"registry-mirrors": ["https://m.example"]}}\nEOF\n'
    (config,) = _read("up.sh", script).all(ClientConfig)
    mirrors = config.tree.get("registry-mirrors")
    assert config.client is client
    assert mirrors is not None
    word = mirrors.items[0].word
    assert word is not None
    assert script[word.start : word.stop] == "https://m.example"


def test_a_hosts_toml_is_for_the_registry_of_its_folder() -> None:
    """The script says the folder."""
    script = (
        "cat >/etc/containerd/certs.d/docker.io/hosts.toml <<EOF\n"
        'server = "https://m.example"\nEOF\n'
    )
    (config,) = _read("up.sh", script).all(ClientConfig)
    assert config.registry == "docker.io"


@pytest.mark.parametrize(
    "script",
    [
        "cat >> /etc/docker/daemon.json <<EOF\n{}\nEOF\n",
        'tee /etc/docker/daemon.json <<EOF\n{"dns": ["$DNS"]}\nEOF\n',
        "tee /etc/docker/daemon.json <<EOF\nno JSON\nEOF\n",
    ],
)
def test_a_configuration_that_is_not_known_whole_is_left_alone(script: str) -> None:
    """What is added to, or filled in, says something else in the end."""
    found = _read("up.sh", script)
    assert not found.all(ClientConfig)
    assert not found.all(Trouble)


def test_two_texts_of_one_line_follow_each_other() -> None:
    """The second begins where the first one ends."""
    data = b"paste <<A - <<B\na\nA\nb\nB\n"
    assert [data[h.start : h.stop] for h in find_heres(data)] == [b"a\n", b"b\n"]


def test_a_text_within_a_script_that_is_written_is_found() -> None:
    """Whoever writes a script writes what that one applies."""
    script = f"cat >x.sh <<'OUT'\nkubectl apply -f - <<EOF\n{POD}EOF\nOUT\n"
    assert _images(_read("up.sh", script)) == ["quay.io/team/web:1"]
