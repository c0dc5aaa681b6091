"""The parts of the documents that are written by a program: `make docs` writes them."""

import ast
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from tests.meta.clipage import list_verbs
from tests.meta.rulepages import list_pages

from seawall.settings import keys, policies
from seawall.settings.known import KNOWN
from seawall.settings.printing import explain_keys

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "seawall"
START, END = "<!-- generated: make docs -->\n", "<!-- end of generated -->"
RULES = SOURCE / "policy" / "rules"
STOREYS = (
    *("cli", "app", "settings", "doors", "supply", "drill", "policy", "transfer"),
    *("store", "oci", "debian", "kit", "errors", "causes", "testing"),
)
TABLES: Mapping[str, type[msgspec.Struct]] = {
    "The file": keys.File,
    "`[tls]`": keys.TlsTable,
    "`[limits]`": keys.LimitsTable,
    "`[clients]`": keys.ClientsTable,
    '`[registries."NAME"]`': keys.RegistryTable,
    "`[archives.NAME]`": keys.ArchiveTable,
    '`[archives.NAME.bounds."ADDRESS"]`': keys.BoundsTable,
    "`sources = [{ … }]`": keys.SourceTable,
    "`[policy]`": policies.PolicyTable,
    "`[policy.mirrors]`": policies.MirrorTable,
    "`[[policy.exceptions]]`": policies.ExceptionTable,
    "`credentials = { … }`": keys.CredentialTable,
    "`patience = { … }`": keys.PatienceTable,
}


def caption(path: Path) -> str:
    """Return a module's first docstring line."""
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0]


def _rows(place: Path, depth: int) -> list[tuple[str, str]]:
    rows = []
    for path in sorted(place.iterdir(), key=lambda path: path.stem):
        name = "  " * depth + path.stem
        if (path / "__init__.py").is_file():
            rows.append((name + "/", caption(path / "__init__.py")))
            if path.parent != RULES:  # each rule has a page of its own
                rows += _rows(path, depth + 1)
        elif path.suffix == ".py" and not path.stem.startswith("__"):
            rows.append((name, caption(path)))
    return rows


def draw_tree() -> str:
    """Draw all storeys with their captions, the upper ones first."""
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


def _show(field: msgspec.structs.FieldInfo) -> str:
    """Write a default as TOML would have it."""
    value = field.default
    if value is msgspec.NODEFAULT:
        made = field.default_factory
        value = made() if callable(made) else None
    if isinstance(value, msgspec.Struct) or value in ((), {}):
        return "see below" if isinstance(value, msgspec.Struct) else "none"
    return "" if value is None else f"`{json.dumps(value)}`"


def list_settings() -> str:
    """List every key with its default and the reason, then the known registries."""
    lines = []
    for title, kind in TABLES.items():
        reasons = explain_keys(kind)
        lines += [f"## {title}", "", "| key | default | |", "|---|---|---|"]
        for field in msgspec.structs.fields(kind):
            cells = (f"`{field.encode_name}`", _show(field), reasons[field.name])
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["## Known without a file", "", "| registry | token realms |", "|---|---|"]
    for name, table in sorted(KNOWN.items()):
        realms = ", ".join(table.get("realms", ())) or "its own host"
        lines.append(f"| {name}{' (default)' * table.get('default', 0)} | {realms} |")
    return "\n".join(lines) + "\n"


PAGES: Mapping[Path, Callable[[], str]] = {
    ROOT / "ARCHITECTURE.md": draw_tree,
    ROOT / "docs" / "cli.md": list_verbs,
    ROOT / "docs" / "settings.md": list_settings,
}
"""The pages with a generated part, each with what writes it."""


def renew(page: Path) -> str:
    """Return a page with its generated part as it should be now."""
    before, _, rest = page.read_text().partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(f"{page.name} has lost its marks {START.strip()!r} and {END!r}")
    return before + START + PAGES[page]() + END + after


def list_whole() -> dict[Path, str]:
    """Give the pages that are generated whole: one for each rule, and their list."""
    return {ROOT / "docs" / "rules" / name: text for name, text in list_pages()}


def find_stray() -> list[Path]:
    """Find pages of rules that there are no more."""
    return sorted(set((ROOT / "docs" / "rules").glob("*.md")) - set(list_whole()))


if __name__ == "__main__":
    for path in PAGES:
        path.write_text(renew(path))
    for path, text in list_whole().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for path in find_stray():
        path.unlink()
