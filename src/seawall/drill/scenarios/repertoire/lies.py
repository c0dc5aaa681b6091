"""Bytes that are not what was asked for."""

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB
from seawall.drill.scenarios.mishap import (
    BLOBS,
    GET,
    LAYER,
    MANIFEST,
    MANIFESTS,
    NAME,
    Asked,
    Mishap,
)
from seawall.drill.scenarios.scenario import MIRRORED, Scenario

_SMALL = frozenset({Asked.SMALL})
_CONFIG = frozenset({Asked.CONFIG})
_ONLY_GET = frozenset({GET})

LIES = (
    Scenario(
        "wrong-byte-once",
        "the layer has a wrong byte in the middle, once",
        mishaps=(Mishap(effects.corrupt(4 * MIB), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-first-byte-once",
        "a small layer has a wrong first byte, once",
        mishaps=(Mishap(effects.corrupt(0), _SMALL, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-last-byte-once",
        "the layer's last byte is wrong, once",
        mishaps=(Mishap(effects.corrupt_end(), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-configuration-once",
        "the configuration has a wrong byte, once",
        mishaps=(Mishap(effects.corrupt(20), _CONFIG, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-manifest-once",
        "a manifest by digest has a wrong byte, once",
        mishaps=(Mishap(effects.corrupt(60), MANIFEST, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-tag-once",
        "the tag's manifest is not the one that its headers name, once",
        mishaps=(Mishap(effects.corrupt(60), NAME, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "wrong-byte-always",
        "the layer has a wrong byte each time, and nobody else has it",
        mishaps=(Mishap(effects.corrupt(4 * MIB), LAYER),),
    ),
    Scenario(
        "wrong-byte-mirror",
        "the mirror's layer has a wrong byte, each time",
        sources=MIRRORED,
        mishaps=(Mishap(effects.corrupt(4 * MIB), LAYER),),
    ),
    Scenario(
        "wrong-bytes-mirror",
        "everything that the mirror has is wrong, each time",
        sources=MIRRORED,
        mishaps=(Mishap(effects.corrupt(10), BLOBS | MANIFESTS),),
    ),
    Scenario(
        "truncated-once",
        "the layer is shorter and says nothing of it, once",
        mishaps=(Mishap(effects.truncate(4 * MIB), LAYER, times=1),),
    ),
    Scenario(
        "truncated-mirror",
        "the mirror's layers are shorter and say nothing of it",
        sources=MIRRORED,
        mishaps=(Mishap(effects.truncate(100_000), BLOBS),),
    ),
    Scenario(
        "too-long-once",
        "the layer promises 1000 bytes more than it has, once",
        mishaps=(Mishap(effects.miscount(1000), LAYER, times=1),),
    ),
    Scenario(
        "too-short-once",
        "the layer promises 1000 bytes fewer than it has, once",
        mishaps=(Mishap(effects.miscount(-1000), LAYER, times=1),),
    ),
    Scenario(
        "empty-once",
        "the layer is empty, once",
        mishaps=(Mishap(effects.truncate(0), LAYER, times=1),),
    ),
)
