"""Mended files are whole or as they were, whatever happens while they are written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.policy import writing
from seawall.policy.writing import write_files

OLD, NEW = b"old\n" * 1000, b"new\n" * 2000
_KILLED = """
import os, signal, sys
from pathlib import Path
from seawall.policy.writing import write_files
call, root = sys.argv[1:]
real = getattr(os, call)
def kill(*words, **more):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, call, kill)
write_files(Path(root), {"x": b"old\\n" * 1000}, {"x": b"new\\n" * 2000})
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a file."""
    (tmp_path / "x").write_bytes(OLD)
    return tmp_path


def _list(root: Path) -> list[str]:
    return [path.name for path in root.iterdir()]


@pytest.mark.parametrize("call", ["fchmod", "fsync", "link", "open"])
def test_a_kill_leaves_nothing_behind(root: Path, call: str) -> None:
    """Up to the rename there is only a file without a name, and the old one."""
    done = subprocess.run([sys.executable, "-c", _KILLED, call, str(root)], check=False)

    assert -signal.SIGKILL == done.returncode
    assert ["x"] == _list(root)
    assert OLD == (root / "x").read_bytes()


def test_where_files_need_names_it_works_as_well(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all file systems have files without one; then it goes when it fails."""
    monkeypatch.setattr(os, "O_TMPFILE", os.O_CREAT | os.O_EXCL)
    assert [] == write_files(root, {"x": OLD}, {"x": NEW})
    assert NEW == (root / "x").read_bytes()
    (trouble,) = write_files(root, {"x": OLD}, {"x": OLD})

    assert "was changed meanwhile" in trouble.message
    assert ["x"] == _list(root)


def test_what_takes_its_place_meanwhile_is_not_written_to(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe, a link, another file, nothing: none is waited for, or followed."""

    def swap_pipe() -> None:
        os.mkfifo(root / "x")

    def swap_link() -> None:
        (root / "other").write_bytes(OLD)
        (root / "x").symlink_to("other")

    def swap_file() -> None:
        (root / "x").write_bytes(b"another")

    real = writing._fill
    for swap in (swap_pipe, swap_link, swap_file, lambda: None):
        (root / "x").unlink(missing_ok=True)
        (root / "x").write_bytes(OLD)

        def fill(*words: object, swap: object = swap) -> None:
            real(*words)  # type: ignore[arg-type]
            (root / "x").unlink()
            swap()  # type: ignore[operator]

        monkeypatch.setattr(writing, "_fill", fill)
        (trouble,) = write_files(root, {"x": OLD}, {"x": NEW})
        left = {name for name in _list(root) if name.startswith(".")}

        assert "left as it is" in trouble.message
        assert set() == left
    assert OLD == (root / "other").read_bytes()


def test_a_folder_that_becomes_a_link_is_not_followed(root: Path) -> None:
    """Whoever changes the tree does not choose where is written."""
    (root / "far").mkdir()
    (root / "far/x").write_bytes(OLD)
    (root / "near").symlink_to("far")
    (trouble,) = write_files(root, {"near/x": OLD}, {"near/x": NEW})

    assert "symbolic link" in trouble.message
    assert OLD == (root / "far/x").read_bytes()


def test_rights_and_long_names_stay(root: Path) -> None:
    """The file's mode is what it was, and a name may be as long as one can be."""
    path = root / ("x" * 255)
    path.write_bytes(OLD)
    path.chmod(0o751)

    assert [] == write_files(root, {path.name: OLD}, {path.name: NEW})
    assert (NEW, 0o751) == (path.read_bytes(), path.stat().st_mode & 0o777)
