"""Rendered files on standard output, or below a folder with the rights they need."""

import contextlib
import os
import tempfile
from pathlib import Path

import click

from seawall.errors import InputError
from seawall.policy.rendering.joining import is_foreign, join
from seawall.policy.rendering.rendered import File


def is_secret(file: File) -> bool:
    """Whether nobody else may read it, for the credential in it."""
    return file.mode & 0o077 == 0


def show(files: tuple[File, ...]) -> None:
    """Print files; of several, each under its path.

    Raises:
        InputError: One of them holds a credential.
    """
    for file in files:
        if is_secret(file):
            raise InputError(
                f"{file.path} is not printed, for the credential in it; say where to"
                " write it with --output DIR"
            )
    for file in files:
        if len(files) > 1:
            click.echo(f"# ---- /{file.path}")
        click.echo(file.text, nl=False)


def put(files: tuple[File, ...], folder: Path, *, replace: bool = False) -> None:
    """Write files below a folder, each at once or not at all.

    What somebody else wrote there is not lost: nothing is written then, unless it is to
    be replaced, and then it stays beside the new one, as `NAME.orig`. Keys of a
    daemon.json that are not rendered stay in any case.

    Raises:
        InputError: The disk does not allow it, a link leads out of the folder, or one
            of the files is somebody else's.
    """
    wanted = []
    for file in files:
        place = folder / file.path
        try:
            inside = place.parent.resolve().is_relative_to(folder.resolve())
            if not inside or place.is_symlink():
                raise InputError(f"{place}: a link leads out of {folder}")
            there = place.read_text() if place.exists() else None
        except (OSError, UnicodeDecodeError) as exc:
            raise InputError(f"{place}: {exc}") from exc
        foreign = there is not None and is_foreign(file, there)
        if foreign and not replace:
            raise InputError(
                f"{place} is there, and not made by `seawall render`: join what is"
                " printed without --output with it, or say --replace, which keeps it as"
                f" {place.name}.orig"
            )
        joined = file if there is None or foreign else join(file, there)
        wanted.append((place, joined, foreign))
    for place, file, foreign in wanted:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if foreign:
                _keep(place)
            _replace(place, file)
        except OSError as exc:
            raise InputError(f"{place}: {exc.strerror or exc}") from exc


def _keep(place: Path) -> None:
    """Give a file a second name; one that was kept before stays what it is."""
    with contextlib.suppress(FileExistsError):
        place.with_name(f"{place.name}.orig").hardlink_to(place)


def _replace(place: Path, file: File) -> None:
    # Made with 0600: nobody else reads it before its rights are set.
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(file.text.encode())
            os.fchmod(out.fileno(), file.mode)
            out.flush()
            os.fsync(out.fileno())
        Path(name).replace(place)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
