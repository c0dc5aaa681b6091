"""A baseline: the findings that were there already, counted by their fingerprints."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import msgspec

from seawall.errors import InputError
from seawall.policy.finding import Accepted, Finding

VERSION = 1
_MAX_BYTES = 64 * 1024 * 1024


class Known(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Findings of one fingerprint.

    Attributes:
        fingerprint: What they have in common.
        count: How many there are.
        rule: Their rule; this and what follows is for people only.
        path: Their file.
        owner: Whose they are.
        subject: What they are about.
    """

    fingerprint: str
    count: Annotated[int, msgspec.Meta(ge=1)]
    rule: str = ""
    path: str = ""
    owner: str = ""
    subject: str = ""


class _Page(msgspec.Struct, frozen=True):
    version: int
    findings: tuple[Known, ...]


def write_baseline(findings: Iterable[Finding]) -> str:
    """Write findings down, so that only others count from now on.

    It is sorted and has a line for each value, so that version control shows what
    came and what went. It holds no places within files: those move.
    """
    firsts: dict[str, Finding] = {}
    counts = Counter[str]()
    for finding in findings:
        firsts.setdefault(finding.fingerprint, finding)
        counts[finding.fingerprint] += 1
    known = [
        Known(
            name,
            counts[name],
            one.rule,
            *map(_plain, (one.place.path, one.owner, one.subject)),
        )
        for name, one in firsts.items()
    ]
    known.sort(key=lambda one: (one.path, one.rule, one.owner, one.subject))
    plain: dict[str, Any] = {
        "version": VERSION,
        "findings": [msgspec.to_builtins(one) for one in known],
    }
    return json.dumps(plain, indent=1) + "\n"


def _plain(text: str) -> str:
    """Make it text for all readers: a name of a file may be no UTF-8."""
    return text.encode(errors="replace").decode()


class Baseline:
    """The findings that do not count because they were there already.

    Args:
        content: What `write_baseline` wrote.
        name: What its file is called.

    Raises:
        InputError: It is no baseline, or that of a later version.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        if len(content) > _MAX_BYTES:
            raise InputError(f"{name}: a baseline is no larger than {_MAX_BYTES} bytes")
        try:
            page = msgspec.json.decode(content, type=_Page)
        except (msgspec.DecodeError, RecursionError) as exc:
            raise InputError(
                f"{name} is none that --write-baseline wrote: {exc}"
            ) from exc
        if page.version != VERSION:
            raise InputError(
                f"{name}: version {page.version} of a baseline is not known"
            )
        self._counts = Counter[str]()
        for known in page.findings:
            self._counts[known.fingerprint] += known.count

    def sift(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Accept as many findings of each fingerprint as were there.

        Where there are more now, nobody can say which is the new one: the last ones of
        the file count.
        """
        left = self._counts.copy()
        for finding in findings:
            if finding.reason is None and left[finding.fingerprint] > 0:
                left[finding.fingerprint] -= 1
                yield msgspec.structs.replace(
                    finding,
                    reason=f"it stands in {self.name}",
                    accepted_in=Accepted.BASELINE,
                )
            else:
                yield finding
