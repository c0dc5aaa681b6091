"""Lets coverage guide the door's property: `make fuzz`, a minute unless told more.

It stops at the first answer that is not an honest one, and prints the request.
"""

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(
    include=["seawall.oci", "seawall.doors", "seawall.kit"]
):
    from tests.wire.test_door_hostile import REQUESTS, Hostel, check_answer

from hypothesis import HealthCheck, given, settings

from seawall.doors.web import Request


def main() -> None:
    """Run until the time is over; options are libFuzzer's."""
    with tempfile.TemporaryDirectory() as place:
        hostel = Hostel(Path(place))

        @settings(database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(request=REQUESTS)
        def door(request: Request) -> None:
            check_answer(hostel, request)

        words = [sys.argv[0], "-max_total_time=60", *sys.argv[1:]]
        atheris.Setup(words, door.hypothesis.fuzz_one_input)  # type: ignore[attr-defined]
        atheris.Fuzz()


if __name__ == "__main__":
    main()
