"""The files that are worth reading below some paths, in a steady order."""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeAlias

from seawall.errors import InputError
from seawall.policy.checking.filebytes import read_head
from seawall.policy.checking.ignoring import Ignored
from seawall.policy.facts.troubles import Obstacle, Trouble
from seawall.policy.options import PolicyOptions, matches
from seawall.policy.reading import formats
from seawall.policy.reading.charts import packed

_Look: TypeAlias = Callable[[], os.stat_result]


_AT_THE_TOP = {".github", ".gitea", ".forgejo", ".circleci", ".woodpecker"}
"""Folders that only the topmost folder of a repository has."""


@dataclass(slots=True)
class Found:
    """What is there.

    Attributes:
        root: The folder that all paths are relative to.
        wanted: Files that some reader is for, with their sizes, in order.
        count: How many files there are at all.
        troubles: What could not be looked at.
    """

    root: Path
    wanted: dict[str, int] = field(default_factory=dict)
    count: int = 0
    troubles: list[Trouble] = field(default_factory=list)


def find_root(paths: Iterable[Path]) -> Path:
    """Find the folder that paths are told relative to.

    That is the git repository that has all of them; else the one folder that was
    named, or the innermost one that has all; or the folder of `.github` and the like,
    if they are below that: what such files are for is known by their whole paths.

    Raises:
        InputError: A path is not there.
    """
    places = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path}: there is no such file or folder")
        place = path.resolve()
        places.append(place if place.is_dir() else place.parent)
    common = Path(os.path.commonpath(places))
    for folder in (common, *common.parents):
        if (folder / ".git").exists():
            return folder
    inner = (one for one in (common, *common.parents) if one.name in _AT_THE_TOP)
    return next((one.parent for one in inner), common)


def find_files(root: Path, paths: Iterable[Path], options: PolicyOptions) -> Found:
    """Find all files below paths; symbolic links are not followed.

    What git ignores is left out, and what tools copied in from elsewhere (Go's `vendor`
    folders, `node_modules`): their makers look after that. Unless it was named itself.

    Args:
        root: What paths are told relative to, as `find_root` gives it.
        paths: Files and folders below it.
        options: What is excluded, and bounds.
    """
    found = Found(root)
    ignored = Ignored(root)
    for path in paths:
        place = path.resolve()
        if place.is_dir():
            for relative, look in _walk(root, place, ignored, options, found):
                _take(relative, look, options, found)
        else:
            relative = place.relative_to(root).as_posix()
            _take(relative, place.stat, options, found)
        if found.count > options.limits.files:
            message = f"more than {options.limits.files} files: the rest was not read"
            found.troubles.append(_trouble("", message))
            break
    found.wanted = dict(sorted(found.wanted.items()))
    return found


def _walk(
    root: Path, start: Path, ignored: Ignored, options: PolicyOptions, found: Found
) -> Iterator[tuple[str, _Look]]:
    """Yield the files below a folder that are not left out, each with its look."""
    prefix = len(str(root)) + 1 if str(root) != "/" else 1
    stack = [str(start)]
    while stack and found.count <= options.limits.files:
        folder = stack.pop()
        try:
            with os.scandir(folder) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as exc:
            relative = folder[prefix:]
            message = f"cannot be listed: {exc.strerror}"
            found.troubles.append(_trouble(relative, message, Obstacle.UNREADABLE))
            continue
        below = []
        for entry in listed:
            relative = entry.path[prefix:]
            if entry.is_dir(follow_symlinks=False):
                if (
                    entry.name != ".git"
                    and not (options.remarks and _is_copied(entry))
                    and not _is_left(relative, ignored, options, is_folder=True)
                ):
                    below.append(entry.path)
            elif entry.is_file(follow_symlinks=False) and not _is_left(
                relative, ignored, options, is_folder=False
            ):
                yield relative, partial(entry.stat, follow_symlinks=False)
        stack += reversed(below)


def _is_copied(folder: os.DirEntry[str]) -> bool:
    """Whether a folder is a package manager's, which writes all of it anew each time.

    Go's has a list of its modules: https://go.dev/ref/mod#vendoring
    """
    if folder.name == "vendor":
        return os.path.isfile(os.path.join(folder.path, "modules.txt"))  # noqa: PTH113, PTH118
    return folder.name == "node_modules"


def _is_left(
    path: str, ignored: Ignored, options: PolicyOptions, *, is_folder: bool
) -> bool:
    if not is_folder and not formats.wants(path) and not formats.may_be_script(path):
        return False  # it is counted only, so nobody has to ask
    excluded = any(matches(pattern, path) for pattern in options.exclude)
    return excluded or (options.remarks and ignored.has(path, is_folder=is_folder))


def _take(
    path: str, look: Callable[[], os.stat_result], options: PolicyOptions, found: Found
) -> None:
    """Take a file in, if a reader is for it and it is no larger than it may be."""
    found.count += 1
    if path in found.wanted or not _is_wanted(found.root, path):
        return
    if packed.is_inside(path):
        found.troubles.append(_trouble(path, "is named as if it stood in an archive"))
        return
    try:
        status = look()
    except OSError:
        found.troubles.append(_trouble(path, "is gone", Obstacle.VANISHED))
        return
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_size > options.limits.file_bytes:
        limit = options.limits.file_bytes
        message = f"{status.st_size} bytes: more than {limit} are not read"
        found.troubles.append(_trouble(path, message))
        return
    found.wanted[path] = status.st_size


def _is_wanted(root: Path, path: str) -> bool:
    """Whether a reader is for it, by its name or else by how it begins."""
    if formats.wants(path):
        return True
    return formats.may_be_script(path) and formats.is_script(
        path, read_head(root, path, formats.HEAD_BYTES)
    )


def _trouble(path: str, message: str, obstacle: Obstacle = Obstacle.BOUNDED) -> Trouble:
    return Trouble(path=path, start=0, stop=0, obstacle=obstacle, message=message)
