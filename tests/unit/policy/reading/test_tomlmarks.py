"""TOML is read as `tomllib` does, and each place is that of what it says."""

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from seawall.errors import InputError
from seawall.policy.facts.configs import Value
from seawall.policy.facts.text import Style
from seawall.policy.fix import Edit, apply
from seawall.policy.options import LimitOptions
from seawall.policy.reading.configs.tomlmarks import read_toml
from seawall.policy.reading.configs.treevalues import read_json
from seawall.policy.reading.source import Source

WORDS = st.text(max_size=8)
TREES = st.dictionaries(
    WORDS,
    st.recursive(
        WORDS | st.integers(-(2**40), 2**40) | st.booleans() | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3)
        ),
        max_leaves=8,
    ),
    max_size=4,
)

BY_HAND = """\
# a comment [x]
top.'mid dle'."low" = 0xff # not = this
when = 1979-05-27 07:32:00Z
long = \"\"\"
two "" lines\\
  here\"\"\"\"\"
raw = ['''a''b''''', '', ""]
in = { a.b = 1, c = [ { d = "e" }, ] }
[a . "b.c"]
x = 'é'
[[list]]
n = 1
[list.sub]
y = true
[[list]]
n = 2 # é
[a.d]
z = "\\u0041"
"""


def _read(data: bytes, name: str = "x.toml") -> Value:
    tree = (read_toml if name.endswith("toml") else read_json)(Source(name, data))
    assert tree is not None
    return tree


def _plain(value: Value) -> Any:
    if value.type == "table":
        return {key.value: _plain(below) for key, below in value.entries}
    if value.type == "list":
        return [_plain(item) for item in value.items]
    return value.said


def _words(truth: Any) -> Any:
    if isinstance(truth, dict):
        return {name: _words(value) for name, value in truth.items()}
    return [_words(item) for item in truth] if isinstance(truth, list) else truth


def _leaves(value: Value) -> list[Value]:
    below = [*(one for _, one in value.entries), *value.items]
    return [value] if value.word else [leaf for one in below for leaf in _leaves(one)]


def test_what_people_write_has_places() -> None:
    """Every kind of key, table and value is found where it stands."""
    data = BY_HAND.replace("\n", "\r\n").encode()

    tree = _read(data)

    found = tree.get("a", "b.c", "x")
    assert found is not None
    assert found.word is not None
    assert "é".encode() == data[found.word.start : found.word.stop]
    sub = tree.get("list")
    assert sub is not None
    assert ["1", "true", "2"] == [leaf.said for leaf in _leaves(sub)]
    assert all(
        leaf.word and leaf.word.style is not Style.MADE for leaf in _leaves(tree)
    )
    assert {"top", "when", "long", "raw", "in", "a", "list"} == set(_plain(tree))


@settings(deadline=None)
@given(truth=TREES, many=st.booleans())
def test_places_are_those_of_the_words(truth: dict[str, Any], many: bool) -> None:  # noqa: FBT001
    """A text put in the place of another one changes that value, and no other."""
    data = tomli_w.dumps(truth, multiline_strings=many).encode()
    tree = _read(data)

    for leaf in _leaves(tree):
        word = leaf.word
        assert word is not None
        assert word.style is not Style.MADE
        if leaf.type != "string" or not word.exact or "\n" in word.value:
            continue
        edit = Edit("x.toml", word.start, word.stop, b"changed")
        before, after = _leaves(tree), _leaves(_read(apply(data, [edit])))
        assert len(before) == len(after)
        assert ["changed" if one is leaf else one.said for one in before] == [
            one.said for one in after
        ]


@settings(deadline=None)
@given(text=st.text(alphabet="a=.[]{}\"'\\#1,-\n ", max_size=24))
def test_it_says_what_tomllib_says(text: str) -> None:
    """Whatever the text is: the same tables and words, or the same refusal."""
    try:
        truth = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        source = Source("x.toml", text.encode())
        assert read_toml(source) is None
        assert ["not TOML"] == [t.message[:8] for t in source.troubles]
        return
    tree = _read(text.encode())

    shape = _shape(_words(truth))
    assert shape == _shape(_plain(tree))


def _shape(plain: Any) -> Any:
    if isinstance(plain, dict):
        return {name: _shape(value) for name, value in plain.items()}
    return [_shape(item) for item in plain] if isinstance(plain, list) else 0


def test_json_has_places() -> None:
    """JSON's words are found, tabs and escapes included."""
    data = b'{\n\t"a": ["https://m.example", null, true, 1.50],\n\t"b\\u0041": {}}'
    tree = _read(data, "daemon.json")

    (place, *rest) = _leaves(tree)
    assert place.word is not None
    assert b"https://m.example" == data[place.word.start : place.word.stop]
    assert ["null", "boolean", "float"] == [leaf.type for leaf in rest]


def test_json_that_is_not_what_it_seems_has_no_places() -> None:
    """Where YAML reads something else than JSON, no text may be edited."""
    # YAML folds the line that U+2028 ends; to JSON it is a character.
    tree = _read('{"a": "x\u2028 y", "b": "z"}'.encode(), "daemon.json")

    found = tree.get("a")
    assert found is not None
    assert "x\u2028 y" == found.said
    assert not any(leaf.word.exact for leaf in _leaves(tree) if leaf.word)


def test_too_much_is_not_read() -> None:
    """Depth and number of values are bounded."""
    deep = "a = " + "[" * 30 + "]" * 30
    many = "\n".join(f"k{n} = 1" for n in range(40))

    with pytest.raises(InputError):
        read_toml(Source("x.toml", deep.encode(), LimitOptions(depth=20)))
    with pytest.raises(InputError):
        read_toml(Source("x.toml", many.encode(), LimitOptions(nodes=20)))
