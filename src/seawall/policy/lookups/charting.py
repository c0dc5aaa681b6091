"""What charts emit: which of their pods get pull secrets, and by which values."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cached_property
from posixpath import commonprefix

from seawall.policy.facts.charts import (
    AccountTemplate,
    Call,
    Chart,
    ChartSchema,
    ChartValues,
    PodTemplate,
    Template,
)
from seawall.policy.facts.text import Fact, Text
from seawall.policy.lookups.belonging import Belonging
from seawall.policy.lookups.gathered import Gathered

_KNOB = re.compile(r"(?:^|\.)(?:image)?pullSecrets?$", re.IGNORECASE)
_NAMED_SO = re.compile(r"pull.?secret", re.IGNORECASE)
_SAYS = re.compile(r"(?<![\w.$])imagePullSecrets[\"']?\s*:|\"imagePullSecrets\"")
_CALLS = re.compile(r'\b(?:include|template)\s+"([^"\n]+)"')
_NOTES = re.compile(r"\{\{-?\s*/\*.*?\*/|^[ \t]*#[^\n]*", re.DOTALL | re.MULTILINE)
_DEFAULT = re.compile(
    r"\s*\|\s*(?:default\s+(?:\"[^\"]*\"|[.$][\w.]*)|quote)(?=\s*[|}-])"
)
_DEPTH = 20
"""Helpers that include one another deeper than this are taken for a circle."""


class Emission(StrEnum):
    """Whether a pod of a chart gets pull secrets, if values name some."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Charting:
    """What the templates of charts emit.

    Args:
        gathered: All facts.
        belonging: Which files are of which chart.
    """

    def __init__(self, gathered: Gathered, belonging: Belonging) -> None:
        self._belonging = belonging
        self._charts = {chart.folder: chart for chart in gathered.all(Chart)}
        self._values = {one.path: one for one in gathered.all(ChartValues)}
        self._schemas = {
            one.path.rpartition("/")[0]: one for one in gathered.all(ChartSchema)
        }
        self._templates: dict[str, list[Template]] = defaultdict(list)
        self._callers: dict[str, list[Call]] = defaultdict(list)
        self._defines: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, bool | None] = {}
        for template in gathered.all(Template):
            self._templates[self.folder_of(template)].append(template)
            for call in template.calls:
                self._callers[call.name].append(call)
            for name, text in template.defines.items():
                self._defines[name].append(text)

    def folder_of(self, fact: Fact) -> str:
        """Name the folder of a template's chart, with or without a `Chart.yaml`."""
        chart = self._belonging.chart_of(fact.path)
        if chart is not None:
            return chart.folder
        return f"/{fact.path}".rpartition("/templates/")[0].removeprefix("/")

    def pods(self, folder: str) -> list[PodTemplate]:
        """List the pod specs of the templates of a chart in a folder."""
        return [pod for one in self._templates[folder] for pod in one.pods]

    def relatives(self, folder: str, value: str) -> list[PodTemplate]:
        """List the pods in templates of related charts that consume a value for all.

        These are the charts above that one, and all that stand below the outermost.
        """
        if not value.startswith("global."):
            return []
        top = folder
        for above in _above(folder):
            top = above if above in self._charts else top
        return [
            pod
            for other, templates in self._templates.items()
            if other == top or other.startswith(f"{top}/charts/".removeprefix("/"))
            for template in templates
            if value in template.values
            for pod in template.pods
        ]

    def values(self, folder: str) -> ChartValues | None:
        """Find the default values of a chart in a folder."""
        lead = f"{folder}/" if folder else ""
        names = (f"{lead}values.yaml", f"{lead}values.yml")
        return next((self._values[n] for n in names if n in self._values), None)

    def knobs(self, folder: str) -> list[str]:
        """Name the values of a chart that are pull secrets, by their paths.

        Those of charts that it needs are left out: they have templates of their own.
        What charts above give to all charts below (`global`) is one of its own.
        """
        chart = self._charts.get(folder)
        needs = chart.dependencies if chart else ()
        below = {one.alias or one.name for one in needs}
        inner = f"{folder}/charts/" if folder else "charts/"
        below |= {
            _called(other.removeprefix(inner))
            for other in self._templates
            if other.startswith(inner)
        }
        found: dict[str, None] = {}
        values = self.values(folder)
        paths = [path for one in self._templates[folder] for path in one.values]
        schema = self._schemas.get(folder)
        for path in [
            *(values.keys if values else ()),
            *(schema.keys if schema else ()),
            *sorted(paths),
            *self._globals_above(folder),
        ]:
            if _KNOB.search(path) and path.partition(".")[0] not in below:
                found.setdefault(path)
        return list(found)

    def _globals_above(self, folder: str) -> Iterator[str]:
        """Yield the values that charts above have for all."""
        for above in _above(folder):
            if above not in self._charts:
                return
            values = self.values(above)
            keys = values.keys if values else ()
            yield from (key for key in keys if key.startswith("global."))

    def consumers(self, values: ChartValues, path: str) -> list[PodTemplate]:
        """List the pod specs in templates that consume a value of their chart."""
        chart = self._belonging.chart_of(values.path)
        folder = chart.folder if chart else values.path.rpartition("/")[0]
        return [
            pod
            for template in self._templates.get(folder, ())
            if path in template.values
            for pod in template.pods
        ]

    def unused(self, folder: str) -> dict[str, Text]:
        """Find the pull secrets in a chart's default values that no template consumes.

        Whoever takes all values, or all below one, may consume each of them, as may
        a helper that nobody knows; those in `global` are for other charts, too.
        """
        values, own = self.values(folder), self._templates[folder]
        names = {call.name for one in own for call in one.calls}
        if values is None or not self.pods(folder) or names - self._defines.keys():
            return {}
        names -= {name for one in own for name in one.defines}
        files = (one for many in self._templates.values() for one in many)
        lent = [one for one in files if names & one.defines.keys()]
        taken = {path for one in (*own, *lent) for path in one.values}
        if "" in taken:
            return {}
        return {
            path: values.keys[path]
            for path in self.knobs(folder)
            if path in values.keys
            and not path.startswith("global.")
            and not any(path == one or path.startswith(f"{one}.") for one in taken)
        }

    def emission(self, pod: PodTemplate) -> Emission:
        """Say whether a pod gets pull secrets, by itself or by its service account."""
        if pod.emits or self._any(pod.includes) or self._is_served(pod.helper):
            return Emission.YES
        if self.account_of(pod) is not None:
            return Emission.YES
        unknown = [name for name in pod.printed if self._emits(name) is None]
        if any(_NAMED_SO.search(name) for name in unknown):
            return Emission.YES
        return Emission.UNKNOWN if unknown or pod.is_open else Emission.NO

    def account_of(self, pod: PodTemplate) -> AccountTemplate | None:
        """Find the service account with pull secrets that a pod has."""
        found = (one for _, one in self.accounts_of(pod) if self._serves(one))
        return next(found, None)

    def accounts(self, folder: str) -> list[AccountTemplate]:
        """List the service accounts of a chart in a folder that get pull secrets."""
        return [
            account
            for one in self._templates[folder]
            for account in one.accounts
            if self._serves(account)
        ]

    def _serves(self, account: AccountTemplate) -> bool:
        return account.emits or self._any(account.includes)

    def accounts_of(self, pod: PodTemplate) -> list[tuple[str, AccountTemplate]]:
        """List the service accounts that may be a pod's, each with its file."""
        if pod.account is None:
            return []
        name = _same(pod.account.value)
        known = self._accounts
        found = known.get((self.folder_of(pod), name)) or known.get(("", name), [])
        # In loops, several have one name as text: files of one part are called alike.
        near = [len(commonprefix((pod.path, path))) for path, _ in found]
        far = max(near, default=0)
        return [one for length, one in zip(near, found, strict=True) if length == far]

    @cached_property
    def _accounts(self) -> dict[tuple[str, str], list[tuple[str, AccountTemplate]]]:
        found = defaultdict(list)
        for folder, templates in self._templates.items():
            for template in templates:
                for account in template.accounts:
                    key = ("" if account.helper else folder, _same(account.name))
                    found[key].append((template.path, account))
        return found

    def _is_served(self, helper: str, depth: int = 0) -> bool:
        """Whether what includes a helper emits a list beside it."""
        if not helper or depth > _DEPTH:
            return False
        return any(
            call.emits
            or self._any(call.beside - {helper})
            or (call.within != helper and self._is_served(call.within, depth + 1))
            for call in self._callers.get(helper, ())
        )

    def _any(self, helpers: Iterable[str]) -> bool:
        """Whether one of some helpers emits a list, by its text or by its name."""
        for name in helpers:
            emits = self._emits(name)
            if emits or (emits is None and _NAMED_SO.search(name)):
                return True
        return False

    def _emits(self, helper: str) -> bool | None:
        """Whether a helper emits a list; `None`: nobody knows its text."""
        if helper not in self._defines:
            return None
        if helper not in self._known:
            self._known[helper] = self._reaches(helper)
        return self._known[helper]

    def _reaches(self, helper: str) -> bool:
        """Whether a helper, or one that it includes, says it; circles add nothing."""
        seen, left = {helper}, [helper]
        while left:
            texts = [_NOTES.sub("", text) for text in self._defines[left.pop()]]
            if any(_SAYS.search(text) for text in texts):
                return True
            called = {name for text in texts for name in _CALLS.findall(text)} - seen
            if any(self._known.get(name) for name in called):
                return True
            seen |= called
            left += [name for name in called if name in self._defines]
            if any(_NAMED_SO.search(name) for name in called - self._defines.keys()):
                return True
        self._known |= dict.fromkeys(seen & self._defines.keys(), False)
        return False


def _above(folder: str) -> Iterator[str]:
    """Yield the folders that charts above one would have, the nearest first."""
    while f"/{folder}".rpartition("/charts/")[1]:
        folder = f"/{folder}".rpartition("/charts/")[0].removeprefix("/")
        yield folder


def _called(folder: str) -> str:
    """Name a chart by the folder that it has in `charts`, or in an archive there."""
    first, _, rest = folder.partition("/")
    return rest.partition("/")[0] if first.endswith("!") else first


def _same(name: str) -> str:
    """Write a name's text in one way, however its actions are spaced and quoted.

    What it is by default does not matter: where a value is given, that is the name.
    """
    name = _DEFAULT.sub("", name)
    text = re.sub(r"\{\{-?\s*|\s*-?\}\}", "", name.strip("\"' "))
    text = re.sub(r"\b(?:include|template)\b\s*", "", text)
    return re.sub(r"\s+[.$]\s*$", "", text).strip("\"' ")
