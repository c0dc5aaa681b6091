"""How fast a drill runs: real time for people, many times that for tests."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How many seconds of a scenario pass in one second.

    What a scenario waits for becomes shorter by this, and its speeds become higher,
    so that everything takes its share of the time. The waits of whoever is drilled
    are its own, and have to be set to match.

    Attributes:
        speed: That many.
        attempt_s: Real seconds after which an attempt to pull is ended, at any speed:
            whoever is drilled has waits that do not become shorter.

    >>> Pace(20).wait_s(60), Pace(20).rate(1024), Pace(20).whole_s(60)
    (3.0, 20480, 3)
    """

    speed: float = 1.0
    attempt_s: float = 100.0

    def wait_s(self, scenario_s: float) -> float:
        """Give the real seconds for some of the scenario's."""
        return scenario_s / self.speed

    def whole_s(self, scenario_s: float) -> int:
        """Give them where only whole ones can be written, such as in Retry-After."""
        return max(1, math.ceil(scenario_s / self.speed))

    def rate(self, bytes_per_s: float) -> float:
        """Give the real speed for one of the scenario's."""
        return bytes_per_s * self.speed
