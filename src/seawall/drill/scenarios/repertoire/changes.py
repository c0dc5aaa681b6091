"""What changes between pulls: tags, upstreams that are gone, and the target itself."""

from seawall.drill.scenarios import effects
from seawall.drill.scenarios.effects import MIB
from seawall.drill.scenarios.mishap import GET, LAYER, Mishap
from seawall.drill.scenarios.scenario import Scenario, SourceSpec, Step, Version

_DAY_S = 86400.0
_GONE = (SourceSpec(absent=(0, None)),)
_ONLY_GET = frozenset({GET})

CALM = (
    Scenario("calm", "nothing goes wrong, and nothing else is played meanwhile"),
    Scenario("calm-again", "nothing goes wrong, while others are played"),
)

TAGS = (
    Scenario(
        "tag-moved",
        "the tag means another image than when somebody pulled it",
        steps=(Step.WARM, Step.MOVE_TAG),
        wants=(Version.SECOND,),
    ),
    Scenario(
        "tag-moved-then-gone",
        "the tag moved, and then the source was gone: the old image is the best",
        sources=_GONE,
        steps=(Step.WARM, Step.MOVE_TAG),
    ),
    Scenario(
        "tag-gone",
        "the tag does not exist",
        steps=(Step.DROP_TAG,),
    ),
    Scenario(
        "tag-gone-by-digest",
        "the tag is deleted after somebody pulled it; the pull is by digest",
        steps=(Step.WARM, Step.DROP_TAG),
        by_digest=True,
    ),
)

OUTAGES = (
    Scenario(
        "gone-after-warm-up",
        "the source refuses connections, after somebody pulled the image",
        sources=_GONE,
        steps=(Step.WARM,),
    ),
    Scenario(
        "deaf-after-warm-up",
        "connecting hangs, after somebody pulled the image",
        sources=(SourceSpec(deaf=(0, None)),),
        steps=(Step.WARM,),
    ),
    Scenario(
        "gone-at-start-up",
        "the source is gone, and the target is started again",
        sources=_GONE,
        steps=(Step.WARM, Step.TROUBLE, Step.RESTART),
    ),
    Scenario(
        "no-name-resolves-at-start-up",
        "the target is started again where its source's name does not resolve",
        steps=(Step.WARM, Step.LOSE_NAMES),
    ),
    Scenario(
        "gone-for-8-s",
        "the source refuses connections for 8 s",
        sources=(SourceSpec(absent=(0, 8)),),
    ),
    Scenario(
        "deaf-for-8-s",
        "connecting hangs for 8 s",
        sources=(SourceSpec(deaf=(0, 8)),),
    ),
    Scenario(
        "gone-for-good",
        "the source refuses connections, and nobody pulled the image before",
        sources=_GONE,
    ),
)

TARGET = (
    Scenario(
        "killed-in-mid-blob",
        "the target is killed when 5 MiB of the layer were sent, and started again",
        mishaps=(
            Mishap(effects.kill_target(5 * MIB), LAYER, times=1, methods=_ONLY_GET),
        ),
    ),
    Scenario(
        "killed-in-mid-blob-throttled",
        "the same, from a source of 1 MiB/s",
        sources=(SourceSpec(bytes_per_s=MIB),),
        mishaps=(
            Mishap(effects.kill_target(5 * MIB), LAYER, times=1, methods=_ONLY_GET),
        ),
    ),
    Scenario(
        "disk-full",
        "the target's disk is full before the pull",
        steps=(Step.FILL_DISK,),
    ),
    Scenario(
        "disk-full-after-warm-up",
        "the target's disk is full and the source gone, after somebody pulled",
        sources=_GONE,
        steps=(Step.WARM, Step.FILL_DISK),
    ),
    Scenario(
        "clock-jumps-on",
        "the target's clock jumps on by a day in mid-layer",
        sources=(SourceSpec(tokens=True),),
        mishaps=(Mishap(effects.shift_clock(4 * MIB, _DAY_S), LAYER, times=1),),
    ),
    Scenario(
        "clock-jumps-back",
        "the target's clock jumps back by a day in mid-layer",
        sources=(SourceSpec(tokens=True),),
        mishaps=(Mishap(effects.shift_clock(4 * MIB, -_DAY_S), LAYER, times=1),),
    ),
    Scenario(
        "clock-back-while-gone",
        "the clock goes back by a day and the source is gone, after a pull",
        sources=_GONE,
        steps=(Step.WARM, Step.CLOCK_BACK),
    ),
    Scenario(
        "clock-on-while-gone",
        "the clock goes on by a day and the source is gone, after a pull",
        sources=_GONE,
        steps=(Step.WARM, Step.CLOCK_ON),
    ),
)
