"""POL004: a pod that nodes need, and that cannot start without the registry."""

from collections.abc import Iterator

from seawall.policy.facts.charts import ChartValues
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Text
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_SET = """apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: net
  namespace: kube-system
spec:
  template:
    spec:
      containers:
        - name: net
          image: quay.io/shop/net:1.4.2
          imagePullPolicy: {}
"""
_SYSTEM = {"kube-system", "kube-public", "kube-node-lease"}
RULE = Rule(
    id="POL004",
    title="Always on a pod that nodes need",
    severity=Severity.WARNING,
    fixes=(FixKind.UNSAFE,),
    what="`imagePullPolicy: Always` in a DaemonSet, or in any pod of `kube-system`; a"
    " chart's value for it that a DaemonSet among its templates consumes. One with a"
    " digest is found by POL001.",
    why="These pods bring up network, storage and logs on each node. With Always a node"
    " that restarts while the registry is down, slow or refuses does not come back,"
    " though the image is on its disk; and all nodes ask at once.",
    remedy="Write `imagePullPolicy: IfNotPresent`, with a tag that stays.",
    bad=_SET.format("Always"),
    good=_SET.format("IfNotPresent"),
    sample="net.yaml",
    links=("https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy",),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pods of the cluster itself that ask at each start."""
    del checked, options
    for use in repository.all(ImageUse):
        workload = repository.parent(use, Workload)
        if workload is not None and not repository.is_moot(use, by_name=False):
            yield from _judge_pod(use, workload, repository)
    for values in repository.all(ChartValues):
        yield from _judge_values(values, repository)


def _judge_pod(
    use: ImageUse, workload: Workload, repository: Repository
) -> Iterator[Finding]:
    policy = use.policy
    if policy is None or policy.value != "Always":
        return
    space = repository.belonging.namespace(workload)
    if workload.kind != "DaemonSet" and space not in _SYSTEM:
        return
    if use.reference is not None and use.reference.digest is not None:
        return
    yield _tell(use, policy, workload.owner)


def _judge_values(values: ChartValues, repository: Repository) -> Iterator[Finding]:
    """Look at the policies that values give to the DaemonSets of their chart."""
    for path, said in values.words.items():
        if said.value != "Always" or not path.endswith("ullPolicy"):
            continue
        above = path.rpartition(".")[0]
        digest = values.words.get(f"{above}.digest")
        if digest is not None and digest.value:
            continue
        pods = repository.charting.consumers(values, path)
        pod = next((one for one in pods if one.kind == "DaemonSet"), None)
        if pod is not None:
            yield _tell(values, said, pod.owner, subject=path, related=(pod,))


def _tell(
    fact: Fact,
    policy: Text,
    owner: str,
    *,
    subject: str = "",
    related: tuple[Fact, ...] = (),
) -> Finding:
    fix = None
    if policy.exact:
        edit = Edit(fact.path, policy.start, policy.stop, b"IfNotPresent")
        reason = "what is on the node is used; a moved tag is not noticed any more"
        fix = Fix(FixKind.UNSAFE, (edit,), reason)
    return RULE.finding(
        fact,
        f"{owner} needs the registry at each start on each node, and nodes do"
        " not come back while it is away: use IfNotPresent",
        at=policy,
        owner=owner,
        subject=subject,
        related=related,
        fix=fix,
    )
