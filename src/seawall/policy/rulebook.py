"""All rules, found where they stand: every module below `rules` is one."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import Any

import msgspec

from seawall.policy import rules
from seawall.policy.facts.text import Fact
from seawall.policy.finding import Finding
from seawall.policy.options import PolicyOptions
from seawall.policy.repository import Repository
from seawall.policy.rule import Rule

Check = Callable[[Any, Repository, PolicyOptions], Iterator[Finding]]
"""Judges one subject; what kind of subject, its first parameter's annotation says."""


class Entry(msgspec.Struct, frozen=True):
    """A rule with what it does.

    Attributes:
        rule: Its page.
        subject: The kind of facts that it judges; `Repository`: all at once.
        check: Judges one of them.
    """

    rule: Rule
    subject: type[Fact] | type[Repository]
    check: Check


@cache
def list_rules() -> tuple[Entry, ...]:
    """Import all rules, and list them by id.

    It takes a moment: only what checks or explains asks for it.

    Raises:
        TypeError: A module below `rules` is no rule, or two have one id.
    """
    modules = pkgutil.walk_packages(rules.__path__, f"{rules.__name__}.")
    names = [found.name for found in modules if not found.ispkg]
    entries = sorted(
        (_read_entry(importlib.import_module(name)) for name in names),
        key=lambda entry: entry.rule.id,
    )
    _check_unique(entry.rule.id for entry in entries)
    return tuple(entries)


def find_rule(name: str) -> Entry | None:
    """Find a rule by its id, in any case."""
    for entry in list_rules():
        if entry.rule.id == name.upper():
            return entry
    return None


def _read_entry(module: ModuleType) -> Entry:
    rule, check = getattr(module, "RULE", None), getattr(module, "check", None)
    if not isinstance(rule, Rule) or not callable(check):
        raise TypeError(f"{module.__name__} is no rule: it needs RULE and check")
    first = next(iter(inspect.signature(check).parameters.values()))
    subject = first.annotation
    if not (isinstance(subject, type) and issubclass(subject, Fact | Repository)):
        raise TypeError(f"{module.__name__}.check judges no kind of fact: {subject!r}")
    return Entry(rule, subject, check)


def _check_unique(ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            raise TypeError(f"two rules are called {one}")
        seen.add(one)
