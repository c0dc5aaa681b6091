"""Pull secrets are added so that YAML says their names, whatever they are."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from seawall.policy import fix as fixes
from seawall.policy.facts.workloads import Workload
from seawall.policy.mending.pullsecrets import add_secrets
from seawall.policy.options import LimitOptions
from seawall.policy.reading import formats

HEAD = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
TAIL = b"  containers:\n    - {name: a, image: a.example/b}\n"
LISTS = {
    "none": b"",
    "a block": b"  imagePullSecrets:\n    - name: old # one\n",
    "a block without indent": b"  imagePullSecrets:\n  - name: old\n",
    "brackets": b"  imagePullSecrets: [{name: old}]\n",
    "empty brackets": b"  imagePullSecrets: []\n",
}
NAMES = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,8}[a-z0-9]", fullmatch=True),
    st.sampled_from(["true", "no", "1e3", "0x1f", "2024-01-01", "null", "${SECRET}"]),
    st.text(max_size=8),
)


def _read(data: bytes) -> Workload:
    found = list(formats.read_file("pod.yaml", data, LimitOptions()))
    (workload,) = [fact for fact in found if isinstance(fact, Workload)]
    return workload


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS.keys())
@given(names=st.lists(NAMES, min_size=1, max_size=3, unique=True))
@example(names=["true", "2024-01-01", "1e3", "123", "no"])
@example(names=["x\n    - name: evil"])
@example(names=["a: b", "c #d", "{{ .Values.e }}", "@F@", "*g", "- h"])
def test_what_is_added_is_read_again(listed: bytes, names: list[str]) -> None:
    """No more and no less, by itself or behind what is there; else nothing is done."""
    data = HEAD + listed + TAIL
    workload = _read(data)
    old = workload.secrets.names if workload.secrets else ()
    edits = add_secrets(workload, names)
    after = _read(fixes.apply(data, edits))

    if edits:
        new = [name for name in names if name not in old]
        assert after.secrets is not None
        assert [*old, *new] == list(after.secrets.names)
        pod = yaml.safe_load(fixes.apply(data, edits))
        assert [*old, *new] == [one["name"] for one in pod["spec"]["imagePullSecrets"]]
    else:
        assert any(
            not name.isprintable() or set(name) & {'"', "\\"} for name in names
        ) or ("" in names or set(names) <= set(old))
