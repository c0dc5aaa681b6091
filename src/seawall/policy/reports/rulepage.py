"""A rule's page, as Markdown: what it finds, why, what to do, an example."""

from collections.abc import Iterator

from seawall.policy.rule import Rule

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
"""What the letters of an id mean."""


def write_page(rule: Rule) -> str:
    """Write the page of one rule."""
    return "\n".join(_write_lines(rule)) + "\n"


def _write_lines(rule: Rule) -> Iterator[str]:
    yield f"# {rule.id}: {rule.title}"
    yield ""
    yield f"Severity {say_severity(rule)}, confidence {rule.confidence}."
    yield f"Fix: {say_fix(rule)}."
    for title, text in (("What", rule.what), ("Why", rule.why), ("Fix", rule.remedy)):
        yield from ("", f"## {title}", "", text)
    yield from ("", "## Example", "", f"Found in `{rule.sample}`:", "")
    yield from ("```text", rule.bad.rstrip(), "```", "", "Better:", "")
    yield from ("```text", rule.good.rstrip(), "```")
    if rule.links:
        yield from ("", "## Links", "", *(f"- <{link}>" for link in rule.links))


def say_severity(rule: Rule) -> str:
    """Say how much a rule's findings matter, in each profile that differs."""
    words = [str(rule.severity or "off")]
    words += [f"{severity} in {profile}" for profile, severity in rule.profiles.items()]
    return ", ".join(words)


def say_fix(rule: Rule) -> str:
    """Say what kinds of fixes a rule has."""
    return ", ".join(rule.fixes) or "none"
