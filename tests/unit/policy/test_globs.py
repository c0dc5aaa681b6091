"""Patterns of paths mean what regular expressions would, and never take long."""

import re

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from seawall.policy.checking.ignoring import Ignored
from seawall.policy.globs import Glob, is_tame, read_signs
from seawall.policy.options import matches

PATHS = st.text(alphabet="ab/", max_size=8)
WORDS = (
    "a",
    "b",
    "/",
    "*",
    "**/",
    "?",
    "!",
    "[ab]",
    "[!b]",
    "[^a-b]",
    "[]a]",
    "\\a",
    " ",
)
WILD = "*a*a*a*a*a*a*a*a*a*a*a*a*b"
DEEP = "**/a*/**/a*/**/a*/**/a*/**/a*/**/a*/**/a*/**/b"


def _as_expression(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    words = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    text = "".join(parts.get(word, re.escape(word)) for word in words)
    return re.compile(f"{text}(?:/.*)?", re.DOTALL)


@given(pattern=st.text(alphabet="ab/*?", max_size=8), path=PATHS)
@example(pattern="**/**/b", path="b")
@example(pattern="a**b", path="a/b")
@example(pattern="a", path="a/b")
def test_steps_come_to_what_expressions_do(pattern: str, path: str) -> None:
    """Whatever stars and question marks stand side by side."""
    expected = _as_expression(pattern).fullmatch(path) is not None

    assert expected == Glob(read_signs(pattern)).matches(path)
    if not pattern.endswith("/"):
        assert expected == matches(pattern, path)


@pytest.mark.parametrize("pattern", [WILD, DEEP, "**/" * 30 + "x", "*" * 50 + "x"])
def test_no_pattern_takes_long(pattern: str) -> None:
    """As an expression, each of these would try more ways than there is time for."""
    path = "/".join(["a" * 100] * 20)

    assert not matches(pattern, path)


@given(
    pattern=st.lists(st.sampled_from(WORDS), max_size=8)
    .map("".join)
    .map("*a{}*a*b".format),
    path=st.lists(st.sampled_from(["a", "b", "ab", "ba"]), min_size=1, max_size=3),
    is_folder=st.booleans(),
)
@example(pattern="!*a*b*", path=["ab"], is_folder=False)
@example(pattern="a/**/*b*/**", path=["a", "b"], is_folder=False)
@example(pattern="*[!b]*a*/", path=["ba"], is_folder=True)
def test_git_ignores_the_same(
    tmp_path_factory: pytest.TempPathFactory,
    pattern: str,
    path: list[str],
    *,
    is_folder: bool,
) -> None:
    """With many wildcards, too: as the library says it of patterns it can take."""
    # The library lets `[!b]` take a slash, too; git does not (wildmatch, WM_PATHNAME).
    assume(len(path) == 1 or not re.search(r"\[[!^]", pattern))
    lines = ["/a*", pattern]
    try:
        spec = GitIgnoreSpec.from_lines(lines)
    except ValueError:
        return
    root = tmp_path_factory.mktemp("root")
    (root / ".gitignore").write_text("\n".join(lines))
    ignored = Ignored(root)
    steps = [("/".join(path[:at]), True) for at in range(1, len(path))]
    steps.append(("/".join(path), is_folder))

    assert not is_tame(pattern)
    assert any(
        spec.match_file(f"{name}/" if folder else name) for name, folder in steps
    ) == any(ignored.has(name, is_folder=folder) for name, folder in steps)


@pytest.mark.parametrize("pattern", [WILD, DEEP, f"!{WILD}/"])
def test_no_file_of_patterns_takes_long(
    tmp_path_factory: pytest.TempPathFactory, pattern: str
) -> None:
    """Nor does what git ignores; the lines around it count all the same."""
    root = tmp_path_factory.mktemp("root")
    (root / ".gitignore").write_text(f"# {pattern}\nx.yaml\n{pattern}\n*.tmp\n")
    ignored = Ignored(root)

    assert not ignored.has("/".join(["a" * 100] * 20))
    assert ignored.has("c/x.yaml")
    assert ignored.has("c/y.tmp")
