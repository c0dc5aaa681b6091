"""containerd's two rules: raw bytes of open requests, or whole mebibytes in its store.

After containerd 2.1 and later: `internal/cri/server/images/image_pull.go`
(`pullProgressReporter.start`; `transferProgressReporter.handleProgress`,
`checkProgress`), `core/transfer/local/progress.go` (`HandleProgress`) and
`core/content/helpers.go` (`copyWithBuffer`). The rules only, not the client.
"""

_TICK_S = 10.0
_POLL_S = 0.3
_STEP_BYTES = 1 << 20


class _Reporter:
    """Looks at the sum of bytes at each tick, while something is active."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        # more often if the time-out is shorter than the usual tick
        self._tick_s = _TICK_S if timeout_s >= _TICK_S else timeout_s / 2
        self._next: float | None = None
        self._last_bytes = 0
        self._last_at = 0.0
        self._before = 0
        self.dead = False

    def start(self, now: float) -> None:
        """The image is pulled from now on."""
        if self._next is None:
            self._next, self._last_at = now + self._tick_s, now

    def due(self, now: float) -> float | None:
        """Give the next tick, if that is not in the future."""
        return self._next if self._next is not None and self._next <= now else None

    def tick(self, active: int, count: int, *, minds_start: bool) -> None:
        """Look at what is active, and how much there is."""
        at = self._next or 0.0
        self._next = at + self._tick_s
        begun = minds_start and self._before == 0
        self._before = active
        if not active or count > self._last_bytes or begun:
            self._last_bytes, self._last_at = count, at
        elif at - self._last_at > self._timeout_s:
            self.dead = True


class LocalPullWatchdog:
    """Dies when no byte of any open request came for `timeout_s`.

    Args:
        timeout_s: `image_pull_progress_timeout`: 5 minutes.
        version: Of containerd, to which this is the default before 2.1.
    """

    def __init__(self, timeout_s: float = 300.0, *, version: str = "v2.0.5") -> None:
        self.agent = f"containerd/{version}"
        self.look_s = min(timeout_s / 20, 1.0)
        self._reporter = _Reporter(timeout_s)
        self._active: set[str] = set()
        self._bytes = 0

    def begin(self, blob: str, size: int, now: float) -> None:
        """A request is active from its beginning."""
        del size
        self._reporter.start(now)
        self.is_dead(now)
        self._active.add(blob)

    def read(self, blob: str, count: int, now: float) -> None:
        """One byte counts."""
        del blob
        self.is_dead(now)
        self._bytes += count

    def finish(self, blob: str, now: float) -> None:
        """A complete body is closed."""
        self.is_dead(now)
        self._active.discard(blob)

    def is_dead(self, now: float) -> bool:
        """Whether a tick found nothing for too long."""
        while not self._reporter.dead and self._reporter.due(now) is not None:
            self._reporter.tick(len(self._active), self._bytes, minds_start=True)
        return self._reporter.dead


class TransferWatchdog:
    """Dies when no blob in the store grew by a whole mebibyte for `timeout_s`.

    The store is written to a mebibyte at a time, and looked at each 0.3 s. A blob of
    which nothing was written yet is not active.

    Args:
        timeout_s: `image_pull_progress_timeout`: 5 minutes.
        version: Of containerd, to which this is the default from 2.1 on.
    """

    def __init__(self, timeout_s: float = 300.0, *, version: str = "v2.1.4") -> None:
        self.agent = f"containerd/{version}"
        self.look_s = min(timeout_s / 20, _POLL_S)
        self._reporter = _Reporter(timeout_s)
        self._poll_at = 0.0
        self._read: dict[str, int] = {}
        self._sizes: dict[str, int] = {}
        self._seen: dict[str, int] = {}

    def begin(self, blob: str, size: int, now: float) -> None:
        """Wait for it; it is not active yet."""
        if not self._sizes:
            self._reporter.start(now)
            self._poll_at = now + _POLL_S
        self._read[blob], self._sizes[blob] = 0, size

    def read(self, blob: str, count: int, now: float) -> None:
        """Collect a mebibyte; only whole ones are written."""
        self.is_dead(now)
        self._read[blob] += count

    def finish(self, blob: str, now: float) -> None:
        """What is left of it is written at its end."""
        self.is_dead(now)
        self._read[blob] = self._sizes[blob]

    def is_dead(self, now: float) -> bool:
        """Whether a tick found nothing for too long."""
        while not self._reporter.dead:
            tick_at = self._reporter.due(now)
            if self._sizes and self._poll_at <= (tick_at or now):
                self._poll()
            elif tick_at is not None:
                self._tick()
            else:
                break
        return self._reporter.dead

    def _poll(self) -> None:
        self._poll_at += _POLL_S
        for blob, count in self._read.items():
            whole = count == self._sizes[blob]
            self._seen[blob] = count if whole else count - count % _STEP_BYTES

    def _tick(self) -> None:
        active = sum(0 < seen < self._sizes[b] for b, seen in self._seen.items())
        self._reporter.tick(active, sum(self._seen.values()), minds_start=False)
