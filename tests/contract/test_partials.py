"""What a restart may trust of a blob that was arriving."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seawall.errors import StoreError, StoreFullError
from seawall.kit.ranges import Extents, Span
from seawall.oci.digest import Digest
from seawall.store.disk import DiskBlobs

DIGEST = Digest.of(b"whatever")


def note_of(root: Path) -> Path:
    """Say where the note of the partial is."""
    return root / "partials" / f"sha256-{DIGEST.hex}.json"


def leave_partial(root: Path, **changes: Any) -> DiskBlobs:
    """Leave a partial of 100 bytes as a killed process would, its note changed."""
    killed = DiskBlobs(root, sync=False).open_partial(DIGEST)
    killed.write(0, bytes(100))
    killed.checkpoint()
    os.close(killed.fd)
    note = json.loads(note_of(root).read_text()) | changes
    note_of(root).write_text(json.dumps(note))
    return DiskBlobs(root, sync=False)


def resume(blobs: DiskBlobs) -> tuple[Span, ...]:
    """Say what a restart trusts."""
    partial = blobs.open_partial(DIGEST)
    partial.discard()
    partial.close()
    return partial.extents.spans()


pieces = st.lists(
    st.tuples(st.integers(0, 300), st.binary(max_size=60)),
    max_size=8,
)


@given(before=pieces, after=pieces)
def test_a_restart_trusts_what_was_noted_and_no_more(
    before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]
) -> None:
    """Bytes that came after the last checkpoint are fetched again, others are not."""
    noted = Extents(Span(at, at + len(data)) for at, data in before)
    with tempfile.TemporaryDirectory() as folder:
        killed = DiskBlobs(Path(folder), sync=False).open_partial(DIGEST)
        for offset, data in before:
            killed.write(offset, data)
        killed.checkpoint()
        for offset, data in after:
            killed.write(offset, data)
        os.close(killed.fd)
        found = resume(DiskBlobs(Path(folder), sync=False))

    assert noted.spans() == found


@given(note=st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_any_note_at_all_is_survived(note: bytes) -> None:
    """A torn or foreign note means to start from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        blobs = leave_partial(Path(folder))
        note_of(Path(folder)).write_bytes(note)

        assert resume(blobs) == ()


@pytest.mark.parametrize(
    "extents",
    [[[0]], [["a", "b"]], [[5, 3]], [[-5, 3]], "text", None, [[200, 300]], [None]],
)
def test_impossible_extents_are_not_trusted(tmp_path: Path, extents: object) -> None:
    """What cannot be in the file is not believed to be."""
    assert resume(leave_partial(tmp_path, extents=extents)) == ()


def test_extents_end_where_the_file_ends(tmp_path: Path) -> None:
    """A note that promises more than the file has is believed up to there."""
    blobs = leave_partial(tmp_path, extents=[[0, 1 << 60]])

    assert resume(blobs) == (Span(0, 100),)


def test_a_note_of_another_boot_is_not_trusted(tmp_path: Path) -> None:
    """After a power cut the note may promise bytes that never reached the disk."""
    assert resume(leave_partial(tmp_path, boot="another")) == ()


def test_what_was_synced_outlives_the_boot(tmp_path: Path) -> None:
    """After an orderly stop the partial is resumed, whatever happened since."""
    blobs = leave_partial(tmp_path, boot="another", synced=True)

    assert resume(blobs) == (Span(0, 100),)


def test_closing_syncs(tmp_path: Path) -> None:
    """A closed partial says that its bytes are on the disk."""
    partial = DiskBlobs(tmp_path).open_partial(DIGEST)
    partial.write(0, bytes(10))
    partial.close()

    assert json.loads(note_of(tmp_path).read_text())["synced"] is True


def test_one_blob_arrives_once(tmp_path: Path) -> None:
    """A second writer of the same partial is refused, not mixed in."""
    blobs = DiskBlobs(tmp_path)
    partial = blobs.open_partial(DIGEST)
    with pytest.raises(StoreError, match="already arriving"):
        blobs.open_partial(DIGEST)
    partial.close()


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    """No space left is an error of its own, which eviction can answer."""
    blobs = DiskBlobs(tmp_path)
    part = note_of(tmp_path).with_suffix(".part")
    part.symlink_to("/dev/full")
    partial = blobs.open_partial(DIGEST)
    with pytest.raises(StoreFullError):
        partial.write(0, b"data")
    partial.discard()
    partial.close()


def test_closing_on_a_full_disk_keeps_what_was_noted(tmp_path: Path) -> None:
    """What no note can say any more comes again; nobody is failed for that."""
    blobs = DiskBlobs(tmp_path)
    partial = blobs.open_partial(DIGEST)
    partial.write(0, bytes(100))
    partial.checkpoint()
    partial.write(100, bytes(50))
    torn = note_of(tmp_path).with_suffix(".json.new")
    torn.symlink_to("/dev/full")
    partial.close()
    torn.unlink()

    assert resume(blobs) == (Span(0, 100),)


def test_leftovers_are_swept(tmp_path: Path) -> None:
    """What an interrupted put left is taken away, what may be resumed is not."""
    blobs = leave_partial(tmp_path)
    partials = tmp_path / "partials"
    (partials / "deadbeef-0.new").write_bytes(bytes(50))
    (partials / f"sha256-{'0' * 64}.json").write_text("{}")
    freed = blobs.sweep()

    assert freed == 50
    assert {note_of(tmp_path).name, note_of(tmp_path).with_suffix(".part").name} == {
        path.name for path in partials.iterdir()
    }
    assert resume(blobs) == (Span(0, 100),)


def test_foreign_files_are_not_blobs(tmp_path: Path) -> None:
    """A file whose name is no digest is left alone and not listed."""
    blobs = DiskBlobs(tmp_path)
    folder = tmp_path / "blobs" / "sha256" / "ab"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("mine")

    assert list(blobs.walk()) == []
