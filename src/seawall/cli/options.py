"""The options that all verbs share, and the settings that they lead to."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from seawall.cli.main import JSON_WANTED
from seawall.errors import StoreError

if TYPE_CHECKING:
    from seawall.settings.effective import Settings
    from seawall.settings.keys import File

_MAX_FILE_CHARS = 8 * 1024 * 1024

T = TypeVar("T")


class Place(click.Path):
    """A path of the command line; one that may not be read is no wrong use."""

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> str | bytes | os.PathLike[str]:
        """Check a path.

        Raises:
            BadParameter: It is not what is wanted there.
            StoreError: It is there, and the rights on it forbid it.
        """
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as exc:
            if not Path(value).exists() or os.access(value, os.R_OK):
                raise
            name = param.opts[0] if param else "path"
            raise StoreError(f"{name} {value}: Permission denied") from exc


@dataclass(frozen=True, slots=True)
class Common:
    """What was said about settings and output.

    Attributes:
        config: The settings file.
        changes: Keys of it that the command line overrides.
        as_json: Whether answers are JSON.
    """

    config: Path | None
    changes: dict[str, Any]
    as_json: bool

    def read_file(self) -> "File":
        """Read the settings file alone, as the command line changes it.

        Raises:
            SettingsError: It does not read.
        """
        import msgspec

        from seawall.settings.loading import read_settings

        return msgspec.structs.replace(read_settings(self.config), **self.changes)

    def read_settings(self) -> "Settings":
        """Read the settings, as the command line changes them.

        Raises:
            SettingsError: They make no sense.
        """
        from seawall.settings.effective import make_settings

        return make_settings(self.read_file(), self.config)


def shared_options(verb: Callable[..., T]) -> Callable[..., T]:
    """Give a verb `--config`, `--data` and `--json`, as its first argument."""

    @click.option(
        "--config",
        "-c",
        type=Place(path_type=Path, dir_okay=False),
        envvar="SEAWALL_CONFIG",
        help="Settings file (TOML); without one, the built-in settings hold.",
    )
    @click.option(
        "--data",
        type=Place(path_type=Path, file_okay=False),
        help="Data directory; overrides the settings.",
    )
    @click.option("--json", "as_json", is_flag=True, help="Answer in JSON.")
    @wraps(verb)
    def wrapped(
        *, config: Path | None, data: Path | None, as_json: bool, **rest: Any
    ) -> T:
        click.get_current_context().meta[JSON_WANTED] = as_json
        changes = {} if data is None else {"data": str(data)}
        return verb(Common(config, changes, as_json), **rest)

    return wrapped


def read_lines(file: IO[str]) -> list[str]:
    """Read names, one a line; # begins a comment.

    Raises:
        UsageError: The file is larger than any list of names.
    """
    text = file.read(_MAX_FILE_CHARS + 1)
    if len(text) > _MAX_FILE_CHARS:
        raise click.UsageError(f"{file.name} is larger than any list of names")
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in lines if line]
