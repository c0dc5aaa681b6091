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

    Attributes:
        troubles: What was not rendered, and why.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.troubles: list[Trouble] = []

    def add(
        self, findings: Sequence[Finding], repository: Repository
    ) -> Iterator[Finding]:
        """Yield what is found in what was rendered, and in no file."""
        known = list(findings)
        done = 0
        missing: set[str] = set()
        for program, folder, file in self._wanted(repository):
            if program in missing:
                continue
            if done >= _MOST:
                message = f"more than {_MOST} were rendered: the rest was not"
                self._tell(file, message)
                return
            done += 1
            try:
                one = Rendering(program, folder, self._render(program, folder, file))
            except (InputError, OSError) as exc:
                if str(exc).endswith("is not here"):
                    missing.add(program)
                self._tell(file, str(exc))
                continue
            for finding in judge(one, repository, known):
                known.append(finding)
                yield finding

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

    def _tell(self, path: str, message: str) -> None:
        self.troubles.append(
            Trouble(
                path=path,
                start=0,
                stop=0,
                obstacle=Obstacle.UNRENDERED,
                message=message,
            )
        )
