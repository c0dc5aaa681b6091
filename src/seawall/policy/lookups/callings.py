"""What images are where another place says it: parameters followed to their callers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from seawall.policy.facts.images import (
    INNER,
    Blank,
    Call,
    Given,
    ImageUse,
    Role,
    Scope,
    Unresolved,
    name_image,
    resolve,
)
from seawall.policy.facts.text import Fact, Style, Text

_DEPTH = 16
"""So far is a value followed from caller to caller."""
_VALUES = 64
"""So many values of one name are looked at."""
_PODS = {Role.CONTAINER, Role.INIT, Role.EPHEMERAL, Role.VOLUME}


class _Found(msgspec.Struct, frozen=True):
    """A value that was found.

    Attributes:
        path: The file that says it.
        text: The value with its place there.
    """

    path: str
    text: Text


class Callings:
    """Images whose names come from elsewhere, by what their callers pass.

    Args:
        facts: What readers found, the outermost facts only.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        listed = list(facts)
        self._scopes: dict[str, list[Scope]] = defaultdict(list)
        self._calls: dict[tuple[str, str], list[Call]] = defaultdict(list)
        calls = []
        for fact in listed:
            if isinstance(fact, Scope):
                self._scopes[fact.key].append(fact)
            elif isinstance(fact, Call):
                calls.append(fact)
        for call in calls:
            for path in self._nearest(call):
                self._calls[call.callee, path].append(call)
        self.images: list[ImageUse] = []
        self._known: dict[tuple[str, str, str], tuple[list[_Found], bool]] = {}
        self._given: set[tuple[str, int, int]] = set()
        if self._scopes:
            self._follow(list(_unfold(listed)))

    def is_given(self, use: ImageUse) -> bool:
        """Whether all that an image's name leaves open is said by callers."""
        return (use.path, use.start, use.stop) in self._given

    def _nearest(self, call: Call) -> list[str]:
        """Name the files of what is called: of several, those nearest to the caller."""
        found = sorted({scope.path for scope in self._scopes.get(call.callee, ())})
        if len(found) < 2:  # noqa: PLR2004  there is no choice
            return found
        shared = {path: _shared_folders(path, call.path) for path in found}
        best = max(shared.values())
        return [path for path in found if shared[path] == best]

    def _follow(self, facts: list[Fact]) -> None:
        uses = [fact for fact in facts if isinstance(fact, ImageUse)]
        told = {(use.path, use.text.start) for use in uses}
        for use in uses:
            if not use.blanks:
                continue
            filled, whole = self._fill(
                _Found(use.path, use.text), use.blanks, use.scope, 0
            )
            # What a caller leaves open itself is told once, where it is used.
            found = [one for one in filled if not resolve(one.text.value).unresolved]
            whole = whole and len(found) == len(filled)
            if use.unresolved is Unresolved.PLACEHOLDER and whole and found:
                self._given.add((use.path, use.start, use.stop))
            for value in found:
                place = (value.path, value.text.start)
                if value.text.value == use.label:
                    continue  # that is its default, and told where it is used
                if place not in told:
                    told.add(place)
                    self.images.append(_name(use, value))

    def _fill(
        self, given: _Found, blanks: tuple[Blank, ...], key: str, depth: int
    ) -> tuple[list[_Found], bool]:
        """Fill in a text's blanks; tell, too, whether all that they can be is known."""
        if not blanks:
            return [given], True
        first, rest = blanks[0], blanks[1:]
        known, whole = self._values(key, given.path, first.name, depth)
        text = given.text
        filled: list[_Found] = []
        for value in known[:_VALUES]:
            if first.begin == 0 and first.end == len(text.value):
                filled.append(value)
                continue
            said = (
                text.value[: first.begin] + value.text.value + text.value[first.end :]
            )
            shift = len(said) - len(text.value)
            moved = tuple(
                Blank(one.begin + shift, one.end + shift, one.name) for one in rest
            )
            at = value.text
            made = Text(said, at.start, at.stop, Style.MADE, exact=False)
            more, all_of_it = self._fill(_Found(value.path, made), moved, key, depth)
            filled += more
            whole = whole and all_of_it
        return filled[:_VALUES], whole

    def _values(
        self, key: str, path: str, name: str, depth: int
    ) -> tuple[list[_Found], bool]:
        """List what a name means in a scope: what callers pass, and its default.

        A name that is asked for on the way to itself has nothing to say.
        """
        place = (key, path, name)
        if place not in self._known:
            if depth >= _DEPTH:
                return [], False
            self._known[place] = [], False
            self._known[place] = self._look_up(key, path, name, depth)
        return self._known[place]

    def _look_up(
        self, key: str, path: str, name: str, depth: int
    ) -> tuple[list[_Found], bool]:
        calls = self._calls.get((key, path), [])
        found: list[_Found] = []
        whole, asked = True, not calls
        for call in calls:
            passed = call.values.get(name)
            asked = asked or passed is None
            for given in passed or ():
                more, known = self._pass_on(given, call.path, call.caller, depth)
                found += more
                whole = whole and known
        if asked:
            more, known = self._ask_itself(key, path, name, depth)
            found += more
            whole = whole and known
        return found[:_VALUES], whole

    def _ask_itself(
        self, key: str, path: str, name: str, depth: int
    ) -> tuple[list[_Found], bool]:
        """Take a default; without any, what the scope around it knows by that name."""
        default = self._default(key, path, name)
        if default is not None:
            return self._pass_on(default, path, key, depth)
        outer, inner, _ = key.rpartition(INNER)
        return self._values(outer, path, name, depth + 1) if inner else ([], False)

    def _pass_on(
        self, given: Given, path: str, key: str, depth: int
    ) -> tuple[list[_Found], bool]:
        return self._fill(_Found(path, given.text), given.blanks, key, depth + 1)

    def _default(self, key: str, path: str, name: str) -> Given | None:
        for scope in self._scopes.get(key, ()):
            if scope.path == path and name in scope.defaults:
                return scope.defaults[name]
        return None


def _name(use: ImageUse, value: _Found) -> ImageUse:
    """Make the fact of an image where its name is said, not where it is used.

    Of a pod, what else it says (such as when to pull) stands elsewhere, so that the
    value is told as one that is passed.
    """
    role = Role.PARAMETER if use.role in _PODS else use.role
    return name_image(value.path, value.text, role, owner=use.owner)


def _unfold(facts: Iterable[Fact]) -> Iterator[Fact]:
    """Yield facts with all that stands in them."""
    for fact in facts:
        yield fact
        yield from _unfold(fact.parts())


def _shared_folders(one: str, other: str) -> int:
    """Count the folders that two paths begin with.

    >>> _shared_folders("a/b/c.yaml", "a/b/d/e.yaml")
    2
    """
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
