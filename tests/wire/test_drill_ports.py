"""Ports that the drill reserves are nobody else's, before anybody listens there."""

import subprocess
import sys

from seawall.drill.ports import claim, reserve_port


def test_no_port_is_reserved_twice() -> None:
    """Where a source is gone nobody else answers, and nobody who asks for any port."""
    ports = [reserve_port() for _ in range(300)]

    assert len(ports) == len(set(ports))
    assert max(ports) < 32768, "Linux gives out those from here on"


def test_a_port_of_another_drill_is_left_alone() -> None:
    """Though nobody listens there yet: its target may still be starting."""
    words = "import sys; from seawall.drill.ports import reserve_port as one;"
    words += " print(*[one() for _ in range(3)], flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        taken = [int(word) for word in other.stdout.readline().split()]
        claimed = [claim(port) for port in taken]
        other.communicate("")

    assert [False] * 3 == claimed
    assert [True] * 3 == [claim(port) for port in taken]
