"""What images are where another place says it: parameters followed to their callers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from seawall.policy.facts.images import (
    INNER,
    Blank,
    Call,
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
_CONTEXTS = 256
"""So many ways to get to one scope are looked at."""
_VALUES = 64
"""So many values of one name are looked at on one way."""
_AWAY = {Role.CONTAINER, Role.INIT, Role.EPHEMERAL, Role.VOLUME, Role.FROM}
"""What is said elsewhere of these is a value that is passed, and not the thing."""


class _Found(msgspec.Struct, frozen=True):
    """A value that was found.

    Attributes:
        path: The file that says it.
        text: The value with its place there.
        passed: Whether a caller says it, and no default.
    """

    path: str
    text: Text
    passed: bool = False


class _Way:
    """One way to get to a scope: who calls it, and how one gets there.

    Attributes:
        scope: What is called; `None` for what nobody declares.
        call: By which call; `None` where nobody calls it.
        above: The way to the caller.
    """

    __slots__ = ("above", "call", "known", "scope")

    def __init__(
        self,
        scope: Scope | None,
        call: Call | None = None,
        above: "_Way | None" = None,
    ) -> None:
        self.scope = scope
        self.call = call
        self.above = above
        self.known: dict[str, tuple[list[_Found], bool]] = {}


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
                for name in {fact.key, fact.alias} - {""}:
                    self._scopes[name].append(fact)
            elif isinstance(fact, Call):
                calls.append(fact)
        for call in calls:
            for scope in self._nearest(call):
                self._calls[scope.key, scope.path].append(call)
        self.images: list[ImageUse] = []
        self._found_ways: dict[tuple[str, str], list[_Way]] = {}
        self._given: set[tuple[str, int, int]] = set()
        self._homes: dict[int, tuple[str, int]] = {}
        if self._scopes:
            self._follow(list(_unfold(listed)))

    def count(self, use: ImageUse) -> int:
        """Count the ways to get to the scope that an image is used in; at least one."""
        return len(self._ways(use.scope, use.path)) if use.scope else 1

    def is_given(self, use: ImageUse) -> bool:
        """Whether all that an image's name leaves open is said by callers."""
        return (use.path, use.start, use.stop) in self._given

    def home(self, use: ImageUse) -> tuple[str, int] | None:
        """Find where a name is put together of what callers say, as file and place.

        `None`, if it is no such name: one that a caller says in full is its own.
        """
        return self._homes.get(id(use))

    def _nearest(self, call: Call) -> list[Scope]:
        """List what is called: of several of one name, those nearest to the caller."""
        found = self._scopes.get(call.callee, [])
        if len(found) < 2:  # noqa: PLR2004  there is no choice
            return found
        shared = [_shared_folders(scope.path, call.path) for scope in found]
        best = max(shared)
        return [
            scope for scope, count in zip(found, shared, strict=True) if count == best
        ]

    def _follow(self, facts: list[Fact]) -> None:
        uses = [fact for fact in facts if isinstance(fact, ImageUse)]
        told = {(use.path, use.text.start, use.label) for use in uses}
        for use in uses:
            if not use.blanks:
                continue
            filled: list[_Found] = []
            whole = True
            for way in self._ways(use.scope, use.path):
                more, known = self._fill(_Found(use.path, use.text), use.blanks, way, 0)
                filled += more
                whole = whole and known
            # What a caller leaves open itself is told once, where it is used.
            found = [one for one in filled if not resolve(one.text.value).unresolved]
            whole = whole and len(found) == len(filled)
            if use.unresolved is Unresolved.PLACEHOLDER and whole and found:
                self._given.add((use.path, use.start, use.stop))
            for value in found:
                place = (value.path, value.text.start, value.text.value)
                if value.text.value == use.label or use.is_never_pulled:
                    continue  # that is its default, and told where it is used
                if place not in told:
                    told.add(place)
                    made = _name(use, value)
                    self.images.append(made)
                    if not value.text.exact:
                        self._homes[id(made)] = (use.path, use.start)

    def _ways(self, key: str, path: str, depth: int = 0) -> list[_Way]:
        """List the ways to get to a scope; one that goes round in a circle is none."""
        place = (key, path)
        if place not in self._found_ways:
            if depth >= _DEPTH:
                return []
            self._found_ways[place] = []
            scope = self._scope(key, path)
            calls = self._calls.get(place, [])
            found = [
                _Way(scope, call, above)
                for call in calls
                for above in self._ways(call.caller, call.path, depth + 1)
            ]
            self._found_ways[place] = (found or [_Way(scope)])[:_CONTEXTS]
        return self._found_ways[place]

    def _scope(self, key: str, path: str) -> Scope | None:
        named = (one for one in self._scopes.get(key, ()) if one.path == path)
        return next(named, None)

    def _fill(
        self, given: _Found, blanks: tuple[Blank, ...], way: _Way, depth: int
    ) -> tuple[list[_Found], bool]:
        """Fill in a text's blanks; tell, too, whether all that they can be is known."""
        whole = True
        filled: list[tuple[dict[str, _Found], str]] = [({}, "")]
        at = 0
        for blank in blanks:
            lead = given.text.value[at : blank.begin]
            at = blank.end
            known, all_of_it = self._values(way, blank.name, depth)
            whole = whole and all_of_it
            filled = [
                ({**names, blank.name: value}, said + lead + value.text.value)
                for names, said in filled
                for value in ([names[blank.name]] if blank.name in names else known)
            ][:_VALUES]
        rest = given.text.value[at:]
        return [_make(given, names, said + rest) for names, said in filled], whole

    def _values(self, way: _Way, name: str, depth: int) -> tuple[list[_Found], bool]:
        """List what a name means on one way to its scope."""
        if name not in way.known:
            if depth >= _DEPTH:
                return [], False
            way.known[name] = [], False
            way.known[name] = self._look_up(way, name, depth + 1)
        return way.known[name]

    def _look_up(self, way: _Way, name: str, depth: int) -> tuple[list[_Found], bool]:
        """Ask the caller, then the scope itself, then what is around it.

        What extends another thing has the last word on its names, and so has what
        extends that one.
        """
        scope, at = way.scope, way
        while at.call is not None and at.above is not None:
            if name in at.call.values:
                return self._take(at.call, name, at.above, depth)
            if not at.call.inherits:
                break
            at = at.above
        for one in self._shared(scope, set()):
            if name in one.defaults:
                default = one.defaults[name]
                start = _Found(one.path, default.text)
                return self._fill(start, default.blanks, way, depth)
        if way.call is not None and way.call.inherits and way.above is not None:
            found, whole = self._values(way.above, name, depth)
            if found:
                return found, whole
        return self._look_around(scope, name, depth)

    def _shared(self, scope: Scope | None, seen: set[str]) -> Iterator[Scope]:
        """Yield a scope, and all those whose defaults it shares."""
        if scope is None or scope.key in seen:
            return
        seen.add(scope.key)
        yield scope
        for key in scope.shares:
            for one in self._scopes.get(key, ()):
                yield from self._shared(one, seen)

    def _take(
        self, call: Call, name: str, above: _Way, depth: int
    ) -> tuple[list[_Found], bool]:
        """Take what a call passes, each of the values."""
        found: list[_Found] = []
        whole = True
        for given in call.values[name]:
            start = _Found(call.path, given.text, passed=True)
            more, known = self._fill(start, given.blanks, above, depth)
            found += more
            whole = whole and known
        return found[:_VALUES], whole

    def _look_around(
        self, scope: Scope | None, name: str, depth: int
    ) -> tuple[list[_Found], bool]:
        """Ask the scope that another one stands in, on all ways to get there."""
        outer, inner, _ = scope.key.rpartition(INNER) if scope else ("", "", "")
        found: list[_Found] = []
        whole = bool(inner)
        for way in self._ways(outer, scope.path, depth) if scope and inner else ():
            more, known = self._values(way, name, depth)
            found += more
            whole = whole and known
        return found[:_VALUES], whole


def _make(given: _Found, names: dict[str, _Found], said: str) -> _Found:
    """Make a value of a text whose blanks are filled in, and say where it stands.

    That is where a caller says a part of it, or all of it; or else where it is put
    together.
    """
    if not names:
        return given
    values = list(names.values())
    whole = (one for one in values if one.passed or one.text.value == said)
    at = next(whole, given)
    if said == at.text.value:
        return at
    text = Text(said, at.text.start, at.text.stop, Style.MADE, exact=False)
    return _Found(at.path, text, at.passed)


def _name(use: ImageUse, value: _Found) -> ImageUse:
    """Make the fact of an image where its name is said, not where it is used.

    Of a pod, what else it says (such as when to pull) stands elsewhere, so that the
    value is told as one that is passed.
    """
    role = Role.PARAMETER if use.role in _AWAY else use.role
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
