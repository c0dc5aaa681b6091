"""What Seawall has learnt of waits, for `render`: asked, from a file, or nothing."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seawall.cli.exits import Exit
from seawall.cli.options import Common, shared_options
from seawall.errors import (
    InputError,
    SeawallError,
    SettingsError,
    UnreachableError,
)
from seawall.kit.units import parse_seconds

if TYPE_CHECKING:
    from seawall.policy.rendering.advising import Learnt

MAX_BYTES = 4 * 1024 * 1024
PATIENCE_S = 10.0
"""A server has all that it is asked for in memory: one that takes longer hangs."""


@click.command("learnt")
@shared_options
def render_learnt(common: Common) -> int:
    """Print what Seawall has learnt of waits, as JSON, for --learnt elsewhere.

    The running server of these settings is asked, or its data directory if none runs;
    nobody upstream is. `silence_s` is the longest silence that a client may have to
    outlast, by registry.

    \b
      seawall render learnt > learnt.json
      seawall render crio --learnt learnt.json
    """  # noqa: D301  click's mark is a backspace
    click.echo(json.dumps(_ask(common), indent=2))
    return Exit.DONE


def _ask(common: Common) -> Any:
    from seawall.cli.session import run

    return run(_ask_session(common))


async def _ask_session(common: Common) -> Any:
    from seawall.cli.session import open_session

    try:
        async with asyncio.timeout(PATIENCE_S), open_session(common) as session:
            return await session.ask("GET", "/v1/waits")
    except TimeoutError:
        raise UnreachableError(
            f"the server has not answered for {PATIENCE_S:g} s",
            cause="net.silence",
        ) from None


def find_learnt(
    common: Common, file: Path | None, *, asks: bool
) -> tuple["Learnt", dict[str, float], str]:
    """Find what was learnt, what settings say of clients, and why more is not known.

    What cannot be found out is no reason to render nothing: bounds are known anyway.

    Args:
        common: Which settings, and which data directory.
        file: What `render learnt` printed elsewhere.
        asks: Whether Seawall is asked, if there is no file.

    Raises:
        SettingsError: The settings make no sense.
        InputError: The file does not.
    """
    from seawall.policy.rendering.advising import (
        CONTAINERD,
        CRI_DOCKERD,
        CRIO,
        Learnt,
    )

    settings = common.read_file()
    clients = settings.clients
    told_s = {
        CONTAINERD.key: max(clients.containerd_s, clients.containerd_before_s),
        CRIO.key: clients.cri_o_s,
        CRI_DOCKERD.key: clients.cri_dockerd_s,
    }
    try:
        bounds = Learnt(parse_seconds(clients.hold_max))
    except InputError as exc:
        raise SettingsError(f"clients.hold_max: {exc}") from exc
    if file is not None:
        return _read(read_text(file), str(file)), told_s, ""
    try:
        # no data, no Seawall: most clients' machines have none, and need no more of it
        if asks and (Path(settings.data) / "version").exists():
            return _convert(_ask(common), "the server"), told_s, ""
    except (SeawallError, OSError) as exc:
        reason = (exc.strerror if isinstance(exc, OSError) else None) or exc
        return bounds, told_s, f"what Seawall has learnt could not be asked: {reason}"
    return bounds, told_s, ""


def _read(text: str, where: str) -> "Learnt":
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{where} is not JSON") from None
    # All of its keys have a default, and other documents have a version, too.
    if not isinstance(tree, dict) or not {"version", "registries"} <= tree.keys():
        raise InputError(f"{where}: not what `render learnt` prints")
    return _convert(tree, where)


def _convert(tree: Any, where: str) -> "Learnt":
    import msgspec

    from seawall.policy.rendering.advising import Learnt

    try:
        return msgspec.convert(tree, Learnt)
    except msgspec.ValidationError as exc:
        raise InputError(f"{where}: not what `render learnt` prints: {exc}") from exc


def read_text(path: Path) -> str:
    """Read a file that was named.

    Raises:
        InputError: It is no text, or too large.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise InputError(f"{path} is larger than any configuration")
        return data.decode()
    except (OSError, UnicodeDecodeError) as exc:
        raise InputError(f"{path} cannot be read: {exc}") from exc
