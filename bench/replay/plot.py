"""Draws false cancels against delay, as SVG, the same bytes from the same figures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from bench.replay.compare import FIRST, OURS, TRICKLE, Findings

_NONE = 0.03  # where a rate of zero is drawn on a logarithmic scale
_MARKS = {
    "fixed 10 s": ("o", "tab:gray"),
    "fixed 30 s": ("s", "tab:gray"),
    "fixed 60 s": ("D", "tab:gray"),
    "curl 1 B/s, 30 s": ("^", "tab:brown"),
    "TCP RTO": ("v", "tab:blue"),
    "phi 8, Akka": ("P", "tab:green"),
    "phi 8, Cassandra": ("X", "tab:olive"),
    FIRST: ("*", "tab:orange"),
    OURS: ("*", "tab:red"),
}


def draw(path: Path, found: Sequence[Findings]) -> None:
    """Draw a panel per trace: fixed limits are a line, everything else a point."""
    settings: Any = {
        "svg.hashsalt": "seawall",
        "svg.fonttype": "none",
        "font.size": 9,
        "font.family": "sans-serif",
    }
    stalls = [one for one in found if one.name != TRICKLE]
    with mpl.rc_context(settings):
        figure, panels = plt.subplots(
            2, 4, figsize=(12, 6), sharex=True, sharey=True, layout="constrained"
        )
        for panel, one in zip(panels.flat, stalls, strict=False):
            _draw_panel(panel, one)
        handles, labels = panels.flat[0].get_legend_handles_labels()
        rest = panels.flat[len(stalls)]
        rest.axis("off")
        rest.legend(handles, labels, loc="center", frameon=False)
        figure.supxlabel("delay until a source that died is given up, s")
        figure.supylabel("false cancels per 1000 segments")
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)


def _draw_panel(panel: Axes, one: Findings) -> None:
    points = one.families["fixed limit"]
    panel.plot(
        [delay for _, delay in points],
        [max(rate, _NONE) for rate, _ in points],
        color="tab:gray",
        linewidth=1,
        label="fixed 1–200 s",
    )
    for name, (mark, colour) in _MARKS.items():
        score = one.alone[name]
        panel.plot(
            score.delay_s,
            max(score.false_rate, _NONE),
            linestyle="none",
            marker=mark,
            markersize=11 if mark == "*" else 6,
            color=colour,
            label=name,
        )
    panel.set(xscale="log", yscale="log", title=one.name)
    panel.set_xticks([1, 10, 100], ["1", "10", "100"])
    panel.set_yticks([_NONE, 1, 1000], ["0", "1", "1000"])
    panel.minorticks_off()
    panel.grid(alpha=0.3)
