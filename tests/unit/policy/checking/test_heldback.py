"""Fixes that would part a name from what says it, too, are none of the safe ones."""

import pytest
from tests.unit.policy.casebook import find

from seawall.policy.fix import Fix, FixKind

_OLD = "k8s.gcr.io/pause:3.9"
_GO = f"""package a
var pod = Pod{{Image: "{_OLD}"}}
"""
_SH = f"docker pull {_OLD}\n"


def _fixes(path: str, text: str, rule: str = "REG004") -> list[Fix]:
    found = find(rule, {path: text.encode()})
    return [one.fix for one in found if one.fix is not None]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("e2e/pod_test.go", _GO),
        ("tests/pod.go", _GO),
        ("integration/test_pod.py", f'IMAGE = "{_OLD}"\n'),
        ("e2e/pod_test.py", f'IMAGE = "{_OLD}"\n'),
        ("e2e/pod.test.ts", f'const image = "{_OLD}";\n'),
        ("e2e/pod.spec.ts", f'const image = "{_OLD}";\n'),
        ("pull.bats", _SH),
        ("e2e/up.sh", _SH),
    ],
)
def test_what_a_test_asserts_is_not_mended_by_the_way(path: str, text: str) -> None:
    """An assertion below may say the old name, in pieces that no one finds."""
    (fix,) = _fixes(path, text)

    assert FixKind.UNSAFE is fix.kind
    assert "tests may expect" in fix.reason


@pytest.mark.parametrize(("path", "text"), [("pod.go", _GO), ("up.sh", _SH)])
def test_what_is_no_test_is_mended_as_before(path: str, text: str) -> None:
    """A name that stands there once is nobody else's."""
    assert [FixKind.SAFE] == [fix.kind for fix in _fixes(path, text)]


@pytest.mark.parametrize(
    "other",
    [
        f"kind load docker-image {_OLD}\n",
        f"# {_OLD} is what nodes ask for\n",
        f"test '{_OLD}' = \"$1\"\n",
        f"echo docker://{_OLD}\n",
    ],
)
def test_a_name_is_not_mended_alone(other: str) -> None:
    """What stays says the old name, and does not find the new one."""
    (fix,) = _fixes("up.sh", _SH + other)

    assert FixKind.UNSAFE is fix.kind
    assert "other places of this file" in fix.reason


def test_a_name_in_a_text_of_a_script_is_not_mended_alone() -> None:
    """The script loads it by its name."""
    pod = f"apiVersion: v1\nkind: Pod\nspec: {{containers: [{{image: '{_OLD}'}}]}}\n"
    text = f"cat <<EOF | kubectl apply -f -\n{pod}EOF\n"

    assert [FixKind.SAFE] == [fix.kind for fix in _fixes("up.sh", text)]
    (fix,) = _fixes("up.sh", f"{text}wait_for {_OLD}\n")
    assert FixKind.UNSAFE is fix.kind


def test_a_name_in_code_is_not_mended_alone() -> None:
    """A program compares words wherever it likes."""
    text = _GO + f"// {_OLD} is compared elsewhere\n"

    assert [FixKind.UNSAFE] == [fix.kind for fix in _fixes("pod.go", text)]


@pytest.mark.parametrize("rule", ["IMG007", "IMG002"])
def test_a_short_name_is_not_mended_alone(rule: str) -> None:
    """Neither a registry nor a digest is put to one of two equal names."""
    pull = "docker pull team/app:latest\n"
    load = "kind load docker-image team/app:latest\n"

    assert FixKind.UNSAFE not in {fix.kind for fix in _fixes("up.sh", pull, rule)}
    assert {FixKind.UNSAFE} == {f.kind for f in _fixes("up.sh", pull + load, rule)}


@pytest.mark.parametrize(
    "other", [_SH, f"echo {_OLD}.1\n", f"echo a.example/{_OLD}\n", f"echo {_OLD}-b\n"]
)
def test_names_are_mended_together(other: str) -> None:
    """All of them get the new name, and longer names are other ones."""
    kinds = [fix.kind for fix in _fixes("up.sh", _SH + other)]

    assert [FixKind.SAFE] * (2 if other == _SH else 1) == kinds
