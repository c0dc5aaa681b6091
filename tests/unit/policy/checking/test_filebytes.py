"""Files are known again, and no number of them is kept in memory."""

import tracemalloc
from pathlib import Path

from seawall.policy.checking.filebytes import Contents, fingerprint

MIB = 1024 * 1024


def _fill(root: Path, count: int) -> Contents:
    contents = Contents(root, 4 * MIB)
    for at in range(count):
        data = bytes([at]) * (3 * MIB)
        (root / str(at)).write_bytes(data)
        contents.note(str(at), fingerprint(data))
    return contents


def test_what_is_read_again_is_kept_up_to_a_bound(tmp_path: Path) -> None:
    """As many as fit; an older one is read from the disk when it is asked for."""
    contents = _fill(tmp_path, 16)
    tracemalloc.start()
    try:
        for at in range(16):
            assert bytes([at]) == (contents.read(str(at)) or b"")[:1]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 20 * MIB < held < 36 * MIB
    assert b"\0" == (contents.read("0") or b"")[:1]


def test_what_is_no_longer_the_same_is_not_given(tmp_path: Path) -> None:
    """Changed or gone, it is nobody's; what was changed in memory is there."""
    contents = _fill(tmp_path, 3)
    (tmp_path / "0").write_bytes(b"another")
    (tmp_path / "1").unlink()
    contents.change("2", b"new")

    assert [None, None, b"new"] == [contents.read(name) for name in "012"]
    assert [None, None] == [contents.original(name) for name in "01"]
    assert b"\2" == (contents.original("2") or b"")[:1]
    contents.restore("2")
    assert contents.read("2") == contents.original("2")
