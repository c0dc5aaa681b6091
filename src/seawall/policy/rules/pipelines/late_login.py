"""CI003: a job that signs in after it has pulled, or somewhere else."""

from collections.abc import Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.pipelines import SOMEWHERE, Job, Step, signs_in
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_LOGIN = """      - uses: docker/login-action@v3
        with:
          username: ${{ vars.HUB_USER }}
          password: ${{ secrets.HUB_TOKEN }}
"""
_QEMU = "      - uses: docker/setup-qemu-action@v3\n"
_JOB = """on: push
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
"""
_LAST = "      - run: make push\n"
RULE = Rule(
    id="CI003",
    title="Sign-in after the pull, or at another registry",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    fixes=(FixKind.UNSAFE,),
    what="A job whose steps pull from Docker Hub, said or unsaid (CI002), before the"
    " step that signs in there; or that signs in at other registries alone. Jobs that"
    " sign in nowhere are left to CI002 and REG001.",
    why="A credential counts from its step on. What was pulled before came anonymously,"
    " out of the limit that all runners of an address share; a login at quay.io or"
    " ghcr.io changes nothing for Docker Hub.",
    remedy="Let the sign-in at docker.io be the first of the steps that need the"
    " network, or name the image at a registry that the job signs in at.",
    bad=_JOB + _QEMU + _LOGIN + _LAST,
    good=_JOB + _LOGIN + _QEMU + _LAST,
    sample=".github/workflows/build.yml",
    links=("https://github.com/docker/login-action#docker-hub",),
)


def check(
    job: Job, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pulls from Docker Hub that no sign-in comes before."""
    del options
    logins = [(step, registry) for step in job.steps for registry in step.logins]
    if not logins or any(registry == SOMEWHERE for _, registry in logins):
        return
    hub = [step for step, registry in logins if registry == DOCKER_HUB]
    before = [
        (step, use)
        for step in job.steps
        for use in step.images
        if _is_anonymous(use, repository)
        and (not hub or _comes_before(step, use, hub[0]))
    ]
    if not before:
        return
    labels = dict.fromkeys(use.label for _, use in before)
    names = ", ".join(labels)
    come = "comes" if len(labels) == 1 else "come"
    related = tuple(use for _, use in before)
    owner = f"job {job.name}"
    if hub:
        yield RULE.finding(
            hub[0],
            f"the job signs in at Docker Hub after it has pulled {names} from there, so"
            " within the anonymous limit: sign in first",
            owner=owner,
            subject=DOCKER_HUB,
            related=related,
            fix=_move_up(before[0][0], hub[0], repository),
        )
        return
    where = ", ".join(dict.fromkeys(registry for _, registry in logins))
    yield RULE.finding(
        related[0],
        f"{names} {come} from Docker Hub, and the job signs in at {where} alone: the"
        " anonymous limit holds; sign in at docker.io, too",
        owner=owner,
        subject=DOCKER_HUB,
        related=related[1:],
    )


def _is_anonymous(use: ImageUse, repository: Repository) -> bool:
    image = use.repository
    if image is None or image.registry != DOCKER_HUB or use.is_never_pulled:
        return False
    access = repository.access
    return not (access.mirror_of(image) or access.has_provider(image))


def _comes_before(step: Step, use: ImageUse, login: Step) -> bool:
    if step is login:  # within one script, the order of its lines
        return any(
            use.start < command.start
            for command in step.commands
            if signs_in(command) == DOCKER_HUB
        )
    return step.number < login.number


def _move_up(pull: Step, login: Step, repository: Repository) -> Fix | None:
    """Put the step that signs in before the first one that pulls."""
    content = repository.content(login.path)
    if content is None or login.uses is None or login.number <= pull.number:
        return None
    start = content.rfind(b"\n", 0, login.start) + 1
    stop = content.find(b"\n", login.stop) + 1
    first = content.rfind(b"\n", 0, pull.start) + 1
    dashes = (content[start : login.start], content[first : pull.start])
    if not stop or any(dash.strip() != b"-" for dash in dashes):
        return None
    if b"steps." in content[start:stop]:
        return None  # what it needs may not be there yet
    after = content.find(b"\n", stop) + 1
    parted = content[:start].endswith((b"\n\n", b"\n\r\n"))
    if parted and after and not content[stop:after].strip():
        stop = after  # the blank line that parts it from the next goes along
    first = _above_comments(content, first)
    edits = (
        Edit(login.path, first, first, content[start:stop]),
        Edit(login.path, start, stop, b""),
    )
    return Fix(FixKind.UNSAFE, edits, "it signs in before anything is pulled")


def _above_comments(content: bytes, line: int) -> int:
    """Go up over the comments of a step, by the offsets at which lines begin."""
    while line > 0:
        above = content.rfind(b"\n", 0, line - 1) + 1
        if not content[above:line].lstrip(b" ").startswith(b"#"):
            break
        line = above
    return line
