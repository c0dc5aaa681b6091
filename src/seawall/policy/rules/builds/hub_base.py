"""BLD001: a base from Docker Hub that no build argument can move elsewhere."""

import re
from collections.abc import Iterator

from seawall.oci.reference import RepositoryName
from seawall.policy.facts.builds import Dockerfile
from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="BLD001",
    title="Base from Docker Hub without indirection",
    severity=Severity.WARNING,
    fixes=(FixKind.SAFE,),
    what="A stage that begins with an image of Docker Hub, written so that no build"
    " argument can put another registry in its place; the settings name neither a"
    " mirror nor a credential for it.",
    why="Builds in CI are anonymous to Docker Hub and share its limit with all"
    " neighbours: 100 manifests in six hours per address. With the registry in an"
    " argument a job can say `--build-arg REGISTRY=…` that day, without an edit.",
    remedy="Put the registry into an `ARG`, as `--fix` does. Or change no file: give"
    " the"
    " builder a mirror (`seawall render buildkit`).",
    bad="FROM debian:12\nRUN true\n",
    good="ARG REGISTRY=docker.io\nFROM ${REGISTRY}/library/debian:12\nRUN true\n",
    sample="Dockerfile",
    links=("https://docs.docker.com/docker-hub/usage/pulls/",),
)

_NAME = "REGISTRY"
_HUB = "docker.io"


def check(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find bases that are always Docker Hub's."""
    del options
    uses = repository.in_file(dockerfile.path, ImageUse)
    local = {use.start for use in uses if use.is_never_pulled}
    for stage in dockerfile.stages:
        use = stage.base
        image = use.repository if use else None
        if use is None or image is None or image.registry != _HUB:
            continue
        if use.start in local:
            continue
        if repository.access.mirror_of(image) or repository.access.has_provider(image):
            continue
        if use.text.value.startswith("$"):
            continue  # an argument says all of it, or its registry
        yield RULE.finding(
            use,
            f"{stage.owner} begins with {use.label}, which comes from Docker Hub or not"
            " at all: put the registry into an ARG, so that a mirror can stand in",
            owner=stage.owner,
            fix=_indirect(dockerfile, use),
        )


def _indirect(dockerfile: Dockerfile, use: ImageUse) -> Fix | None:
    """Put the registry into an argument; into one that is there, if it fits."""
    text, image = use.text, use.repository
    if not text.exact or image is None:
        return None
    fitting = [
        arg.name
        for arg in dockerfile.args
        if arg.value == _HUB and _is_for(arg.name, image, dockerfile)
    ]
    edits: list[Edit] = []
    if not fitting:
        if any(arg.name == _NAME for arg in dockerfile.args):
            return None
        at = dockerfile.stages[0].start
        line = f"ARG {_NAME}={_HUB}{dockerfile.newline}".encode()
        edits.append(Edit(use.path, at, at, line))
    name = fitting[0] if fitting else _NAME
    rest = text.value.removeprefix("index.").removeprefix(f"{_HUB}/")
    is_full = "/" in rest.partition("@")[0]
    new = f"${{{name}}}/{rest}" if is_full else f"${{{name}}}/library/{rest}"
    edits.append(Edit(use.path, text.start, text.stop, new.encode()))
    reason = f"the same image, unless --build-arg {name}=… says another registry"
    return Fix(FixKind.SAFE, tuple(edits), reason)


def _is_for(name: str, image: RepositoryName, dockerfile: Dockerfile) -> bool:
    """Whether an argument's registry has this image, too, if another one is said.

    Who says another one has there what stands behind it now: `team/…`, and perhaps
    nothing else.
    """
    opening = re.compile(rf"\$(?:{name}|\{{{name}\}})/([^/]+)/")
    found = (
        opening.match(one.base.text.value) for one in dockerfile.stages if one.base
    )
    spaces = {match[1] for match in found if match}
    return name == _NAME or spaces <= {image.path.partition("/")[0]}
