"""POL002: an image that is asked for at each start, though nothing says so."""

from collections.abc import Iterator

from seawall.policy.facts.charts import PodTemplate
from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: quay.io/shop/web:latest
"""
_ROLES = {Role.CONTAINER, Role.INIT, Role.EPHEMERAL}
_KINDS = {
    *("CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet")
}
"""What Kubernetes itself makes pods of, where a chart's template writes it out."""
RULE = Rule(
    id="POL002",
    title="Pull policy that nobody wrote: Always",
    severity=Severity.NOTE,
    fixes=(FixKind.SAFE,),
    what="A container without `imagePullPolicy`, whose image has no tag or the tag"
    " `latest`, and no digest.",
    why="Kubernetes makes that Always when the object is created; with any other tag it"
    " would be IfNotPresent. So each start needs the registry, and whoever reads"
    " the manifest does not see it.",
    remedy="Write the policy that holds, or better: a tag or digest that stays.",
    bad=_POD,
    good=_POD + "      imagePullPolicy: Always\n",
    sample="web.yaml",
    links=("https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find images that are Always by their tag alone."""
    del options
    image = use.reference
    if use.role not in _ROLES or use.policy is not None or image is None:
        return
    pod = repository.parent(use, PodTemplate)
    if repository.parent(use, Workload) is None and (
        pod is None or pod.kind not in _KINDS
    ):
        return  # other objects have fields of their own
    if image.digest is not None or image.tag not in (None, "latest"):
        return
    pulls = repository.kustomizing.pulls(use)
    if pulls and all(pull.policy or pull.tagged for pull in pulls):
        return  # kustomizations say it, or a tag that stays
    yield RULE.finding(
        use,
        f"{use.label} has no pull policy, which means Always for its tag: each start"
        " needs the registry; write the policy, or a tag that stays",
        fix=_mend(use, repository),
    )


def _mend(use: ImageUse, repository: Repository) -> Fix | None:
    """Write the policy below the image, if that stands on a line of its own."""
    content = repository.content(use.path)
    if content is None or not use.text.exact:
        return None
    line = content.rfind(b"\n", 0, use.text.start) + 1
    key = content[line : use.text.start].rstrip(b" \"'")
    bare = key.lstrip(b" -")
    if bare != b"image:":
        return None
    end = content.find(b"\n", use.text.stop)
    rest = content[use.text.stop : end if end >= 0 else len(content)].strip(b"\r\"' ")
    if rest and not rest.startswith(b"#"):
        return None
    pad = b" " * (len(key) - len(bare))
    ending = b"\r\n" if content[:end].endswith(b"\r") else b"\n"
    new = pad + b"imagePullPolicy: Always"
    if end < 0:
        edit = Edit(use.path, len(content), len(content), b"\n" + new)
    else:
        edit = Edit(use.path, end + 1, end + 1, new + ending)
    return Fix(FixKind.SAFE, (edit,), "what holds is written down; nothing changes")
