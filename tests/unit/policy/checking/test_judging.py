"""What is found at one place by two ways is told once."""

from tests.unit.policy.casebook import DIGEST, encode, gather

from seawall.policy import fix as fixes
from seawall.policy.checking import judging
from seawall.policy.finding import Finding
from seawall.policy.rulebook import list_rules

_FILE = ".github/workflows/test.yml"
_WORKFLOW = """\
    on: push
    jobs:
      test:
        runs-on: ubuntu-24.04
        strategy:
          matrix:
            image: ["quay.io/team/app:latest", "quay.io/team/app:latest"]
        steps:
          - run: docker pull ${{ matrix.image }}
          - run: docker run ${{ matrix.image }}
          - run: kind create cluster && kind create cluster
"""


def _judge(text: str) -> list[Finding]:
    files = encode({_FILE: text})
    entries = [one for one in list_rules() if one.rule.id in ("IMG002", "CI002")]
    findings, troubles = judging.judge(gather(files), entries)
    assert [] == troubles
    return findings


def test_a_value_that_is_used_twice_is_told_once() -> None:
    """Each of two equal values is told, and each once, in the order of the file."""
    findings = _judge(_WORKFLOW)

    assert ["IMG002", "IMG002", "CI002", "CI002"] == [one.rule for one in findings]
    assert 4 == len({one.place for one in findings})
    assert findings == sorted(findings, key=lambda one: one.order)


def test_its_fix_is_kept() -> None:
    """What is told once can be mended as before."""
    data = encode({_FILE: _WORKFLOW})[_FILE]
    found = [one for one in _judge(_WORKFLOW) if one.rule == "IMG002"]
    chosen = [fixes.settle(one.fix, DIGEST) for one in found if one.fix]

    assert 2 == len(chosen)
    mended = fixes.apply(data, fixes.join(chosen).edits)
    assert [] == [one for one in _judge(mended.decode()) if one.rule == "IMG002"]
    assert data.replace(b":latest", f"@{DIGEST}".encode()) == mended


_ACTION = """\
runs:
  using: composite
  steps:
    - uses: helm/kind-action@v1
      with: {node_image: "kindest/node:${{ inputs.version }}"}
"""
_CALLER = """\
jobs:
  one:
    strategy: {matrix: {version: [v1.33.7, v1.34.3]}}
    steps: [{uses: ./kind, with: {version: "${{ matrix.version }}"}}]
  two:
    strategy: {matrix: {version: [v1.33.7, v1.34.3]}}
    steps: [{uses: ./kind, with: {version: "${{ matrix.version }}"}}]
  three:
    steps: [{uses: ./kind, with: {version: v1.33.7}}]
"""


def test_a_name_that_an_action_puts_together_is_told_once_for_each_value() -> None:
    """Its line is mended in the action; each file that calls it is told of it."""
    files = {
        "kind/action.yml": _ACTION,
        ".github/workflows/a.yml": _CALLER,
        ".github/workflows/b.yml": _CALLER,
    }
    entries = [one for one in list_rules() if one.rule.id == "CI001"]
    findings, _ = judging.judge(gather(encode(files)), entries)

    a, b = ".github/workflows/a.yml", ".github/workflows/b.yml"
    assert [a, a, b, b] == [one.place.path for one in findings]
    older, newer, *_ = findings
    assert older.message.endswith("(2 more places in this file)")
    assert newer.message.endswith("(1 more place in this file)")
    assert 2 == len(older.related)


def test_a_name_that_callers_say_in_full_is_told_at_each_of_them() -> None:
    """It is mended there."""
    said = _CALLER.replace("v1.3", "kindest/node:v1.3")
    files = {
        "kind/action.yml": _ACTION.replace("kindest/node:", ""),
        ".github/workflows/a.yml": said,
    }
    entries = [one for one in list_rules() if one.rule.id == "CI001"]
    findings, _ = judging.judge(gather(encode(files)), entries)

    assert 5 == len(findings)


_POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: a, image: prom/busybox:1.2}]}
"""


def test_what_test_data_says_again_and_again_is_told_once() -> None:
    """Each of its folders is told of, with a fix for all of its files or none."""
    files = {f"{folder}/{name}.yaml": _POD for folder in "ab" for name in "12"}
    data = {path.replace("/", "/testdata/out/"): text for path, text in files.items()}
    entries = [one for one in list_rules() if one.rule.id == "IMG007"]
    findings, _ = judging.judge(gather(encode(files | data)), entries)

    told = {one.place.path: one for one in findings}
    assert list(told) == [
        *("a/1.yaml", "a/2.yaml", "a/testdata/out/1.yaml"),
        *("b/1.yaml", "b/2.yaml", "b/testdata/out/1.yaml"),
    ]
    first = told["a/testdata/out/1.yaml"]
    assert first.message.endswith("(1 more place in a/testdata/)")
    assert ["a/testdata/out/2.yaml"] == [one.path for one in first.related]
    assert first.fix is not None
    assert 2 == len({edit.path for edit in first.fix.edits})
    assert "more place" not in told["a/1.yaml"].message
