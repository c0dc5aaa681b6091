"""PUL014: a chart whose pods cannot be given pull secrets at all."""

from collections.abc import Iterator

from seawall.policy.facts.charts import Chart, ChartValues, PodTemplate, Template
from seawall.policy.finding import Confidence, Finding, Severity
from seawall.policy.lookups.charting import Emission
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

_WEB = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  template:
    spec:
%s      containers:
        - name: web
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
_BLOCK = """      {{- with .Values.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
"""
RULE = Rule(
    id="PUL014",
    title="Chart without any way to pull secrets",
    severity=Severity.NOTE,
    confidence=Confidence.MEDIUM,
    what="A chart that renders pods, has no value for pull secrets, and emits none by"
    " its pods or service accounts. It is told once, at the first pod.",
    why="Whoever has to pull with a credential, from a mirror or within Docker Hub's"
    " limits, must patch what is rendered or the namespace's default service account.",
    remedy="Take a value `imagePullSecrets`, and emit it in all pod specs.",
    bad=_WEB % "",
    good=_WEB % _BLOCK,
    sample="templates/web.yaml",
    links=(
        "https://kubernetes.io/docs/concepts/containers/images/#specifying-imagepullsecrets-on-a-pod",
    ),
)


def check(
    repository: Repository, checked: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Find charts none of whose pods can have a secret."""
    del checked, options
    charting = repository.charting
    templates = [one for one in repository.all(Template) if one.pods]
    charts = {chart.folder for chart in repository.all(Chart)}
    # Other tools have folders of templates, too: theirs know no `.Values`.
    charts |= {charting.folder_of(one) for one in templates if one.values}
    for folder in sorted(charts & {charting.folder_of(one) for one in templates}):
        pods = charting.pods(folder)
        bare = _find_bare(pods, repository)
        if charting.knobs(folder) or not bare or _is_local(charting.values(folder)):
            continue
        first = min(bare, key=lambda pod: (pod.path, pod.start))
        more = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
        yield RULE.finding(
            first,
            f"{first.owner}{more} cannot be given pull secrets: the chart has no value"
            " for them, so that whoever needs some has to patch it",
            subject=folder,
        )


def _is_local(values: ChartValues | None) -> bool:
    """Whether a chart's values name images that are never pulled, and no others."""
    images = values.images if values is not None else ()
    return bool(images) and all(use.is_never_pulled for use in images)


def _find_bare(pods: list[PodTemplate], repository: Repository) -> list[PodTemplate]:
    """List the pods that cannot have a secret; none, if another one can."""
    emissions = [repository.charting.emission(pod) for pod in pods]
    if Emission.YES in emissions:
        return []
    return [
        pod for pod, said in zip(pods, emissions, strict=True) if said is Emission.NO
    ]
