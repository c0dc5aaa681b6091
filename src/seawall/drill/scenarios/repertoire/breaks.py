"""Connections that break, and sources that cannot give a part."""

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB
from seawall.drill.scenarios.mishap import (
    GET,
    LAYER,
    MANIFESTS,
    REGISTRY,
    Mishap,
)
from seawall.drill.scenarios.scenario import Scenario, SourceSpec

_ONLY_GET = frozenset({GET})

BREAKS = (
    Scenario(
        "reset-on-arrival",
        "the first three requests are answered by closing the connection",
        mishaps=(Mishap(effects.reset(), REGISTRY, times=3),),
    ),
    Scenario(
        "reset-once",
        "the layer's connection is reset at 4 MiB, once",
        mishaps=(Mishap(effects.cut(4 * MIB), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "reset-each-2-mib",
        "each connection is reset after 2 MiB of the layer",
        mishaps=(Mishap(effects.cut(2 * MIB), LAYER),),
    ),
    Scenario(
        "early-end-once",
        "the layer ends at 4 MiB of the promised 9, once",
        mishaps=(Mishap(effects.hang_up(4 * MIB), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "early-end-each-2-mib",
        "each answer ends after 2 MiB, whatever it promised",
        mishaps=(Mishap(effects.hang_up(2 * MIB), LAYER),),
    ),
    Scenario(
        "reset-in-manifest",
        "the manifests are reset after 100 bytes, twice",
        mishaps=(Mishap(effects.cut(100), MANIFESTS, times=2, methods=_ONLY_GET),),
    ),
    Scenario(
        "gone-in-mid-blob",
        "the source refuses connections for 10 s, from the middle of the layer on",
        mishaps=(
            Mishap(effects.leave(4 * MIB, 10), LAYER, times=1, methods=_ONLY_GET),
        ),
    ),
    Scenario(
        "gone-each-3-mib",
        "the source is away for 3 s after each 3 MiB of the layer",
        mishaps=(Mishap(effects.leave(3 * MIB, 3), LAYER, methods=_ONLY_GET),),
    ),
)

RANGES = (
    Scenario(
        "no-range",
        "the layer breaks at 4 MiB, once; parts are answered with the whole",
        mishaps=(
            Mishap(effects.cut(4 * MIB), LAYER, times=1, methods=_ONLY_GET),
            Mishap(effects.deny_range()),
        ),
    ),
    Scenario(
        "wrong-content-range",
        "the layer breaks at 4 MiB, once; the next part says it is another, once",
        mishaps=(
            Mishap(effects.cut(4 * MIB), LAYER, times=1, methods=_ONLY_GET),
            Mishap(effects.misplace(), LAYER, times=1, parts=True),
        ),
    ),
    Scenario(
        "wrong-content-range-always",
        "the layer breaks at 4 MiB, once; every part says it is another",
        mishaps=(
            Mishap(effects.cut(4 * MIB), LAYER, times=1, methods=_ONLY_GET),
            Mishap(effects.misplace(), LAYER, parts=True),
        ),
    ),
    Scenario(
        "wrong-part",
        "the layer breaks at 4 MiB, once; the next part has a wrong byte, once",
        mishaps=(
            Mishap(effects.cut(4 * MIB), LAYER, times=1, methods=_ONLY_GET),
            Mishap(effects.corrupt(5 * MIB), LAYER, times=1, parts=True),
        ),
    ),
    Scenario(
        "redirect-expires",
        "each redirect is good for 2 MiB of one request, then answers 403",
        sources=(SourceSpec(storage=True),),
        mishaps=(
            Mishap(effects.cut(2 * MIB), LAYER),
            Mishap(effects.expire_redirects(), LAYER),
        ),
    ),
    Scenario(
        "redirect-target-down",
        "the object store refuses for 5 s that the registry redirects to",
        sources=(SourceSpec(storage=True),),
        mishaps=(Mishap(effects.reset(), LAYER, ends_s=5),),
    ),
)
