"""Files that are much of one thing cost no more time than their size is worth.

What is quadratic takes minutes here, so that the bound on a test's time ends it.
"""

import re
from collections.abc import Iterator

import msgspec
import pytest
from tests.unit.policy.casebook import gather

from seawall.policy.checking import judging
from seawall.policy.checking.locating import Locator
from seawall.policy.facts.commands import Command
from seawall.policy.facts.text import Fact
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Confidence, Finding, Place, Severity
from seawall.policy.options import LimitOptions, PolicyOptions
from seawall.policy.reading import formats
from seawall.policy.reading.blanked import MARK, hide
from seawall.policy.reports.lines import write_finding
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule
from seawall.policy.rulebook import Entry

_MERGES = "m0: &m0 {a: b}\n" + "".join(
    f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}\n" for n in range(1, 30)
)
_POD = "apiVersion: v1\nkind: Pod\n"
_MANY = 200_000

FLOODS = {
    "pod.yaml": [
        _POD + _MERGES + "spec: {<<: *m29, containers: [{<<: *m29, image: a}]}\n",
        "\n" * 10 * _MANY,
        "kind: Pod\n" + "    \n" * _MANY,
        "{" + "," * _MANY,
    ],
    "registries.conf": [".".join("a" * _MANY) + " = 1\n"],
    "run.sh": [
        "docker pull a; " * 5000,
        "docker run a ${{ " * 20_000,
        "docker pull a\n" + "x | " * 20_000 + "y\n",
        "{ docker pull a; docker pull b; }" + " >c" * 20_000 + "\n",
    ],
    "templates/pod.yaml": ["kind: Pod\n{{/*" + "\n" * _MANY],
    "pod.yaml.tpl": ['image: "{{ .' + "'" * 99 + "x", "a: b\n{{ " + "x" * _MANY],
    "Makefile": [
        "docker " + ":" * _MANY,
        "docker a" + " " * 4 * _MANY,
        "A = docker" + " " * 4 * _MANY + "b\n",
        "a:\n\t# docker " + "$()" * _MANY + "x" * 50 * _MANY,
    ],
    "Chart.yaml": ["name: a\n" + "\n" * 10 * _MANY],
}


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, at) for name in FLOODS for at in range(len(FLOODS[name]))],
)
def test_much_of_one_thing_is_read(name: str, number: int) -> None:
    """Or refused, and that is told; no reader fails."""
    found = list(formats.read_file(name, FLOODS[name][number].encode(), LimitOptions()))

    assert Obstacle.CRASHED not in [
        one.obstacle for one in found if isinstance(one, Trouble)
    ]


def test_blanks_on_a_line_that_is_a_file() -> None:
    """The line is looked at once, and not for each of them."""
    before = "y" * 50 * _MANY
    marked = hide(re.compile("x"), " x\n" + before + "x" * _MANY)

    assert f" #\n{before}{MARK * _MANY}" == marked


def test_what_is_merged_is_found_in_order() -> None:
    """A key of the mapping itself first, then of what is merged first."""
    text = (
        f"{_POD}x: [&a {{serviceAccountName: a}}, &b {{<<: *a, hostNetwork: true}}]\n"
        "spec: {<<: [*b, {serviceAccountName: c}], containers: [{image: x}]}\n"
    )
    (pod,) = gather({"pod.yaml": text.encode()}).all(Workload)

    assert "a" == pod.account.value if pod.account else ""


def test_objects_on_one_line_are_read() -> None:
    """JSON that nobody laid out is YAML, too."""
    text = (
        '{"apiVersion": "v1", "kind": "Pod",'
        ' "spec": {"containers": [{"image": "busybox"}]}}'
    )

    assert 1 == len(gather({"pod.json": text.encode()}).all(Workload))


def test_a_command_has_its_room_for_a_line() -> None:
    """Where it begins its line, and is no continuation."""
    text = b"docker pull a\n  docker pull b; docker pull c\nsudo \\\n docker pull d\n"
    room = [one.line is not None for one in gather({"a.sh": text}).all(Command)]

    assert [True, True, False, True] == room


def _find(data: bytes, at: int, path: str = "x") -> Finding:
    place = Locator(lambda _: data).locate(Place(path, at, at + 1))
    return msgspec.structs.replace(
        _RULE.finding(Fact(path=path, start=at, stop=at + 1), "said"), place=place
    )


_RULE = Rule(
    id="IMG002",
    title="A rule",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    what="x",
    why="x",
    remedy="x",
    bad="x",
    good="x",
    sample="x",
)


def test_columns_on_a_line_that_is_a_file() -> None:
    """Thousands of places on one long line are found without counting it each time."""
    data = ("ä" * 1_000_000).encode()
    locator = Locator(lambda _: data)
    found = [locator.locate(Place("x", at, at + 2)) for at in range(0, 2_000_000, 100)]

    assert [place.start // 2 + 1 for place in found] == [one.column for one in found]
    assert (1, 1) == (locator.locate(Place("x", 0, 2)).column, found[0].line)


def test_a_line_that_is_a_file_is_shown_from_its_beginning() -> None:
    """Ten thousand findings on it cost no more than what is shown of them."""
    data = b"x" * 4_000_000
    for at in range(0, 2_000_000, 200):
        shown = list(write_finding(_find(data[:1], 0), lambda _: data, _plain, "x"))

        assert max(map(len, shown)) < 200, at


def _plain(word: str, text: str) -> str:
    del word
    return text


def test_a_rule_that_computes_for_ever_is_broken_off() -> None:
    """It costs what it would have said of that file, and is told."""

    def check(
        command: Command, repository: Repository, options: PolicyOptions
    ) -> Iterator[Finding]:
        del repository, options
        if command.path == "a.sh":
            re.match("(x+x+)+y", "x" * 64)
        yield _RULE.finding(command, "said")

    files = dict.fromkeys(("a.sh", "b.sh"), b"docker pull a\n")
    repository = gather(files, PolicyOptions(limits=LimitOptions(rule_s=0.2)))
    found, (trouble,) = judging.judge(repository, [Entry(_RULE, Command, check)])

    assert ["b.sh"] == [one.place.path for one in found]
    assert ("a.sh", Obstacle.BOUNDED) == (trouble.path, trouble.obstacle)
    assert "IMG002 took more than 0.1 s" == trouble.message
