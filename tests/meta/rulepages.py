"""The pages about rules: one for each, and their list, as rules describe themselves."""

from collections.abc import Iterator

from seawall.policy.reports.rulepage import FAMILIES, say_fix, say_severity, write_page
from seawall.policy.rule import Rule
from seawall.policy.rulebook import list_rules


def list_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every page."""
    rules = [entry.rule for entry in list_rules()]
    yield "README.md", _write_list(rules)
    for rule in rules:
        yield f"{rule.id}.md", write_page(rule)


def _write_list(rules: list[Rule]) -> str:
    lines = [
        "# Rules of `seawall check`",
        "",
        "Written by `make docs`; `seawall rules ID` prints the same.",
    ]
    for family, about in FAMILIES.items():
        own = [rule for rule in rules if rule.family == family]
        if own:
            lines += ["", f"## {family}: {about}", ""]
            lines += ["| rule | finds | severity | fix |", "|---|---|---|---|"]
            lines += [
                f"| [{rule.id}]({rule.id}.md) | {rule.title} | {say_severity(rule)}"
                f" | {say_fix(rule)} |"
                for rule in own
            ]
    return "\n".join(lines) + "\n"
