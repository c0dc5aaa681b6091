"""Dockerfiles: stages, their instructions, what each pulls and runs; and artifacts."""

from collections.abc import Iterator, Mapping

import msgspec

from seawall.policy.facts.commands import Command
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.text import Fact, Text


class Artifact(Fact, frozen=True, kw_only=True):
    """An image that a tool builds for its folder.

    Attributes:
        name: The name that manifests have, as written.
        deployed: Whether the tool puts what it built into manifests itself.
    """

    name: str
    deployed: bool = True


class BuildArgument(Fact, frozen=True, kw_only=True):
    """A value that whoever builds gives to an `ARG`.

    Attributes:
        name: The name of the ARG.
    """

    name: str


class BuildContext(Fact, frozen=True, kw_only=True):
    """A name that whoever builds gives to a folder or an image, for `FROM` and `COPY`.

    Attributes:
        name: The name.
    """

    name: str


class Arg(msgspec.Struct, frozen=True):
    """One `ARG`.

    Attributes:
        name: Its name.
        default: Its default as written, if it has one.
        value: The default with other ARGs filled in; `None` if there is none.
    """

    name: str
    default: Text | None
    value: str | None


class Heredoc(msgspec.Struct, frozen=True):
    """The text between `<<EOF` and `EOF`.

    Attributes:
        name: The word that ends it.
        text: What stands in it.
        quoted: Whether variables in it stay as they are.
    """

    name: str
    text: Text
    quoted: bool


class Instruction(Fact, frozen=True, kw_only=True):
    """One instruction, with its continuation lines.

    Attributes:
        keyword: In capitals: `RUN`, `COPY`; of `ONBUILD RUN`, what comes behind it.
        onbuild: Whether it runs in the builds of others only.
        flags: `--from=x` as `from: x`; the last one counts.
        value: What follows keyword and flags; inexact if it has continuation lines.
        commands: What a RUN runs in a shell.
        images: What it pulls.
        heredocs: Its heredocs, in order.
    """

    keyword: str
    value: Text
    onbuild: bool = False
    flags: Mapping[str, Text] = {}
    commands: tuple[Command, ...] = ()
    images: tuple[ImageUse, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()

    def parts(self) -> Iterator[Fact]:
        """Yield what it pulls and runs."""
        yield from self.images
        yield from self.commands


class Stage(Fact, frozen=True, kw_only=True):
    """One stage: a FROM and what follows it.

    Attributes:
        number: Counted from 0.
        name: What `AS` calls it, in lower case; empty if it has none.
        base: The image it begins with; `None` for `scratch` and other stages.
        parent: The number of the stage that it begins with, if it is one.
        platform: The platform of its FROM, as written.
        args: What its ARGs are, after those before the first FROM.
        instructions: All of them, its FROM first.
    """

    number: int
    name: str
    base: ImageUse | None
    parent: int | None
    platform: str
    args: tuple[Arg, ...]
    instructions: tuple[Instruction, ...]

    @property
    def owner(self) -> str:
        """What it is called in findings."""
        return f"stage {self.name or self.number}"

    @property
    def commands(self) -> tuple[Command, ...]:
        """All that its RUNs run, in order."""
        return tuple(
            command
            for instruction in self.instructions
            if not instruction.onbuild
            for command in instruction.commands
        )

    def parts(self) -> Iterator[Fact]:
        """Yield its instructions."""
        yield from self.instructions


class Dockerfile(Fact, frozen=True, kw_only=True):
    """A Dockerfile or Containerfile, whole.

    Attributes:
        syntax: The image of its `# syntax=` line.
        args: ARGs before the first FROM.
        stages: Its stages, in order.
        newline: What ends its lines.
    """

    syntax: ImageUse | None
    args: tuple[Arg, ...]
    stages: tuple[Stage, ...]
    newline: str = "\n"

    def ancestry(self, stage: Stage) -> list[Stage]:
        """List a stage and those that it begins with, the nearest first."""
        line = [stage]
        while line[-1].parent is not None:  # a parent always stands earlier
            line.append(self.stages[line[-1].parent])
        return line

    def parts(self) -> Iterator[Fact]:
        """Yield what it pulls for itself, then its stages."""
        if self.syntax is not None:
            yield self.syntax
        yield from self.stages
