"""Load from wrk: bytes per second, requests per second, percentiles of latency."""

import re
from dataclasses import dataclass
from pathlib import Path

from bench.processes import BenchError, run

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_TIMES_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw.

    Attributes:
        requests_per_s: Answers completed.
        bytes_per_s: Bytes received, headers and unfinished answers included.
        received_bytes: All of them.
        percentiles_s: Latency at 50, 75, 90 and 99 percent.
    """

    requests_per_s: float
    bytes_per_s: float
    received_bytes: float
    percentiles_s: dict[int, float]


def press(  # noqa: PLR0913  a load has these parts
    url: str,
    *,
    home: Path,
    connections: int,
    seconds: int,
    script: Path | None = None,
    accept: str = "",
) -> Load:
    """Ask one server for one thing, again and again, on so many connections.

    Raises:
        BenchError: An answer was no 200, or a connection broke.
    """
    command: list[object] = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    command += ["--latency", "--timeout", "30s"]
    command += ["-s", script] if script else []
    command += ["-H", f"Accept: {accept}"] if accept else []
    text = run([*command, url], home=home, wait_s=seconds + 60)
    if "Non-2xx" in text or "Socket errors" in text:
        raise BenchError(f"wrk {url}: {text}")
    return parse_report(text)


def parse_report(text: str) -> Load:
    """Read what ``wrk --latency`` prints.

    Raises:
        BenchError: It is not that.
    """
    total = re.search(r"requests in ([\d.]+)(us|ms|s|m), ([\d.]+)([KMGT]?)B read", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if total is None or rate is None:
        raise BenchError(f"wrk printed something else:\n{text}")
    seconds = float(total[1]) * _TIMES_S[total[2]]
    received = float(total[3]) * _UNITS[total[4]]
    found = re.findall(
        r"^\s+(50|75|90|99)%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE
    )
    return Load(
        float(rate[1]),
        received / seconds,
        received,
        {int(share): float(value) * _TIMES_S[unit] for share, value, unit in found},
    )
