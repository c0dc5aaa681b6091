"""What belongs together: namespaces, charts, and workloads that are deployed as one."""

from collections import defaultdict
from functools import cached_property

from seawall.policy.facts.charts import Chart
from seawall.policy.facts.injections import HereDocument
from seawall.policy.facts.overlays import Kustomization
from seawall.policy.facts.workloads import Manifest, Workload
from seawall.policy.finding import Context
from seawall.policy.knowledge.operated import is_test_run
from seawall.policy.lookups.contexts import is_test_data
from seawall.policy.lookups.gathered import Gathered
from seawall.policy.lookups.kustomizing import Kustomizing

_ALONE = {Context.TEST, Context.EXAMPLE}
"""What such files hold is applied by itself, and not with all else of its kind."""
_TOGETHER = ("app.kubernetes.io/part-of", "app.kubernetes.io/instance")


class Belonging:
    """Which objects and files belong together.

    Args:
        gathered: All facts.

    Attributes:
        kustomizing: What kustomizations deploy.
    """

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self.kustomizing = Kustomizing(gathered)
        self._spaces = {
            _folder(one.path): one.namespace
            for one in gathered.all(Kustomization)
            if one.namespace
        }
        self._charts = {chart.folder: chart for chart in gathered.all(Chart)}
        self._runs = {
            _folder(one.path) for one in gathered.all(Manifest) if is_test_run(one.api)
        }

    def namespace(self, manifest: Manifest) -> str:
        """Name the namespace of an object, by itself or by its kustomizations.

        Empty, if the files do not say it, or say several: whoever applies them decides.
        """
        said = {one.namespace for one in self.kustomizing.deployments(manifest)}
        if said:
            return said.pop() if len(said) == 1 else ""
        return manifest.namespace or self._spaces.get(_folder(manifest.path), "")

    def script_of(self, manifest: Manifest) -> str:
        """Name the script whose here-document an object stands in; empty if in none."""
        held = self._gathered.parent(manifest, HereDocument)
        return held.path if held is not None else ""

    def chart_of(self, path: str) -> Chart | None:
        """Find the chart that a file belongs to, the innermost if they are nested."""
        folder = _folder(path)
        while folder not in self._charts:
            if not folder:
                return None
            folder = _folder(folder)
        return self._charts[folder]

    def group_of(self, manifest: Manifest) -> str:
        """Name what an object is deployed together with.

        That is the script that holds it, or its chart; else the application that its
        labels name, within its namespace; else its folder and namespace. Of what
        programs are tested with, each file is a case of its own: others of its folder
        may be the same object, as it is expected to be.
        """
        script = self.script_of(manifest)
        if script:
            return f"script {script}, namespace {self.namespace(manifest)}"
        chart = self.chart_of(manifest.path)
        if chart is not None:
            return f"chart {chart.folder or '.'}"
        folder = _folder(manifest.path) or "."
        is_case = self._is_case(manifest.path)
        place = manifest.path if is_case else f"folder {folder}"
        group = f"{place}, namespace {self.namespace(manifest) or '(unsaid)'}"
        names = (manifest.labels.get(label) for label in _TOGETHER)
        name = next(filter(None, names), "")
        return f"{group}, application {name}" if name else group

    def may_meet(self, one: Manifest, other: Manifest) -> bool:
        """Whether two objects may come into one cluster, if their namespaces agree.

        What belongs to a test or an example meets nothing but what lies beside it: it
        is only by chance that others use the same names.
        """
        if self.are_near(one, other):
            return True
        return not (self._is_alone(one.path) or self._is_alone(other.path))

    def are_near(self, one: Manifest, other: Manifest) -> bool:
        """Whether two objects are of one file, folder, chart or kustomization.

        A folder below another one's is near to it, but for tests and examples.
        """
        if one.path == other.path:
            return True
        roots = {made.root for made in self.kustomizing.deployments(one)}
        if any(made.root in roots for made in self.kustomizing.deployments(other)):
            return True
        chart = self.chart_of(one.path)
        if chart is not None or self.chart_of(other.path) is not None:
            return chart is self.chart_of(other.path)
        if self._is_case(one.path) or self._is_case(other.path):
            return False
        above, below = sorted((_folder(one.path), _folder(other.path)), key=len)
        alone = self._is_alone(one.path) or self._is_alone(other.path)
        within = not above or below.startswith(f"{above}/")
        return above == below or (within and not alone)

    def _is_case(self, path: str) -> bool:
        return _folder(path) in self._runs or is_test_data(path)

    def _is_alone(self, path: str) -> bool:
        return self._gathered.contexts.of(path) in _ALONE or self._is_case(path)

    @cached_property
    def _groups(self) -> dict[str, list[Workload]]:
        groups: dict[str, list[Workload]] = defaultdict(list)
        for workload in self._gathered.all(Workload):
            groups[self.group_of(workload)].append(workload)
        return groups

    def siblings(self, workload: Workload) -> list[Workload]:
        """List the other workloads that are deployed together with this one."""
        group = self._groups.get(self.group_of(workload), [])
        return [other for other in group if other is not workload]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
