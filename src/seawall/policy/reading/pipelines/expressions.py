"""GitHub's `${{ }}` in names of images, filled in where the file has the values."""

import re
from collections.abc import Iterator
from itertools import islice, product

import msgspec

from seawall.policy.facts.images import Blank, Given, ImageUse, Role, name_image
from seawall.policy.facts.text import Style, Text
from seawall.policy.reading.manifests.objects import text
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_LITERAL = re.compile(r"'([^']*)'")
_PIECES = re.compile(r"'(?:[^']|'')*'|\|\||&&|[^'|&]+|[|&]")
_EVENT = "github.event."
_COMBINATIONS = 64
"""So many values of a matrix are looked at; GitHub itself ends at 256 jobs."""
_LEVELS = 4
"""So often may a variable be said by an expression of others."""


class _Choice(msgspec.Struct, frozen=True):
    """One value that an expression may have.

    Attributes:
        text: The value, where it is written.
        name: By which name it was found; empty for a literal.
    """

    text: Text
    name: str = ""

    @property
    def is_placed(self) -> bool:
        """Whether it is told where it is written, and not where it is used."""
        return not self.name or self.name.startswith("matrix.")


class Known:
    """What expressions of a job come to, as far as its file says.

    Args:
        key: What its inputs are known by to callers; see `Scope`.
    """

    def __init__(self, key: str = "") -> None:
        self.key = key
        self.values: dict[str, list[Text]] = {}
        self.defaults: dict[str, Given] = {}
        self._included: set[str] = set()
        self._computed: dict[str, Text] = {}

    def add_inputs(self, node: Node | None) -> None:
        """Learn the defaults of inputs."""
        if isinstance(node, Mapping):
            for name, one in node.pairs():
                default = text(one.get("default")) if isinstance(one, Mapping) else None
                if default is not None and default.value:
                    self.values[f"inputs.{name.value}"] = [default]
                    self.defaults[f"inputs.{name.value}"] = Given(default)

    def add_variables(self, node: Node | None) -> None:
        """Learn an `env`; what is learnt later wins."""
        if isinstance(node, Mapping):
            for name, value in node.pairs():
                self._forget(f"env.{name.value}")
                said = text(value)
                if said is not None and said.value:
                    self._add_variable(f"env.{name.value}", said)

    def within(self, node: Node | None) -> "Known":
        """Give what is known where there is another `env`, which hides this one's."""
        if not isinstance(node, Mapping):
            return self
        inner = Known(self.key)
        inner.values, inner.defaults = dict(self.values), self.defaults
        inner._included, inner._computed = self._included, dict(self._computed)
        inner.add_variables(node)
        return inner

    def _forget(self, name: str) -> None:
        self._computed.pop(name, None)
        self.values.pop(name, None)

    def _add_variable(self, name: str, said: Text) -> None:
        if _EXPRESSION.search(said.value) is None:
            self.values[name] = [said]
            return
        self._computed[name] = said
        found = self.expand(said)
        if found:
            self.values[name] = found

    @property
    def written(self) -> dict[str, Text]:
        """Variables of the shell that have one value alone, where it is said."""
        return {
            name.removeprefix("env."): found[0]
            for name, found in self.values.items()
            if name.startswith("env.") and len(found) == 1
        }

    @property
    def variables(self) -> dict[str, str]:
        """Variables of the shell that have one value alone."""
        return {name: said.value for name, said in self.written.items()}

    def fill(self, found: Text) -> Text:
        """Fill in what has one value alone; what is left is as it is written."""

        def value(match: re.Match[str]) -> str:
            known = self._choose(match[1], None)
            single = len(known) == 1 and not known[0].name.startswith("matrix.")
            return known[0].text.value if single else match[0]

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
        found = self._trace(found)
        blanks = self._blanks(found)
        for number, use in enumerate(self._read(path, found, role, owner)):
            open_ = blanks and not number
            yield (
                msgspec.structs.replace(use, scope=self.key, blanks=blanks)
                if open_
                else use
            )

    def _read(
        self, path: str, found: Text, role: Role, owner: str
    ) -> Iterator[ImageUse]:
        match = _EXPRESSION.fullmatch(found.value)
        if match is None or "}}" in match[1]:
            values = self.expand(found)
            if values is None:
                yield name_image(path, found, role, owner=owner)
            else:
                for said in values:
                    yield name_image(path, said, role, owner=owner)
            return
        chosen = self._choose(match[1], _Place(found, match.start(1)))
        if not chosen:
            yield name_image(path, found, role, owner=owner)
        for choice in chosen:
            if choice.is_placed:
                yield name_image(path, choice.text, role, owner=owner)
            else:
                yield name_image(
                    path,
                    found,
                    role,
                    owner=owner,
                    value=choice.text.value,
                    origin=f"value of {choice.name}",
                    written=choice.text,
                )

    def give(self, said: Text) -> tuple[Given, ...]:
        """Say what is passed on to somebody who is called: each value it may have."""
        said = self._trace(said)
        blanks = self._blanks(said)
        if blanks or _EXPRESSION.search(said.value) is None:
            return (Given(said, blanks),)
        return tuple(Given(one) for one in self.expand(said) or (said,))

    def expand(self, found: Text) -> list[Text] | None:
        """List what a text may come to; `None` if a part of it is not known.

        The place of what is made of parts is that of a value of the matrix.
        """
        matches = list(_EXPRESSION.finditer(found.value))
        if not matches:
            return [found]
        bodies = list(dict.fromkeys(match[1] for match in matches))
        whole = len(matches) == 1 and matches[0].span() == (0, len(found.value))
        at = _Place(found, matches[0].start(1)) if whole else None
        choices = [self._choose(body, at) for body in bodies]
        names = [one[0].name for one in choices if one and one[0].name]
        torn = len(set(names)) > 1 and self._included.intersection(names)
        if not all(choices) or torn:  # values of `include` belong together
            return None
        if whole:
            return [choice.text for choice in choices[0]]
        made: dict[str, Text] = {}
        for chosen in islice(product(*choices), _COMBINATIONS):
            by_body = dict(zip(bodies, chosen, strict=True))
            value = _EXPRESSION.sub(
                lambda match, by_body=by_body: by_body[match[1]].text.value,  # type: ignore[misc]
                found.value,
            )
            placed = (one.text for one in chosen if one.name.startswith("matrix."))
            place = next(placed, found)
            made.setdefault(
                value, Text(value, place.start, place.stop, Style.MADE, exact=False)
            )
        return list(made.values())

    def _trace(self, found: Text) -> Text:
        """Go to the text that says a variable, if that is all of a text."""
        for _ in range(_LEVELS):
            match = _EXPRESSION.fullmatch(found.value)
            name = match[1].strip() if match else ""
            if name not in self._computed:
                break
            found = self._computed[name]
        return found

    def _blanks(self, found: Text) -> tuple[Blank, ...]:
        """Find where inputs come in, if nothing else does."""
        blanks = []
        for match in _EXPRESSION.finditer(found.value):
            first = match[1].partition("||")[0].strip().removeprefix(_EVENT)
            if not first.startswith("inputs.") or _NAME.fullmatch(first) is None:
                return ()
            blanks.append(Blank(match.start(), match.end(), first))
        return tuple(blanks) if self.key else ()

    def _choose(self, body: str, at: "_Place | None") -> list[_Choice]:
        """List the values of an expression: names, literals, and what `||` falls to."""
        found: list[_Choice] = []
        for begin, operand, sure in _operands(body):
            literal = _LITERAL.fullmatch(operand)
            if literal is not None and literal[1]:
                said = Text(literal[1], 0, 0, Style.MADE, exact=False)
                found.append(_Choice(at.cut(begin + 1, literal[1]) if at else said))
            name = operand.removeprefix(_EVENT)
            known = self.values.get(name, []) if _NAME.fullmatch(name) else []
            found += [_Choice(one, name) for one in known]
            if sure and (known or literal is not None):
                break
        return found


class _Place(msgspec.Struct, frozen=True):
    """Where an expression stands: the text, and the index that its body begins at."""

    text: Text
    begin: int

    def cut(self, at: int, value: str) -> Text:
        """Take a literal of the expression as a text of its own."""
        return self.text.cut(self.begin + at, self.begin + at + len(value))


def _operands(body: str) -> Iterator[tuple[int, str, bool]]:
    """Yield what an expression may be: where that begins, and if it is so surely.

    >>> list(_operands(" a && 'b' || c"))
    [(6, "'b'", False), (13, 'c', True)]
    """
    part, at, sure = "", 0, True
    pieces = [(match.start(), match[0]) for match in _PIECES.finditer(body)]
    for start, piece in [*pieces, (len(body), "||")]:
        if piece == "||":
            bare = part.strip()
            if bare:
                yield at + len(part) - len(part.lstrip()), bare, sure
            part, at, sure = "", start + 2, True
        elif piece == "&&":
            part, at, sure = "", start + 2, False
        else:
            part += piece
