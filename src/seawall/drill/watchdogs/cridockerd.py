"""cri-dockerd's rule: lines of Docker's progress, of which each has half a mebibyte.

After cri-dockerd 0.3, `libdocker/kube_docker_client.go` (`progressReporter.start`),
and moby's `pkg/progress/progressreader.go` (`Read`), which writes the lines. The rule
only, not the client.
"""

_TICK_S = 10.0
_LINE_BYTES = 512 * 1024
_LINE_SHARE = 0.01


class CridockerdWatchdog:
    """Dies when Docker wrote no new line for `timeout_s`.

    A line comes with more than 512 KiB of a blob since its last one, or more than a
    hundredth of it where that is less, and when a blob begins or is complete.

    Args:
        timeout_s: `image-pull-progress-deadline`: 1 minute.
    """

    def __init__(self, timeout_s: float = 60.0) -> None:
        self.agent = (
            "docker/24.0.7 go/go1.20.10 os/linux UpstreamClient(Go-http-client/1.1)"
        )
        self.look_s = min(timeout_s / 20, 1.0)
        self._timeout_s = timeout_s
        self._tick_s = min(_TICK_S, timeout_s / 6)
        self._tick_at: float | None = None
        self._line_at = 0.0
        self._dead = False
        self._read: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self._lines: dict[str, int] = {}

    def begin(self, blob: str, size: int, now: float) -> None:
        """Docker says that it is pulled."""
        self.is_dead(now)
        if self._tick_at is None:
            self._tick_at = now + self._tick_s
        self._read[blob] = self._told[blob] = 0
        self._lines[blob] = min(_LINE_BYTES, int(size * _LINE_SHARE))
        self._line_at = now

    def read(self, blob: str, count: int, now: float) -> None:
        """Write a line if enough came since the last one."""
        self.is_dead(now)
        self._read[blob] += count
        if self._read[blob] - self._told[blob] > self._lines[blob]:
            self._told[blob] = self._read[blob]
            self._line_at = now

    def finish(self, blob: str, now: float) -> None:
        """Docker says that it is complete."""
        del blob
        self.is_dead(now)
        self._line_at = now

    def is_dead(self, now: float) -> bool:
        """Whether a tick found the last line to be too old."""
        while not self._dead and self._tick_at is not None and self._tick_at <= now:
            self._dead = self._tick_at - self._line_at > self._timeout_s
            self._tick_at += self._tick_s
        return self._dead
