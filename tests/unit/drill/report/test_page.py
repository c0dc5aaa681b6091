"""The page says what a run came to, and keeps nothing back."""

from dataclasses import replace

from seawall.drill.playing.scene import Spent
from seawall.drill.playing.score import Outcome, Row
from seawall.drill.report.circumstances import Circumstances
from seawall.drill.report.page import to_markdown
from seawall.drill.strain import Strain

CALM = Row(
    "calm",
    "nothing",
    "Seawall",
    Outcome.PASSED,
    seconds=1.0,
    attempts=1,
    spent=Spent(5, 1000, 2),
    image_bytes=1000,
)
HARD = replace(CALM, scenario="stall-once", story="a | b", attempts=2, seconds=4.0)
LOST = replace(HARD, scenario="5xx-burst", outcome=Outcome.FAILED, reason="<503>")
VOID = replace(HARD, scenario="tag-gone", had=False, attempts=3)
ROWS = [
    *(CALM, replace(CALM, way="peer", seconds=2.0)),
    *(HARD, replace(HARD, way="peer", outcome=Outcome.NOT_RUN, reason="no clock")),
    *(LOST, VOID),
]
RUN = Circumstances(20, 7, 600, Strain([0.001, 0.01], 0.25), "commit abc", netem=False)


def _page(rows: list[Row]) -> str:
    return "\n".join(to_markdown(rows, RUN))


def test_circumstances_come_first() -> None:
    """When, how fast, how many at a time, and how busy the machine was."""
    first = _page(ROWS).partition("###")[0]

    for words in (
        *("20 times real time, commit abc", "Up to 7 plays", "10 min", "25%", "10 ms"),
        "the drill's own line",
    ):
        assert words in first


def test_sums_and_goals_follow() -> None:
    """For each way; the goals are those of who is drilled first."""
    page = _page(ROWS)

    assert "| passed, where the bytes can be had | **2 of 3** | **1 of 1** |" in page
    assert "| failed cleanly, where nobody has them | 1 of 1 | 0 of 0 |" in page
    assert "| not run | 0 | 1 |" in page
    assert "| Seawall's goals |" in page
    assert "| all | 2 of 3 | **no** |" in page


def test_failures_are_named() -> None:
    """With what was seen, and nothing that would spoil the page."""
    page = _page(ROWS)

    assert "What Seawall does not pass:" in page
    assert "- `5xx-burst` (a \\| b): 4 s, 2 attempts: &lt;503>" in page
    assert "Seawall fails no row." in _page([CALM])


def test_each_scenario_has_a_line_in_the_table_of_its_kind() -> None:
    """A column for each way."""
    page = _page(ROWS)
    stalls = page.partition("**stalls**")[2].partition("**")[0]

    assert "| scenario | what happens | Seawall | peer |" in stalls
    assert "| `stall-once` | a \\| b | 4.0 s/2 · 1.00 x · 5 · 2 | not run |" in stalls
    assert "| ✗ 4.0 s/2 · 1.00 x · 5 · 2 |  |" in page
    assert "| `tag-gone` | a \\| b (*nobody*) |" in page
    assert "- peer, 1 row: no clock" in page


def test_combinations_are_summed_up() -> None:
    """With each seed that failed."""
    mixed = [
        replace(CALM, scenario="mix-7", seed=7),
        replace(LOST, scenario="mix-8", seed=8),
        replace(VOID, scenario="mix-9", seed=9),
    ]
    page = _page(mixed)

    assert "Seawall, seeds 7 to 9: 1 of 2 pulls succeeded" in page
    assert "of 1 in which nobody had them 1 failed cleanly" in page
    assert "- `mix-8` (a \\| b)" in page
    assert "Row by row" not in page
