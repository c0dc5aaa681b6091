"""Dockerfiles and Containerfiles: stages, what they pull, and what they run."""

import re
from collections.abc import Iterator

import msgspec

from seawall.errors import InputError
from seawall.policy.facts.builds import Arg, Dockerfile, Heredoc, Instruction, Stage
from seawall.policy.facts.commands import Command, Setting
from seawall.policy.facts.images import Given, ImageUse, Role, Scope, name_image
from seawall.policy.facts.text import Fact, Text
from seawall.policy.reading import variables
from seawall.policy.reading.builds import dockerlines
from seawall.policy.reading.builds.dockerlines import Line
from seawall.policy.reading.embedded import Embedded, embed_range
from seawall.policy.reading.formats import Reader
from seawall.policy.reading.scripts import shelltext
from seawall.policy.reading.scripts.assignments import fill_judged
from seawall.policy.reading.source import Source

_FLAG = re.compile(rb"--([a-z][a-z-]*)(?:=(\S*))?[ \t]*")
_WORD = re.compile(rb"\S+")
_TAKES_SCRIPT = re.compile(r"-[a-z]*c")
_JSON_WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_JSON_LIST = re.compile(
    rb'\[\s*(?:"(?:[^"\\]|\\.)*+"\s*(?:,\s*"(?:[^"\\]|\\.)*+"\s*)*+)?\]'
)
_SHEBANG = re.compile(rb"#![^\n]*?\b(?:ba|da|a|z|k)?sh\b")
_SHELLS = {"sh", "bash", "ash", "dash", "zsh", "ksh"}
SCRATCH = "scratch"
_PROGRAM = re.compile(
    r"[-_][^/]*\.(?:go|py|rs|rb|java|sh|[cm]?[jt]sx?|ya?ml|json)$"
    r"|\.(?i:md|dockerignore)$|(?:^|/)dockerfile\.(?:go|py|rs|rb|java|[cm]?[jt]sx?)$"
)
"""Names of what is about Dockerfiles, and none: `dockerfile_test.go`, `dockerfile.py`.

`Dockerfile.go` is one, for what is written in Go.
"""


def sniff(data: bytes) -> bool:
    """Whether it has a FROM at all: parts of Dockerfiles have none."""
    return (
        re.search(rb"^[ \t]*FROM[ \t]", data, re.MULTILINE | re.IGNORECASE) is not None
    )


def read(source: Source) -> Iterator[Fact]:
    """Read a Dockerfile.

    Raises:
        InputError: It is not text, or begins with something else than a Dockerfile.
    """
    if _PROGRAM.search(source.path):
        return
    _ = source.text
    directives = {one.name: one for one in dockerlines.read_directives(source)}
    escape = directives["escape"].value.encode() if "escape" in directives else b"\\"
    syntax = None
    if "syntax" in directives and directives["syntax"].value:
        said = directives["syntax"]
        text = source.make_text(said.value, said.start, said.stop)
        syntax = name_image(source.path, text, Role.SYNTAX)
    builder = _Builder(source)
    for line in dockerlines.read_lines(source, escape if escape == b"`" else b"\\"):
        builder.take(line)
    stages = tuple(builder.finish())
    if any(stage.base and stage.base.blanks for stage in stages):
        key = variables.dockerfile_key(source.path)
        defaults = {
            arg.name: Given(arg.default, variables.find_blanks(arg.default.value))
            for arg in builder.globals
            if arg.default is not None
        }
        yield Scope(path=source.path, start=0, stop=0, key=key, defaults=defaults)
    yield Dockerfile(
        path=source.path,
        start=0,
        stop=len(source.data),
        syntax=syntax,
        args=tuple(builder.globals),
        stages=stages,
        newline=source.newline,
    )


class _Stage(msgspec.Struct):
    """A stage that is being read; see `Stage`."""

    number: int
    name: str
    base: ImageUse | None
    parent: int | None
    platform: str
    start: int
    args: list[Arg] = []
    known: dict[str, str] = {}
    instructions: list[Instruction] = []
    runs_shell: bool = True

    @property
    def owner(self) -> str:
        return f"stage {self.name or self.number}"


class _Builder:
    """Puts the stages of a file together, line by line."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.globals: list[Arg] = []
        self._known: dict[str, str] = {}
        self._stages: list[_Stage] = []

    def take(self, line: Line) -> None:
        """Read one instruction.

        Raises:
            InputError: The first one is none of a Dockerfile's.
        """
        if not self._stages and line.keyword not in dockerlines.KEYWORDS:
            raise InputError(f"{line.keyword or 'this'!r} is no instruction")
        flags, at = self._flags(line)
        if line.keyword == "FROM":
            self._from(line, flags, at)
        elif line.keyword == "ARG":
            self._arg(line, flags, at)
        elif self._stages:
            self._other(line, flags, at)

    def finish(self) -> Iterator[Stage]:
        """Yield the stages."""
        starts = [stage.start for stage in self._stages]
        ends = [*starts[1:], len(self._source.data)]
        for stage, stop in zip(self._stages, ends, strict=False):  # there may be none
            yield Stage(
                path=self._source.path,
                start=stage.start,
                stop=stop,
                number=stage.number,
                name=stage.name,
                base=stage.base,
                parent=stage.parent,
                platform=stage.platform,
                args=tuple(stage.args),
                instructions=tuple(stage.instructions),
            )

    def _text(self, line: Line, start: int, stop: int) -> Text:
        """Make a text of some of an instruction's flat bytes."""
        value = line.flat[start:stop].decode(errors="replace")
        return self._source.make_text(value, line.value + start, line.value + stop)

    def _flags(self, line: Line, at: int = 0) -> tuple[dict[str, list[Text]], int]:
        flags: dict[str, list[Text]] = {}
        while match := _FLAG.match(line.flat, at):
            begin = match.start(2) if match[2] is not None else match.end()
            end = match.end(2) if match[2] is not None else match.end()
            flags.setdefault(match[1].decode(), []).append(self._text(line, begin, end))
            at = match.end()
        return flags, at

    def _instruction(
        self, line: Line, flags: dict[str, list[Text]], at: int, **more: object
    ) -> Instruction:
        made = Instruction(
            path=self._source.path,
            start=line.start,
            stop=line.stop,
            keyword=line.keyword,
            value=self._text(line, at, len(line.flat)),
            flags={name: texts[-1] for name, texts in flags.items()},
            heredocs=tuple(self._heredocs(line)),
        )
        return msgspec.structs.replace(made, **more)

    def _heredocs(self, line: Line) -> Iterator[Heredoc]:
        for body in line.bodies:
            value = self._source.data[body.start : body.stop].decode(errors="replace")
            text = self._source.make_text(value, body.start, body.stop)
            yield Heredoc(body.name, text, body.quoted)

    def _image(
        self, text: Text, role: Role, owner: str, platform: str = ""
    ) -> ImageUse:
        """Name an image, with the defaults of ARGs filled in."""
        known = self._known
        if role is not Role.FROM and self._stages:
            known = self._stages[-1].known
        # An empty default stands for what `--build-arg` has to say.
        said = {name: word for name, word in known.items() if word}
        value, used = variables.expand(text.value, said)
        origin = "" if value == text.value else "a default within it"
        written = None
        if used:
            origin = f"default of ARG {', '.join(used)}"
            whole = text.value in (f"${used[0]}", f"${{{used[0]}}}")
            stage = None if role is Role.FROM else self._stages[-1]
            written = self._default_of(used[0], value, stage) if whole else None
        return name_image(
            self._source.path,
            text,
            role,
            value=value,
            owner=owner,
            platform=platform,
            origin=origin,
            written=written,
        )

    def _default_of(self, name: str, value: str, stage: _Stage | None) -> Text | None:
        """Find the default that a value is, in a stage or before the first one."""
        for arg in [*reversed(stage.args if stage else ()), *reversed(self.globals)]:
            if arg.name == name and arg.default is not None:
                # What ENV sets wins over it, and stands elsewhere.
                return arg.default if arg.default.value == value else None
        return None

    def _from(self, line: Line, flags: dict[str, list[Text]], at: int) -> None:
        words = [match.span() for match in _WORD.finditer(line.flat, at)]
        number = len(self._stages)
        name = ""
        if len(words) > 2 and line.flat[slice(*words[1])].lower() == b"as":  # noqa: PLR2004
            name = line.flat[slice(*words[2])].decode(errors="replace").lower()
        platform = flags["platform"][-1].value if "platform" in flags else ""
        stage = _Stage(number, name, None, None, platform, line.start)
        images: tuple[ImageUse, ...] = ()
        if words:
            text = self._text(line, *dockerlines.unquote(line.flat, *words[0]))
            use = self._image(text, Role.FROM, stage.owner, platform)
            use = msgspec.structs.replace(
                use,
                scope=variables.dockerfile_key(self._source.path),
                blanks=variables.find_blanks(text.value),
            )
            resolved = variables.expand(text.value, self._known)[0]
            stage.parent = self._find_stage(resolved)
            if stage.parent is None and resolved.lower() != SCRATCH:
                stage.base = use
                images = (use,)
        if stage.parent is not None:
            stage.known = dict(self._stages[stage.parent].known)
        self._stages.append(stage)
        stage.instructions.append(self._instruction(line, flags, at, images=images))

    def _find_stage(self, name: str, *, numbers: bool = False) -> int | None:
        """Find an earlier stage by its name, or by its number where that may stand."""
        named = [stage for stage in reversed(self._stages) if stage.name]
        for stage in named:
            if stage.name == name.lower():
                return stage.number
        choice = variables.match_choices(name.lower())
        for stage in named:
            if choice is not None and choice.fullmatch(stage.name):
                return stage.number
        if numbers and name.isdecimal() and int(name) < len(self._stages):
            return int(name)
        return None

    def _arg(self, line: Line, flags: dict[str, list[Text]], at: int) -> None:
        stage = self._stages[-1] if self._stages else None
        known = stage.known if stage else self._known
        args = stage.args if stage else self.globals
        for match in _WORD.finditer(line.flat, at):
            name_raw, equals, default_raw = match[0].partition(b"=")
            name = name_raw.decode(errors="replace")
            default: Text | None = None
            value: str | None = self._known.get(name) if stage else None
            if equals:
                skip = (
                    1 if default_raw[:1] in (b'"', b"'") and len(default_raw) > 1 else 0
                )
                begin = match.start() + len(name_raw) + 1 + skip
                default = self._text(line, begin, match.end() - skip)
                value = variables.expand(default.value, known)[0]
            if value is not None:
                known[name] = value
            args.append(Arg(name, default, value))
        if stage:
            stage.instructions.append(self._instruction(line, flags, at))

    def _other(self, line: Line, flags: dict[str, list[Text]], at: int) -> None:
        stage = self._stages[-1]
        onbuild = line.keyword == "ONBUILD"
        if onbuild:
            match = re.compile(rb"([A-Za-z]+)[ \t]+").match(line.flat, at)
            if match is None:
                return
            line = msgspec.structs.replace(line, keyword=match[1].decode().upper())
            flags, at = self._flags(line, match.end())
        if line.keyword == "ENV":
            self._env(line, at)
        if line.keyword == "SHELL":
            words = [word.value for word in self._json_words(line, at)]
            program = words[0].rpartition("/")[2] if words else ""
            stage.runs_shell = program.lower().removesuffix(".exe") in _SHELLS
        commands: list[Command] = []
        if line.keyword == "RUN":
            commands = self._run(line, at, stage)
        images = tuple(self._pulls(line, flags, stage))
        stage.instructions.append(
            self._instruction(
                line,
                flags,
                at,
                images=images,
                commands=tuple(commands),
                onbuild=onbuild,
            )
        )

    def _env(self, line: Line, at: int) -> None:
        """Let later lines use what ENV sets, which wins over ARG."""
        known = self._stages[-1].known
        for name, value in variables.read_pairs(
            line.flat[at:].decode(errors="replace")
        ):
            known[name] = variables.expand(value, known)[0]

    def _pulls(
        self, line: Line, flags: dict[str, list[Text]], stage: _Stage
    ) -> Iterator[ImageUse]:
        if line.keyword in ("COPY", "ADD") and flags.get("from"):
            yield from self._pull(flags["from"][-1], Role.COPY_FROM, stage)
        for mount in flags.get("mount", ()) if line.keyword == "RUN" else ():
            match = re.search(r"(?:^|,)from=([^,]+)", mount.value)
            if match:
                yield from self._pull(mount.cut(*match.span(1)), Role.MOUNT_FROM, stage)

    def _pull(self, text: Text, role: Role, stage: _Stage) -> Iterator[ImageUse]:
        name = variables.expand(text.value, stage.known)[0]
        if self._find_stage(name, numbers=True) is None and name.lower() != SCRATCH:
            yield self._image(text, role, stage.owner)

    def _run(self, line: Line, at: int, stage: _Stage) -> list[Command]:
        words = list(self._json_words(line, at))
        if words:
            whole = Command(
                path=self._source.path,
                start=words[0].start - 1,
                stop=words[-1].stop + 1,
                words=tuple(words),
                setting=Setting.BUILD,
                owner=stage.owner,
            )
            return [whole, *self._read_word(words, stage)]
        if not stage.runs_shell:
            return []
        found: list[Command] = []
        for text in self._scripts(line, at):
            commands = shelltext.read_commands(text, Setting.BUILD, stage.owner)
            found += fill_judged(commands, text.data, stage.known)
        return found

    def _read_word(self, words: list[Text], stage: _Stage) -> list[Command]:
        """Read the script that a shell is given as a word: `["sh", "-c", "…"]`."""
        if len(words) != 3 or not words[2].exact:  # noqa: PLR2004  that is all of it
            return []
        program = words[0].value.rpartition("/")[2]
        if program not in _SHELLS or not _TAKES_SCRIPT.fullmatch(words[1].value):
            return []
        text = embed_range(self._source, words[2].start, words[2].stop)
        return shelltext.read_commands(text, Setting.BUILD, stage.owner)

    def _scripts(self, line: Line, at: int) -> Iterator[Embedded]:
        """Yield the shell texts of a RUN: itself, or the heredoc that it runs."""
        source = self._source
        if line.bodies and re.fullmatch(rb"<<\S+", line.flat[at:].strip()):
            body = line.bodies[0]
            head = source.data[body.start : body.start + 200]
            if not head.startswith(b"#!") or _SHEBANG.match(head):
                yield embed_range(source, body.start, body.stop)
            return
        text = line.shell[at:]
        if line.bodies:
            text += source.data[line.rest : line.stop]
        start = line.value + at
        stop = start + len(text)
        yield Embedded(source, text, (0,), (start,), source.is_exact, stop)

    def _json_words(self, line: Line, at: int) -> Iterator[Text]:
        """Yield the words of an instruction in exec form; none, if it is a shell's."""
        if not _JSON_LIST.fullmatch(line.flat[at:].strip()):
            return  # `[ -f x ]` is a shell's, too
        for match in _JSON_WORD.finditer(line.flat, at):
            yield self._text(line, *match.span(1))


READER = Reader(
    name="Dockerfile",
    names=(
        *("*dockerfile", "dockerfile.*", "dockerfile-*", "dockerfile_*"),
        *("*containerfile", "containerfile.*", "containerfile-*"),
    ),
    read=read,
    sniff=sniff,
)
