"""Helm and kubectl render what they are asked to, confined; it is told in its files."""

import shutil
import sys
from pathlib import Path

import pytest
from tests.unit.policy.kustomized import BASE, JOB, WEB

from seawall.errors import InputError
from seawall.policy.checking.checker import Checker
from seawall.policy.finding import Finding
from seawall.policy.foreign import confining
from seawall.policy.foreign.renderers import Renderers

_LOOP = "while echo 01234567890123456789012345678901234567890123456789; do :; done"


def _write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def _check(root: Path) -> tuple[list[Finding], list[str]]:
    """Check a folder, and give what only the rendering showed, and what went wrong."""
    checker = Checker([root])
    checker.additions.append(Renderers(root).add)
    outcome = checker.judge()
    found = [one for one in outcome.counted() if "renders it" in one.message]
    return found, [one.message for one in outcome.troubles]


def _shell(script: str, folder: Path, longest_s: float = 20.0) -> str:
    return confining.run("sh", ("-c", script), folder, longest_s).decode()


def test_a_program_has_no_network_and_nothing_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sees a network that is down, no variables of ours, and finds no program."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hidden")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")

    told = _shell(
        "while read line; do echo $line; done </proc/net/dev; export -p;"
        " id || echo none",
        tmp_path,
    )

    devices = [line.split(":")[0] for line in told.splitlines() if ": " in line]
    assert ["lo"] == [one for one in devices if " " not in one]
    assert "hidden" not in told
    assert "proxy.example" not in told
    assert told.endswith("none\n")


def test_a_program_is_bounded(tmp_path: Path) -> None:
    """Neither endless output nor endless silence gets further than its bound."""
    with pytest.raises(InputError, match="prints more than"):
        _shell(_LOOP, tmp_path)
    with pytest.raises(InputError, match=r"more than 0\.2 s"):
        _shell("while :; do :; done", tmp_path, 0.2)
    with pytest.raises(InputError, match="Error: it is broken"):
        _shell("echo 'Error: it is broken' >&2; echo more >&2; exit 3", tmp_path)
    with pytest.raises(InputError, match="no-such-program is not here"):
        confining.run("no-such-program", (), tmp_path)


def test_kubectl_shows_what_text_does_not(tmp_path: Path) -> None:
    """What only a patch gives an object is told at the object, once."""
    assert shutil.which("kubectl"), "kubernetes-client is needed"
    files = {
        "base/kustomization.yaml": BASE,
        "base/web.yaml": WEB.replace("kind: Deployment", "kind: DaemonSet"),
        "base/job.yaml": JOB,
        "prod/kustomization.yaml": "bases: [../base]\n"
        "patchesJson6902:\n"
        "  - target: {group: apps, version: v1, kind: DaemonSet, name: web}\n"
        "    path: policy.yaml\n",
        "prod/policy.yaml": "- op: add\n  value: Always\n"
        "  path: /spec/template/spec/containers/0/imagePullPolicy\n",
    }
    _write(tmp_path, files)

    found, troubles = _check(tmp_path)

    assert [] == troubles
    assert [("POL004", "base/web.yaml", 10)] == [
        (one.rule, one.place.path, one.place.line) for one in found
    ]
    assert "as kubectl renders it" in found[0].message


_CHART = {
    "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
    "shop/values.yaml": "registry: k8s.gcr.io\nname: shop/web\n",
    "shop/templates/web.yaml": """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: {{ printf "%s/%s:%s" .Values.registry .Values.name .Chart.Version }}
""",
}
_RENDERED = """\
---
# Source: shop/templates/web.yaml
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: k8s.gcr.io/shop/web:1.0.0
"""
_STAND_IN = f"""\
#!{sys.executable} -S
import os, sys
assert sys.argv[1:3] == ["template", "seawall"], sys.argv
found = sorted(os.listdir(sys.argv[3] + "/templates"))
assert found == ["web.yaml"], found
print({_RENDERED!r}, end="")
"""


def test_what_helm_renders_is_told_at_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image that only Helm puts together is found; links are not rendered.

    Helm itself is in no archive of Debian: where it is not here, a program that
    prints what it prints stands in for it.
    """
    root = tmp_path / "tree"
    _write(root, _CHART)
    (root / "shop/templates/link.yaml").symlink_to("/etc/passwd")
    if shutil.which("helm") is None:
        stand_in = tmp_path / "bin" / "helm"
        _write(tmp_path, {"bin/helm": _STAND_IN})
        stand_in.chmod(0o755)
        monkeypatch.setenv("PATH", f"{stand_in.parent}:/usr/bin:/bin")

    found, troubles = _check(root)

    assert [] == troubles
    (retired,) = [one for one in found if one.rule == "REG004"]
    assert "shop/templates/web.yaml" == retired.place.path
    assert 6 == retired.place.line
    assert "as helm renders it" in retired.message
    assert None is retired.fix


def test_who_is_not_here_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the program a check says so, and goes on."""
    _write(tmp_path, _CHART)
    _write(tmp_path, {name.replace("shop", "b", 1): t for name, t in _CHART.items()})
    monkeypatch.setenv("PATH", "/nowhere")

    found, troubles = _check(tmp_path)

    assert ([], 1) == (found, len(troubles))
    assert "is not here" in troubles[0]
