"""What git ignores: .gitignore files of all folders, and .git/info/exclude."""

from pathlib import Path

from pathspec import GitIgnoreSpec

_FILE_BYTES = 1024 * 1024


class Ignored:
    """What git leaves out below a folder; deeper files of patterns come first.

    Args:
        root: The folder that paths are relative to: that of the repository.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._specs: dict[str, GitIgnoreSpec | None] = {}
        self._base = _read(root / ".git" / "info" / "exclude")

    def has(self, path: str, *, is_folder: bool = False) -> bool:
        """Whether a path is left out; that of a folder leaves out all below it.

        Whoever walks the tree asks for folders first, since nothing in an ignored one
        can be taken in again.
        """
        folder = path.rpartition("/")[0]
        while True:
            spec = self._spec(folder)
            if spec is not None:
                inner = path[len(folder) + 1 :] if folder else path
                said = _ask(spec, inner, is_folder=is_folder)
                if said is not None:
                    return said
            if not folder:
                break
            folder = folder.rpartition("/")[0]
        return bool(self._base and _ask(self._base, path, is_folder=is_folder))

    def _spec(self, folder: str) -> GitIgnoreSpec | None:
        if folder not in self._specs:
            self._specs[folder] = _read(self._root / folder / ".gitignore")
        return self._specs[folder]


def _ask(spec: GitIgnoreSpec, path: str, *, is_folder: bool) -> bool | None:
    """Ask one file of patterns; `None`: none of them is about the path."""
    return spec.check_file(f"{path}/" if is_folder else path).include


def _read(path: Path) -> GitIgnoreSpec | None:
    """Read a file of patterns; `None` if there is none that counts."""
    try:
        if path.is_symlink() or path.stat().st_size > _FILE_BYTES:
            return None
        lines = path.read_text(errors="replace").splitlines()
        spec = GitIgnoreSpec.from_lines(lines)
    except (OSError, ValueError):
        return None
    return spec if len(spec) else None
