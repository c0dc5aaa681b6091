"""Charts as Helm renders them, each document with the template that it comes from."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from seawall.errors import InputError
from seawall.policy.foreign.confining import run

_SOURCE = re.compile(r"^---\n# Source: ([^\n]+)\n", re.MULTILINE)
_MOST_FILES = 5000
_MOST_BYTES = 64 * 1024 * 1024


def render(root: Path, folder: str) -> dict[str, str]:
    """Render a chart with its default values.

    Helm gets a copy of the chart that has no links, so that no template reads what
    stands elsewhere. Nothing is fetched: a chart that needs others must have them.

    Args:
        root: What paths are relative to.
        folder: The chart's folder.

    Returns:
        What each template came to, by its path; of packed charts as they are told of.

    Raises:
        InputError: Helm is not here, or could not render it.
    """
    with tempfile.TemporaryDirectory(prefix="seawall-") as place:
        chart = Path(place) / "chart"
        _copy(root / folder, chart)
        printed = run("helm", ("template", "seawall", str(chart)), Path(place))
        archives = sorted(path.name for path in (chart / "charts").glob("*.tgz"))
    text = printed.decode(errors="replace")
    return {
        _home(folder, name, archives): body
        for name, body in split_sources(text).items()
    }


def split_sources(text: str) -> dict[str, str]:
    r"""Take what Helm prints apart, by the templates that it names.

    >>> split_sources("---\n# Source: a/templates/x.yaml\nkind: Pod\n")
    {'a/templates/x.yaml': '---\nkind: Pod\n'}
    """
    found: dict[str, str] = {}
    parts = _SOURCE.split(text)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = found.get(name, "") + f"---\n{body}"
    return found


def _home(folder: str, name: str, archives: list[str]) -> str:
    """Find the file that Helm means by `chart/templates/x.yaml`."""
    inner = name.partition("/")[2]
    below = re.match(r"charts/([^/]+)/", inner)
    if below is not None:
        mine = re.compile(rf"{re.escape(below[1])}-v?\d[^/]*\.tgz")
        archive = next((one for one in archives if mine.fullmatch(one)), None)
        if archive is not None:
            inner = f"charts/{archive}!/{inner.removeprefix('charts/')}"
    return f"{folder}/{inner}".removeprefix("/")


def _copy(source: Path, target: Path) -> None:
    """Copy the regular files of a chart."""
    files, left = _MOST_FILES, _MOST_BYTES
    stack = [(source, target)]
    while stack:
        origin, place = stack.pop()
        place.mkdir()
        with os.scandir(origin) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        stack.append((Path(entry.path), place / entry.name))
                elif entry.is_file(follow_symlinks=False):
                    files -= 1
                    left -= entry.stat(follow_symlinks=False).st_size
                    if files < 0 or left < 0:
                        raise InputError("the chart is too large to be rendered")
                    shutil.copyfile(entry.path, place / entry.name)
