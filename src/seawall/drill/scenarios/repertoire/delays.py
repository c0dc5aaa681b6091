"""Silence and slowness: before the headers, within a body, and for how long."""

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB
from seawall.drill.scenarios.mishap import (
    ALL,
    BLOBS,
    GET,
    LAYER,
    MANIFEST,
    NAME,
    REGISTRY,
    Mishap,
)
from seawall.drill.scenarios.scenario import MIRRORED, Scenario, SourceSpec, Step

_KIB = 1024
_ONLY_GET = frozenset({GET})

HANGS = (
    Scenario(
        "hang-tag-once",
        "the tag's manifest is not answered, once",
        mishaps=(Mishap(effects.hang(), NAME, times=1),),
    ),
    Scenario(
        "hang-manifest-once",
        "a manifest by digest is not answered, once",
        mishaps=(Mishap(effects.hang(), MANIFEST, times=1),),
    ),
    Scenario(
        "hang-blob-once",
        "the large layer is not answered, once",
        mishaps=(Mishap(effects.hang(), LAYER, times=1),),
    ),
    Scenario(
        "hang-spell",
        "nothing is answered for 8 s",
        mishaps=(Mishap(effects.hang(), ALL, ends_s=8),),
    ),
    Scenario(
        "hang-after-warm-up",
        "nothing is answered any more, after somebody pulled the image",
        mishaps=(Mishap(effects.hang()),),
        steps=(Step.WARM,),
    ),
    Scenario(
        "slow-first-byte",
        "each blob takes 12 s until its headers",
        mishaps=(Mishap(effects.late(12), BLOBS, methods=_ONLY_GET),),
    ),
    Scenario(
        "headers-then-silence",
        "headers come and no byte of the layer, once",
        mishaps=(Mishap(effects.stall(0), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "headers-then-wait",
        "headers come, and the first byte of the layer 15 s later",
        mishaps=(Mishap(effects.pause(0, 15), LAYER),),
    ),
    Scenario(
        "built-on-demand",
        "the manifest takes 60 s, since it is built when it is asked for",
        mishaps=(Mishap(effects.build(60), NAME),),
    ),
)

STALLS = (
    Scenario(
        "stall-once",
        "the layer stalls at 4 MiB for ever, once",
        mishaps=(Mishap(effects.stall(4 * MIB), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "stall-near-the-end",
        "the layer stalls 10 KiB before its end for ever, once",
        mishaps=(
            Mishap(
                effects.stall(9 * MIB - 10 * _KIB), LAYER, times=1, methods=_ONLY_GET
            ),
        ),
    ),
    Scenario(
        "stall-each-2-mib",
        "each answer stalls after 2 MiB for ever",
        mishaps=(Mishap(effects.stall(2 * MIB), LAYER),),
    ),
    Scenario(
        "stall-20-s",
        "the layer is silent for 20 s at 4 MiB, then goes on",
        mishaps=(Mishap(effects.pause(4 * MIB, 20), LAYER, times=1),),
    ),
    Scenario(
        "stall-60-s",
        "everything falls silent in mid-layer, and hangs for 60 s",
        mishaps=(
            Mishap(effects.pause(4 * MIB, 60), LAYER, times=1),
            Mishap(effects.hang(), REGISTRY, begins_s=2, ends_s=60),
        ),
    ),
    Scenario(
        "scanner",
        "a scanner holds each blob back for 18 s, then sends it at once",
        mishaps=(Mishap(effects.pause(0, 18), BLOBS),),
    ),
    Scenario(
        "stall-other-source",
        "the mirror stalls at 4 MiB for ever, each time",
        sources=MIRRORED,
        mishaps=(Mishap(effects.stall(4 * MIB), LAYER),),
    ),
)

SLOWNESS = (
    Scenario(
        "trickle-once",
        "the layer trickles at 1 KiB/s, on the first connection",
        mishaps=(Mishap(effects.trickle(_KIB), LAYER, times=1, methods=_ONLY_GET),),
    ),
    Scenario(
        "trickle-mirror",
        "the mirror trickles at 1 KiB/s, each time",
        sources=MIRRORED,
        mishaps=(Mishap(effects.trickle(_KIB), BLOBS),),
    ),
    Scenario(
        "throttled",
        "each connection gets 768 KiB/s",
        sources=(SourceSpec(bytes_per_s=768 * _KIB),),
    ),
    Scenario(
        "slow-mirror",
        "the mirror sends 128 KiB/s, the origin 64 times that",
        sources=(SourceSpec(bytes_per_s=128 * _KIB), SourceSpec(bytes_per_s=8 * MIB)),
    ),
)
