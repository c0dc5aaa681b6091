"""REG001: an image that Docker Hub gives to anonymous callers, as often as it likes."""

from collections.abc import Iterator

from seawall.oci.reference import DOCKER_HUB
from seawall.policy.facts.charts import Chart, Dependency
from seawall.policy.facts.images import ImageUse, Role, resolve
from seawall.policy.facts.overlays import Kustomization
from seawall.policy.facts.pipelines import (
    SOMEWHERE,
    Job,
    Step,
    System,
    Workflow,
    signs_in,
)
from seawall.policy.facts.workloads import SecretObject, Workload
from seawall.policy.finding import Confidence, Context, Finding, Severity
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_DAEMON = """apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: agent}}
spec:
  template:
    spec:
{}      containers:
        - {{name: agent, image: "docker.io/team/agent:1.4.2"}}
"""
_LIST = "      imagePullSecrets:\n        - name: hub\n"
RULE = Rule(
    id="REG001",
    title="Anonymous pull from Docker Hub",
    severity=Severity.WARNING,
    what="An image of docker.io that is pulled without a credential, or a chart that"
    " another one needs from there and that is not packed in: no pull secret"
    " counts for the pod, the settings name neither a mirror nor a credential of the"
    " nodes, and no step before it signs in. An error for DaemonSets as manifests have"
    " them, which pull on every node, and for what pipelines, whose runners share"
    " addresses, run in, run beside, use as an action or give to one; a warning on"
    " command lines and in charts' values, whoever runs them; a note on CircleCI, whose"
    " cloud (not its server) has a credential of its own. What an action is given is"
    " told once for each step and name, and what it pulls unsaid is CI002's. Bases of"
    " builds are BLD001's.",
    why="Docker Hub gives anonymous callers 100 manifests in six hours per IPv4 address"
    " or IPv6 /64 network: one NAT gateway or one CI provider's runner shares them with"
    " all its neighbours. Then every pull is answered 429.",
    remedy="Name a mirror in the settings (`policy.mirrors`) and point clients at"
    " it (`seawall render`), give the pod a pull secret, or use a registry without that"
    " limit.",
    bad=_DAEMON.format(""),
    good=_DAEMON.format(_LIST),
    sample="agent.yaml",
    links=(
        "https://docs.docker.com/docker-hub/usage/pulls/",
        "https://support.circleci.com/hc/en-us/articles/360050623311",
    ),
)

_BUILDS = {Role.FROM, Role.COPY_FROM, Role.MOUNT_FROM, Role.SYNTAX}
_GUESSED = {Role.CODE, Role.COMMAND, Role.HANDED, Role.PARAMETER, Role.VALUES}
_PIPELINE = {Role.JOB, Role.SERVICE, Role.ACTION, Role.IMPLICIT}
_SIGNED_IN = {*_PIPELINE, Role.COMMAND}
"""Who pulls these has a login, or a key beside the image, and no pull secrets."""
_HUB_CHARTS = ("oci://registry-1.docker.io/", "oci://docker.io/")
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pulls that Docker Hub counts for an address: of images, and of charts."""
    del checked, options
    given: set[tuple[str, int, str]] = set()
    for use in repository.all(ImageUse):
        if repository.is_moot(use, by_name=True):
            continue
        if use.role is Role.IMPLICIT:
            step = repository.parent(use, Step)
            if step is None or use.origin.startswith("pulled by"):
                continue
            key = (use.path, step.start, use.subject)
            if key in given:
                continue  # another tag of a matrix: the same limit, the same cure
            given.add(key)
        yield from _check_image(use, repository)
    for chart in repository.all(Chart):
        for need in chart.dependencies:
            yield from _check_chart(chart, need, repository)


def _check_chart(
    chart: Chart, need: Dependency, repository: Repository
) -> Iterator[Finding]:
    """Find a chart that `helm dependency build` fetches from Docker Hub."""
    source = need.repository
    if source is None or not source.value.startswith(_HUB_CHARTS):
        return
    inside = f"{chart.folder}/charts/{need.name}".lstrip("/")
    if any(one.path.startswith(inside) for one in repository.all(Chart)):
        return  # it is packed in
    path = source.value.partition("://")[2].partition("/")[2].strip("/")
    image = resolve(f"docker.io/{path}/{need.name}").repository
    access = repository.access
    if image is None or access.mirror_of(image) or access.has_provider(image):
        return
    yield RULE.finding(
        chart,
        f"the chart {need.name} is pulled from Docker Hub without a credential, though"
        " a condition may switch it off: keep it in charts/, or sign in before",
        at=source,
        subject=str(image),
        severity=Severity.WARNING,
        confidence=Confidence.MEDIUM,
    )


def _check_image(use: ImageUse, repository: Repository) -> Iterator[Finding]:
    image = use.repository
    if image is None or image.registry != "docker.io" or use.is_never_pulled:
        return
    if use.signed or use.role in _BUILDS or _has_login(use, repository):
        return
    access = repository.access
    if access.mirror_of(image) or access.has_provider(image):
        return
    workload = repository.parent(use, Workload)
    pods = [workload] if workload is not None else _find_users(use, repository)
    if pods and all(_helps(one, repository) for one in pods):
        return
    key = "credential" if use.role in _SIGNED_IN else "pull secret"
    yield RULE.finding(
        use,
        f"{use.label} is pulled from Docker Hub without a credential, and all behind"
        f" one address share one limit: name a mirror, or give it a {key}",
        severity=_weigh(use, workload, repository),
        confidence=Confidence.MEDIUM if use.role in _GUESSED else Confidence.HIGH,
    )


def _has_login(use: ImageUse, repository: Repository) -> bool:
    """Whether a step of the job signs in before another one, or the same, pulls.

    What is used as an action is pulled before the first step.
    """
    step = repository.parent(use, Step)
    job = repository.parent(use, Job)
    if step is None or job is None or use.role is Role.ACTION:
        return False
    there = (DOCKER_HUB, SOMEWHERE)
    return any(
        registry in there
        for one in job.steps
        if one.number < step.number
        for registry in one.logins
    ) or any(
        signs_in(command) in there
        for command in step.commands
        if command.start < use.start
    )


def _weigh(
    use: ImageUse, workload: Workload | None, repository: Repository
) -> Severity:
    handed = use.role is Role.HANDED
    everywhere = workload is not None and workload.kind == "DaemonSet" and not handed
    pipeline = use.role in _PIPELINE
    workflow = repository.parent(use, Workflow)
    if pipeline and workflow is not None and workflow.system is System.CIRCLECI:
        return Severity.NOTE
    in_ci = pipeline and repository.context(use.path) is Context.CI
    return Severity.ERROR if everywhere or in_ci else Severity.WARNING


def _find_users(use: ImageUse, repository: Repository) -> list[Workload]:
    """List the workloads that pull what a kustomization names."""
    if repository.parent(use, Kustomization) is None:
        return []
    users = (one.manifest for one in repository.kustomizing.users(use))
    return [one for one in users if isinstance(one, Workload)]


def _helps(workload: Workload, repository: Repository) -> bool:
    """Whether a pull secret counts that may be Docker Hub's: unless it is known."""
    space = repository.belonging.namespace(workload)
    for name in repository.access.secrets(workload).names:
        known = [
            secret
            for secret in repository.all(SecretObject)
            if secret.name == name
            and repository.belonging.namespace(secret) == space
            and secret.hosts
        ]
        hosts = [host.value for secret in known for host in secret.hosts]
        if not hosts or any(word in host for host in hosts for word in _HUB):
            return True
    return False
