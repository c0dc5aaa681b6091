"""Findings of what was rendered, told where files say it, if these did not tell it."""

from collections.abc import Iterable, Iterator

import msgspec

from seawall.policy import rulebook
from seawall.policy.checking import judging
from seawall.policy.facts.charts import Chart, PodTemplate
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact
from seawall.policy.facts.workloads import Container, Manifest
from seawall.policy.finding import Confidence, Finding, Place
from seawall.policy.reading import formats
from seawall.policy.reading.manifests import kubernetes
from seawall.policy.repository import Repository

_RULES = (
    *("IMG001", "IMG002", "IMG003", "IMG004", "IMG005", "IMG006", "IMG007", "IMG011"),
    *("REG001", "REG002", "REG003", "REG004", "REG007", "REG010", "REG011"),
    *("PUL001", "PUL002", "PUL003", "PUL005", "POL001", "POL002", "POL003", "POL004"),
)
"""Rules about single objects and their siblings; others are about all files."""

_COVERS = {"PUL002": "PUL010"}
"""What text says of templates, where objects say it in another way."""


class Rendering(msgspec.Struct, frozen=True):
    """What a program made of a chart or of a kustomization.

    Attributes:
        program: The program.
        folder: The folder that it rendered.
        texts: What came of it, by the file that it comes from.
    """

    program: str
    folder: str
    texts: dict[str, str]


def judge(
    one: Rendering, files: Repository, known: Iterable[Finding]
) -> Iterator[Finding]:
    """Judge what was rendered, and yield what nobody has told yet.

    Args:
        one: What was rendered.
        files: The files that it was rendered from.
        known: What was found in these.
    """
    data = {path: text.encode() for path, text in one.texts.items()}
    facts: list[Fact] = [
        chart for chart in files.all(Chart) if chart.folder == one.folder
    ]
    for path, body in data.items():
        facts += formats.read_with(
            [kubernetes.READER], path, body, files.options.limits
        )
    made = Repository(facts, files.options, data.get)
    entries = [e for e in rulebook.list_rules() if e.rule.id in _RULES]
    findings, _ = judging.judge(made, entries)
    lead = f"{one.folder}/" if one.folder else ""
    if one.program == "kubectl":
        lead = ""  # what it took in may stand anywhere
    told = {(f.rule, f.subject) for f in known if f.place.path.startswith(lead)}
    told |= {(f.rule, f.owner.partition("/")[0]) for f in known if f.rule == "PUL010"}
    for finding in findings:
        key = (finding.rule, finding.subject)
        cover = (_COVERS.get(finding.rule, ""), finding.owner.partition("/")[0])
        if key in told or cover in told:
            continue
        told.add(key)
        yield msgspec.structs.replace(
            finding,
            place=_find_home(finding, one, made, files),
            message=f"{finding.message} (as {one.program} renders it)",
            confidence=Confidence.MEDIUM,
            fix=None,
            related=(),
        )


def _find_home(
    finding: Finding, one: Rendering, made: Repository, files: Repository
) -> Place:
    """Find the place in the files that says what was rendered."""
    place = finding.place
    image = next(
        (
            container.image
            for container in made.in_file(place.path, Container)
            if container.start <= place.start <= container.stop
        ),
        None,
    )
    fact = _find_image(image, one, files) if image is not None else None
    manifest = made.manifest_at(place.path, place.start)
    fact = fact or _find_object(manifest, place.path, files)
    return Place(fact.path, fact.start, fact.stop) if fact else Place(place.path, 0, 0)


def _find_image(image: ImageUse, one: Rendering, files: Repository) -> Fact | None:
    """Find where an image is named: as it is, else by its repository."""
    lead = f"{one.folder}/" if one.folder else ""
    near = [
        use
        for use in files.all(ImageUse)
        if use.repository == image.repository and not files.is_moot(use, by_name=False)
    ]
    same = [use for use in near if use.text.value == image.text.value]
    inside = [use for use in (*same, *near) if use.path.startswith(lead)]
    return next(iter((*inside, *same, *near)), None)


def _find_object(
    manifest: Manifest | None, path: str, files: Repository
) -> Fact | None:
    """Find what an object was made of: its pod's template, or the object itself."""
    if manifest is None:
        return None
    pods = list(files.in_file(path, PodTemplate))
    same = [pod for pod in pods if pod.kind == manifest.kind]
    if pods:
        return (*same, *pods)[0]
    return next(
        (
            one
            for one in files.all(Manifest)
            if one.kind == manifest.kind and manifest.name.endswith(one.name)
        ),
        None,
    )
