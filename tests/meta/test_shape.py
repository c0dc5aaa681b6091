"""The tree keeps its shape: captions, sizes, names, and no foreign places."""

import ast
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.meta.generated import (
    PAGES,
    ROOT,
    RULES,
    SOURCE,
    STOREYS,
    caption,
    find_stray,
    list_whole,
    renew,
)

CAPTION_CHARS = 88
MODULE_LINES = 400
FUNCTION_LINES = 60
TEST_LINES = 40
PACKAGE_MODULES = 12

SHARED_NAMES = {
    "archives": "archives: as settings say, as the door has them, as tests make them",
    "clock": "the time as an argument: the role, and its double for tests",
    "door": "a protocol's front: a request in, an answer out",
    "options": "what can be chosen: by those who type verbs, and for a check",
    "main": "where a program starts",
    "registry": "the protocol's door",
    "replies": "how a protocol tells answers and errors",
}
"""Module names that two packages may share, each with the one idea it stands for."""

VAGUE_NAMES = {"utils", "util", "helpers", "common", "manager", "base", "handlers"}

# Cut in pieces, so that this page does not name what it forbids.
FOREIGN_PLACES = re.compile(
    "|".join(
        [
            r"(deb|security|snapshot|archive|ftp[.\w]*)\.deb" + r"ian\.org",
            "py" + r"pi\.org",
            "python" + "hosted",
            r"registry\.npm" + "js",
            r"proxy\.go" + r"lang\.org",
            "(^|[^.a-z])/wo" + "rk/",
            "/fa" + "rm/",
            "/tm" + "p/bash_jobs",
            "/home/[a-z]+/|/ro" + r"ot/\.",
        ]
    )
)


def _modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def _tests() -> list[Path]:
    return sorted((ROOT / "tests").rglob("*.py"))


def _tracked() -> list[Path]:
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True
    )
    paths = [ROOT / name for name in listing.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def _where(path: Path) -> str:
    return str(path.relative_to(ROOT))


_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def _functions(
    path: Path,
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, _FUNCTION):
            yield node


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_every_module_has_a_caption() -> None:
    """A module's first line says in one short sentence what it is."""
    wrong = [
        f"{_where(path)}: {text!r}"
        for path in _modules() + _tests()
        if not (text := caption(path)).endswith(".")
        or len(text) > CAPTION_CHARS
        or text.lower().startswith("this module")
    ]

    assert [] == wrong


def test_modules_are_small() -> None:
    """A module fits into a head."""
    sizes = {path: path.read_text().count("\n") for path in _modules() + _tests()}

    assert {} == {_where(p): n for p, n in sizes.items() if n > MODULE_LINES}


def test_functions_are_small() -> None:
    """A function fits onto a screen."""
    wrong = {
        f"{_where(path)}:{node.lineno} {node.name}": _lines(node)
        for path in _modules() + _tests()
        for node in _functions(path)
        if _lines(node) > FUNCTION_LINES
        or (node.name.startswith("test_") and _lines(node) > TEST_LINES)
    }

    assert {} == wrong


def test_packages_are_small() -> None:
    """A package holds as many modules as one can name."""
    sizes = Counter(
        _where(path.parent)
        for path in _modules()
        if path.stem != "__init__"
        and path.parent.name != "versions"
        and path.parent.parent != RULES  # a family has as many rules as it needs
    )

    assert {} == {place: n for place, n in sizes.items() if n > PACKAGE_MODULES}


def test_module_names_are_unique() -> None:
    """Two packages share a module name only for the same idea."""
    places = defaultdict(list)
    for path in _modules():
        if not path.stem.startswith("__") and "migrations" not in path.parts:
            places[path.stem].append(_where(path))
    shared = {name: at for name, at in places.items() if len(at) > 1}

    assert {} == {name: at for name, at in shared.items() if name not in SHARED_NAMES}


def test_module_names_say_something() -> None:
    """No module is named after its author's despair."""
    names = {path.stem for path in _modules()} | {p.parent.name for p in _modules()}

    assert set() == names & VAGUE_NAMES


def test_inner_packages_hold_no_code() -> None:
    """An inner package's `__init__` is a docstring and nothing else."""
    wrong = [
        _where(path)
        for path in SOURCE.glob("*/**/__init__.py")
        if len(ast.parse(path.read_text()).body) != 1
    ]

    assert [] == wrong


@pytest.mark.parametrize("page", PAGES, ids=_where)
def test_generated_parts_are_current(page: Path) -> None:
    """Captions and settings stand in the documents; `make docs` writes them."""
    assert renew(page) == page.read_text()


def test_rules_have_their_pages() -> None:
    """Every rule has a page that says what the rule says, and no page is left over."""
    pages = list_whole()

    assert [] == [_where(p) for p, text in pages.items() if _text_of(p) != text]
    assert [] == find_stray()


def _text_of(page: Path) -> str:
    return page.read_text() if page.is_file() else ""


def test_every_storey_is_drawn() -> None:
    """No package is left out of the drawing and of the layers."""
    tops = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py"}
    tops |= {path.parent.name for path in SOURCE.glob("*/__init__.py")}

    assert set() == tops - set(STOREYS) - {"__init__", "__main__"}


def test_the_tree_names_no_foreign_place() -> None:
    """No package index, archive mirror or path of one machine is in the tree."""
    hits = [
        f"{_where(path)}:{number}"
        for path in _tracked()
        for number, line in enumerate(
            path.read_text(errors="replace").splitlines(), start=1
        )
        if FOREIGN_PLACES.search(line)
    ]

    assert [] == hits


@pytest.mark.parametrize("path", _tests(), ids=_where)
def test_tests_state_their_promise(path: Path) -> None:
    """Every test says in one sentence what it promises."""
    wrong = [
        f"{_where(path)}:{node.lineno} {node.name}"
        for node in _functions(path)
        if node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").rstrip().endswith(".")
    ]

    assert [] == wrong


def test_the_tree_has_no_links() -> None:
    """A link leads out of the tree, or into a machine's own environment."""
    listed = subprocess.run(
        ["git", "ls-files", "--stage"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert [] == [line for line in listed.stdout.splitlines() if line[:6] == "120000"]


def test_the_glossary_is_in_order() -> None:
    """A word is found where the alphabet puts it, and stands there once."""
    page = (ROOT / "docs" / "glossary.md").read_text()
    words = re.findall(r"^\*\*([^*]+)\*\*", page, flags=re.MULTILINE)

    assert sorted(set(words), key=str.lower) == words


@pytest.mark.parametrize(
    "word",
    [
        "name",
        "content",
        "source",
        "origin",
        "registry",
        "flight",
        "patience",
        "budget",
        "stale",
        "door",
    ],
)
def test_the_glossary_has_the_words(word: str) -> None:
    """The words that carry the design are explained."""
    page = (ROOT / "docs" / "glossary.md").read_text()

    assert f"**{word}**" in page
