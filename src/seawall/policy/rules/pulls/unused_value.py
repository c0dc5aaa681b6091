"""PUL010: a chart takes pull secrets, and a pod of it does not get them."""

import re
from collections.abc import Iterator

from seawall.policy.facts.charts import PodTemplate
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.fix import Fix, FixKind
from seawall.policy.lookups.charting import Emission
from seawall.policy.mending.pullblocks import add_block, add_to_account
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_BLOCK = """      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""
_WEB = f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{{{ .Release.Name }}}}
spec:
  template:
    spec:
{_BLOCK}      containers:
        - name: web
          image: "{{{{ .Values.image.repository }}}}:{{{{ .Values.image.tag }}}}"
---
"""
_JOB = """apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-migrate
  annotations:
    helm.sh/hook: pre-upgrade
spec:
  template:
    spec:
%s      restartPolicy: Never
      containers:
        - name: migrate
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
_VALUE = re.compile(r"\.Values\.([\w.]+)")
_TAIL = re.compile(r"(?:^|\.)image$")
_FOR_ALL = ("", "common", "default", "defaults", "global", "images")
RULE = Rule(
    id="PUL010",
    title="Chart takes pull secrets that a pod of it does not get",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    fixes=(FixKind.UNSAFE,),
    what="A pod spec in a chart's templates that does not emit `imagePullSecrets`, by"
    " itself, by a helper that it includes, or by its service account, while the"
    " chart's values have a list for it. Helpers are followed through all charts of the"
    " repository; a pod spec that includes a helper nobody knows is not judged. Hook"
    " Jobs and test pods count: they are the ones that are forgotten. Where each"
    " component has a list of its own, its own counts for a pod. And such a value"
    " that no template uses, though its pods get others.",
    why="Whoever sets the value expects all pods to pull with it. The forgotten one"
    " pulls anonymously, and fails with 401, 403 or 429 when it runs for the first time"
    " on a node: a hook Job then stops the whole upgrade.",
    remedy="Put the block that the other templates have into this pod spec, or into"
    " its service account, too.",
    bad=_WEB + _JOB % "",
    good=_WEB + _JOB % _BLOCK,
    sample="templates/shop.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod",
    ),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find pods that get no pull secrets in a chart that takes some."""
    del checked, options
    charting = repository.charting
    folders: dict[str, bool] = {}
    for pod in repository.all(PodTemplate):
        folder = charting.folder_of(pod)
        lacks = charting.emission(pod) is Emission.NO
        folders[folder] = folders.get(folder, False) or lacks
        if lacks:
            yield from _check_pod(pod, folder, repository)
    for folder in (one for one, lacks in folders.items() if not lacks):
        yield from _check_values(folder, repository)


def _check_values(folder: str, repository: Repository) -> Iterator[Finding]:
    """Find lists that a chart's values have, and nothing of the chart looks at."""
    values = repository.charting.values(folder)
    for name, key in repository.charting.unused(folder).items():
        if values is not None:
            yield RULE.finding(
                values,
                f"no template of the chart uses its value {name}; whoever sets it gives"
                " no pod a pull secret",
                at=key,
                subject=name,
                confidence=Confidence.MEDIUM,
            )


def _check_pod(
    pod: PodTemplate, folder: str, repository: Repository
) -> Iterator[Finding]:
    charting = repository.charting
    knobs = charting.knobs(folder)
    if not knobs:
        return
    having: list[PodTemplate] = []
    for others in (charting.pods(folder), charting.relatives(folder, knobs[0])):
        having = having or [
            one
            for one in others
            if one is not pod and charting.emission(one) is Emission.YES
        ]
    having.sort(key=lambda one: bool(one.helper))
    knob, near = _choose(pod, knobs, having)
    edits = add_block(pod, near)
    owners = charting.accounts_of(pod)
    if not edits and len(owners) == 1 and (near or not having):
        edits = add_to_account(*owners[0], charting.accounts(folder))
    reason = (
        "the block that the chart's other templates have; what is rendered changes if"
        " the value is set"
    )
    lacks = f"{pod.owner} does not get the pull secrets of the value {knob}"
    said = ", nor does any other pod: it pulls anonymously; emit them in its template"
    if near:
        said = f", as {near[0].owner} does, and pulls anonymously: give it its lines"
    elif not knob:
        lacks = f"{pod.owner} gets no pull secrets, while other components of its chart"
        said = f" have a list of their own ({knobs[0]}): it pulls anonymously; take one"
        said += " for it, and emit it in its template"
    yield RULE.finding(
        pod,
        f"{lacks}{said}",
        subject=knob or knobs[0],
        confidence=None if having else Confidence.MEDIUM,
        fix=Fix(FixKind.UNSAFE, edits, reason) if edits else None,
        related=tuple(near[:1]),
    )


def _choose(
    pod: PodTemplate, knobs: list[str], having: list[PodTemplate]
) -> tuple[str, list[PodTemplate]]:
    """Choose the list that is for a pod, and the siblings that emit no other one.

    Returns:
        An empty name, if each list is another component's.
    """
    if len(knobs) == 1:
        return knobs[0], having
    named = {
        id(one): {
            path
            for path in _VALUE.findall(one.secrets.value if one.secrets else "")
            if path in knobs
        }
        for one in having
    }
    meant = [knob for knob in knobs if _is_for(knob, pod.values)]
    near = [one for one in having if named[id(one)] <= set(meant)]
    if not meant and not near and having:
        return "", []
    said = {path for one in near for path in named[id(one)]}
    return next((one for one in meant if one in said), (meant or knobs)[0]), near


def _is_for(knob: str, used: frozenset[str]) -> bool:
    """Whether a list is for the component whose values are used, or for all."""
    head = _TAIL.sub("", knob.rpartition(".")[0])
    return head in _FOR_ALL or any(path.startswith(f"{head}.") for path in used)
