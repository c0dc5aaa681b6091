"""Lets coverage guide the hostile properties: `make fuzz`, a minute for each of them.

`python -m tests.fuzz debian -max_total_time=600` runs one of them, with options of
libFuzzer. It stops at the first promise that is not kept, and prints the input.
"""

import gzip
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=[
        *("seawall.oci", "seawall.debian", "seawall.doors", "seawall.kit"),
        *("seawall.transfer.budget", "seawall.policy"),
    ]
):
    from tests.unit.debian import test_hostile as language
    from tests.unit.policy import test_hostile as files
    from tests.unit.policy.reading import test_packed as archives
    from tests.unit.transfer.budget import test_quotas as limits
    from tests.wire.test_door_hostile import REQUESTS, Hostel, check_answer

from hypothesis import HealthCheck, given, settings

from seawall.doors.web import Request

BUILD = Path(__file__).parents[1] / "build"

_FREELY = settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


def fuzz_door(options: list[str]) -> None:
    """Send the registry door any request."""
    with tempfile.TemporaryDirectory() as place:
        hostel = Hostel(Path(place))

        @_FREELY
        @given(request=REQUESTS)
        def door(request: Request) -> None:
            check_answer(hostel, request)

        _run(door.hypothesis.fuzz_one_input, options)  # type: ignore[attr-defined]


def fuzz_debian(options: list[str]) -> None:
    """Give the readers of Debian's language any bytes, grown from honest ones.

    The first byte says which reader is meant.
    """
    names = sorted(language.CHECKS)
    with tempfile.TemporaryDirectory() as place:
        for number, name in enumerate(names):
            for count, sample in enumerate(language.SAMPLES[name]):
                seed = Path(place) / f"{name}-{count}"
                seed.write_bytes(bytes([number]) + sample)

        def debian(data: bytes) -> None:
            language.check(names[(data or b"\0")[0] % len(names)], data[1:])

        _run(debian, [*options, place])


def fuzz_limits(options: list[str]) -> None:
    """Give the readers of limits any refusal, grown from those that were seen."""
    with tempfile.TemporaryDirectory() as place:
        for count, sample in enumerate(limits.SAMPLES):
            (Path(place) / str(count)).write_bytes(sample)
        _run(limits.check_limits, [*options, place])


def fuzz_policy(options: list[str]) -> None:
    """Give the readers and rules of checks any file, grown from samples.

    The first byte says what the file is called.
    """
    with tempfile.TemporaryDirectory() as place:
        for number, name in enumerate(files.NAMES):
            for count, sample in enumerate(files.SAMPLES[name]):
                seed = Path(place) / f"{number}-{count}"
                seed.write_bytes(bytes([number]) + sample)

        def policy(data: bytes) -> None:
            name = files.NAMES[(data or b"\0")[0] % len(files.NAMES)]
            files.check_file(name, data[1:])

        _run(policy, [*options, place])


def fuzz_packed(options: list[str]) -> None:
    """Give the reader of packed charts any archive, before it was compressed."""
    with tempfile.TemporaryDirectory() as place:
        sample = gzip.decompress(archives.pack(archives.FILES))
        (Path(place) / "chart").write_bytes(sample)

        def packed(data: bytes) -> None:
            archives.check_packed(gzip.compress(data, 1))

        _run(packed, ["-max_len=8192", *options, place])


def _run(one_input: Callable[[bytes], object], options: list[str]) -> None:
    """Hand over to the fuzzer, which ends the process."""
    BUILD.mkdir(exist_ok=True)
    words = ["-max_total_time=60", f"-artifact_prefix={BUILD}/", *options]
    atheris.Setup([sys.argv[0], *words], one_input)
    atheris.Fuzz()


TARGETS = {
    "debian": fuzz_debian,
    "door": fuzz_door,
    "limits": fuzz_limits,
    "packed": fuzz_packed,
    "policy": fuzz_policy,
}


def main() -> int:
    """Run one target, or all of them, each in a process of its own."""
    name, *options = sys.argv[1:] or [""]
    if name in TARGETS:
        TARGETS[name](options)
        return 0
    command = [sys.executable, "-m", "tests.fuzz"]
    codes = [
        subprocess.run([*command, target, *sys.argv[1:]], check=False).returncode
        for target in TARGETS
    ]
    return max(map(abs, codes))


if __name__ == "__main__":
    sys.exit(main())
