"""Edits that make apt try again, for all of a stage."""

from seawall.policy.facts.builds import Dockerfile, Instruction, Stage
from seawall.policy.fix import Edit

CONF = "/etc/apt/apt.conf.d/80-retries"
SETTINGS = 'Acquire::Retries "5";\\nAPT::Update::Error-Mode "any";\\n'
LINE = f"RUN printf '{SETTINGS}' > {CONF}"
"""Five more tries of each file, and an update that fails if an index is missing.

`APT::Update::Error-Mode` is known from apt 2.1.16 on; older ones pass over it.
"""


def add_settings(
    dockerfile: Dockerfile, stage: Stage, before: Instruction
) -> tuple[Edit, ...]:
    """Put the settings before an instruction, as an instruction of its own.

    Returns:
        No edit where it would not work: the stage does not run as root there.
    """
    if not runs_as_root(stage, before):
        return ()
    new = (LINE + dockerfile.newline).encode()
    return (Edit(dockerfile.path, before.start, before.start, new),)


def runs_as_root(stage: Stage, at: Instruction) -> bool:
    """Whether a stage's instruction runs as root, as far as its file says."""
    user = "root"
    for instruction in stage.instructions:
        if instruction.start >= at.start:
            break
        if instruction.keyword == "USER":
            user = instruction.value.value.partition(":")[0].strip()
    return user in ("root", "0")
