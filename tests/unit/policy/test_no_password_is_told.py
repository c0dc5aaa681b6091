"""What PUL008 finds is never shown: not in its findings, and not on their lines."""

from io import StringIO

from tests.unit.policy.casebook import encode, find
from tests.unit.policy.cases import pul008

from seawall.kit.redact import redact_text

_PASSWORDS = ("cm9ib3Q6c2FtcGxlLW9ubHk=", "cm9ib3Q6aHVudGVyMg==", "hunter2")


def test_findings_name_no_password() -> None:
    """A finding holds places and hosts, and the shown lines are without it."""
    for case in pul008.MUST_FIRE.values():
        files = encode(case.files)
        shown = StringIO()
        for finding in find("PUL008", files):
            lines = files[finding.place.path].decode().splitlines()
            print(finding, file=shown)
            print(redact_text(lines[finding.place.line - 1]), file=shown)

        assert shown.getvalue()
        assert not any(word in shown.getvalue() for word in _PASSWORDS)
