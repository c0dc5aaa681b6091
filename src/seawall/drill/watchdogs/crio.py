"""CRI-O's rule: one timer for an image, set back by whatever is read of any blob.

After CRI-O 1.30.0 to 1.32.3, `server/image_pull.go` (`pullImageCandidate`,
`consumeImagePullProgress`), and the containers/image library that it uses,
`copy/progress_channel.go` (`newProgressReader`, `progressReader.Read`) and
`copy/blob.go`. The rule only, not the client.
"""

import math
from dataclasses import dataclass

_DETECTED_BYTES = 8  # what compression is told by; only then is there a reader


@dataclass(slots=True)
class _Blob:
    seen: int = 0
    told_at: float | None = None


class CrioWatchdog:
    """Dies when no event came for `timeout_s`; armed by the first event of any blob.

    A blob's reader is made once 8 bytes of it are there, which is its first event.
    From then on each read that returns is one, if a tenth of the time-out has passed
    since its last.

    Args:
        timeout_s: `pull_progress_timeout`: 10 s.
        version: Of CRI-O.
    """

    def __init__(self, timeout_s: float = 10.0, *, version: str = "1.31.0") -> None:
        self.agent = f"cri-o/{version} go/go1.22.6 os/linux arch/amd64"
        self.look_s = timeout_s / 20
        self._timeout_s = timeout_s
        self._interval_s = timeout_s / 10
        self._deadline = math.inf
        self._blobs: dict[str, _Blob] = {}

    def begin(self, blob: str, size: int, now: float) -> None:
        """A request alone is no event."""
        del size, now
        self._blobs[blob] = _Blob()

    def read(self, blob: str, count: int, now: float) -> None:
        """Tell of it, unless the last time was a moment ago."""
        if self.is_dead(now):
            return
        state = self._blobs[blob]
        state.seen += count
        if state.told_at is None:
            if state.seen >= _DETECTED_BYTES:
                self._tell(state, now)
        elif now - state.told_at > self._interval_s:
            self._tell(state, now)

    def finish(self, blob: str, now: float) -> None:
        """A complete blob is an event."""
        if not self.is_dead(now):
            self._tell(self._blobs[blob], now)

    def is_dead(self, now: float) -> bool:
        """Whether the timer has run out."""
        return now >= self._deadline

    def _tell(self, state: _Blob, now: float) -> None:
        state.told_at = now
        self._deadline = now + self._timeout_s
