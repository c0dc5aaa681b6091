"""`inventory` as it is typed: what is pulled, at what cost, and as which document."""

import csv
import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seawall.cli.main import main
from seawall.cli.options import read_lines

DIGEST = "sha256:" + "0" * 64
FILES = {
    "pod.yaml": f"""apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  imagePullSecrets:
    - name: shop-pull
  containers:
    - name: web
      image: registry.example/shop/web@{DIGEST}
    - name: own
      image: localhost/built:1
    - name: later
      image: registry.example/shop/side:$TAG
""",
    ".github/workflows/ci.yml": """on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    container: alpine
    services:
      db: {image: "postgres:17"}
    steps:
      - uses: actions/setup-go@v5
      - run: docker run alpine true
      - run: helm install web oci://registry.example/charts/web --version 1.2.3
      - uses: docker/login-action@v3
        with: {registry: quay.example}
      - run: docker pull quay.example/team/tool:1.2
  lint:
    runs-on: ubuntu-24.04
    container: alpine
    steps: []
""",
    "Dockerfile": """FROM debian:12
RUN apt-get update && apt-get install -y git curl=8.1 "$MORE"
RUN curl -fsSLO https://me:secret@dl.example/tool-1.2.tgz?token=hunter2
RUN pip install --index-url https://pip.example/simple flask
""",
    "chart/Chart.yaml": """apiVersion: v2
name: shop
version: 1.0.0
dependencies:
  - {name: db, version: 1.2.3, repository: "https://charts.example/stable"}
  - {name: ui, version: "^2", repository: "oci://registry.example/charts"}
""",
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository that pulls in all ways; the tests stand in it."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(*words: str) -> Result:
    return CliRunner().invoke(main, ["inventory", *words], prog_name="seawall")


def _entries() -> dict[tuple[str, str], Any]:
    told = json.loads(_run("--json").stdout)
    return {(one["registry"], one["name"]): one for one in told["entries"]}


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        ("registry.example", "shop/web"): ("image", DIGEST, "pinned", "shop-pull"),
        ("registry.example", "shop/side"): ("image", "", "filled in", "shop-pull"),
        ("docker.io", "library/alpine"): ("image", "", "floating", "none"),
        ("docker.io", "library/postgres"): ("image", "17", "version", "none"),
        ("docker.io", "library/debian"): ("image", "12", "version", "builds"),
        ("quay.example", "team/tool"): ("image", "1.2", "version", "login of job"),
        ("charts.example", "db"): ("chart", "1.2.3", "version", "none"),
        ("registry.example", "charts/ui"): ("chart", "^2", "floating", "none"),
        ("registry.example", "charts/web"): ("chart", "1.2.3", "version", "none"),
        ("sources of apt", "apt"): ("packages", "", "floating", "none"),
        ("pip.example", "pip"): ("packages", "", "floating", "none"),
        ("dl.example", "tool-1.2.tgz"): ("tool", "", "version", "none"),
        ("actions", "actions/setup-go"): ("tool", "v5", "floating", "none"),
    }.items(),
)
def test_what_is_pulled(
    tree: Path, name: tuple[str, str], expected: tuple[str, ...]
) -> None:
    """Each thing with its registry, its version, and its credential."""
    entry = _entries()[name]
    kind, version, how, access = expected

    assert kind == entry["kind"]
    assert entry["version"].endswith(version)
    assert how in entry["how"]
    assert access in entry["access"]
    assert tree.is_dir()


def test_what_is_on_the_machine_is_not_pulled(tree: Path) -> None:
    """And nothing is listed twice."""
    assert not [name for name in _entries() if "built" in name[1]]
    assert 3 == len(_entries()["docker.io", "library/alpine"]["uses"])
    assert tree.is_dir()


def test_nothing_is_told_as_nothing(tree: Path) -> None:
    """A folder without images has no tables of heads alone, and no concentration."""
    (tree / "empty").mkdir()
    result = _run("empty")

    assert (0, "no file names anything that is pulled\n") == (
        result.exit_code,
        result.stdout,
    )


def test_what_a_run_costs(tree: Path) -> None:
    """A job pulls an image once, each job anew, and each build its bases."""
    told = json.loads(_run("--json").stdout)
    (hub,) = (one for one in told["registries"] if one["registry"] == "docker.io")

    # alpine in two jobs, postgres in one of them, debian in a build.
    assert 4 == hub["pulls_per_run"]
    assert 2 == told["jobs"]
    assert hub["quota"] is None
    assert tree.is_dir()


@pytest.mark.parametrize(
    ("words", "code", "pulls"),
    [
        ("--quota docker.io=100/6h --runs-per-day 100", 0, 400),
        ("--quota docker.io=100/6h --runs-per-day 101", 1, 404),
        ("--quota docker.io=400/1d --runs-per-day 100", 0, 400),
        ("--quota docker.io=100/6h --runs-per-day 100 --jobs 4", 1, 700),
        ("--quota quay.example=1/1d --runs-per-day 100", 1, 400),
        ("--runs-per-day 100000", 0, 400_000),
    ],
)
def test_how_far_a_quota_goes(tree: Path, words: str, code: int, pulls: float) -> None:
    """Only what was told counts: no registry's limits are taken for known."""
    result = _run("--json", *words.split())
    told = json.loads(result.stdout)
    (hub,) = (one for one in told["registries"] if one["registry"] == "docker.io")

    assert (code, pulls) == (result.exit_code, hub["pulls_per_day"])
    assert bool(code) == ("does not last" in result.stderr)
    assert "runs" not in result.stderr
    assert tree.is_dir()


def test_a_build_is_one_that_stops(tree: Path) -> None:
    """Whatever its stages and its syntax pull; a bad quota is told with its option."""
    lines = "# syntax=docker.io/docker/dockerfile:1\nFROM alpine\nFROM debian:12\n"
    (tree / "only").mkdir()
    (tree / "only/Dockerfile").write_text(lines)
    (hub,) = json.loads(_run("--json", "only").stdout)["registries"]

    assert (3, 1) == (hub["uses"], hub["workloads"])
    assert "no job pulls an image" in _run("--jobs", "20", "only").stderr
    assert "no job" not in _run("--jobs", "20").stderr
    assert "--quota 'docker.io=5/h'" in _run("--quota", "docker.io=5/h").stderr


def test_parts_add_up(tree: Path) -> None:
    """All registries together have all places, and one alone has all of them."""
    told = json.loads(_run("--json").stdout)
    assert 1 == pytest.approx(sum(one["part"] for one in told["registries"]), abs=0.01)
    assert told["concentration"] < 1
    for name in (".github/workflows/ci.yml", "Dockerfile", "chart/Chart.yaml"):
        (tree / name).unlink()

    assert 1 == json.loads(_run("--json").stdout)["concentration"]


def test_the_list_is_one_that_warm_reads(tree: Path) -> None:
    """All references that can be pulled, in full, and nothing else."""
    text = io.StringIO(_run("--format", "warm").stdout)

    assert [
        "docker.io/library/alpine",
        "docker.io/library/debian:12",
        "docker.io/library/postgres:17",
        "quay.example/team/tool:1.2",
        f"registry.example/shop/web@{DIGEST}",
    ] == read_lines(text)
    packages = io.StringIO(_run("--format", "warm-apt").stdout)
    assert ["curl=8.1", "git"] == read_lines(packages)
    assert tree.is_dir()


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown", "warm"])
def test_no_document_tells_a_secret(tree: Path, form: str) -> None:
    """A password or a token in an address stays where it is."""
    result = _run("--format", form)

    assert (0, "") == (result.exit_code, result.stderr)
    assert "hunter2" not in result.stdout
    assert "secret@" not in result.stdout
    assert form == "warm" or "dl.example" in result.stdout
    assert tree.is_dir()


def test_the_document_says_who_needs_which_credential(tree: Path) -> None:
    """By registry, and once more by credential; names mean nothing in Markdown."""
    (tree / "pod.yaml").write_text(FILES["pod.yaml"].replace("name: web", "name: a|b"))
    page = _run("--format", "markdown").stdout

    assert "## registry.example" in page
    assert r"| secret shop-pull | registry.example | Pod/a\|b |" in page


def test_a_spreadsheet_runs_nothing(tree: Path) -> None:
    """A cell that begins like a formula does not stay one."""
    text = FILES["chart/Chart.yaml"].replace("name: db", "name: '=cmd|x'")
    (tree / "chart/Chart.yaml").write_text(text)
    rows = list(csv.DictReader(io.StringIO(_run("--format", "csv").stdout)))

    assert "'=cmd|x" in [row["name"] for row in rows]


@pytest.mark.parametrize(
    "words",
    [
        "--quota docker.io",
        "--quota docker.io=x/6h",
        "--quota docker.io=100/soon",
        "--quota docker.io=0/6h",
        "--quota =100/6h",
        "--jobs 0",
        "--format html",
        "--format csv --json",
        "nowhere",
    ],
)
def test_what_makes_no_sense(tree: Path, words: str) -> None:
    """It is refused before anything is read."""
    assert 2 == _run(*words.split()).exit_code
    assert tree.is_dir()


def test_the_table_is_no_wider_than_a_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Digests and long names are shortened there, and whole in the other formats."""
    monkeypatch.chdir(tmp_path)
    name = f"registry.example/{'/'.join(['very-long-part'] * 8)}"
    lines = [
        f"FROM {name}:1.2.3@{DIGEST}",
        f"RUN curl -fsSLO https://dl.example/{'x/' * 60}tool-1.2.tgz",
    ]
    (tmp_path / "Dockerfile").write_text("\n".join(lines))
    table = CliRunner().invoke(main, ["inventory"]).stdout
    rows = CliRunner().invoke(main, ["inventory", "--format", "csv"]).stdout

    assert max(len(line) for line in table.splitlines()) <= 200
    assert "sha256:000000000000" in table
    assert "x/tool-1.2.tgz" in table
    assert DIGEST not in table
    assert DIGEST in rows
    assert name.removeprefix("registry.example/") in rows
