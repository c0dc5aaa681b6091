"""IMG007: a name without its registry."""

import re
from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.text import Text
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="IMG007",
    title="Name without a registry",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="An image that is named without a registry. A warning for pods and in charts'"
    " values; a note where docker's own default holds: Dockerfiles, Compose, CI"
    " services, command lines. Of values, those are told that are a whole image in one"
    " text (`sidecarImage: team/app:1`) which the chart's templates use and put nothing"
    " before; not where a value beside or above it, or in `global`, may be its registry"
    " (`registry`, `hub`, `repository` …), nor images in several keys (`repository`,"
    " `tag`), values of charts that are needed, and files of values outside of a chart."
    " `# syntax=` is left out: BuildKit alone reads it, and means Docker Hub. For"
    " `COPY --from=` that is not so, as Podman and Buildah read it, too.",
    why="Each client has its own idea of where that is: containerd and docker mean"
    " Docker Hub, CRI-O and podman go through their own list of registries, and may"
    " take somebody else's image of that name.",
    remedy="Write `docker.io/library/nginx` or `docker.io/team/app`.",
    bad=POD.format("busybox:1.37"),
    good=POD.format("docker.io/library/busybox:1.37"),
    sample="web.yaml",
    links=(
        "https://github.com/containers/image/blob/main/docs/containers-registries.conf.5.md",
    ),
)

_POD_ROLES = {*(Role.CONTAINER, Role.INIT, Role.EPHEMERAL, Role.VOLUME, Role.VALUES)}
_ARG = re.compile(rb"^\s*ARG\s+(\w+)=[\"']?$", re.IGNORECASE)
_LEFT_ALONE = {Role.IMPLICIT, Role.SYNTAX}
"""`# syntax=` is BuildKit's alone."""


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find names without registries."""
    del options
    if use.reference is None or not use.is_short or use.pieces is not None:
        return
    if use.role in _LEFT_ALONE or use.is_never_pulled:
        return
    if use.role is Role.VALUES and not use.alone:
        return  # a chart's registry is often a value of its own
    severity = Severity.WARNING if use.role in _POD_ROLES else Severity.NOTE
    full = str(use.reference)
    message = f"{use.label} names no registry, and each client has its own idea of"
    message += f" where that is: write {full}"
    yield RULE.finding(use, message, severity=severity, fix=_complete(use, repository))


def _complete(use: ImageUse, repository: Repository) -> Fix | None:
    text = use.opening
    if repository.kustomizing.names(use):
        return None  # it would not find a longer name any more
    if text is None or use.reference is None or not text.value:
        return None
    if _is_read_elsewhere(text, repository.content(use.path) or b""):
        return None
    path = use.reference.repository.path
    lead = f"docker.io/{path}".removesuffix(path.rpartition("/")[2])
    if "/" in text.value.partition("@")[0]:
        lead = "docker.io/"
    edit = Edit(use.path, text.start, text.start, lead.encode())
    reason = "what Docker and containerd take it for"
    return Fix(FixKind.SAFE, (edit,), reason)


def _is_read_elsewhere(text: Text, content: bytes) -> bool:
    """Whether it is the default of an ARG that a stage asks for by its name."""
    line = content[: text.start].rpartition(b"\n")[2]
    arg = _ARG.search(line)
    if arg is None:
        return False
    again = re.compile(rb"^\s*ARG\s+" + arg[1] + rb"\b", re.IGNORECASE | re.MULTILINE)
    return len(again.findall(content)) > 1
