"""The pages about rules: one for each, and their list, as rules describe themselves."""

from collections.abc import Iterator

from seawall.policy.rule import Rule
from seawall.policy.rulebook import list_rules

FAMILIES = {
    "IMG": "how images are named",
    "REG": "where they come from",
    "PUL": "who may pull them",
    "POL": "when they are pulled",
    "BLD": "what builds depend on",
    "CI": "what pipelines pull",
    "CMP": "Compose files",
    "CFG": "configurations of clients",
    "WHK": "admission webhooks",
}


def list_pages() -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every page."""
    rules = [entry.rule for entry in list_rules()]
    yield "README.md", _write_list(rules)
    for rule in rules:
        yield f"{rule.id}.md", _write_rule(rule)


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
                f"| [{rule.id}]({rule.id}.md) | {rule.title} | {_severity(rule)}"
                f" | {_fix(rule)} |"
                for rule in own
            ]
    return "\n".join(lines) + "\n"


def _fix(rule: Rule) -> str:
    return ", ".join(rule.fixes) or "none"


def _severity(rule: Rule) -> str:
    words = [str(rule.severity or "off")]
    words += [f"{severity} in {profile}" for profile, severity in rule.profiles.items()]
    return ", ".join(words)


def _write_rule(rule: Rule) -> str:
    lines = [
        f"# {rule.id}: {rule.title}",
        "",
        f"Severity {_severity(rule)}, confidence {rule.confidence}, fix: {_fix(rule)}.",
    ]
    for title, text in (("What", rule.what), ("Why", rule.why), ("Fix", rule.remedy)):
        lines += ["", f"## {title}", "", text]
    lines += ["", "## Example", "", f"Found in `{rule.sample}`:", ""]
    lines += ["```text", rule.bad.rstrip(), "```", "", "Better:", ""]
    lines += ["```text", rule.good.rstrip(), "```"]
    if rule.links:
        lines += ["", "## Links", "", *(f"- <{link}>" for link in rule.links)]
    return "\n".join(lines) + "\n"
