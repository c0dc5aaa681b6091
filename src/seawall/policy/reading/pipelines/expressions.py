"""GitHub's `${{ }}` in names of images, filled in where the file has the values."""

import re
from collections.abc import Iterator
from itertools import islice, product

from seawall.policy.facts.images import ImageUse, Role, name_image
from seawall.policy.facts.text import Style, Text
from seawall.policy.reading.manifests.objects import text
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_EXPRESSION = re.compile(r"\$\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}")
_COMBINATIONS = 64
"""So many values of a matrix are looked at; GitHub itself ends at 256 jobs."""


class Known:
    """What expressions of a job come to, as far as its file says."""

    def __init__(self) -> None:
        self.values: dict[str, list[Text]] = {}
        self._included: set[str] = set()

    def add_inputs(self, node: Node | None) -> None:
        """Learn the defaults of inputs."""
        if isinstance(node, Mapping):
            for name, one in node.pairs():
                default = text(one.get("default")) if isinstance(one, Mapping) else None
                if default is not None and default.value:
                    self.values[f"inputs.{name.value}"] = [default]

    def add_variables(self, node: Node | None) -> None:
        """Learn an `env`; what is learnt later wins."""
        if isinstance(node, Mapping):
            for name, value in node.pairs():
                said = text(value)
                if said is not None and said.value:
                    self.values[f"env.{name.value}"] = [said]

    def fill(self, found: Text) -> Text:
        """Fill in what has one value alone; what is left is as it is written."""

        def value(match: re.Match[str]) -> str:
            known = self.values.get(match[1], [])
            single = len(known) == 1 and not match[1].startswith("matrix.")
            return known[0].value if single else match[0]

        filled = _EXPRESSION.sub(value, found.value)
        if filled == found.value:
            return found
        return Text(filled, found.start, found.stop, Style.MADE, exact=False)

    def add_matrix(self, node: Node | None) -> None:
        """Learn the values of a matrix that are written out."""
        if not isinstance(node, Mapping):
            return
        for name, value in node.pairs():
            if name.value == "exclude" or not isinstance(value, Sequence):
                continue
            for item in value.items:
                if name.value == "include":
                    self._add("matrix", item, included=True)
                else:
                    self._add(f"matrix.{name.value}", item)

    def _add(self, name: str, node: Node, *, included: bool = False) -> None:
        """Learn a value, or the values of its keys."""
        found = text(node)
        if found is not None and found.value:
            self.values.setdefault(name, []).append(found)
            if included:
                self._included.add(name)
        elif isinstance(node, Mapping) and name.count(".") < 4:  # noqa: PLR2004
            for key, value in node.pairs():
                self._add(f"{name}.{key.value}", value, included=included)

    def read_image(
        self, path: str, found: Text, role: Role, owner: str
    ) -> Iterator[ImageUse]:
        """Yield the images that a name means: one for each value of a matrix."""
        if not found.value.strip():
            return
        names = _EXPRESSION.findall(found.value)
        unknown = not names or any(name not in self.values for name in names)
        torn = len(set(names)) > 1 and self._included.intersection(names)
        if unknown or torn:  # values of `include` belong together
            yield name_image(path, found, role, owner=owner)
        elif _EXPRESSION.fullmatch(found.value) is None:
            yield from self._fill(path, found, role, owner)
        elif not names[0].startswith("matrix."):
            default = self.values[names[0]][0]
            yield name_image(
                path,
                found,
                role,
                owner=owner,
                value=default.value,
                origin=f"value of {names[0]}",
                written=default,
            )
        else:
            for value in self.values[names[0]]:
                yield name_image(path, value, role, owner=owner)

    def _fill(
        self, path: str, found: Text, role: Role, owner: str
    ) -> Iterator[ImageUse]:
        """Fill in a part of a name; its place is that of a value of the matrix."""
        names = list(dict.fromkeys(_EXPRESSION.findall(found.value)))
        choices = product(*(self.values[name] for name in names))
        seen: set[str] = set()
        for chosen in islice(choices, _COMBINATIONS):
            by_name = dict(zip(names, chosen, strict=True))
            value = _EXPRESSION.sub(
                lambda match, by_name=by_name: by_name[match[1]].value,  # type: ignore[misc]
                found.value,
            )
            if value not in seen:
                seen.add(value)
                at = next(
                    (by_name[name] for name in names if name.startswith("matrix.")),
                    found,
                )
                said = Text(value, at.start, at.stop, Style.MADE, exact=False)
                yield name_image(path, said, role, owner=owner)
