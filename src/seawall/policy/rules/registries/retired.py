"""REG004: a registry, or a part of one, that was retired."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.knowledge.retirements import RETIRED, Retired, find_retired
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule


def _list_places() -> str:
    """Write all that is known as rows of a table, by their names."""
    rows = sorted(RETIRED, key=lambda one: one.name)
    return "\n".join(
        f"| `{one.name}` | {one.since or ''} | [{one.said}]({one.link})"
        f" | {f'`{one.instead}`' if one.instead else ''} |"
        for one in rows
    )


RULE = Rule(
    id="REG004",
    title="Retired registry or namespace",
    severity=Severity.ERROR,
    fixes=(FixKind.SAFE, FixKind.UNSAFE),
    what="An image of a registry or namespace that was frozen, moved or shut down: an"
    " error where nothing is served any more, or will not be; a warning where images"
    " only get old; a note where copies are kept for the time of a move.",
    why="The pull fails, or fails next month; and no fix of a weakness arrives there.",
    remedy="Use the new place. Where all of it is there under the same names, the fix"
    " is safe; elsewhere look first (`--fix=all`).\n\n"
    "| place | since | what happened | instead |\n|---|---|---|---|\n" + _list_places(),
    bad=POD.format("k8s.gcr.io/pause:3.9"),
    good=POD.format("registry.k8s.io/pause:3.9"),
    sample="web.yaml",
    links=(
        "https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/",
        "https://github.com/bitnami/containers/issues/83267",
    ),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images whose place was given up."""
    del options
    retired = find_retired(use.repository) if use.repository else None
    if retired is None:
        return
    since = f" since {retired.since}" if retired.since else ""
    message = f"{use.label}: no place to pull from{since}:"
    message += f" {retired.said}"
    severity = Severity.ERROR if retired.gone else Severity.WARNING
    if retired.copies:
        severity = Severity.NOTE
    kept = repository.kustomizing.names(use)
    fix = None if kept else _move(use, retired)
    yield RULE.finding(use, message, severity=severity, fix=fix)


def _move(use: ImageUse, retired: Retired) -> Fix | None:
    """Write the new place where the old one is written, if it is written in full."""
    text = use.opening
    if text is None or not retired.instead:
        return None
    old = next((o for o in _spellings(retired.name) if text.value.startswith(o)), "")
    follows = text.value[len(old) : len(old) + 1]
    if not old or follows not in ("/", ":", "@", ""):
        return None
    named = text.cut(0, len(old))
    edit = Edit(use.path, named.start, named.stop, retired.instead.encode())
    if retired.same:
        reason = f"what was at {retired.name} is at {retired.instead}"
        return Fix(FixKind.SAFE, (edit,), reason)
    reason = f"it took the place of {retired.name}: look whether it has this version"
    return Fix(FixKind.UNSAFE, (edit,), reason)


def _spellings(name: str) -> tuple[str, ...]:
    """The ways in which people write a name, the longest first."""
    short = name.removeprefix("docker.io/")
    return (name, f"index.{name}", short, short.removeprefix("library/"))
