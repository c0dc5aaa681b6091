"""Files are found as git would list them, and nothing leads out of the tree."""

import os
import subprocess
from pathlib import Path

import pytest

from seawall.errors import InputError
from seawall.policy.checking.walking import Found, find_files, find_root
from seawall.policy.facts.troubles import Obstacle
from seawall.policy.options import LimitOptions, PolicyOptions


def _fill(root: Path, *names: str, text: str = "a: b\n") -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _find(root: Path, *paths: Path, options: PolicyOptions | None = None) -> Found:
    return find_files(root, paths or (root,), options or PolicyOptions())


TOP = """\
/out/
*.tmp.yaml
build
!keep/build
# note
logs/*.yaml
**/deep/x.yaml
"""
IGNORES = {
    ".gitignore": TOP,
    "a/.gitignore": "!b.tmp.yaml\nlocal.yaml\n/top.yaml\n",
    "a/c/.gitignore": "*\n!kept.yaml\n",
    ".git/info/exclude": "secret.yaml\n",
}
FILES = [
    *("x.yaml", "x.tmp.yaml", "out/x.yaml", "a/out/x.yaml", "build/x.yaml"),
    *(
        "keep/build/x.yaml",
        "logs/x.yaml",
        "a/logs/x.yaml",
        "q/deep/x.yaml",
        "deep/x.yaml",
    ),
    *("a/b.tmp.yaml", "a/c.tmp.yaml", "a/local.yaml", "a/top.yaml", "a/d/top.yaml"),
    *("a/d/local.yaml", "a/c/x.yaml", "a/c/kept.yaml", "secret.yaml", "a/secret.yaml"),
    *("Dockerfile", "a/Dockerfile.dev", ".github/workflows/ci.yml", "ü x/y.yaml"),
]


def test_a_script_is_known_by_how_it_begins_where_it_has_no_ending(
    tmp_path: Path,
) -> None:
    """What git ignores stays left out, and nothing that is no file is opened."""
    _fill(tmp_path, "bin/setup", "bin/kept", "Makefile", text="#!/bin/sh\n")
    _fill(tmp_path, "LICENSE", "bin/setup.old")
    _fill(tmp_path, ".gitignore", text="kept\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("bin/setup")
    (tmp_path / "bin/shut").touch(mode=0)
    assert [*_find(tmp_path).wanted] == ["Makefile", "bin/setup"]
    assert not _find(tmp_path, tmp_path / "pipe").wanted


def test_git_would_list_the_same(tmp_path: Path) -> None:
    """What git leaves out is left out: all of its files of patterns count."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    _fill(tmp_path, *FILES)
    for name, text in IGNORES.items():
        _fill(tmp_path, name, text=text)
    listed = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files", "-zco", "--exclude-standard"],
        check=True,
        capture_output=True,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name}

    assert sorted(names & set(FILES)) == list(_find(tmp_path).wanted)


def test_what_tools_copied_in_is_left_out(tmp_path: Path) -> None:
    """Folders that Go and npm fill are read only if named, or nothing is left out."""
    _fill(tmp_path, "vendor/modules.txt", "vendor/k8s.io/pod.yaml", "web/vendor/a.yaml")
    _fill(tmp_path, "web/node_modules/x/pod.yaml", "web/b.yaml")

    assert ["web/b.yaml", "web/vendor/a.yaml"] == list(_find(tmp_path).wanted)
    named = _find(tmp_path, tmp_path / "vendor")
    assert ["vendor/k8s.io/pod.yaml"] == list(named.wanted)
    everything = _find(tmp_path, options=PolicyOptions(remarks=False))
    assert len(everything.wanted) == 4


def test_a_workflow_is_known_without_git(tmp_path: Path) -> None:
    """Its whole path says what it is, whichever part of it was named."""
    _fill(tmp_path, "a/.github/workflows/ci.yml", "a/b/x.yaml")

    for named in ("a/.github/workflows/ci.yml", "a/.github", "a/.github/workflows"):
        assert tmp_path / "a" == find_root([tmp_path / named])
    assert tmp_path / "a" / "b" == find_root([tmp_path / "a" / "b"])


def test_what_is_named_is_read(tmp_path: Path) -> None:
    """A file that git ignores is read if a person asks for it."""
    _fill(tmp_path, ".gitignore", text="*.yaml\n")
    _fill(tmp_path, "x.yaml", "y.yaml")

    assert {} == _find(tmp_path).wanted
    assert ["x.yaml"] == list(_find(tmp_path, tmp_path / "x.yaml").wanted)


def test_paths_are_told_from_the_repository(tmp_path: Path) -> None:
    """Its root is the root; without one, what all paths have in common."""
    _fill(tmp_path, "repo/.git/config", "repo/a/b/x.yaml", "plain/c/x.yaml")

    assert tmp_path / "repo" == find_root([tmp_path / "repo/a/b"])
    assert tmp_path / "plain/c" == find_root([tmp_path / "plain/c/x.yaml"])
    assert tmp_path == find_root([tmp_path / "plain", tmp_path / "repo"])
    inner = _find(tmp_path / "repo", tmp_path / "repo/a/b")
    assert ["a/b/x.yaml"] == list(inner.wanted)
    with pytest.raises(InputError, match=r"nothing: there is no such file"):
        find_root([tmp_path / "nothing"])


def test_links_and_pipes_are_let_be(tmp_path: Path) -> None:
    """Neither loops, nor ways out of the tree, nor what would make a reader wait."""
    root = tmp_path / "root"
    _fill(root, "x.yaml")
    _fill(tmp_path, "out.yaml", "folder/y.yaml")
    (root / "loop").symlink_to(root)
    (root / "out").symlink_to(tmp_path / "folder")
    (root / "out.yaml").symlink_to(tmp_path / "out.yaml")
    (root / "gone.yaml").symlink_to(root / "nothing")
    os.mkfifo(root / "pipe.yaml")

    assert ["x.yaml"] == list(_find(root).wanted)


def test_bounds_are_troubles(tmp_path: Path) -> None:
    """A file that is too large is told, and so are too many files."""
    _fill(tmp_path, "a.yaml", "b.yaml", "c.yaml")
    _fill(tmp_path, "large.yaml", text="x" * 2000)
    limits = LimitOptions(file_bytes=1000)
    found = _find(tmp_path, options=PolicyOptions(limits=limits))

    assert ["a.yaml", "b.yaml", "c.yaml"] == list(found.wanted)
    (trouble,) = found.troubles
    assert ("large.yaml", Obstacle.BOUNDED) == (trouble.path, trouble.obstacle)
    assert "2000 bytes" in trouble.message

    few = _find(tmp_path, options=PolicyOptions(limits=LimitOptions(files=2)))
    assert "more than 2 files" in few.troubles[0].message


def test_what_settings_exclude_is_left_out(tmp_path: Path) -> None:
    """A pattern leaves out files, or folders with all that is below them."""
    _fill(tmp_path, "x.yaml", "vendor/x.yaml", "a/vendor/b/x.yaml", "a/x.yaml")
    options = PolicyOptions(exclude=("**/vendor", "a/*.yaml"))

    assert ["x.yaml"] == list(_find(tmp_path, options=options).wanted)
