"""Values that charts give to the charts they need: these count, not those below."""

from collections.abc import Iterable, Iterator

import msgspec

from seawall.policy.facts.charts import Chart, ChartValues
from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Fact, Text

_PARTS = ("registry", "repository", "tag", "digest")
_VERSION = "{{ .Chart.AppVersion }}"
_CHARTS = "charts/"


class Override(msgspec.Struct, frozen=True):
    """What charts above say of an image in a chart's values.

    Attributes:
        renamed: Whether they say where it comes from.
        tagged: Whether they say its version.
    """

    renamed: bool
    tagged: bool


class Valuing:
    """Which values of charts are overridden by the charts that need them.

    Helm: the values of a chart that has another one in its folder `charts` are put
    over that one's own, below its name or alias; `global` is the same for all.

    Args:
        facts: What readers found.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._charts: dict[str, Chart] = {}
        self._values: dict[str, ChartValues] = {}
        for fact in facts:
            if isinstance(fact, Chart):
                self._charts[fact.folder] = fact
            elif isinstance(fact, ChartValues):
                self._values[fact.path] = fact
        self._known = dict[str, dict[str, Override]]()
        self.images = tuple(self._merge())

    def is_moot(self, use: ImageUse, *, by_name: bool) -> bool:
        """Whether charts above say another name, or version, than these values."""
        found = self._known.get(use.path, {}).get(use.owner)
        if found is None or use.role is not Role.VALUES:
            return False
        return found.renamed if by_name else found.tagged

    def _merge(self) -> Iterator[ImageUse]:
        """Find what is overridden, and yield the images that come of it."""
        for folder, chart in self._charts.items():
            values = self._values.get(_default(folder))
            above = list(self._above(folder, chart)) if values else []
            for use in values.images if values and above else ():
                yield from self._override(use, above)

    def _above(self, folder: str, chart: Chart) -> Iterator[tuple[ChartValues, str]]:
        """Yield the values of charts above, the nearest first, with what they call it.

        Those that need it by several aliases may say several things: they are left out.
        """
        name, at = chart.name, folder
        while True:
            outer = _outer(at)
            parent = self._charts.get(outer) if outer is not None else None
            if outer is None or parent is None:
                return
            aliases = {
                one.alias or one.name
                for one in parent.dependencies
                if one.name == self._charts[at].name
            }
            if len(aliases) > 1:
                return
            called = next(iter(aliases), self._charts[at].name)
            name = called if at == folder else f"{called}.{name}"
            values = self._values.get(_default(outer))
            if values is not None:
                yield values, name
            at = outer

    def _override(
        self, use: ImageUse, above: list[tuple[ChartValues, str]]
    ) -> Iterator[ImageUse]:
        """Put what charts above say over an image, the outermost last."""
        parts: dict[str, Text] = {}
        holder: ChartValues | None = None
        whole = False  # whether they say the image as one text
        for values, name in above:
            for part in _PARTS:
                word = values.words.get(f"{name}.{use.owner}.{part}")
                if word is not None:
                    parts[part], holder = word, values
            registry = values.words.get("global.imageRegistry")
            if registry is not None and registry.value:
                parts["registry"] = registry
            whole = whole or f"{name}.{use.owner}" in values.words
        renamed = bool({"registry", "repository"} & set(parts)) or whole
        said = [parts[part].value for part in ("tag", "digest") if part in parts]
        tagged = any(said) or whole
        if not renamed and not said:
            return
        joins = not whole and "repository" not in parts and use.pieces is not None
        known = self._known.setdefault(use.path, {})
        if holder is not None and joins:  # it is judged there, with all of its parts
            known[use.owner] = Override(renamed=True, tagged=True)
            yield _make(use, parts, holder)
        else:
            known[use.owner] = Override(renamed=renamed, tagged=tagged)


def _make(use: ImageUse, parts: dict[str, Text], holder: ChartValues) -> ImageUse:
    """Make the image that the values of two charts make together."""
    own = use.pieces
    said = {
        part: parts[part].value if part in parts else text.value if text else ""
        for part in _PARTS
        for text in [getattr(own, part)]
    }
    value = f"{said['registry']}/" if said["registry"] else ""
    value += said["repository"]
    tag = said["tag"] or ("" if said["digest"] else _VERSION)
    value += f":{tag}" if tag else ""
    value += f"@{said['digest']}" if said["digest"] else ""
    place = next(parts[p] for p in ("tag", "digest", "registry") if p in parts)
    made = name_image(holder.path, place, Role.VALUES, value=value, owner=use.owner)
    text = Text(value, place.start, place.stop, exact=False)
    return msgspec.structs.replace(made, text=text, origin=f"values of {use.path}")


def _default(folder: str) -> str:
    """Name the file of a chart's default values."""
    return f"{folder}/values.yaml".removeprefix("/")


def _outer(folder: str) -> str | None:
    """Name the folder of the chart whose `charts` has this one; `None` if none has."""
    head, found, _ = f"/{folder}".rpartition(f"/{_CHARTS}")
    return head.removeprefix("/") if found else None
