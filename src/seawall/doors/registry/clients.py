"""Which client asks, by what it calls itself, and what keeps its watchdog calm."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seawall.kit.recent import Recent
from seawall.transfer.readers.rhythm import (
    PLAIN,
    Rhythm,
    beat_bytes,
    beat_lines,
    beat_rare_steps,
    beat_steps,
)

_REMEMBERED = 256
_AGENT_CHARS = 256


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How long each kind of client waits for progress; 0: for ever.

    Attributes:
        cri_o_s: 10 s in 1.30.0 to 1.30.13, 1.31.0 to 1.31.8 and 1.32.0 to 1.32.3, of
            which many cannot be told otherwise; it costs nothing with the others.
        containerd_s: From 2.1 on: 5 minutes for each whole mebibyte.
        containerd_before_s: Up to 2.0: 5 minutes for a byte, 1 minute in 1.7.0.
        cri_dockerd_s: 1 minute for a line of Docker's progress.
        unknown_s: As short as the shortest that is known.
    """

    cri_o_s: float = 10.0
    containerd_s: float = 300.0
    containerd_before_s: float = 60.0
    cri_dockerd_s: float = 60.0
    unknown_s: float = 10.0


_Row: TypeAlias = tuple[re.Pattern[str], Rhythm]


class Clients:
    """Tells kinds of clients apart.

    >>> clients = Clients(ClientOptions())
    >>> clients.find("cri-o/1.31.0 go/go1.22.3 os/linux arch/amd64").kind
    'cri-o'
    >>> clients.find("containerd/v2.1.4").kind
    'containerd'
    >>> clients.find("skopeo/1.9.3").kind
    'none'
    """

    def __init__(self, options: ClientOptions) -> None:
        self._rows = _make_rows(options)
        self._unknown = _make_unknown(options)
        self._found: Recent[str, Rhythm] = Recent(_REMEMBERED)

    def find(self, agent: str) -> Rhythm:
        """Find what a client with this User-Agent is given."""
        agent = agent[:_AGENT_CHARS]
        known = self._found.get(agent)
        if known is None:
            rows = (rhythm for pattern, rhythm in self._rows if pattern.search(agent))
            known = next(rows, self._unknown)
            self._found.put(agent, known)
        return known


def _make_rows(options: ClientOptions) -> Sequence[_Row]:
    """Make the table; the first row that fits counts."""
    cri_o = Rhythm("cri-o")
    if options.cri_o_s:
        beats = (beat_bytes(options.cri_o_s),)
        cri_o = Rhythm("cri-o", beats, options.cri_o_s)
    steps = Rhythm("containerd")
    if options.containerd_s:
        steps = Rhythm("containerd", (beat_steps(options.containerd_s),))
    raw = Rhythm("containerd-before-2.1")
    if options.containerd_before_s:
        wait_s = options.containerd_before_s
        raw = Rhythm("containerd-before-2.1", (beat_bytes(wait_s),), wait_s)
    lines = Rhythm("cri-dockerd")
    if options.cri_dockerd_s:
        lines = Rhythm("cri-dockerd", (beat_lines(options.cri_dockerd_s),))
    table = (
        # server/useragent: the option came with 1.30, 1.29 and older have none
        (r"^cri-o/1\.(?:[0-9]|1[0-9]|2[0-9])\.", PLAIN),
        (r"^cri-o/", cri_o),
        # core/remotes/docker: with a `v` or without; distributions add their own tail
        (r"^containerd/v?(?:0|1)\.|^containerd/v?2\.0\.", raw),
        (r"^containerd/v?\d", steps),
        # moby's `UpstreamClient` is whoever asked the daemon: the command line waits
        # for ever, cri-dockerd asks with the library's own name
        (r"^docker/.*UpstreamClient\((?:Docker-Client|docker-compose|compose)", PLAIN),
        (r"^docker/", lines),
        (r"^(?:containers|skopeo|libpod|[Bb]uildah|[Pp]odman)/", PLAIN),
        (r"^buildkit/|^go-containerregistry/|^regclient/|^oras", PLAIN),
    )
    return [(re.compile(pattern), rhythm) for pattern, rhythm in table]


def _make_unknown(options: ClientOptions) -> Rhythm:
    """Give who is not known a little often, and a mebibyte now and then."""
    if not options.unknown_s:
        return Rhythm("unknown")
    beats = (beat_bytes(options.unknown_s), beat_rare_steps())
    return Rhythm("unknown", beats, options.unknown_s)
