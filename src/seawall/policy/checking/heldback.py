"""Fixes that nobody should get by the way: something else counts on the old words."""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from seawall.policy.facts.images import ImageUse, Role
from seawall.policy.facts.injections import HereDocument
from seawall.policy.facts.text import Fact, Text
from seawall.policy.finding import Finding
from seawall.policy.fix import Edit, Fix, FixKind
from seawall.policy.lookups.contexts import is_test_data, is_test_program
from seawall.policy.repository import Repository

Found = tuple[Fact | Repository, Finding]
"""What a rule was called with, and what it said of that."""

_SPOKEN = {Role.CODE, Role.COMMAND}
"""Where a name is compared and handed on, as a word of a program."""

_TESTED = "; tests may expect what is there now"
_ELSEWHERE = "; the same name stands in other places of this file, which stay"
_FILLED = re.compile(rb"[$`]|\\$")
"""What a shell acts on in a here-document."""
_IN_A_NAME = re.compile(rb"[\w.-]|(?<!/)/")
_GOES_ON = re.compile(rb"[\w/-]|[.:@]\w")


def hold_back(found: Sequence[Found], repository: Repository) -> list[Finding]:
    """Leave to `--fix=all` what may part a name from the places that say it, too.

    Args:
        found: All that was found, each with what its rule was called with.
        repository: Gives the bytes of files.
    """
    alone = _Alone(found, repository)
    return [_weigh(subject, finding, alone) for subject, finding in found]


def _weigh(subject: Fact | Repository, finding: Finding, alone: "_Alone") -> Finding:
    fix = finding.fix
    if fix is not None and alone.is_filled_in(fix):
        return msgspec.structs.replace(finding, fix=None)
    if fix is None or fix.kind is FixKind.UNSAFE:
        return finding
    use = subject if isinstance(subject, ImageUse) else None
    paths = {edit.path for edit in fix.edits}
    if any(map(is_test_data, paths)) or (use and any(map(is_test_program, paths))):
        return _demote(finding, fix, _TESTED)
    if use is not None and alone.is_spoken(use) and alone.is_alone(finding, fix, use):
        return _demote(finding, fix, _ELSEWHERE)
    return finding


class _Alone:
    """Tells which names would be changed, and not all that are equal to them.

    Args:
        found: All that was found.
        repository: Gives the bytes of files.
    """

    def __init__(self, found: Iterable[Found], repository: Repository) -> None:
        self._repository = repository
        self._contents: dict[str, bytes] = {}
        # A file may have one name thousands of times: it is looked for once.
        self._known: dict[tuple[str, str, tuple[Edit, ...]], bool] = {}
        self._edited = {
            (finding.rule, edit)
            for _, finding in found
            if finding.fix is not None and finding.fix.kind is not FixKind.UNSAFE
            for edit in finding.fix.edits
        }

    def is_filled_in(self, fix: Fix) -> bool:
        """Whether a shell would take what a fix writes for variables of its own."""
        return any(
            here.start <= edit.start < here.stop
            for edit in fix.edits
            if _FILLED.search(edit.new)
            for here in self._repository.in_file(edit.path, HereDocument)
            if not here.quoted
        )

    def is_spoken(self, use: ImageUse) -> bool:
        """Whether a name is a word of a program, or stands in a text of a script."""
        return (
            use.role in _SPOKEN
            or self._repository.parent(use, HereDocument) is not None
        )

    def is_alone(self, finding: Finding, fix: Fix, use: ImageUse) -> bool:
        """Whether the name that a fix changes stands elsewhere, too, and stays there.

        Args:
            finding: What was found.
            fix: How it is mended.
            use: The image; what a fix changes beside its name does not matter here.
        """
        text = use.opening or use.editable
        if text is None or not _stand_in(use.path, text, fix.edits):
            return False
        edits = tuple(_move(edit, -text.start) for edit in fix.edits)
        key = (finding.rule, text.value, edits)
        if key not in self._known:
            self._known[key] = not all(
                (finding.rule, _move(edit, at)) in self._edited
                for at in _find_word(text.value.encode(), self._read(use.path))
                for edit in edits
            )
        return self._known[key]

    def _read(self, path: str) -> bytes:
        if path not in self._contents:
            self._contents[path] = self._repository.content(path) or b""
        return self._contents[path]


def _demote(finding: Finding, fix: Fix, why: str) -> Finding:
    held = msgspec.structs.replace(fix, kind=FixKind.UNSAFE, reason=fix.reason + why)
    return msgspec.structs.replace(finding, fix=held)


def _stand_in(path: str, text: Text, edits: Iterable[Edit]) -> bool:
    return all(
        path == edit.path and text.start <= edit.start and edit.stop <= text.stop
        for edit in edits
    )


def _move(edit: Edit, by: int) -> Edit:
    return msgspec.structs.replace(edit, start=edit.start + by, stop=edit.stop + by)


def _find_word(word: bytes, content: bytes) -> Iterator[int]:
    """Yield where a name stands by itself, and not as a part of a longer one."""
    at = content.find(word) if word else -1
    while at >= 0:
        end = at + len(word)
        before, after = content[max(0, at - 2) : at], content[end : end + 2]
        # `docker://` is no part of a name.
        inside = _IN_A_NAME.match(before, max(0, len(before) - 1))
        if not inside and not _GOES_ON.match(after):
            yield at
        at = content.find(word, end)
