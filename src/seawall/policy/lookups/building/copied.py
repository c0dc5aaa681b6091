"""Files of the tree that a build copies into place: what they say holds there."""

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase

from seawall.policy.facts.builds import Dockerfile, Instruction, Stage
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.configs import Client, ClientConfig

_PLACE = re.compile(r"/etc/apt/apt\.conf(?:\.d/[^/]+)?/*$")
_NAMED = re.compile(r"/etc/apt/apt\.conf(?:\.d)?\b")
_JSON_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')
_BRINGS = {"cp", "mv", "install", "ln", "rsync"}
_RUNS = {"sh", "bash", "dash", "ash", "source", "."}
UNKNOWN = "Acquire::Retries APT::Update::Error-Mode"
"""What a configuration is taken to say that is no file of the tree."""


class Copied:
    """Which files of a repository come to stand in its builds.

    Args:
        configs: All configurations.
        commands: All commands.
    """

    def __init__(
        self, configs: Iterable[ClientConfig], commands: Iterable[Command]
    ) -> None:
        self._configs = [one for one in configs if one.client is Client.APT]
        self._scripts: dict[str, dict[str, None]] = {}
        for command in commands:
            if command.setting is Setting.SCRIPT:
                name = command.path.rpartition("/")[2]
                self._scripts.setdefault(name, {})[command.path] = None

    def apt_settings(self, dockerfile: Dockerfile, instruction: Instruction) -> str:
        """Give the settings of apt that an instruction copies into place.

        Where it copies some that are no file of the tree, they are taken to say all
        that matters. Empty, if it copies none.
        """
        said = [
            f"{name.value}={value.said}"
            for config in self.apt_configs(dockerfile, instruction)
            for name, value in config.tree.entries
        ]
        if said:
            return "\n".join(said)
        return UNKNOWN if _brings_settings(instruction) else ""

    def apt_configs(
        self, dockerfile: Dockerfile, instruction: Instruction
    ) -> list[ClientConfig]:
        """List the configurations of apt that an instruction copies into place."""
        if instruction.keyword not in ("COPY", "ADD") or "from" in instruction.flags:
            return []
        *sources, target = _words(instruction) or [""]
        return [
            config
            for config in self._configs
            if any(
                _PLACE.fullmatch(place)
                for source in sources
                for place in _places(dockerfile.path, source, target, config.path)
            )
        ]

    def scripts_of(self, dockerfiles: Iterable[Dockerfile]) -> frozenset[str]:
        """List the scripts of the tree that builds run."""
        return frozenset(
            path
            for dockerfile in dockerfiles
            for stage in dockerfile.stages
            for instruction in stage.instructions
            for path in self.scripts(dockerfile, stage, instruction)
        )

    def scripts(
        self, dockerfile: Dockerfile, stage: Stage, at: Instruction
    ) -> list[str]:
        """List the scripts of the tree that an instruction runs: copied, or mounted."""
        found: list[str] = []
        for command in at.commands:
            words = [word.value for word in command.argv]
            run = words[1:] if command.program in _RUNS else words[:1]
            for word in run:
                name = word.rpartition("/")[2]
                found += [
                    path
                    for path in self._scripts.get(name, ())
                    if _reaches(dockerfile, stage, at, path)
                ]
        return list(dict.fromkeys(found))


def _brings_settings(instruction: Instruction) -> bool:
    if instruction.keyword in ("COPY", "ADD"):
        return _NAMED.search(instruction.value.value) is not None
    return any(
        command.program in _BRINGS
        and any(_NAMED.search(word) for word in command.arguments)
        for command in instruction.commands
    )


def _words(instruction: Instruction) -> list[str]:
    value = instruction.value.value.strip()
    return _JSON_WORD.findall(value) if value.startswith("[") else value.split()


def _folders(path: str) -> Iterator[str]:
    """Yield the folders that may be a build's context: the file's own, and above."""
    folder = path.rpartition("/")[0]
    while folder:
        yield f"{folder}/"
        folder = folder.rpartition("/")[0]
    yield ""


def _places(dockerfile: str, source: str, target: str, path: str) -> Iterator[str]:
    """Yield where a file stands in the image, if a COPY takes it along."""
    bare = source.removeprefix("./").removeprefix("/").rstrip("/")
    for folder in _folders(dockerfile):
        base = folder if bare in ("", ".") else f"{folder}{bare}"
        if path == base or ("*" in base and fnmatchcase(path, base)):
            name = path.rpartition("/")[2]
            yield f"{target.rstrip('/')}/{name}" if target.endswith("/") else target
            yield f"{target}/{name}"
        elif path.startswith(f"{base.rstrip('/')}/" if base else ""):
            rest = path[len(base) :].lstrip("/")
            yield f"{target.rstrip('/')}/{rest}"


def _reaches(dockerfile: Dockerfile, stage: Stage, at: Instruction, path: str) -> bool:
    """Whether a file is in a stage at some instruction, by a COPY or a mount."""
    mount = at.flags.get("mount")
    if mount is not None and "type=bind" in mount.value and "from=" not in mount.value:
        return True
    for one in stage.instructions:
        if one.start >= at.start:
            break
        if one.keyword in ("COPY", "ADD") and "from" not in one.flags:
            *sources, target = _words(one) or [""]
            if any(
                True
                for source in sources
                for _ in _places(dockerfile.path, source, target, path)
            ):
                return True
    return False
