"""A mirror and its origin, of which one is dead, lying, slow, stale or in the way."""

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB
from seawall.drill.scenarios.mishap import (
    BLOBS,
    LAYER,
    MANIFESTS,
    REGISTRY,
    Mishap,
)
from seawall.drill.scenarios.scenario import (
    MIRRORED,
    ORIGIN,
    Address,
    Network,
    Scenario,
    SourceSpec,
    Step,
    Version,
)

PAIRS = (
    Scenario(
        "mirror-dead",
        "the mirror refuses connections",
        sources=(SourceSpec(absent=(0, None)), ORIGIN),
    ),
    Scenario(
        "mirror-deaf",
        "connecting to the mirror hangs",
        sources=(SourceSpec(deaf=(0, None)), ORIGIN),
    ),
    Scenario(
        "mirror-hangs",
        "the mirror takes requests and says nothing",
        sources=MIRRORED,
        mishaps=(Mishap(effects.hang()),),
    ),
    Scenario(
        "mirror-fails",
        "the mirror answers 503 to everything",
        sources=MIRRORED,
        mishaps=(Mishap(effects.refuse(503)),),
    ),
    Scenario(
        "mirror-refuses",
        "the mirror answers 403 to everything",
        sources=MIRRORED,
        mishaps=(Mishap(effects.refuse(403)),),
    ),
    Scenario(
        "mirror-empty",
        "the mirror answers 404 to everything",
        sources=MIRRORED,
        mishaps=(Mishap(effects.refuse(404)),),
    ),
    Scenario(
        "mirror-stale",
        "the mirror has the tag's last image, and not the one of now",
        sources=(SourceSpec(version=Version.SECOND), ORIGIN),
    ),
    Scenario(
        "mirror-nameless",
        "the mirror's name does not resolve",
        sources=(SourceSpec(address=Address.NOWHERE), ORIGIN),
    ),
    Scenario(
        "mirror-without-tls",
        "every TLS handshake with the mirror fails",
        sources=(SourceSpec(address=Address.BROKEN_TLS), ORIGIN),
    ),
    Scenario(
        "mirror-gone-in-mid-blob",
        "the mirror is gone for good in the middle of the layer",
        sources=MIRRORED,
        mishaps=(Mishap(effects.leave(4 * MIB, None), LAYER, times=1),),
    ),
    Scenario(
        "mirror-without-range",
        "the mirror breaks at 4 MiB each time, and knows no Range",
        sources=MIRRORED,
        mishaps=(
            Mishap(effects.cut(4 * MIB), LAYER),
            Mishap(effects.deny_range()),
        ),
    ),
    Scenario(
        "origin-dead",
        "the origin refuses connections",
        sources=(ORIGIN, SourceSpec(absent=(0, None))),
    ),
    Scenario(
        "origin-hangs",
        "the origin takes requests and says nothing",
        sources=MIRRORED,
        mishaps=(Mishap(effects.hang(), source=1),),
    ),
    Scenario(
        "origin-fails",
        "the origin answers 502 to everything",
        sources=MIRRORED,
        mishaps=(Mishap(effects.show_page(502), REGISTRY, source=1),),
    ),
    Scenario(
        "both-stumble",
        "mirror and origin take turns: each breaks off each 2 MiB",
        sources=MIRRORED,
        mishaps=(
            Mishap(effects.cut(2 * MIB), LAYER),
            Mishap(effects.hang_up(2 * MIB), LAYER, source=1),
        ),
    ),
    Scenario(
        "both-gone-after-warm-up",
        "mirror and origin refuse connections, after somebody pulled the image",
        sources=(SourceSpec(absent=(0, None)), SourceSpec(absent=(0, None))),
        steps=(Step.WARM,),
    ),
    Scenario(
        "blobs-at-mirror-only",
        "the origin answers names and manifests, and 503 for every blob",
        sources=MIRRORED,
        mishaps=(Mishap(effects.refuse(503), BLOBS, source=1),),
    ),
    Scenario(
        "manifests-at-origin-only",
        "the mirror has every blob, and answers 500 for manifests",
        sources=MIRRORED,
        mishaps=(Mishap(effects.refuse(500), MANIFESTS),),
    ),
)

NETWORKS = (
    Scenario(
        "network-delay",
        "packets take 200 ms longer",
        sources=(SourceSpec(network=Network(delay_s=0.2)),),
    ),
    Scenario(
        "network-jitter",
        "packets take 100 ms longer, more or less 30 ms",
        sources=(SourceSpec(network=Network(delay_s=0.1, jitter_s=0.03)),),
    ),
    Scenario(
        "network-loss",
        "three packets of a hundred vanish",
        sources=(SourceSpec(network=Network(loss=0.03)),),
    ),
    Scenario(
        "network-hole",
        "the mirror's packets of more than 1000 bytes vanish, and nobody is told",
        sources=(SourceSpec(network=Network(hole_bytes=1000)), ORIGIN),
    ),
    Scenario(
        "network-hole-after-warm-up",
        "the only source's packets of more than 200 bytes vanish, after a pull",
        sources=(SourceSpec(network=Network(hole_bytes=200)),),
        steps=(Step.WARM,),
    ),
)
