"""The drill's verb: who is drilled, and what is written where."""

import json
import socket
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from seawall.cli.drilling.command import Wish, choose_ways
from seawall.cli.drilling.showing import (
    MIXES,
    TABLE,
    find_marks,
    show,
    write_page,
)
from seawall.cli.main import main
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.report.circumstances import Circumstances

WISH = Wish("", (), "own", "", revalidates=False, compare=False)
RUN = Circumstances(speed=20)
ROWS = [
    Row("calm", "nothing", "Seawall", Outcome.PASSED, seconds=1.0),
    Row("mix-7", "a + b", "Seawall", Outcome.FAILED, reason="no", seed=7),
]


@pytest.mark.parametrize(
    ("changes", "labels"),
    [
        ({}, ["Seawall"]),
        ({"client": "skopeo"}, ["skopeo"]),
        ({"client": "ctr"}, ["containerd"]),
        ({"manage": "docker-registry"}, ["docker-registry"]),
        (
            {"manage": "seawall", "client": "podman"},
            ["podman through Seawall"],
        ),
        ({"target": "http://x/{name}", "upstreams": ("a:1",)}, ["target"]),
        (
            {"compare": True},
            ["Seawall", "docker-registry", "skopeo", "containerd"],
        ),
    ],
    ids=str,
)
def test_who_is_drilled(changes: dict[str, object], labels: list[str]) -> None:
    """Without a word, a Seawall; with a client alone, that client straight."""
    wish = Wish(**{**_plain(WISH), **changes})  # type: ignore[arg-type]

    assert labels == [way.label for way in choose_ways(wish)]


def _plain(wish: Wish) -> dict[str, object]:
    return {name: getattr(wish, name) for name in wish.__slots__}


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "http://x/{name}"},
        {"target": "http://x/{name}", "upstreams": ("nowhere",)},
    ],
    ids=str,
)
def test_a_target_needs_its_sources(changes: dict[str, object]) -> None:
    """Without them its settings lead elsewhere."""
    with pytest.raises(click.UsageError, match="--upstream"):
        choose_ways(Wish(**{**_plain(WISH), **changes}))  # type: ignore[arg-type]


def test_scenarios_are_listed() -> None:
    """By name, with what happens and what is needed."""
    result = CliRunner().invoke(main, ["drill", "--list", "killed-in-mid-blob"])

    assert 0 == result.exit_code
    assert "killed-in-mid-blob" in result.output
    assert "kill and start" in result.output


def test_an_unknown_scenario_is_wrong_use() -> None:
    """And the answer says where the names are."""
    result = CliRunner().invoke(main, ["drill", "gremlins"])

    assert 2 == result.exit_code
    assert "drill --list" in result.output


def test_rows_are_played_and_shown() -> None:
    """Here the target is the scripted source itself: it serves what it is asked for."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [f"--target=http://127.0.0.1:{port}/{{name}}"]
    words += [f"--upstream=127.0.0.1:{port}", "--speed=50", "--json"]
    result = CliRunner().invoke(main, ["drill", "calm", "disk-full", *words])
    rows = json.loads(result.stdout)["rows"]

    assert 0 == result.exit_code
    assert ["passed", "not run"] == [row["outcome"] for row in rows]
    assert "1/2  target  calm  yes" in result.stderr


def test_a_failed_combination_prints_its_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So that it can be played again."""
    show(ROWS, RUN, as_json=True, markdown=False)
    printed = capsys.readouterr()

    assert "--mix 1 --seed 7: a + b" in printed.err
    assert ["calm", "mix-7"] == [
        row["scenario"] for row in json.loads(printed.out)["rows"]
    ]


@pytest.mark.parametrize("markdown", [False, True])
def test_rows_are_shown(capsys: pytest.CaptureFixture[str], *, markdown: bool) -> None:
    """To people, in both ways."""
    show(ROWS, RUN, as_json=False, markdown=markdown)

    assert "mix-7" in capsys.readouterr().out


@pytest.mark.parametrize("marks", [TABLE, MIXES], ids=["table", "combinations"])
def test_a_page_is_written_between_its_marks(
    marks: tuple[str, str], tmp_path: Path
) -> None:
    """What stands around them stays."""
    begin, end = marks
    page = tmp_path / "page.md"
    page.write_text(f"before\n{begin}\nold\n{end}\nafter\n")
    write_page(page, find_marks(page, mix=marks is MIXES), ROWS, RUN)
    text = page.read_text()

    assert text.startswith(f"before\n{begin}\n")
    assert text.endswith(f"{end}\nafter\n")
    assert "20 times real time" in text
    assert "old" not in text


def test_a_page_without_marks_is_found_before_the_drill(tmp_path: Path) -> None:
    """A run of many minutes is not played for nothing."""
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    result = CliRunner().invoke(main, ["drill", "calm", "--page", str(page)])

    assert 2 == result.exit_code
    assert "marks" in result.output


@pytest.mark.parametrize(
    "words",
    [
        ["--mix=3", "calm"],
        ["--mix=-1"],
        ["--at-once=0"],
        ["--speed=0"],
        ["--client=curl"],
        ["--manage=no-such-program --at {address}"],
        ["--target=http://127.0.0.1:1/{name}"],
    ],
    ids=str,
)
def test_wrong_use_says_what_is_wrong(words: list[str]) -> None:
    """And plays nothing."""
    result = CliRunner().invoke(main, ["drill", *words])

    assert 2 == result.exit_code
    assert words[0].partition("=")[0] in result.output
