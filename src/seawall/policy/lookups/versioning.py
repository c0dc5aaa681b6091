"""Versions of clients, as far as rules compare them."""


def split_version(version: str) -> tuple[int, ...]:
    """Take a version's figures: "v2.1.0" has 2, 1 and 0.

    >>> split_version("v2.1.0"), split_version("latest")
    ((2, 1, 0), ())
    """
    figures = []
    for part in version.lstrip("v").split("."):
        if not part.isascii() or not part.isdecimal():
            break
        figures.append(int(part))
    return tuple(figures)


def is_older(version: str, than: str) -> bool:
    """Whether a version is known, and older than another.

    >>> is_older("1.7.28", "2.1"), is_older("2.1", "2.1.0"), is_older("", "2.1")
    (True, False, False)
    """
    mine, other = split_version(version), split_version(than)
    width = max(len(mine), len(other))
    pad = (0,) * width
    return bool(mine) and (mine + pad)[:width] < (other + pad)[:width]
