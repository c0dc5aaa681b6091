"""What every blob store promises; a test class to inherit and give a store."""

# ruff: noqa: S101, PLR2004  it is a test, kept beside the role for others to run

import os
import threading
from collections.abc import Callable
from functools import partial

import pytest

from seawall.errors import DigestMismatchError, NotStoredError, StoreError
from seawall.kit.ranges import Span
from seawall.oci.digest import Digest
from seawall.store.roles import Blobs, OpenBlob

_BODY = b"seawall" * 1000
_DIGEST = Digest.of(_BODY)


def read_blob(blobs: Blobs, digest: Digest) -> bytes:
    """Read a stored blob whole. Blocking."""
    with blobs.open_blob(digest) as blob:
        return _read(blob)


def _read(blob: OpenBlob) -> bytes:
    return os.pread(blob.fd, blob.size + 1, 0)


class StoreContract:
    """Inherit it in a test module, with a fixture `blobs` that gives an empty store."""

    @pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
    def test_what_was_put_is_read(self, blobs: Blobs, algorithm: str) -> None:
        """A blob is given back byte for byte, whatever names it."""
        digest = Digest.of(_BODY, algorithm)
        blobs.put(digest, _BODY)

        assert len(_BODY) == blobs.find_size(digest)
        assert read_blob(blobs, digest) == _BODY
        assert [(digest, len(_BODY))] == list(blobs.walk())

    def test_the_empty_blob_is_a_blob(self, blobs: Blobs) -> None:
        """Nothing at all has a digest too."""
        digest = Digest.of(b"")
        blobs.put(digest, b"")

        assert blobs.find_size(digest) == 0
        assert read_blob(blobs, digest) == b""

    def test_putting_twice_changes_nothing(self, blobs: Blobs) -> None:
        """Storing what is stored is fine."""
        blobs.put(_DIGEST, _BODY)
        blobs.put(_DIGEST, _BODY)

        assert [(_DIGEST, len(_BODY))] == list(blobs.walk())

    def test_other_bytes_are_refused(self, blobs: Blobs) -> None:
        """What is not its digest is never stored."""
        with pytest.raises(DigestMismatchError):
            blobs.put(_DIGEST, _BODY + b"!")

        assert blobs.find_size(_DIGEST) is None
        assert list(blobs.walk()) == []

    def test_what_is_not_stored_is_said_so(self, blobs: Blobs) -> None:
        """A missing blob has no size, and cannot be opened."""
        assert blobs.find_size(_DIGEST) is None
        with pytest.raises(NotStoredError):
            blobs.open_blob(_DIGEST)

    def test_a_partial_shows_only_when_committed(self, blobs: Blobs) -> None:
        """What is arriving is no blob before it is complete, and one after."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(0, _BODY)
        before = blobs.find_size(_DIGEST), list(blobs.walk())
        arriving.commit()
        after = os.pread(arriving.fd, len(_BODY), 0)
        arriving.close()

        assert before == (None, [])
        assert after == _BODY
        assert read_blob(blobs, _DIGEST) == _BODY
        assert list(blobs.walk_partials()) == []

    def test_pieces_may_come_in_any_order(self, blobs: Blobs) -> None:
        """Each piece has its place, and the extents say which are there."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(4000, _BODY[4000:])
        seen = arriving.extents
        arriving.write(0, memoryview(_BODY)[:4000])
        arriving.commit()
        arriving.close()

        assert (Span(4000, len(_BODY)),) == seen.spans()
        assert (Span(0, len(_BODY)),) == arriving.extents.spans()
        assert read_blob(blobs, _DIGEST) == _BODY

    def test_a_gap_is_never_committed(self, blobs: Blobs) -> None:
        """A partial with a hole stays a partial, whatever its caller believes."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(4000, _BODY[4000:])
        with pytest.raises(StoreError, match="gaps"):
            arriving.commit()
        arriving.close()

        assert blobs.find_size(_DIGEST) is None

    def test_a_closed_partial_is_resumed(self, blobs: Blobs) -> None:
        """What had arrived is there when the same blob is begun again."""
        first = blobs.open_partial(_DIGEST)
        first.write(0, _BODY[:3000])
        first.checkpoint()
        first.close()
        second = blobs.open_partial(_DIGEST)
        found = second.extents.spans()
        second.write(3000, _BODY[3000:])
        second.commit()
        second.close()

        assert (Span(0, 3000),) == found
        assert read_blob(blobs, _DIGEST) == _BODY

    def test_a_discarded_partial_is_forgotten(self, blobs: Blobs) -> None:
        """What was discarded is not resumed, yet stays readable while open."""
        first = blobs.open_partial(_DIGEST)
        first.write(0, _BODY[:3000])
        first.checkpoint()
        first.discard()
        second = blobs.open_partial(_DIGEST)
        still = os.pread(first.fd, 3000, 0)
        found = second.extents.spans()
        first.close()
        second.close()

        assert still == _BODY[:3000]
        assert found == ()

    def test_nothing_is_written_after_the_commit(self, blobs: Blobs) -> None:
        """A committed blob cannot be changed through its partial."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(0, _BODY)
        arriving.commit()
        with pytest.raises(StoreError):
            arriving.write(0, b"changed")
        arriving.close()

        assert read_blob(blobs, _DIGEST) == _BODY

    def test_an_idle_partial_can_be_removed(self, blobs: Blobs) -> None:
        """What never finished arriving is listed, and can be given up."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(0, _BODY[:3000])
        arriving.close()
        held = [found.digest for found in blobs.walk_partials()]
        freed = blobs.remove_partial(_DIGEST)
        again = blobs.open_partial(_DIGEST)
        found = again.extents.spans()
        again.close()

        assert held == [_DIGEST]
        assert freed == 3000
        assert found == ()

    def test_an_open_partial_cannot_be_removed(self, blobs: Blobs) -> None:
        """Tidying up never takes what is arriving."""
        arriving = blobs.open_partial(_DIGEST)
        arriving.write(0, _BODY)
        freed = blobs.remove_partial(_DIGEST)
        arriving.commit()
        arriving.close()

        assert freed == 0
        assert read_blob(blobs, _DIGEST) == _BODY

    def test_removal_spares_those_who_read(self, blobs: Blobs) -> None:
        """A blob that is open is read to its end although it was removed."""
        blobs.put(_DIGEST, _BODY)
        with blobs.open_blob(_DIGEST) as blob:
            freed = blobs.remove(_DIGEST)
            body = _read(blob)

        assert len(_BODY) == freed
        assert body == _BODY
        assert blobs.find_size(_DIGEST) is None
        assert blobs.remove(_DIGEST) == 0

    def test_a_condemned_blob_is_hidden_and_goes(self, blobs: Blobs) -> None:
        """Nobody finds what is about to be removed."""
        blobs.put(_DIGEST, _BODY)
        blobs.condemn([_DIGEST])
        hidden = blobs.find_size(_DIGEST), list(blobs.walk())
        with pytest.raises(NotStoredError):
            blobs.open_blob(_DIGEST)
        freed = blobs.remove_condemned(_DIGEST)

        assert hidden == (None, [])
        assert len(_BODY) == freed
        assert blobs.find_size(_DIGEST) is None

    def test_a_pardoned_blob_stays(self, blobs: Blobs) -> None:
        """A removal that did not come about leaves everything as it was."""
        blobs.put(_DIGEST, _BODY)
        blobs.condemn([_DIGEST])
        blobs.pardon([_DIGEST])

        assert blobs.remove_condemned(_DIGEST) is None
        assert read_blob(blobs, _DIGEST) == _BODY

    @pytest.mark.parametrize("whole", [True, False], ids=["put", "partial"])
    def test_storing_again_saves_the_condemned(
        self, blobs: Blobs, *, whole: bool
    ) -> None:
        """What arrives again while it is being removed stays."""
        blobs.put(_DIGEST, _BODY)
        blobs.condemn([_DIGEST])
        if whole:
            blobs.put(_DIGEST, _BODY)
        else:
            arriving = blobs.open_partial(_DIGEST)
            arriving.write(0, _BODY)
            arriving.commit()
            arriving.close()

        assert blobs.remove_condemned(_DIGEST) is None
        assert read_blob(blobs, _DIGEST) == _BODY

    def test_many_threads_may_store_at_once(self, blobs: Blobs) -> None:
        """Threads storing the same and different blobs do not disturb each other."""
        bodies = [bytes([number % 7]) * 5000 for number in range(28)]

        def put(body: bytes) -> None:
            blobs.put(Digest.of(body), body)

        _run_at_once([partial(put, body) for body in bodies])

        assert {(Digest.of(body), 5000) for body in bodies} == set(blobs.walk())

    def test_two_threads_may_write_one_partial(self, blobs: Blobs) -> None:
        """A far range arriving beside the front loses no piece of either."""
        arriving = blobs.open_partial(_DIGEST)

        def write(start: int, stop: int) -> None:
            for offset in range(start, stop, 70):
                arriving.write(offset, _BODY[offset : min(offset + 70, stop)])

        _run_at_once([partial(write, 0, 3500), partial(write, 3500, len(_BODY))])
        spans = arriving.extents.spans()
        arriving.commit()
        arriving.close()

        assert (Span(0, len(_BODY)),) == spans
        assert read_blob(blobs, _DIGEST) == _BODY


def _run_at_once(actions: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=action) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
