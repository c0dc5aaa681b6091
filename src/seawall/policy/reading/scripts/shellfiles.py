"""Shell scripts and bats tests: their commands, and the images that those pull."""

import re
from collections.abc import Iterator
from dataclasses import replace

from seawall.policy.facts.commands import Setting
from seawall.policy.facts.text import Fact
from seawall.policy.reading.embedded import Embedded, embed_range
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.scripts.assignments import (
    fill_words,
    is_judged_filled,
    read_assignments,
)
from seawall.policy.reading.scripts.shelltext import read_commands
from seawall.policy.reading.scripts.unnamed import read_images
from seawall.policy.reading.source import Source

_WORTH = re.compile(
    rb"(?i)\b(?:docker|podman|nerdctl|crictl|ctr|skopeo|kind|k3d|minikube|curl|wget|helm"
    rb"|kubectl|oc|apt-get|apt|(?:container|oci)_\w+)(?:_bin|_cmd)?(?::?-[\w./-]+)?[}\"']*\s"
    rb"|\bmake[ \t][^\n]*\b(?:\w+_)?(?:IMG|IMAGE)="
)
"""A program by its name, or by that of a variable: `"${KUBECTL:-kubectl}" apply`."""
_BATS = re.compile(rb"^([ \t]*)@test ([\"']).*\2[ \t]*\{", re.MULTILINE)


def sniff(data: bytes) -> bool:
    """Whether it uses anything that fetches."""
    return _WORTH.search(data) is not None


def read(source: Source) -> Iterator[Fact]:
    """Read all commands of a script, and what they pull."""
    text = embed_range(source, 0, len(source.data))
    if source.path.endswith(".bats"):
        text = _as_shell(text)
    known = read_assignments(text.data)
    for command in read_commands(text, Setting.SCRIPT):
        filled = fill_words(command, known)
        yield filled if is_judged_filled(command) else command
        yield from read_images(filled)


def _as_shell(text: Embedded) -> Embedded:
    """Write bats' `@test "…" {` as a function whose name is as long."""

    def name(match: re.Match[bytes]) -> bytes:
        return match[1] + b"t" * (len(match[0]) - len(match[1]) - 4) + b"() {"

    return replace(text, data=_BATS.sub(name, text.data))


READER = Reader(
    name="shell script", names=("*.sh", "*.bash", "*.bats"), read=read, sniff=sniff
)
