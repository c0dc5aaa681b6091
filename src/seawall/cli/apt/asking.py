"""The options that verbs about archives share: suites, archives and components."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from seawall.cli.apt.choosing import Wish

T = TypeVar("T")


def wish_options(verb: Callable[..., T]) -> Callable[..., T]:
    """Give a verb `--suite`, `--archive` and `--component`, as `wish`."""

    @click.option(
        "--suite",
        "suites",
        multiple=True,
        metavar="NAME",
        help="Such as bookworm; may be given several times. Without it: the suites of"
        " this machine's apt sources.",
    )
    @click.option(
        "--archive",
        "archives",
        multiple=True,
        metavar="NAME",
        help="Archive of the settings that has them; needed where several may.",
    )
    @click.option(
        "--component",
        "components",
        multiple=True,
        metavar="NAME",
        help="Part of the suites; without it, as this machine's apt sources say, or"
        " main.",
    )
    @wraps(verb)
    def wrapped(
        *args: Any,
        suites: tuple[str, ...],
        archives: tuple[str, ...],
        components: tuple[str, ...],
        **rest: Any,
    ) -> T:
        return verb(*args, wish=Wish(archives, suites, components), **rest)

    return wrapped
