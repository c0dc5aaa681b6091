"""The verbs, on the files themselves and through a running server: one behaviour."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result
from tests.houses import APP, load_settings, managed, write_settings

from seawall.app.compose import open_house
from seawall.cli.exits import Exit
from seawall.cli.main import main
from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.oci.digest import Digest
from seawall.store.datadir import open_data_directory
from seawall.testing.samples import random_image, random_index

INDEX = random_index(1).tagged("v1")
IMAGE = random_image(2).tagged("v2")

Run: TypeAlias = Callable[..., Awaitable[Result]]


def _runner(config: Path) -> Run:
    async def run(verb: str, *rest: str) -> Result:
        """Run one command in a thread, as a process of its own would."""
        arguments = [verb, "--config", str(config), *rest]
        return await asyncio.to_thread(CliRunner().invoke, main, arguments)

    return run


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    """Give an upstream with two images."""
    async with ScriptedUpstream({"team/app": INDEX.joined(IMAGE)}) as scripted:
        yield scripted


@pytest.fixture(params=["files", "server", "server-far-away"])
async def seawall(
    request: pytest.FixtureRequest, tmp_path: Path, upstream: ScriptedUpstream
) -> AsyncIterator[Run]:
    """Run verbs on the files, or through a server, also behind a very long path."""
    place = tmp_path
    if request.param == "server-far-away":
        place = tmp_path / ("far-" * 20) / ("away-" * 10)
        place.mkdir(parents=True)
    config = write_settings(place, upstream.url)
    async with AsyncExitStack() as stack:
        if request.param != "files":
            house = await stack.enter_async_context(open_house(load_settings(config)))
            await stack.enter_async_context(managed(house))
        yield _runner(config)


async def test_an_image_is_warmed_listed_shown_and_removed(seawall: Run) -> None:
    """The life of an image, from one command to the next."""
    warmed = await seawall("warm", "team/app:v1", "--platform", "all")
    listed = await seawall("ls")
    shown = await seawall("show", "team/app:v1")
    removed = await seawall("rm", "team/app:v1")
    empty = await seawall("ls")

    codes = [r.exit_code for r in (warmed, listed, shown, removed, empty)]
    assert [0, 0, 0, 0, Exit.NO] == codes
    assert "1 of 1 images are held" in warmed.stderr
    assert f"{APP}:v1" in listed.stdout
    assert "linux/amd64, linux/arm64/v8" in listed.stdout
    assert "└─ image linux/arm64/v8" in shown.stdout
    assert f"removed {APP}:v1" in removed.stdout


async def test_json_is_all_there_is_on_standard_output(seawall: Run) -> None:
    """Programs read each answer as JSON, streams line by line."""
    warmed = await seawall("warm", "team/app:v2", "--json")
    steps = [json.loads(line)["step"] for line in warmed.stdout.splitlines()]
    names = json.loads((await seawall("ls", "--json")).stdout)["names"]
    shown = json.loads((await seawall("show", "team/app:v2", "--json")).stdout)
    pinned = json.loads((await seawall("pin", "team/app:v2", "--json")).stdout)
    checked = (await seawall("verify", "--json")).stdout.splitlines()

    assert ("resolved", "image") == (steps[0], steps[-1])
    assert [str(IMAGE.digest)] == [name["digest"] for name in names]
    assert str(IMAGE.digest) == shown["tree"]["digest"]
    assert pinned["results"][0]["pinned"]
    assert "done" == json.loads(checked[-1])["step"]


async def test_no_archives_is_a_no(seawall: Run) -> None:
    """Without archives, the command says how to name one, and exits with 1."""
    await seawall("warm", "team/app:v2")
    told = await seawall("archives")
    listed = await seawall("archives", "--json")

    assert (Exit.NO, Exit.NO) == (told.exit_code, listed.exit_code)
    assert "write [archives.NAME] with mirrors into the settings" in told.stderr
    assert [] == json.loads(listed.stdout)["archives"]


async def test_a_pin_holds(seawall: Run) -> None:
    """What is pinned is not removed, and removing it says so and exits with 1."""
    await seawall("warm", "team/app:v2")
    pinned = await seawall("pin", "team/app:v2")
    refused = await seawall("rm", "team/app:v2")
    unpinned = await seawall("unpin", "team/app:v2")
    removed = await seawall("rm", "team/app:v2")

    assert [0, 1, 0, 0] == [r.exit_code for r in (pinned, refused, unpinned, removed)]
    assert "it is pinned" in refused.stdout


async def test_a_moved_name_is_seen_by_refresh(
    seawall: Run, upstream: ScriptedUpstream
) -> None:
    """Refreshing asks although the answer is fresh, and says what changed."""
    await seawall("warm", "team/app:v1", "-p", "all")
    upstream.tag("team/app", "v1", IMAGE.digest)
    moved = await seawall("refresh", "team/app:v1")
    again = await seawall("refresh", "team/app:v1")

    assert f"was {str(INDEX.digest)[:19]}, is {str(IMAGE.digest)[:19]}" in moved.stdout
    assert f"is still {str(IMAGE.digest)[:19]}" in again.stdout


async def test_a_limit_upstream_exits_with_3(
    seawall: Run, upstream: ScriptedUpstream
) -> None:
    """A registry that refuses is told with its cause; the last answer stands."""
    await seawall("warm", "team/app:v2")
    upstream.fail("*", faults.status(429, retry_after=60))
    refreshed = await seawall("refresh", "team/app:v2")
    warmed = await seawall("warm", "team/app:v1")

    assert [Exit.UPSTREAM] * 2 == [refreshed.exit_code, warmed.exit_code]
    assert "nobody could be asked now" in refreshed.stdout
    assert "cause: rate_limit" in refreshed.stderr
    assert "cause: rate_limit" in warmed.stderr


async def test_one_failure_stops_no_other(seawall: Run) -> None:
    """The rest is done, and the exit code is the worst one."""
    warmed = await seawall("warm", "team/app:none", "team/app:v2", "other.test/x:1")
    removed = await seawall("rm", "team/app:none", "team/app:v2")

    assert [Exit.USAGE, Exit.NO] == [warmed.exit_code, removed.exit_code]
    assert "1 of 3 images are held" in warmed.stderr
    assert "the settings know no registry 'other.test'" in warmed.stderr
    assert f"removed {APP}:v2" in removed.stdout


async def test_a_list_of_images_is_read(seawall: Run, tmp_path: Path) -> None:
    """A file names images line by line, with comments."""
    listed = tmp_path / "images.txt"
    listed.write_text("# ours\nteam/app:v1  # the index\n\nteam/app:v2\n")
    warmed = await seawall("warm", "-f", str(listed))

    assert "2 of 2 images are held" in warmed.stderr


def _spoil(place: Path, digest: Digest) -> None:
    [blob] = place.rglob(f"blobs/sha256/*/{digest.hex}")
    blob.chmod(0o600)
    blob.write_bytes(b"wrong")


async def test_wrong_bytes_are_found_and_repaired(seawall: Run, tmp_path: Path) -> None:
    """Wrong bytes exit with 4 until they are repaired, and are then gone."""
    await seawall("warm", "team/app:v2")
    _spoil(tmp_path, IMAGE.blobs[0])
    found = await seawall("verify")
    repaired = await seawall("verify", "--repair")
    again = await seawall("verify")

    assert [Exit.TRUST, Exit.NO, Exit.DONE] == [
        r.exit_code for r in (found, repaired, again)
    ]
    assert "wrong-bytes" in found.stdout
    assert "(repaired)" in repaired.stdout


async def test_there_must_be_data_to_look_at(tmp_path: Path) -> None:
    """Looking at a directory that is not there does not make one."""
    looked = await _runner(write_settings(tmp_path))("ls")

    assert Exit.NO == looked.exit_code
    assert "name the directory with --data" in looked.stderr
    assert not (tmp_path / "data").exists()


async def test_a_locked_directory_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A data directory that another command works on is refused plainly."""
    monkeypatch.setattr("seawall.cli.session._STARTING_S", 0.0)
    config = write_settings(tmp_path)
    with open_data_directory(tmp_path / "data"):
        listed = await _runner(config)("ls")

    assert Exit.USAGE == listed.exit_code
    assert "works on the data directory" in listed.stderr


async def test_settings_that_make_no_sense_exit_with_2(tmp_path: Path) -> None:
    """An unknown key is told with the one that was meant, before anything else."""
    config = tmp_path / "seawall.toml"
    config.write_text("max_sise = 1\n")
    for verb in ("ls", "serve"):
        result = await _runner(config)(verb)

        assert Exit.USAGE == result.exit_code
        assert "did you mean 'max_size'?" in result.stderr


async def test_the_effective_settings_are_printed(tmp_path: Path) -> None:
    """What the command line overrides is in what is printed."""
    printed = await _runner(write_settings(tmp_path))(
        "serve", "--listen", "127.0.0.1:5999", "--offline", "--print-settings", "--json"
    )
    settings = json.loads(printed.stdout)

    assert ("127.0.0.1:5999", True) == (settings["listen"], settings["offline"])


async def test_a_server_that_goes_away_is_told(tmp_path: Path) -> None:
    """A server that stops in the middle is upstream trouble, not a bug."""

    def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    config = write_settings(tmp_path)
    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "seawall.sock"
    async with await asyncio.start_unix_server(hang_up, path):
        listed = await _runner(config)("ls")

    assert Exit.UPSTREAM == listed.exit_code
    assert "stopped answering" in listed.stderr


async def test_a_socket_left_behind_is_no_server(
    tmp_path: Path, upstream: ScriptedUpstream
) -> None:
    """After a kill the socket is still there; the files answer then."""
    run = _runner(write_settings(tmp_path, upstream.url))
    await run("warm", "team/app:v2")
    async with await asyncio.start_unix_server(
        lambda _, writer: writer.close(), tmp_path / "left.sock"
    ):
        (tmp_path / "left.sock").rename(tmp_path / "data" / "seawall.sock")
    listed = await run("ls")

    assert Exit.DONE == listed.exit_code
    assert f"{APP}:v2" in listed.stdout
