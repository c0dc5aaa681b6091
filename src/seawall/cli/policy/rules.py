"""The verb that explains the rules of checks: `rules`."""

import json
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from seawall.cli.exits import Exit
from seawall.cli.main import JSON_WANTED
from seawall.cli.tables import print_table

if TYPE_CHECKING:
    from seawall.policy.rule import Rule


def _complete(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Offer the ids of rules, each with its title."""
    from seawall.policy.rulebook import list_rules

    del ctx, param
    return [
        CompletionItem(entry.rule.id, help=entry.rule.title)
        for entry in list_rules()
        if entry.rule.id.startswith(incomplete.upper())
    ]


@click.command("rules")
@click.argument("ids", nargs=-1, metavar="[ID]...", shell_complete=_complete)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
def rules(*, ids: tuple[str, ...], as_json: bool) -> int:
    """List the rules of `check`, or explain some.

    ID is a rule, such as PUL002, or a family of them, such as PUL.
    """
    from seawall.policy.reports.rulepage import say_fix, say_severity, write_page
    from seawall.policy.rulebook import find_rule, list_rules

    click.get_current_context().meta[JSON_WANTED] = as_json
    families = {entry.rule.family for entry in list_rules()}
    wanted = {name.upper() for name in ids}
    if wanted and wanted <= families:
        listed = [one.rule for one in list_rules() if one.rule.family in wanted]
        found = []
    else:
        listed = [entry.rule for entry in list_rules()]
        found = [_find(find_rule(name), name) for name in ids]
    if as_json:
        chosen = found or listed
        click.echo(json.dumps([_plain(rule) for rule in chosen], indent=2))
    elif found:
        click.echo("\n".join(write_page(rule) for rule in found), nl=False)
    else:
        rows = [
            (rule.id, say_severity(rule), say_fix(rule), rule.title) for rule in listed
        ]
        print_table(("RULE", "SEVERITY", "FIX", "FINDS"), rows, figures=set())
    return Exit.DONE


def _find(entry: Any, name: str) -> "Rule":
    if entry is None:
        from seawall.policy.accepting.mistakes import name_unknown
        from seawall.policy.rulebook import list_rules

        known = [one.rule.id for one in list_rules()]
        said = name_unknown(name.upper(), known)
        more = "" if said.endswith("?") else "; `seawall rules` lists them"
        raise click.UsageError(f"{said}{more}")
    rule: Rule = entry.rule
    return rule


def _plain(rule: "Rule") -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(rule)
    return {**plain, "family": rule.family}
