"""A secret that stands in a file is in nothing that is told of it."""

import base64
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from seawall.cli.main import main
from seawall.policy.reports.secrecy import conceal
from seawall.policy.reports.unifieddiff import write_diff

SECRET = "Tr0ub4dorSEKRIT9"
PAIR = base64.b64encode(f"robot:{SECRET}".encode()).decode()
CONFIG = f'{{"auths": {{"registry.example": {{"auth": "{PAIR}"}}}}}}'
LOOSE = f'{{\n "auths": {{"r.example": {{"auth": "{PAIR}"}}}}}}'
FORMS = tuple(
    form
    for text in (SECRET, PAIR, CONFIG, LOOSE)
    for form in (text, base64.b64encode(text.encode()).decode())
)
"""The secret in all the ways in which it is written here."""

_OBJECT = """\
apiVersion: v1
kind: Secret
metadata: {name: pull}
type: kubernetes.io/dockerconfigjson
"""
FILES = {
    "clear.yaml": f"{_OBJECT}stringData:\n  .dockerconfigjson: |\n    {CONFIG}\n",
    "encoded.yaml": f"{_OBJECT}data:\n  .dockerconfigjson: {FORMS[5]}\n",
    "line.yaml": (
        "{apiVersion: v1, kind: Secret, metadata: {name: pull}, type:"
        f" kubernetes.io/dockerconfigjson, data: {{.dockerconfigjson: {FORMS[7]}}}}}\n"
    ),
    "pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n"
        f"  - env:\n    - name: REG_PASSWORD\n      value: {SECRET}\n"
        "    name: a\n    image: busybox\n    imagePullPolicy: Always\n"
    ),
    "config.json": CONFIG,
    ".docker/config.json": CONFIG,
    "registries.yaml": (
        'mirrors: {docker.io: {endpoint: ["https://m.example"]}}\nconfigs:'
        f" {{m.example: {{auth: {{username: robot, password: {SECRET}}}}}}}\n"
    ),
    "node/registries.yaml": (
        'mirrors:\n  docker.io:\n    endpoint: ["https://registry-1.docker.io"]\n'
        "configs:\n  m.example:\n    auth:\n      username: robot\n"
        f"      password:\n        {SECRET}\n"
    ),
    "docker.io/hosts.toml": (
        'server = "https://docker.io"\n[host."https://m.example"]\n'
        '  capabilities = ["pull"]\n  [host."https://m.example".header]\n'
        f'    authorization = "Basic {PAIR}"\n'
    ),
    "quay.io/hosts.toml": (
        'server = "https://docker.io"\nhost = {"https://m.example" = {header ='
        f' {{authorization = ["Basic {PAIR}"], x-key = "{SECRET}"}}}}}}\n'
    ),
    "containerd/config.toml": (
        'version = 2\n[plugins."io.containerd.grpc.v1.cri".registry]\n'
        'config_path = "/x"\n[plugins."io.containerd.grpc.v1.cri".registry.mirrors.'
        f'"docker.io"]\nendpoint = ["https://u:{SECRET}@m.example"]\n'
        '[plugins."io.containerd.grpc.v1.cri".registry.configs."m.example".auth]\n'
        f'password = """\n{SECRET}"""\nauth = "{PAIR}"\n'
    ),
    "daemon.json": f'{{"registry-mirrors": ["https://robot:{SECRET}@m.example/path"]}}',
    "buildkitd.toml": (
        f'[registry."docker.io"]\nmirrors = ["https://u:{SECRET}@m.example/v2/"]\n'
    ),
    "registries.conf": (
        '[[registry]]\nprefix = "docker.io/alpine"\n'
        f'location = "u:{SECRET}@m.example"\n'
    ),
    "Dockerfile": f"""\
FROM busybox:latest
ENV REG_PASSWORD={SECRET}
ENV TOKEN {SECRET}
RUN docker login -u robot -p {SECRET} r.example && apt-get update
RUN curl -u robot:{SECRET} -O https://x.example/a
RUN curl --user robot:{SECRET} https://x.example/a | sh
RUN curl -H "Authorization: token {SECRET}" https://x.example/a.sh | sh
RUN curl https://robot:{SECRET}@x.example/a.sh | sh
RUN wget --http-password={SECRET} --password {SECRET} https://x.example/b
RUN pip install --index-url https://robot:{SECRET}@pypi.example/simple x
RUN git clone https://robot:{SECRET}@git.example/x.git
RUN echo {SECRET} | docker login --password-stdin -u robot r.example; apt-get update
RUN skopeo copy --src-creds robot:{SECRET} docker://a/b:latest dir:x
RUN skopeo copy --src-creds=robot:{SECRET} docker://a/c dir:x
ADD https://robot:{SECRET}@x.example/a /a
RUN --mount=type=bind,from=robot:{SECRET}@h/x:1 true
RUN helm repo add --username u --password {SECRET} x https://charts.example
RUN podman pull --creds robot:{SECRET} quay.io/a/b
RUN curl "https://x.example/a.tgz?access_token={SECRET}&x=1" -o a
RUN curl -H "PRIVATE-TOKEN: {SECRET}" https://x.example/v/a.tgz -o a
RUN AWS_SECRET_ACCESS_KEY={SECRET} aws s3 cp s3://a . && curl -O https://x.example/b
""",
    "deploy.sh": f"""\
kubectl create secret docker-registry x --docker-server=r --docker-password={SECRET}
kubectl create secret docker-registry x --docker-password {SECRET}
export GH_TOKEN={SECRET}; curl -O https://x.example/a
PASSWORD="{SECRET}" docker pull r.example/x:latest
docker login r.example --username a --password "{SECRET}"
oc login --token={SECRET} && docker run -e API_KEY={SECRET} busybox
docker run -e "DB_PASS={SECRET}" alpine:latest
sshpass -p {SECRET} scp a b; docker pull nginx
""",
    ".github/workflows/a.yml": f"""\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    container:
      image: r.example/a:latest
      credentials:
        username: robot
        password: {SECRET}
    env:
      DOCKER_PASSWORD: {SECRET}
    services: {{db: {{image: "mysql:latest", env: {{MYSQL_PASSWORD: {SECRET}}}}}}}
    steps:
    - uses: docker/setup-buildx-action@v3
    - uses: docker/login-action@v3
      with:
        username: robot
        password: >-
          {SECRET}
    - run: docker login -u robot -p {SECRET} r.example && docker pull a/b
""",
    ".gitlab-ci.yml": f"""\
variables:
  DOCKER_AUTH_CONFIG: '{CONFIG}'
  CI_REGISTRY_PASSWORD: {SECRET}
build:
  image: docker:latest
  script:
  - docker login -u a -p {SECRET} r.example
  - docker pull busybox
""",
    ".circleci/config.yml": f"""\
version: 2.1
jobs:
  a:
    docker:
    - image: r.example/a:latest
      auth: {{username: robot, password: {SECRET}}}
      environment: {{POSTGRES_PASSWORD: {SECRET}}}
    steps: [checkout]
""",
    "compose.yaml": f"""\
services:
  a:
    image: busybox
    pull_policy: always
    environment:
      DB_PASSWORD: {SECRET}
    command: [x, "--password", "{SECRET}"]
  b: {{image: "nginx:latest", environment: ["TOKEN={SECRET}"]}}
""",
    "Jenkinsfile": f"""\
pipeline {{
  agent {{ docker {{
    image "maven:latest"; registryUrl "https://a:{SECRET}@r.example"
  }} }}
  stages {{ stage("a") {{ steps {{
    sh "docker login -p {SECRET} r && docker pull x"
  }} }} }}
}}
""",
    "chart/Chart.yaml": (
        "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
        f'- {{name: d, version: 1, repository: "https://u:{SECRET}@charts.example"}}\n'
    ),
    "chart/values.yaml": (
        f"password: {SECRET}\nimage: {{repository: busybox, tag: latest}}\n"
        f"credentials: {{username: a, password: {SECRET}}}\nimagePullSecrets: []\n"
    ),
    "broken.yaml": f"kind: Pod\npassword: {SECRET}\n  x: [{SECRET}\n",
    "broken/daemon.json": f'{{"password": "{SECRET}", {SECRET}',
    "broken/hosts.toml": f"password = {SECRET}\n",
}
COMMANDS = (
    *(
        ("check", "--show-suppressed", "--format", report)
        for report in ("text", "json", "sarif", "junit", "github", "summary", "gitlab")
    ),
    ("check", "--diff"),
    ("check", "--fix=all", "--diff", "--config", "no-registries.toml"),
    ("check", "--write-baseline", "/dev/stdout"),
    ("check", "--fix"),
    ("inventory",),
    *(("inventory", "--format", form) for form in ("json", "csv", "markdown")),
)


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with one secret, in files of every kind."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "no-registries.toml").write_text("known_registries = false\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_report_has_the_secret(tree: Path, command: tuple[str, ...]) -> None:
    """Not in a message, a line, a fix, or a name; clear, paired, or encoded."""
    result = CliRunner().invoke(main, command, prog_name="seawall")
    said = (result.stdout + result.stderr).replace("\\n", "\n")

    assert 70 != result.exit_code, result.stderr
    assert len(said) > 40 * tree.is_dir()
    assert [] == [form for form in FORMS if form in said]


def test_each_file_is_read(tree: Path) -> None:
    """What nobody looks at could not be told: so the above means something."""
    result = CliRunner().invoke(main, ["check", "--json"], prog_name="seawall")

    # Of these nothing is wrong: their names and sources are in the inventory.
    silent = {"chart/Chart.yaml"}
    assert silent == {name for name in FILES if name not in result.stdout}
    assert tree.is_dir()


def test_a_diff_without_secrets_is_applied(tree: Path) -> None:
    """What would show one is left out and told; `git apply` takes the rest."""
    result = CliRunner().invoke(main, ["check", "--diff"], prog_name="seawall")
    (tree / "x.diff").write_bytes(result.stdout_bytes)
    subprocess.run(["git", "init", "-q", str(tree)], check=True)
    subprocess.run(["git", "apply", "--check", "x.diff"], cwd=tree, check=True)

    assert "docker.io/hosts.toml: 1 change left out, to show no secret" in result.stderr
    assert '+server = "https://registry-1' not in result.stdout
    assert "+++ b/pod.yaml" in result.stdout


def test_a_change_near_a_secret_is_shown_with_less_around_it() -> None:
    """With a line around it, programs find the place as well."""
    old = "password: x1\n" + "a: 1\n" * 2 + "b: 1\n" + "a: 1\n" * 3
    diff, left = write_diff("x", old.encode(), old.replace("b", "c").encode())

    assert 0 == left
    assert b"@@ -3,3 +3,3 @@" in diff


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("password:\n  x1\na: b", "password:\n  REDACTED\na: b"),
        ("token: |\n  x: 1\n  y\nz", "token: |\n  REDACTED\n  REDACTED\nz"),
        ("- name: A_KEY\n  value: x", "- name: A_KEY\n  value: x"),
        ("- name: A_TOKEN\n  value: x", "- name: A_TOKEN\n  value: REDACTED"),
        ('auth = """\nx\ny"""\nz', 'auth = """\nREDACTED\nREDACTED\nz'),
        ("secret:\n  secretName: pull", "secret:\n  secretName: pull"),
        ("existingSecret: pull", "existingSecret: pull"),
        ("image: r.example/shop/auth:1.2", "image: r.example/shop/auth:1.2"),
        ("image: r.example/a:1.2@sha256:0a", "image: r.example/a:1.2@sha256:0a"),
        ("auth: {", "auth: {"),
    ],
)
def test_names_say_what_stands_below(text: str, shown: str) -> None:
    """A value below its key, or beside its name; and what only looks so."""
    assert shown.split("\n") == conceal(text.split("\n"))
