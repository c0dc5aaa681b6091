"""An inventory as documents: JSON, CSV, Markdown, and the lists that `warm` reads."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from seawall.kit.redact import redact_text
from seawall.policy.inventory.costs import Share
from seawall.policy.inventory.entitlement import ANONYMOUS, BUILDER
from seawall.policy.inventory.entries import Entry, Kind, Use
from seawall.policy.inventory.taking import Inventory

VERSION = 1
"""Of the JSON document's shape: it grows when something goes or changes meaning."""

Place = Callable[[Use], str]
"""Says where a use is: a file and its line."""

COLUMNS = ("kind", "registry", "name", "version", "how", "access", "uses", "where")


def write_json(inventory: Inventory, place: Place, *, tool: str) -> dict[str, Any]:
    """Make plain values of an inventory.

    Args:
        inventory: All that is pulled.
        place: Says where a use is.
        tool: The version of Seawall.
    """
    return {
        "version": VERSION,
        "tool": {"name": "seawall", "version": tool},
        "entries": [
            {
                **_plain(entry),
                "uses": [
                    {
                        "where": _tidy(place(use)),
                        "owner": _tidy(use.owner),
                        "context": use.context,
                    }
                    for use in entry.uses
                ],
            }
            for entry in inventory.entries
        ],
        "registries": [_write_share(share) for share in inventory.shares],
        "concentration": round(inventory.concentration, 3),
        "jobs": inventory.load.jobs or inventory.jobs,
        "runs_per_day": inventory.load.runs_per_day,
        "unresolved": inventory.unresolved,
    }


def write_csv(inventory: Inventory, place: Place) -> str:
    """Write a row for each thing, for spreadsheets.

    A cell that begins like a formula gets a quote in front: names come from files of
    others, and a spreadsheet would run them.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for entry in inventory.entries:
        where = " ".join(_tidy(place(use)) for use in entry.uses)
        cells = (*_plain(entry).values(), str(len(entry.uses)), where)
        writer.writerow([_disarm(cell) for cell in cells])
    return out.getvalue()


def write_markdown(inventory: Inventory, place: Place) -> Iterator[str]:
    """Write what has to be reachable, and with which credentials, for people."""
    yield "# Required access"
    yield ""
    yield (
        "What is pulled, from where, and with which credential, as the files say it."
        " Nothing here was asked of a registry."
    )
    if inventory.unresolved:
        yield ""
        yield f"{inventory.unresolved} places name an image that is filled in later."
    for share in inventory.shares:
        yield ""
        yield f"## {_cell(share.registry)}"
        yield ""
        yield f"{_say_share(share)}"
        yield ""
        yield "| what | version | how | credential | where |"
        yield "|---|---|---|---|---|"
        for entry in inventory.of(share.registry):
            pull = entry.pull
            where = ", ".join(place(use) for use in entry.uses[:3])
            more = f" and {len(entry.uses) - 3} more" if len(entry.uses) > 3 else ""  # noqa: PLR2004
            cells = (pull.name, pull.version, pull.how, pull.access, where + more)
            yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"
    yield from _write_others(inventory)
    yield from _write_credentials(inventory)


def write_warm(inventory: Inventory) -> Iterator[str]:
    """Write the images, one a line, as `seawall warm -f` reads them."""
    yield "# Images that the files name; what is filled in later is not among them."
    yield from inventory.images


def write_warm_apt(inventory: Inventory) -> Iterator[str]:
    """Write the Debian packages, one a line, as `seawall warm apt -f` reads them."""
    yield "# Debian packages that the files install by name."
    yield from inventory.packages


def _write_others(inventory: Inventory) -> Iterator[str]:
    hosts: dict[str, list[Entry]] = defaultdict(list)
    for entry in inventory.entries:
        if entry.pull.kind in (Kind.PACKAGES, Kind.TOOL):
            hosts[entry.pull.registry].append(entry)
    if not hosts:
        return
    yield ""
    yield "## Packages and tools"
    yield ""
    yield "| from | what | how | places |"
    yield "|---|---|---|---|"
    for host, entries in sorted(hosts.items()):
        for entry in entries:
            pull = entry.pull
            cells = (host, f"{pull.name} {pull.version}".strip(), pull.how)
            row = " | ".join(_cell(cell) for cell in cells)
            yield f"| {row} | {len(entry.uses)} |"


def _write_credentials(inventory: Inventory) -> Iterator[str]:
    """List who needs which credential: what an administrator has to hand out."""
    needs: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for entry in inventory.entries:
        if entry.pull.access not in (ANONYMOUS, BUILDER):
            owners = {use.owner or use.path for use in entry.uses}
            needs[entry.pull.access][entry.pull.registry] |= owners
    if not needs:
        return
    yield ""
    yield "## Credentials"
    yield ""
    yield "| credential | must open | for |"
    yield "|---|---|---|"
    for access, registries in sorted(needs.items()):
        who = sorted({owner for found in registries.values() for owner in found})
        cells = (access, ", ".join(sorted(filter(None, registries))), ", ".join(who))
        yield "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _say_share(share: Share) -> str:
    text = (
        f"Images and charts: {share.images}, in places: {share.uses}"
        f" ({share.part:.0%} of all). Workloads, jobs and builds that stop with it:"
        f" {share.workloads}. Pulls of one run: {share.pulls_per_run}."
    )
    if share.quota is None or share.runs_per_day is None:
        return text
    word = "lasts" if share.lasts else "does not last"
    return (
        f"{text} Its quota of {share.quota.count} pulls allows"
        f" {share.runs_per_quota} runs at once, and {share.runs_per_day:.0f} on a day:"
        f" it {word}."
    )


def _write_share(share: Share) -> dict[str, Any]:
    quota = share.quota
    return {
        "registry": share.registry,
        "images": share.images,
        "uses": share.uses,
        "part": round(share.part, 3),
        "workloads": share.workloads,
        "pulls_per_run": share.pulls_per_run,
        "pulls_per_day": share.pulls_per_day,
        "quota": quota and {"pulls": quota.count, "window_s": quota.window_s},
        "runs_per_quota": share.runs_per_quota,
        "runs_per_day": share.runs_per_day,
        "lasts": share.lasts,
    }


def _plain(entry: Entry) -> dict[str, str]:
    pull = entry.pull
    return {
        "kind": pull.kind,
        "registry": _tidy(pull.registry),
        "name": _tidy(pull.name),
        "version": _tidy(pull.version),
        "how": pull.how,
        "access": _tidy(pull.access),
    }


def _disarm(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell


def _tidy(text: str) -> str:
    return redact_text("".join(c if c.isprintable() else "?" for c in text))


def _cell(text: str) -> str:
    plain = _tidy(text).replace("&", "&amp;").replace("<", "&lt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|!" else c for c in plain)
