"""Registries that charts' templates write before images whose values name none."""

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import msgspec

from seawall.oci.reference import DOCKER_HUB, canonical_registry, is_host
from seawall.policy.facts.charts import Chart, ChartValues, Template
from seawall.policy.facts.images import ImageUse, Pieces, Role, name_image
from seawall.policy.facts.text import Fact, Text

_PARTS = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}|([^{]+)")
_VALUE = re.compile(r"(?:\$\w*)?\.Values\.([\w.]+)")
_KEYS = ("registry", "imageRegistry")
_PREFIX = re.compile(
    r"(?:image_?)?(?:hub|repo|repository|prefix|org|organi[sz]ation|registry)",
    re.IGNORECASE,
)
"""Keys of what may come before all images that stand beside them, or below."""
_UNKNOWN = "{{ registry }}"
"""Stands for a registry that nobody can tell without the chart's user."""


def give_registries(facts: Sequence[Fact]) -> Iterator[Fact]:
    """Yield all facts, with the registries that templates give to values' images.

    Args:
        facts: What readers found, the outermost facts only.
    """
    charts = {fact.folder: fact for fact in facts if isinstance(fact, Chart)}
    templates: dict[str | None, list[Template]] = defaultdict(list)
    values: dict[str, ChartValues] = {}
    for fact in facts:
        if isinstance(fact, Template):
            templates[_chart_of(fact.path, charts)].append(fact)
        elif isinstance(fact, ChartValues):
            values[fact.path] = fact
    for fact in facts:
        folder = _chart_of(fact.path, charts) if isinstance(fact, ChartValues) else None
        if not isinstance(fact, ChartValues) or folder is None:
            yield fact
            continue
        default = values.get(f"{folder}/values.yaml".removeprefix("/"))
        layers = [fact, default] if default else [fact]
        fronting = _Fronting(charts[folder], templates[folder], layers)
        images = tuple(fronting.complete(use) for use in fact.images)
        yield msgspec.structs.replace(fact, images=images)


class _Fronting:
    """What stands before the images of one file of values.

    Args:
        chart: Its chart.
        templates: The templates of that.
        layers: The file, and those that hold where it says nothing.
    """

    def __init__(
        self, chart: Chart, templates: list[Template], layers: Sequence[ChartValues]
    ) -> None:
        self._layers = layers
        self._needs = {one.alias or one.name for one in chart.dependencies}
        self._taken = {path for one in templates for path in one.values}
        self._leads: dict[str, set[str]] = defaultdict(set)
        for front in (front for one in templates for front in one.fronts):
            self._leads[front.value].add(front.lead)

    def complete(self, use: ImageUse) -> ImageUse:
        """Put the registry before an image that has none."""
        own = use.pieces
        if (own and own.registry and own.registry.value) or not use.is_short:
            return use
        registry = self._registry_of(use.owner, is_whole=own is None)
        if not registry:
            alone = own is None and self._is_alone(use.owner)
            return msgspec.structs.replace(use, alone=alone)
        value = f"{registry}/{use.text.value}"
        place = own.repository if own else use.text
        made = name_image(
            use.path,
            place,
            Role.VALUES,
            value=value,
            owner=use.owner,
            policy=use.policy,
        )
        said = Text(registry, place.start, place.stop, exact=False)
        return msgspec.structs.replace(
            made,
            text=Text(value, place.start, place.stop, exact=False),
            pieces=msgspec.structs.replace(own or Pieces(place), registry=said),
        )

    def _is_alone(self, owner: str) -> bool:
        """Whether templates use a value, and nothing can come before what it says."""
        first, *keys = owner.split(".")
        heads = ["", *accumulate([first, *keys], "{}.{}".format)]
        if first in self._needs or not self._taken.intersection(heads):
            return False
        if any(self._leads[f"={one}"] for one in (f".{owner.rpartition('.')[2]}", "$")):
            return False
        return self._prefixed.isdisjoint((*heads, "global"))

    @cached_property
    def _prefixed(self) -> set[str]:
        """The mappings that have a value which may come before their images' names."""
        paths = (path.rpartition(".") for one in self._layers for path in one.keys)
        return {head for head, _, key in paths if _PREFIX.fullmatch(key)}

    def _registry_of(self, owner: str, *, is_whole: bool) -> str:
        """Name what is put before the image of an owner; empty if that is nothing."""
        lead = f"{owner}." if owner else ""
        keys = (f"={owner}", f"{lead}repository", f"{lead}repo")
        named = {one for key in keys for one in self._leads[key]}
        if not named and self._is_helped(owner) and not is_whole:
            return self._shared
        leads = named or (set() if is_whole else self._leads[""])
        if not any(leads):
            return ""
        found = {self._fill(one) if one else "" for one in leads}
        if len(found) == 1 and (known := found.pop()):
            return known
        if "" in leads:  # some write one, some do not; helpers do, if there is one
            return _UNKNOWN if named or self._shared else ""
        if not all("regist" in one.lower() for one in leads):
            return _UNKNOWN
        return self._shared or (_UNKNOWN if named or self._is_lent else "")

    def _is_helped(self, owner: str) -> bool:
        """Whether a helper puts something before images that are one value each."""
        return bool(self._leads["=$"]) and any(
            owner in one.words for one in self._layers
        )

    @cached_property
    def _registries(self) -> tuple[set[str], set[str]]:
        """The values' registries: those that are no image's own, and all others."""
        shared: set[str] = set()
        owned: set[str] = set()
        for values in self._layers:
            for path, text in values.words.items():
                head, _, key = path.rpartition(".")
                if key == "repository" and is_host(text.value):
                    (owned if head not in ("", "global") else shared).add(text.value)
                elif key in _KEYS and text.value:
                    image = f"{head}.repository".removeprefix(".")
                    (owned if image in values.words else shared).add(text.value)
        return shared, owned

    @property
    def _shared(self) -> str:
        """The one registry that is no image's own; unknown, if there are several."""
        shared, _ = self._registries
        return next(iter(shared)) if len(shared) == 1 else _UNKNOWN if shared else ""

    @property
    def _is_lent(self) -> bool:
        """Whether an image's own registry may be one for others, and is not the Hub."""
        _, owned = self._registries
        return any(canonical_registry(one) != DOCKER_HUB for one in owned)

    def _fill(self, lead: str) -> str | None:
        """Fill the values in; `None` if somebody else decides what it is."""
        parts = [said or self._evaluate(body) for body, said in _PARTS.findall(lead)]
        return None if None in parts else "".join(map(str, parts))

    def _evaluate(self, body: str) -> str | None:
        first, *filters = (part.strip() for part in body.split("|"))
        word, *terms = first.split()
        if word == "default" and len(terms) == 2:  # noqa: PLR2004  its two arguments
            terms.reverse()
        elif word not in ("coalesce", "or"):
            terms = [first]
        for one in filters:
            name, _, term = one.partition(" ")
            if name == "default":
                terms.append(term.strip())
            elif name != "toString":
                return None
        for term in terms:
            value = self._say(term)
            if value or value is None:
                return value
        return None  # nothing at all: the chart's user has to say it

    def _say(self, term: str) -> str | None:
        if len(term) > 1 and term[0] == term[-1] == '"':
            return term[1:-1]
        found = _VALUE.fullmatch(term)
        for values in self._layers if found else ():
            path = found[1] if found else ""
            if path in values.words:
                return values.words[path].value
            if path in values.keys:
                return "" if path.endswith(_KEYS) else None
        return "" if found else None


def _chart_of(path: str, charts: Container[str]) -> str | None:
    """Name the folder of the innermost chart that a file is in."""
    while path:
        path = path.rpartition("/")[0]
        if path in charts:
            return path
    return None
