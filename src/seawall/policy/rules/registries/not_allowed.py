"""REG011: an image of a registry that is not allowed."""

from collections.abc import Iterator

from seawall.policy.examples import POD
from seawall.policy.facts.images import ImageUse
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import Mirror, PolicyOptions, Profile
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

RULE = Rule(
    id="REG011",
    title="Image of a registry that is not allowed",
    severity=None,
    profiles={Profile.AIRGAP: Severity.ERROR},
    fixes=(FixKind.UNSAFE,),
    what="With the profile `airgap`: an image of a registry that the settings do not"
    " list under `allowed`. A name there means a whole registry, or a whole part of its"
    " path: `docker.io` never means `docker.io.evil`.",
    why="Where nothing else can be reached, such a pull can only fail.",
    remedy="Bring the image into an allowed registry and name it there. Where the"
    " settings map its registry to a mirror, `--fix=all` writes the mirror's name.",
    bad=POD.format("docker.io/library/nginx:1.29.3"),
    good=POD.format("localhost:5000/nginx:1.29.3"),
    sample="web.yaml",
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images from elsewhere."""
    image = use.repository
    if image is None or use.is_never_pulled:
        return
    if options.allowed and repository.access.is_allowed(image):
        return
    mirror = repository.access.mirror_of(image)
    message = f"{use.label} is of {image.registry}, which is not allowed, and cannot"
    message += " be pulled: bring it into a registry that is"
    yield RULE.finding(use, message, fix=_move(use, mirror) if mirror else None)


def _move(use: ImageUse, mirror: Mirror) -> Fix | None:
    """Write the mirror's name in the place of the origin's."""
    text = use.editable
    if text is None or use.repository is None:
        return None
    path = str(use.repository).removeprefix(mirror.source)
    place = text.cut(0, _length_of_name(text.value))
    new = f"{mirror.target}{path}".encode()
    edit = Edit(use.path, place.start, place.stop, new)
    return Fix(FixKind.UNSAFE, (edit,), f"the settings map {mirror.source} to it")


def _length_of_name(name: str) -> int:
    """Say how long a name is without its tag and digest."""
    bare = name.partition("@")[0]
    head, colon, tag = bare.rpartition(":")
    return len(head) if colon and "/" not in tag else len(bare)
