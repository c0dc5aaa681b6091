"""REG008: the same software from two registries."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.knowledge.reputations import (
    software_of,
)
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_APP = """services:
  one:
    image: {}/node-exporter:v1.9.1
  two:
    image: quay.io/prometheus/prometheus:v3.5.0
  three:
    image: quay.io/prometheus/node-exporter:v1.9.1
"""
RULE = Rule(
    id="REG008",
    title="The same software from two registries",
    severity=Severity.NOTE,
    what="One repository names the same software at two registries: under equal paths,"
    " or under names that are known to be twins (`prom/…` and `quay.io/prometheus/…`)."
    " One finding, at the first place of the registry that is used less. Files of"
    " values for one chart (`values.openshift.yaml`) are a choice, and no pair.",
    why="Each registry is one more that must be up, with limits and credentials of its"
    " own, and the image is pulled and kept twice.",
    remedy="Use one of them. There is no fix: whether the other registry has the same"
    " image under this tag does not stand in files.",
    bad=_APP.format("docker.io/prom"),
    good=_APP.format("quay.io/prometheus"),
    sample="compose.yaml",
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find software that comes from two registries."""
    del checked, options
    found: dict[str, dict[str, list[ImageUse]]] = {}
    for use in repository.all(ImageUse):
        image = use.repository
        if image is None or use.is_never_pulled or "/" not in image.path:
            continue
        places = found.setdefault(software_of(image), {})
        places.setdefault(image.registry, []).append(use)
    for software, places in found.items():
        if len(places) > 1:
            ordered = sorted(places.items(), key=lambda item: len(item[1]))
            (less, uses), (more, others) = ordered[0], ordered[-1]
            if _is_choice(uses, others):
                continue
            yield RULE.finding(
                uses[0],
                f"{software} is pulled from {less} here, and from {more} elsewhere:"
                " both have to be up; use one of them",
                subject=software,
                related=(others[0],),
            )


def _is_choice(some: list[ImageUse], others: list[ImageUse]) -> bool:
    """Whether they stand in different files of values of one chart: one is taken."""
    uses = [*some, *others]
    folders = {use.path.rpartition("/")[0] for use in uses}
    is_apart = {use.path for use in some}.isdisjoint(use.path for use in others)
    is_values = all(use.role is Role.VALUES for use in uses)
    return is_values and is_apart and len(folders) == 1
