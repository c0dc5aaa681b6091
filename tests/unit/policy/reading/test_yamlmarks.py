"""YAML keeps its places, and no document costs more than itself."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.policy.facts.troubles import Obstacle
from seawall.policy.options import LimitOptions
from seawall.policy.reading import yamlmarks
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Scalar, Sequence


def _source(text: str | bytes, **limits: int) -> Source:
    data = text if isinstance(text, bytes) else textwrap.dedent(text).encode()
    return Source("x.yaml", data, LimitOptions(**limits))


def _value(source: Source, *path: str) -> Scalar:
    at: Node | None = source.documents[0]
    for name in path:
        assert isinstance(at, Mapping)
        at = at.get(name)
    assert isinstance(at, Scalar)
    return at


def _plain(node: Node) -> object:
    """Make plain values of a tree."""
    if isinstance(node, Mapping):
        return {
            (key.text.value if isinstance(key, Scalar) else "?"): _plain(value)
            for key, value in node.entries
        }
    if isinstance(node, Sequence):
        return [_plain(item) for item in node.items]
    return node.text.value


SAMPLE = """\
    # Ünïcode before
    plain: nginx:1.29  # comment
    single: 'it''s'
    double: "a\\tb"
    quoted: "nginx"
    anchored: &here !own value
    block: |
      one
      two
    folded: >
      one
      two
    """


@pytest.mark.parametrize(
    ("name", "value", "raw", "exact"),
    [
        ("plain", "nginx:1.29", "nginx:1.29", True),
        ("single", "it's", "it''s", False),
        ("double", "a\tb", "a\\tb", False),
        ("quoted", "nginx", "nginx", True),
        ("anchored", "value", "value", True),
        ("block", "one\ntwo\n", "|\n  one\n  two\n", False),
        ("folded", "one two\n", ">\n  one\n  two\n", False),
    ],
)
def test_a_text_knows_its_bytes(
    name: str, value: str, raw: str, *, exact: bool
) -> None:
    """Its place is what stands between the quotes; exact, if that is the value."""
    source = _source(SAMPLE)
    text = _value(source, name).text

    assert value == text.value
    assert raw == source.data[text.start : text.stop].decode()
    assert exact is text.exact


@pytest.mark.parametrize(
    ("data", "editable"),
    [
        ("é: x\nk: ü\n".encode(), True),
        (b"\xef\xbb\xbf" + "é: x\nk: ü\n".encode(), True),
        ("é: x\r\nk: ü\r\n".encode(), True),
        ("é: x\nk: ü\n".encode("utf-16"), False),
        ("\ufeffé: 𝄞\nk: ü\n".encode("utf-16-be"), False),
    ],
    ids=["utf-8", "with a mark", "with returns", "utf-16", "big-endian"],
)
def test_places_are_bytes_in_any_encoding(data: bytes, *, editable: bool) -> None:
    """A mark that counts characters becomes a place that counts bytes."""
    source = _source(data)
    text = _value(source, "k").text

    assert "ü" == data[text.start : text.stop].decode(source.encoding)
    assert editable is text.exact


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    max_size=8,
)


@given(words=st.lists(WORDS, min_size=1, max_size=8))
def test_every_quoted_word_is_found_again(words: list[str]) -> None:
    """Whatever stands in quotes is its value, at its bytes."""
    lines = [f"- '{word.replace(chr(39), chr(39) * 2)}'\n" for word in words]
    source = _source("".join(lines).encode())
    root = source.documents[0]
    assert isinstance(root, Sequence)
    texts = [item.text for item in root.items if isinstance(item, Scalar)]

    assert words == [text.value for text in texts]
    for text in texts:
        raw = source.data[text.start : text.stop].decode()
        assert text.value == raw.replace("''", "'")
        assert text.exact == ("'" not in text.value)


def test_a_broken_document_costs_itself() -> None:
    """The others of its file are read, and the trouble says where."""
    source = _source(
        """\
        %YAML 1.1
        ---
        a: 1
        ---
        b: [
        ---
        # about c
        c: 3
        ...
        ---
        d: 4
        """
    )

    assert [{"a": "1"}, {"c": "3"}, {"d": "4"}] == [_plain(d) for d in source.documents]
    (trouble,) = source.troubles
    assert Obstacle.BROKEN is trouble.obstacle
    assert b"b: [\n" == source.data[trouble.start - 5 : trouble.start]
    c = source.documents[1]
    assert b"c: 3" == source.data[c.start : c.start + 4]


def test_merged_keys_are_found() -> None:
    """A key that `<<` brings in counts, unless it is there itself."""
    source = _source(
        """\
        base: &base {image: old, pull: always}
        more: &more {cpu: 1}
        job:
          <<: [*base, *more]
          image: new
        """
    )

    assert "new" == _value(source, "job", "image").text.value
    assert "always" == _value(source, "job", "pull").text.value
    assert "1" == _value(source, "job", "cpu").text.value


def test_the_last_of_two_keys_counts() -> None:
    """What stands there twice is read as most programs do; merged keys come last."""
    source = _source("""\
        a: {image: one, <<: {image: no}, image: two}
        b: {image: no}
        b: {<<: {image: merged}}
        """)

    assert "two" == _value(source, "a", "image").text.value
    assert "merged" == _value(source, "b", "image").text.value


def test_a_merge_that_goes_in_circles_ends() -> None:
    """Merges are followed so far and no further."""
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}" for n in range(1, 30)]
    source = _source("\n".join(lines))
    root = source.documents[0]
    assert isinstance(root, Mapping)
    last = root.get("a29")
    assert isinstance(last, Mapping)

    assert last.get("y") is None


def test_a_bomb_of_aliases_stays_small() -> None:
    """An alias is the same value again; who walks meets it once."""
    lines = ["a0: &a0 [lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 20)]
    source = _source("\n".join(lines))

    assert 24 == len(list(yamlmarks.walk(source.documents[0])))


@pytest.mark.parametrize(
    ("text", "limits", "obstacle", "words"),
    [
        ("[" * 300, {}, Obstacle.BOUNDED, "nested more than 100 deep"),
        ("- a\n" * 40, {"nodes": 20}, Obstacle.BOUNDED, "more than 20 values"),
        ("a: &a [*a]\n", {}, Obstacle.BROKEN, "*a stands within itself"),
        ("a: *b\n", {}, Obstacle.BROKEN, "*b stands for nothing"),
        ("a: b: c\n", {}, Obstacle.BROKEN, "not allowed in this context"),
        ("a: \x01\n", {}, Obstacle.BROKEN, "control characters are not allowed"),
        ("a: \0\n", {}, Obstacle.BROKEN, "control characters are not allowed"),
    ],
    ids=["deep", "many", "within itself", "nothing", "wrong", "control", "null"],
)
def test_what_is_not_read_is_told(
    text: str, limits: dict[str, int], obstacle: Obstacle, words: str
) -> None:
    """A document that is wrong or too much is a trouble, and no error."""
    source = _source(text.encode(), **limits)

    assert () == source.documents
    (trouble,) = source.troubles
    assert obstacle is trouble.obstacle
    assert words in trouble.message


def test_many_documents_share_the_bound() -> None:
    """Cutting a file into documents does not give it more values."""
    source = _source(b"[\n---\n" + b"- a\n---\n" * 50, nodes=20)

    assert 20 > len(source.documents)
