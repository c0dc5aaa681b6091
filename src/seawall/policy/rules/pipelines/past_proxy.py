"""CI005: a GitLab job that goes past the dependency proxy."""

from collections.abc import Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.pipelines import System, Workflow
from seawall.policy.facts.text import Style
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_PREFIX = "${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}"
_JOB = """test:
  image: {}
  script:
    - make test
"""
RULE = Rule(
    id="CI005",
    title="GitLab job past the dependency proxy",
    severity=Severity.NOTE,
    fixes=(FixKind.UNSAFE,),
    what="An image of Docker Hub as `image` or in `services` of a GitLab job, without"
    f" `{_PREFIX}` in front. Images with a digest are found, and not fixed: whether the"
    " proxy serves those depends on its version.",
    why="GitLab has a cache for Docker Hub in each group. Runners sign in there by"
    " themselves, and what it holds, jobs get while Docker Hub refuses or is away.",
    remedy=f"Write `{_PREFIX}/` in front of the name. Outside of a group the variable"
    " is empty, and the proxy can be switched off: so the fix has to be asked for"
    " (`--fix=all`).",
    bad=_JOB.format("golang:1.25"),
    good=_JOB.format(f"{_PREFIX}/golang:1.25"),
    sample=".gitlab-ci.yml",
    links=("https://docs.gitlab.com/user/packages/dependency_proxy/",),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that the proxy could hold."""
    del options
    image = use.repository
    if use.role not in (Role.JOB, Role.SERVICE) or image is None:
        return
    if image.registry != DOCKER_HUB or use.is_never_pulled or use.signed:
        return
    pipeline = repository.parent(use, Workflow)
    if pipeline is None or pipeline.system is not System.GITLAB:
        return
    if repository.access.mirror_of(image):
        return
    said = f"{use.label} comes from Docker Hub, past the dependency proxy, which has"
    said += f" it while Docker Hub refuses: write {_PREFIX}/ in front"
    yield RULE.finding(use, said, fix=_prefix(use, repository.content(use.path)))


def _is_in_braces(content: bytes | None, at: int) -> bool:
    """Whether a place is behind a `{`, `[` or `,` of its line, so perhaps in a flow."""
    line = (content or b"")[:at].rpartition(b"\n")[2]
    return content is None or any(mark in line for mark in b"{[,")


def _prefix(use: ImageUse, content: bytes | None) -> Fix | None:
    text = use.text
    value = text.value
    if use.origin or not text.exact or "@" in value or value.startswith("$"):
        return None
    head = next(
        (host for host in ("docker.io/", "index.docker.io/") if value.startswith(host)),
        "",
    )
    if text.style is Style.PLAIN and _is_in_braces(content, text.start):
        return None  # a brace would end the mapping there
    edit = Edit(use.path, text.start, text.start + len(head), f"{_PREFIX}/".encode())
    return Fix(FixKind.UNSAFE, (edit,), "the same image, through the group's cache")
