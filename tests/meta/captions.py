"""The tree of modules with their captions, as ARCHITECTURE.md shows it."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seawall"
PAGE = ROOT / "ARCHITECTURE.md"
START, END = "<!-- captions: make docs -->\n", "<!-- end of captions -->"
STOREYS = (
    *("cli", "app", "settings", "doors", "supply", "drill", "transfer"),
    *("store", "oci", "kit", "errors", "causes", "testing"),
)


def caption(path: Path) -> str:
    """Return a module's first docstring line."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def _rows(place: Path, depth: int) -> list[tuple[str, str]]:
    rows = []
    for path in sorted(place.iterdir(), key=lambda path: path.stem):
        name = "  " * depth + path.stem
        if (path / "__init__.py").is_file():
            rows.append((name + "/", caption(path / "__init__.py")))
            rows += _rows(path, depth + 1)
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            rows.append((name, caption(path)))
    return rows


def tree() -> str:
    """Draw all storeys, the upper ones first."""
    rows: list[tuple[str, str]] = []
    for storey in STOREYS:
        package = SOURCE / storey
        if (package / "__init__.py").is_file():
            rows.append((storey + "/", caption(package / "__init__.py")))
            rows += _rows(package, 1)
        elif (SOURCE / f"{storey}.py").is_file():
            rows.append((storey, caption(SOURCE / f"{storey}.py")))
    width = max(len(name) for name, _ in rows) + 2
    lines = [f"{name:{width}}{text}" for name, text in rows]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def page_with_tree(text: str) -> str:
    """Put today's tree between the two marks of the page."""
    before, _, rest = text.partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{PAGE.name} has lost its marks {START.strip()!r} and {END!r}")
    return before + START + tree() + END + after


if __name__ == "__main__":
    PAGE.write_text(page_with_tree(PAGE.read_text()))
