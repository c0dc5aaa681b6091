"""Decides which findings do not count, because somebody said why they need not."""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date

import msgspec

from seawall.policy.accepting import mistakes
from seawall.policy.accepting.remarks import Remark, find_remarks, read_remark
from seawall.policy.facts.builds import Instruction
from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.facts.workloads import Manifest, Workload
from seawall.policy.finding import Accepted, Finding
from seawall.policy.options import PolicyException, Profile, matches
from seawall.policy.repository import Repository

ANNOTATION = "seawall.dev/ignore."
"""Begins the annotations of objects whose findings are known; a rule's id follows."""


class Acceptance:
    """What the files and the settings of one check say of its findings.

    Args:
        repository: What is known of the files.
        today: The day that remarks and exceptions must not have ended before.
    """

    def __init__(self, repository: Repository, today: date) -> None:
        self._repository = repository
        self._options = repository.options
        self._today = today
        self._notes: dict[str, _Notes] = {}
        self._statements = Statements(repository)
        self.troubles: dict[tuple[str, str], Trouble] = {}

    def find_mistakes(self, known: Collection[str]) -> Iterator[Trouble]:
        """Say what settings, and files with findings, say that means nothing.

        Args:
            known: The ids of all rules.
        """
        for message in mistakes.find_mistakes(self._options, known, self._today):
            yield _lapse("", 0, message)
        for path, notes in sorted(self._notes.items()):
            remarks = [one for many in notes.by_line.values() for one in many]
            for message in mistakes.find_unknown(remarks, known):
                yield _lapse(path, 0, message)

    def apply(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Give those findings a reason that are accepted.

        What would have accepted one but does not hold, since it has ended or gives no
        reason where one must be given, is noted in `troubles`.
        """
        for finding in findings:
            for where, remark in self._find(finding):
                fault = self._judge(remark)
                if not fault:
                    yield msgspec.structs.replace(
                        finding, reason=remark.reason, accepted_in=where
                    )
                    break
                self._note(finding, where, fault)
            else:
                yield finding

    def _find(self, finding: Finding) -> Iterator[tuple[Accepted, Remark]]:
        """Yield all that is said of a finding, the nearest first."""
        if self._options.remarks:
            for remark in self._comments(finding):
                yield Accepted.COMMENT, remark
            for remark in self._annotations(finding):
                yield Accepted.ANNOTATION, remark
        for exception in self._options.exceptions:
            if _means(exception, finding):
                remark = Remark(0, (), exception.reason.strip(), exception.expires)
                yield Accepted.SETTINGS, remark

    def _comments(self, finding: Finding) -> Iterator[Remark]:
        path = finding.place.path
        content = self._repository.content(path)
        if content is None:
            return
        notes = self._notes.get(path)
        if notes is None:
            notes = self._notes[path] = _Notes(content)
        if not notes.by_line:
            return
        # Within a long command there is no room for comments: above it there is.
        lines = {finding.place.line: None}
        for fact in self._statements.around(finding):
            lines[notes.line(fact.start)] = None
        for line in lines:
            for remark in notes.by_line.get(line, ()):
                if remark.names(finding.rule):
                    yield remark

    def _annotations(self, finding: Finding) -> Iterator[Remark]:
        place = finding.place
        manifest = self._repository.manifest_at(place.path, place.start)
        if manifest is None:
            return
        notes = dict(manifest.annotations)
        if isinstance(manifest, Workload):
            notes = {**manifest.pod_annotations, **notes}
        for key, text in notes.items():
            if key.startswith(ANNOTATION):
                remark = read_remark([key.removeprefix(ANNOTATION)], text)
                if remark.names(finding.rule):
                    yield remark

    def _judge(self, remark: Remark) -> str:
        """Say why a remark does not hold; empty if it does."""
        if remark.fault:
            return remark.fault
        if remark.until is not None and remark.until < self._today:
            return f"it ended on {remark.until}"
        if not remark.reason and self._options.profile is Profile.STRICT:
            return "profile strict wants a reason"
        return ""

    def _note(self, finding: Finding, where: Accepted, fault: str) -> None:
        place = finding.place
        line = f"line {place.line}: " if place.line else ""
        message = f"{line}{finding.rule} counts in spite of the {where}: {fault}"
        self.troubles[place.path, message] = _lapse(place.path, place.start, message)


def _lapse(path: str, at: int, message: str) -> Trouble:
    obstacle = Obstacle.LAPSED
    return Trouble(path=path, start=at, stop=at, obstacle=obstacle, message=message)


class _Notes:
    """The remarks of a file, by the lines that they speak of."""

    def __init__(self, content: bytes) -> None:
        self.by_line: dict[int, list[Remark]] = defaultdict(list)
        for remark in find_remarks(content):
            self.by_line[remark.line].append(remark)
        ends = re.finditer(b"\n", content) if self.by_line else ()
        self._ends = [end.start() for end in ends]

    def line(self, offset: int) -> int:
        """Number the line of a byte."""
        return bisect_left(self._ends, offset) + 1


class Statements:
    """What findings stand in, found without looking at all of a file each time.

    Args:
        repository: What is known of the files.
    """

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._known: dict[tuple[str, type[Fact]], tuple[list[int], list[Fact]]] = {}

    def blocks(self, finding: Finding) -> Iterator[Fact]:
        """Yield what a finding stands in: its Kubernetes object, its instruction."""
        place = finding.place
        manifest: Manifest | None = self._repository.manifest_at(
            place.path, place.start
        )
        if manifest is not None:
            yield manifest
        yield from self.around(finding)

    def around(self, finding: Finding) -> Iterator[Fact]:
        """Yield the instruction and the command that a finding stands in."""
        place = finding.place
        for kind in (Instruction, Command):
            starts, facts = self._list(place.path, kind)
            at = bisect_right(starts, place.start) - 1
            if at >= 0 and place.start < facts[at].stop:
                yield facts[at]

    def _list(self, path: str, kind: type[Fact]) -> tuple[list[int], list[Fact]]:
        if (path, kind) not in self._known:
            facts: list[Fact] = sorted(
                self._repository.in_file(path, kind), key=lambda fact: fact.start
            )
            self._known[path, kind] = ([fact.start for fact in facts], facts)
        return self._known[path, kind]


def _means(exception: PolicyException, finding: Finding) -> bool:
    """Whether an exception is about a finding: rule, file, and subject."""
    if not Remark(0, exception.rules, "").names(finding.rule):
        return False
    path, subject = finding.place.path, finding.subject
    return (
        not exception.paths or any(matches(one, path) for one in exception.paths)
    ) and (
        not exception.subjects
        or any(matches(one, subject) for one in exception.subjects)
    )
