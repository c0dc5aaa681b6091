"""One thing that goes wrong at a source: for which requests, how often, and when."""

from dataclasses import dataclass, field
from enum import Enum

from seawall.drill.scenarios.effects import Effect


class Asked(Enum):
    """What a request to a source is about."""

    PING = "the API's root"
    TOKEN = "a token"  # noqa: S105  a kind of request
    NAME = "a tag's manifest"
    MANIFEST = "a manifest by digest"
    CONFIG = "the configuration"
    SMALL = "a small layer"
    LAYER = "the large layer"
    REDIRECT = "the way to a blob's storage"
    OTHER = "something else"


ALL = frozenset(Asked)
MANIFESTS = frozenset({Asked.NAME, Asked.MANIFEST})
BLOBS = frozenset({Asked.CONFIG, Asked.SMALL, Asked.LAYER})
LAYER = frozenset({Asked.LAYER})
NAME = frozenset({Asked.NAME})
MANIFEST = frozenset({Asked.MANIFEST})
TOKEN = frozenset({Asked.TOKEN})
REGISTRY = ALL - TOKEN
NEEDED = (Asked.NAME, Asked.MANIFEST, Asked.CONFIG, Asked.SMALL, Asked.LAYER)
"""What a pull needs, in the order in which it asks."""

SIZES = {
    Asked.NAME: 1024,
    Asked.MANIFEST: 1024,
    Asked.CONFIG: 512,
    Asked.SMALL: 600 * 1024,
    Asked.LAYER: 9 * 1024 * 1024,
}
"""About how many bytes each of these has; layers have exactly so many."""

GET, HEAD = "GET", "HEAD"


@dataclass(frozen=True, slots=True)
class Mishap:
    """An effect, and when it hits.

    Attributes:
        effect: What happens.
        asked: To which requests.
        source: At which source: its place in the scenario's list.
        times: How often, then never again; None is for ever.
        skip: So many requests of this kind pass first.
        every: It hits each so many-th of them.
        begins_s: From when on, in the scenario's seconds since the trouble began.
        ends_s: Until when; None is for ever.
        parts: Whether it hits requests for a part only.
        methods: Which methods it hits.
    """

    effect: Effect
    asked: frozenset[Asked] = ALL
    source: int = 0
    times: int | None = None
    skip: int = 0
    every: int = 1
    begins_s: float = 0.0
    ends_s: float | None = None
    parts: bool = False
    methods: frozenset[str] = frozenset({GET, HEAD})

    @property
    def lasts(self) -> bool:
        """Whether asking again, however often and late, meets it again."""
        passes = self.times is not None or self.ends_s is not None or self.every > 1
        return not passes and GET in self.methods

    def is_due(self, since_s: float) -> bool:
        """Whether its time has come, and is not over."""
        return self.begins_s <= since_s and (
            self.ends_s is None or since_s < self.ends_s
        )


@dataclass(slots=True)
class Tally:
    """How often a mishap was met so far, which decides whether it hits again."""

    mishap: Mishap
    met: int = field(default=0, init=False)
    hits: int = field(default=0, init=False)

    def hits_now(
        self, asked: Asked, method: str, *, part: bool, since_s: float
    ) -> bool:
        """Say whether it hits this request, and count it."""
        one = self.mishap
        if asked not in one.asked or method not in one.methods:
            return False
        if (one.parts and not part) or not one.is_due(since_s):
            return False
        if one.times is not None and self.hits >= one.times:
            return False
        self.met += 1
        if self.met <= one.skip or (self.met - one.skip - 1) % one.every:
            return False
        self.hits += 1
        return True
