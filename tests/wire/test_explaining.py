"""The verb that says why: on the files, through a server, and asking nobody."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result
from tests.houses import APP, fill, load_settings, managed, opened, write_settings

from seawall.app.compose import House, open_house
from seawall.cli.exits import Exit
from seawall.cli.main import main
from seawall.drill import faults
from seawall.drill.upstream import ScriptedUpstream
from seawall.errors import BrokenReplyError, InputError, NotStoredError
from seawall.oci.digest import Digest
from seawall.oci.mediatypes import Kind
from seawall.store.records import NameKey
from seawall.testing.samples import random_image
from seawall.transfer.flight import Want

IMAGE = random_image(2).tagged("v2")


_HEADS = (f"{APP}:v2", "Now", "Last time", "Sources")


async def _run(place: Path, *words: str) -> Result:
    arguments = [*words, "--config", str(place / "seawall.toml")]
    return await asyncio.to_thread(CliRunner().invoke, main, arguments)


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    """Give an upstream with one image."""
    async with ScriptedUpstream({"team/app": IMAGE}) as scripted:
        yield scripted


@pytest.fixture
async def house(tmp_path: Path, upstream: ScriptedUpstream) -> AsyncIterator[House]:
    """Open a house with its management socket in front of it."""
    config = write_settings(tmp_path, upstream.url)
    async with open_house(load_settings(config)) as house, managed(house):
        yield house


async def _resolve(house: House) -> None:
    registry = house.registries.find(APP.registry)
    key = NameKey(APP, "v2", Kind.INDEX)
    await house.tags.resolve(registry, key, offline=False, refresh=True)


async def test_a_name_is_explained_before_and_after(
    house: House, upstream: ScriptedUpstream
) -> None:
    """What would be asked, then what was; explaining itself asks nobody."""
    before = await house.explain(["team/app:v2"], 5)
    asked = len(upstream.requests)
    await _resolve(house)
    after = await house.explain(["team/app:v2"], 5)

    assert (0, "ask", ()) == (asked, before.name and before.name.verdict, before.last)
    assert after.name is not None
    assert ("fresh", str(IMAGE.digest)) == (after.name.verdict, after.name.digest)
    [story] = after.last
    assert f"name {APP}:v2" == story.subject
    assert ["name-asked", "spent", "name-answered"] == [e.event for e in story.told]
    assert {"hit", "fetch"} == {content.verdict for content in after.contents}


async def test_a_failed_question_says_why(
    house: House, upstream: ScriptedUpstream
) -> None:
    """Every attempt is told, with its status and its cause."""
    upstream.fail("*/manifests/*", faults.status(500))
    with pytest.raises(BrokenReplyError):
        await _resolve(house)
    told = await house.explain(["team/app:v2"], 5)
    heard = [e for story in told.last for e in story.told]

    assert {500} == {e.facts["status"] for e in heard if e.event == "spent"}
    [last] = [e for e in heard if e.event == "name-unanswered"]
    assert "registry.5xx" in last.text


async def test_a_mistake_is_told_apart_from_what_is_not_known(house: House) -> None:
    """No name, no registry, no archive; a digest that nobody has heard of."""
    unknown = Digest.of(b"unheard of")
    with pytest.raises(NotStoredError, match="say in which image"):
        await house.explain([str(unknown)], 5)
    for words in (["a b"], ["nowhere.example/app:1"], ["nowhere", "bookworm"]):
        with pytest.raises(InputError):
            await house.explain(words, 5)


async def test_what_arrives_is_joined(house: House, upstream: ScriptedUpstream) -> None:
    """While a content is fetched, that is what a question about it would meet."""
    await _resolve(house)
    layer = max(IMAGE.blobs, key=lambda digest: len(IMAGE.contents[digest]))
    upstream.fail(f"*/blobs/{layer}", faults.stall(100))
    sources = house.registries.find(APP.registry).sources_of(APP, layer)
    async with house.engine.board(Want(APP, layer), sources) as boarding:
        await boarding.flight.wait_size()
        told = await house.explain(["team/app:v2"], 1)

    [joined] = [c for c in told.contents if c.verdict == "joins"]
    label = upstream.url.partition("//")[2]
    assert (str(layer), True) == (
        joined.digest,
        f"from {label}; 1 reader" in joined.text,
    )
    assert "flight-begun" in [e.event for story in told.last for e in story.told]


async def test_what_the_budget_keeps_is_withheld(
    house: House, upstream: ScriptedUpstream
) -> None:
    """With nothing left of a quota, a new name would not be asked; a known one may."""
    spent = faults.header("RateLimit-Remaining", "0;w=3600")
    upstream.fail("*/manifests/*", spent)
    await _resolve(house)
    unknown = await house.explain(["team/app:other"], 1)
    known = await house.explain(["team/app:v2"], 1)

    assert unknown.name is not None
    assert "withheld" == unknown.name.verdict
    assert "its quota is spent" in unknown.name.text
    assert [0] == [account.remaining for account in unknown.budget]
    assert known.name is not None
    assert "fresh" == known.name.verdict


async def test_the_verb_prints_what_programs_get(tmp_path: Path, house: House) -> None:
    """Sections for people, one document for programs, the codes of all verbs."""
    await _resolve(house)
    shown = await _run(tmp_path, "explain", "team/app:v2")
    told = await _run(tmp_path, "explain", "team/app:v2", "--json", "--last", "1")
    unheard = await _run(tmp_path, "explain", str(Digest.of(b"unheard of")))
    wrong = await _run(tmp_path, "explain", "/debian/only")

    # the server logs to the same place here, as it is in this process
    document = json.loads(told.stdout[told.stdout.index("{\n") :])
    assert (1, f"{APP}:v2") == (document["version"], document["subject"])
    assert [Exit.DONE, Exit.NO, Exit.USAGE] == [
        shown.exit_code,
        unheard.exit_code,
        wrong.exit_code,
    ]
    heads = [line for line in shown.stdout.splitlines() if line in _HEADS]
    assert list(_HEADS) == heads
    assert "\x1b[" not in shown.stdout


async def test_files_alone_tell_what_they_can(tmp_path: Path) -> None:
    """With no server there is no memory of what happened, but all that is held."""
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
    shown = await _run(tmp_path, "explain", "team/app:v2", "--json")

    told = json.loads(shown.stdout)
    assert ("fresh", []) == (told["name"]["verdict"], told["last"])
    assert {"hit"} == {content["verdict"] for content in told["contents"]}


async def test_names_are_completed(tmp_path: Path) -> None:
    """What is held is offered, of the store that was named, if there is one."""
    config = write_settings(tmp_path)

    def complete() -> list[str]:
        kind = ShellComplete(main, {}, "seawall", "_SEAWALL_COMPLETE")
        arguments = ["explain", "--config", str(config)]
        return [item.value for item in kind.get_completions(arguments, APP.registry)]

    nothing = await asyncio.to_thread(complete)
    async with opened(tmp_path) as house:
        await fill(house, IMAGE)
    held = await asyncio.to_thread(complete)

    assert ([], [f"{APP}:v2"]) == (nothing, held)
