"""Which charts and kustomizations of a check are rendered, and what that adds to it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from seawall.errors import InputError
from seawall.policy.facts.charts import Chart
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.finding import Finding
from seawall.policy.foreign import helmcharts
from seawall.policy.foreign.confining import run
from seawall.policy.foreign.homing import Rendering, judge
from seawall.policy.reading.charts import packed
from seawall.policy.repository import Repository

_MOST = 100
"""Charts and kustomizations that are rendered: nobody waits for more."""


class Renderers:
    """Lets Helm and kubectl render what a check has read.

    Args:
        root: What paths are relative to.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(
        self, findings: Sequence[Finding], repository: Repository
    ) -> tuple[list[Finding], list[Trouble]]:
        """Find what is only in what was rendered; and what was not rendered."""
        found: list[Finding] = []
        failed: list[Trouble] = []
        missing: set[str] = set()
        for count, (program, folder, file) in enumerate(self._wanted(repository)):
            if program in missing:
                continue
            if count >= _MOST:
                failed.append(_tell(file, f"more than {_MOST} are not rendered"))
                break
            try:
                one = Rendering(program, folder, self._render(program, folder, file))
            except (InputError, OSError) as exc:
                if str(exc).endswith("is not here"):
                    missing.add(program)
                failed.append(_tell(file, str(exc)))
                continue
            found += judge(one, repository, [*findings, *found])
        return found, failed

    def _wanted(self, repository: Repository) -> Iterator[tuple[str, str, str]]:
        """Yield programs with folders and files: what no other one takes in."""
        charts = [c for c in repository.all(Chart) if not packed.is_inside(c.path)]
        folders = {chart.folder for chart in charts}
        for chart in charts:
            outer = f"/{chart.folder}".rpartition("/charts/")[0].removeprefix("/")
            is_inner = f"/{chart.folder}".count("/charts/") and outer in folders
            if not is_inner and not chart.is_library:
                yield "helm", chart.folder, chart.path
        for one in repository.kustomizing.roots:
            yield "kubectl", one.folder, one.path

    def _render(self, program: str, folder: str, file: str) -> dict[str, str]:
        if program == "helm":
            return helmcharts.render(self._root, folder)
        place = self._root / folder
        printed = run("kubectl", ("kustomize", "."), place)
        return {file: printed.decode(errors="replace")}


def _tell(path: str, message: str) -> Trouble:
    obstacle = Obstacle.UNRENDERED
    return Trouble(path=path, start=0, stop=0, obstacle=obstacle, message=message)
