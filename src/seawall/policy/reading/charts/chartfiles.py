"""Charts' metadata: `Chart.yaml` and the dependencies in it."""

from collections.abc import Iterator

from seawall.policy.facts.charts import Chart, Dependency
from seawall.policy.facts.text import Fact
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.manifests.objects import text, word
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Sequence


def read(source: Source) -> Iterator[Fact]:
    """Read a chart's metadata; old charts have their dependencies elsewhere."""
    root = next(iter(source.documents), None)
    if not isinstance(root, Mapping) or not word(root.get("name")):
        return
    listed = root.get("dependencies")
    items = listed.items if isinstance(listed, Sequence) else ()
    yield Chart(
        path=source.path,
        start=0,
        stop=len(source.data),
        name=word(root.get("name")),
        version=word(root.get("version")),
        is_library=word(root.get("type")) == "library",
        dependencies=tuple(
            Dependency(
                word(item.get("name")),
                word(item.get("version")),
                text(item.get("repository")),
                word(item.get("alias")),
            )
            for item in items
            if isinstance(item, Mapping)
        ),
    )


READER = Reader(name="Helm chart", names=("chart.yaml",), read=read)
