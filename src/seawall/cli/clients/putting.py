"""Rendered files on standard output, or below a folder with the rights they need."""

import contextlib
import os
import tempfile
from pathlib import Path

import click

from seawall.errors import InputError
from seawall.policy.rendering.rendered import File


def show(files: tuple[File, ...]) -> None:
    """Print files; of several, each under its path.

    Raises:
        InputError: One of them holds a credential.
    """
    for file in files:
        if file.mode & 0o077 == 0:
            raise InputError(
                f"{file.path} holds a credential: it is not printed; say where to write"
                " it with --output DIR"
            )
    for file in files:
        if len(files) > 1:
            click.echo(f"# ---- /{file.path}")
        click.echo(file.text, nl=False)


def put(files: tuple[File, ...], folder: Path) -> None:
    """Write files below a folder, each at once or not at all.

    Raises:
        InputError: The disk does not allow it, or a link leads out of the folder.
    """
    for file in files:
        place = folder / file.path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            inside = place.parent.resolve().is_relative_to(folder.resolve())
            if not inside or place.is_symlink():
                raise InputError(f"{place}: a link leads out of {folder}")
            _replace(place, file)
        except OSError as exc:
            raise InputError(f"{place}: {exc.strerror or exc}") from exc


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
