"""A data directory: one process, one version, private."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seawall.errors import StoreError, StoreLockedError, StoreVersionError
from seawall.store.datadir import open_data_directory

HOLD = (
    "import sys; from pathlib import Path;"
    "from seawall.store.datadir import open_data_directory;"
    "held = open_data_directory(Path(sys.argv[1])); print('held', flush=True);"
    "sys.stdin.read()"
)


def test_it_is_made_and_private(tmp_path: Path) -> None:
    """A first start makes everything, for nobody else to read."""
    with open_data_directory(tmp_path / "a" / "data") as data:
        mode = data.root.stat().st_mode & 0o777
        version = (data.root / "version").read_text()

    assert mode == 0o700
    assert version == "1\n"
    assert data.root / "catalog.db" == data.catalog_path
    assert data.root / "seawall.sock" == data.socket_path


def test_a_second_start_finds_it(tmp_path: Path) -> None:
    """Closed and opened again is fine, and so is closing twice."""
    with open_data_directory(tmp_path) as data:
        data.close()
    with open_data_directory(tmp_path) as data:
        assert tmp_path == data.root


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    """The second is told which process has it."""
    with open_data_directory(tmp_path):
        holder = f"process {os.getpid()} works on"
        with pytest.raises(StoreLockedError, match=holder):
            open_data_directory(tmp_path)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """The lock ends with its process, however that ended."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreLockedError, match=str(holder.pid)):
            open_data_directory(tmp_path)
        holder.send_signal(signal.SIGKILL)
    with open_data_directory(tmp_path) as data:
        assert tmp_path == data.root


@pytest.mark.parametrize("version", ["2", "", "x" * 1000, "\x00"])
def test_another_version_is_refused(tmp_path: Path, version: str) -> None:
    """A layout that is not known is left alone, and can be opened by its own."""
    open_data_directory(tmp_path).close()
    (tmp_path / "version").write_text(version)
    with pytest.raises(StoreVersionError, match="version"):
        open_data_directory(tmp_path)
    (tmp_path / "version").write_text("1")

    open_data_directory(tmp_path).close()


def test_a_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A mistyped path is neither filled nor changed."""
    (tmp_path / "thesis.tex").write_text("mine")
    tmp_path.chmod(0o755)
    with pytest.raises(StoreVersionError, match="not empty"):
        open_data_directory(tmp_path)

    assert ["thesis.tex"] == [path.name for path in tmp_path.iterdir()]
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_fresh_volume_is_empty(tmp_path: Path) -> None:
    """What a file system brings along is nobody's data."""
    (tmp_path / "lost+found").mkdir()

    open_data_directory(tmp_path).close()


def test_a_file_is_no_directory(tmp_path: Path) -> None:
    """A path to something else is refused in plain words."""
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="not a directory"):
        open_data_directory(tmp_path / "file")
