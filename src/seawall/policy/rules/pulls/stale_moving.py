"""POL003: a tag that moves, kept by each node as it was when it came."""

from collections.abc import Iterator

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import FixKind
from seawall.policy.knowledge.tagging import is_channel
from seawall.policy.mending.pins import pin
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
      image: quay.io/shop/web:{}
      imagePullPolicy: IfNotPresent
"""
_ROLES = {Role.CONTAINER, Role.INIT, Role.EPHEMERAL, Role.VOLUME}
RULE = Rule(
    id="POL003",
    title="Moving tag that nodes keep",
    severity=Severity.NOTE,
    fixes=(FixKind.ONLINE,),
    what="An image by `latest`, or by the name of a channel such as `main`, with the"
    " policy IfNotPresent, written or by default.",
    why="Each node keeps what the tag meant when it pulled it: pods of one workload run"
    " different versions, and a new node is the first to meet a broken one.",
    remedy="Pin the digest: then all nodes run the same, and none has to ask again.",
    bad=_POD.format("main"),
    good=_POD.format("1.4.2"),
    sample="web.yaml",
    links=("https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",),
)


def check(
    use: ImageUse, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find moving tags that are pulled once a node."""
    del options
    image = use.reference
    if use.role not in _ROLES or image is None or image.digest is not None:
        return
    tag = image.tag or "latest"
    if tag != "latest" and not is_channel(tag):
        return
    written = use.policy.value if use.policy else ""
    pulls = repository.kustomizing.pulls(use)
    if any(_keeps(said, tag) for said in {pull.policy for pull in pulls} or {written}):
        yield RULE.finding(
            use,
            f"{use.label} moves, and each node keeps what it pulled first: nodes run"
            " different images; pin the digest",
            fix=pin(use),
        )


def _keeps(policy: str, tag: str) -> bool:
    """Whether nodes keep what they have: by default all but `latest`."""
    return policy == "IfNotPresent" or (not policy and tag != "latest")
