"""IMG009: one application, several versions of one image."""

import re
from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_APP = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      initContainers:
        - {{name: wait, image: "registry.example/tools/busybox:1.37"}}
      containers:
        - {{name: web, image: "registry.example/shop/web:1.4.2"}}
---
apiVersion: batch/v1
kind: Job
metadata: {{name: migrate}}
spec:
  template:
    spec:
      containers:
        - {{name: migrate, image: "registry.example/tools/busybox:{}"}}
"""
RULE = Rule(
    id="IMG009",
    title="Several versions of one image in one application",
    severity=Severity.NOTE,
    what="Workloads that are deployed together and name one repository with different"
    " versions. Flavours are compared apart: `1.2-alpine` does not contradict `1.3`."
    " Files that have one object in common are alternatives, of which one is applied.",
    why="Each version is pulled, cached and counted by itself, and one of them was"
    " probably forgotten when the other was updated.",
    remedy="Use one version, or say why there are two.",
    bad=_APP.format("1.36"),
    good=_APP.format("1.37"),
    sample="app.yaml",
)


_FIGURES = re.compile(r"\d+(?:\.\d+)*|^latest$|^$")
"""What differs between two versions of the same; `-alpine` is another flavour."""


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find repositories that one group names with several versions."""
    del checked, options
    found: dict[tuple[str, str, str], dict[str, list[ImageUse]]] = {}
    objects: dict[str, set[tuple[str, str, str]]] = {}
    for workload in repository.all(Workload):
        named = (workload.kind, workload.name, workload.namespace)
        objects.setdefault(workload.path, set()).add(named)
        group = repository.belonging.group_of(workload)
        for use in workload.images:
            image = use.reference
            if image is None or use.is_never_pulled:
                continue
            flavour = _FIGURES.sub("#", image.tag or "")
            versions = found.setdefault((group, str(image.repository), flavour), {})
            said = str(image).removeprefix(str(image.repository)) or ":latest"
            versions.setdefault(said, []).append(use)
    for (_, name, _), versions in found.items():
        if len(versions) > 1:
            yield from _tell(name, versions, objects)


def _tell(
    name: str,
    versions: dict[str, list[ImageUse]],
    objects: dict[str, set[tuple[str, str, str]]],
) -> Iterator[Finding]:
    """Point at the version that is used least, and the last of them.

    Files that have an object in common are alternatives, of which one is applied, such
    as each release's whole installation: their versions never meet.
    """
    ordered = sorted(versions.items(), key=lambda item: len(item[1]), reverse=True)
    places = {said: {use.path for use in uses} for said, uses in ordered}
    for last, uses in reversed(ordered):
        beside = [
            (said, more)
            for said, more in ordered
            if said != last
            and any(
                one == other or objects[one].isdisjoint(objects[other])
                for one in places[last]
                for other in places[said]
            )
        ]
        if beside:
            yield _name(name, uses[0], beside)
            return


def _name(
    name: str, odd: ImageUse, beside: list[tuple[str, list[ImageUse]]]
) -> Finding:
    others = ", ".join(said.lstrip(":@") for said, _ in beside[:3])
    return RULE.finding(
        odd,
        f"{odd.label} stands beside {others} of the same repository: each is pulled"
        " and kept for itself; use one",
        subject=name,
        related=(beside[0][1][0],),
    )
