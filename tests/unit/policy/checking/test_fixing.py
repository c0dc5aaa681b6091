"""Fixes are tried before they are written, and written whole or not at all."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.policy.casebook import encode
from tests.unit.policy.cases import pul002

from seawall.policy import rulebook
from seawall.policy.checking.checker import Checker
from seawall.policy.checking.fixing import Mended, mend
from seawall.policy.facts.builds import Dockerfile, Stage
from seawall.policy.facts.workloads import Workload
from seawall.policy.finding import Finding, Severity
from seawall.policy.fix import Edit, Fix, FixKind, settle
from seawall.policy.options import PolicyOptions
from seawall.policy.outcome import Outcome
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule
from seawall.policy.rulebook import Entry
from seawall.policy.writing import write_files

FILES = {
    **pul002.FIXES["a list of its own"].before,
    "Dockerfile": "FROM docker.io/library/debian:11\n",
}
FILES["Dockerfile"] += "RUN apt-get update\n"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other rules than those that these tests are about: more will come."""
    names = {"BLD003", "IMG002", "PUL002"}
    entries = tuple(one for one in rulebook.list_rules() if one.rule.id in names)
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files with something to mend."""
    for name, data in encode(FILES).items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def _mend(tree: Path, *kinds: FixKind) -> tuple[Checker, Mended]:
    checker = Checker([tree])
    return checker, mend(checker, checker.judge(), kinds or (FixKind.SAFE,))


def _write(tree: Path, mended: Mended) -> None:
    old = {path: (tree / path).read_bytes() for path in mended.files}
    assert [] == write_files(tree, old, mended.files)


def test_fixes_of_several_rules_go_together(tree: Path) -> None:
    """What is mended is gone, nothing new has come, and once more changes nothing."""
    before = Checker([tree]).judge()
    _, mended = _mend(tree)
    _write(tree, mended)
    after = Checker([tree]).judge()

    assert ["Dockerfile", "job.yaml"] == sorted(mended.files)
    assert {"BLD003", "PUL002"} == {finding.rule for finding in mended.mended}
    gone = {f.fingerprint for f in before.findings} - {
        f.fingerprint for f in after.findings
    }
    assert gone == {finding.fingerprint for finding in mended.mended}
    assert after.findings == mended.outcome.findings
    assert {} == _mend(tree)[1].files


@pytest.mark.parametrize(
    "folder", ["testdata", "pkg/fixtures", "a/__snapshots__", "src/test/resources/a"]
)
def test_what_tests_compare_with_is_not_mended_by_the_way(
    tree: Path, folder: str
) -> None:
    """A test may expect each word of its data: whoever mends it has to ask for that."""
    (tree / folder).mkdir(parents=True)
    (tree / "Dockerfile").rename(tree / folder / "Dockerfile")
    checker, mended = _mend(tree)

    assert ["job.yaml"] == sorted(mended.files)
    (kept,) = (one for one in checker.judge().findings if one.rule == "BLD003")
    assert kept.fix is not None
    assert FixKind.UNSAFE is kept.fix.kind
    assert "tests may expect" in kept.fix.reason
    assert f"{folder}/Dockerfile" in _mend(tree, *FixKind)[1].files


def test_nothing_is_written_before_it_is_asked_for(tree: Path) -> None:
    """Trying fixes leaves the files alone."""
    _mend(tree)

    assert encode(FILES) == {name: (tree / name).read_bytes() for name in FILES}


def test_online_fixes_are_those_that_were_answered(tree: Path) -> None:
    """Without an answer there is no fix; with one, it is filled in."""
    (tree / "Dockerfile").write_text("FROM docker.io/library/debian\n")
    digest = f"sha256:{'0' * 64}"
    kinds = (FixKind.ONLINE,)
    checker = Checker([tree])

    assert {} == mend(checker, checker.judge(), kinds).files
    mended = mend(checker, checker.judge(), kinds, lambda fix: settle(fix, digest))
    assert (
        f"FROM docker.io/library/debian@{digest}\n".encode()
        == mended.files["Dockerfile"]
    )


def _worsen(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Mend a Dockerfile in a way that another rule does not like."""
    del repository, options
    edit = Edit(dockerfile.path, 0, 0, b"FROM alpine:latest\n")
    fix = Fix(FixKind.SAFE, (edit,), "because")
    yield RULE.finding(dockerfile, "no good", fix=fix)


RULE = Rule(
    id="TST001",
    title="T",
    severity=Severity.NOTE,
    what="W",
    why="W",
    remedy="R",
    bad="",
    good="",
    sample="x",
)


def test_a_fix_that_makes_it_worse_is_withheld(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new finding of warning or above is not worth it; other fixes are applied."""
    known = rulebook.list_rules()
    entries = (*known, Entry(RULE, Dockerfile, _worsen))
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    _, mended = _mend(tree)

    assert ["TST001"] == [finding.rule for finding in mended.withheld]
    assert [{"IMG002"}] == [
        mended.leads[finding.fingerprint] for finding in mended.withheld
    ]
    assert {"BLD003", "PUL002"} == {finding.rule for finding in mended.mended}
    assert b"alpine" not in mended.files["Dockerfile"]


def _break(
    workload: Workload, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Mend a manifest so that it is no YAML any more."""
    del repository, options
    edit = Edit(workload.path, workload.start, workload.start, b"{")
    fix = Fix(FixKind.SAFE, (edit,), "because")
    yield RULE.finding(workload, "no good", fix=fix)


def test_a_fix_that_breaks_its_file_is_withheld(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that nobody can read has no findings, but is no better for it."""
    known = rulebook.list_rules()
    entries = (*known, Entry(RULE, Workload, _break))
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    _, mended = _mend(tree)

    assert {"TST001"} == {finding.rule for finding in mended.withheld}
    assert {"BLD003", "PUL002"} == {finding.rule for finding in mended.mended}
    assert b"{kind" not in mended.files["job.yaml"]


def test_bad_fixes_of_many_files_are_all_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is withheld and told, and none keeps the others from being tried."""
    for at in range(9):
        (tmp_path / f"{at}.Dockerfile").write_text(FILES["Dockerfile"])
    known = rulebook.list_rules()
    entries = (*known, Entry(RULE, Dockerfile, _worsen))
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    rounds = 0
    checker = Checker([tmp_path])
    before = checker.judge()
    judge = checker.judge

    def count() -> Outcome:
        nonlocal rounds
        rounds += 1
        return judge()

    monkeypatch.setattr(checker, "judge", count)
    mended = mend(checker, before)

    assert [f"{at}.Dockerfile" for at in range(9)] == [
        finding.place.path for finding in mended.withheld
    ]
    assert {"TST001"} == {finding.rule for finding in mended.withheld}
    assert 9 == len(mended.mended)
    assert rounds < 9


def _worsen_others(
    dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
) -> Iterator[Finding]:
    """Mend a Dockerfile so that another file is worse, if it is the bad one's."""
    del options
    others = [one for one in repository.all(Dockerfile) if one.path != dockerfile.path]
    if any(b"# bad" in (repository.content(one.path) or b"") for one in others):
        yield RULE.finding(dockerfile, "worse", severity=Severity.WARNING)
    mark = b"# bad\n" if dockerfile.path.startswith("5") else b"# good\n"
    if not (repository.content(dockerfile.path) or b"").startswith(b"#"):
        fix = Fix(FixKind.SAFE, (Edit(dockerfile.path, 0, 0, mark),), "because")
        yield RULE.finding(dockerfile, "no good", fix=fix)


def test_a_fix_that_makes_other_files_worse_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By halves: it alone is withheld."""
    for at in range(9):
        (tmp_path / f"{at}.Dockerfile").write_text("FROM docker.io/library/debian:1\n")
    entries = (Entry(RULE, Dockerfile, _worsen_others),)
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    checker = Checker([tmp_path])
    mended = mend(checker, checker.judge())

    assert ["5.Dockerfile"] == [one.place.path for one in mended.withheld]
    assert 8 == len(mended.mended)
    assert all(data.startswith(b"# good\n") for data in mended.files.values())


def test_a_file_that_vanishes_meanwhile_is_not_mended(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are."""
    checker = Checker([tree])
    before = checker.judge()
    read = checker.contents.read
    monkeypatch.setattr(
        checker.contents, "read", lambda path: None if "job" in path else read(path)
    )
    mended = mend(checker, before)

    assert ["Dockerfile"] == list(mended.files)
    assert {"BLD003"} == {finding.rule for finding in mended.mended}
    assert () == mended.withheld


def test_one_among_many_is_withheld(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many fixes a file has, all are applied but the one that is no good."""
    place = tmp_path / "Dockerfile"
    place.write_text("FROM x.example/a\n" + "USER good\n" * 300)
    bad = 17 + 10 * 123

    def judge(
        stage: Stage, repository: Repository, options: PolicyOptions
    ) -> Iterator[Finding]:
        del repository, options
        for at, user in enumerate(stage.instructions):
            if user.value.value == "good":
                new = b"evil" if user.start == bad else b"fine"
                edit = Edit(stage.path, user.value.start, user.value.start + 4, new)
                fix = Fix(FixKind.SAFE, (edit,), "because")
                yield RULE.finding(user, "no good", subject=str(at), fix=fix)
            elif user.value.value == "evil":
                yield RULE.finding(user, "worse", severity=Severity.ERROR)

    entries = (Entry(RULE, Stage, judge),)
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    _, mended = _mend(tmp_path)

    assert 299 == len(mended.mended)
    assert [bad] == [finding.place.start for finding in mended.withheld]
    assert [299, 1] == [mended.files["Dockerfile"].count(w) for w in (b"fine", b"good")]


def test_a_fix_that_makes_another_file_worse_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It need not touch the file; those that are innocent are applied."""
    for name in ("a", "b", "c"):
        (tmp_path / f"{name}.dockerfile").write_text(f"FROM x.example/{name}\n")
    (tmp_path / "hurt.dockerfile").write_text("FROM x.example/hurt\n")

    def judge(
        dockerfile: Dockerfile, repository: Repository, options: PolicyOptions
    ) -> Iterator[Finding]:
        del options
        size = {one.path[0]: one.stop for one in repository.all(Dockerfile)}
        if dockerfile.path.startswith("hurt") and size["b"] > size["h"]:
            yield RULE.finding(dockerfile, "hurt", severity=Severity.ERROR)
        elif len(dockerfile.path) == len("a.dockerfile") and dockerfile.stop < 18:
            end = dockerfile.stop
            edit = Edit(dockerfile.path, end, end, b"USER app\n")
            fix = Fix(FixKind.SAFE, (edit,), "because")
            yield RULE.finding(dockerfile, "no good", fix=fix)

    entries = (Entry(RULE, Dockerfile, judge),)
    monkeypatch.setattr(rulebook, "list_rules", lambda: entries)
    _, mended = _mend(tmp_path)

    assert ["a.dockerfile", "c.dockerfile"] == sorted(mended.files)
    assert ["b.dockerfile"] == [finding.place.path for finding in mended.withheld]


def test_a_file_keeps_its_rights(tree: Path) -> None:
    """Mode and place stay; nothing is left beside it."""
    place = tree / "job.yaml"
    place.chmod(0o640)
    _, mended = _mend(tree)
    _write(tree, mended)

    assert 0o640 == stat.S_IMODE(place.stat().st_mode)
    assert sorted(FILES) == sorted(path.name for path in tree.iterdir())


@pytest.mark.parametrize("name", ["x" * 255, "\N{SNOWMAN}" * 85, ".x"])
def test_a_name_may_be_as_long_as_names_are(tmp_path: Path, name: str) -> None:
    """What is written beside it first has a shorter one."""
    (tmp_path / name).write_bytes(b"old")

    assert [] == write_files(tmp_path, {name: b"old"}, {name: b"new"})
    assert b"new" == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("what", ["changed", "gone", "linked", "in a linked folder"])
def test_what_is_no_longer_the_same_is_left_alone(tmp_path: Path, what: str) -> None:
    """A file that somebody else works on is theirs; a link leads nowhere."""
    place, other = tmp_path / "root" / "a" / "x", tmp_path / "other"
    place.parent.mkdir(parents=True)
    other.mkdir()
    place.write_bytes(b"theirs" if what == "changed" else b"old")
    (other / "x").write_bytes(b"old")
    if what == "gone":
        place.unlink()
    if what == "linked":
        place.unlink()
        place.symlink_to(other / "x")
    if what == "in a linked folder":
        place.unlink()
        place.parent.rmdir()
        place.parent.symlink_to(other)
    troubles = write_files(tmp_path / "root", {"a/x": b"old"}, {"a/x": b"new"})

    assert ["a/x"] == [trouble.path for trouble in troubles]
    assert "left as it is" in troubles[0].message
    assert b"old" == (other / "x").read_bytes()
    assert [other / "x"] == list(other.iterdir())
    if what == "changed":
        assert b"theirs" == place.read_bytes()


def test_what_was_found_has_its_lines(tree: Path) -> None:
    """Lines and columns are those of an editor."""
    found = [(f.rule, f.place) for f in Checker([tree]).judge().findings]
    places = {rule: (at.path, at.line, at.column) for rule, at in found}

    assert ("Dockerfile", 2, 5) == places["BLD003"]
    assert ("job.yaml", 13, 18) == places["PUL002"]
