"""What a process writes for after a restart is there after it."""

from pathlib import Path

import pytest

from seawall.store.catalog import Catalog
from seawall.store.ledger.diary import Entry
from seawall.testing.clock import FakeClock


@pytest.mark.parametrize("name", ["budgets", "experience"])
async def test_entries_outlive_a_restart(tmp_path: Path, name: str) -> None:
    """The last body under a key is the one that is found, with its time."""
    path = tmp_path / "catalog.sqlite"
    for body in (b"old", b"new"):
        catalog = await Catalog.open(path, clock=FakeClock())
        catalog.diary(name).write({"a": body, "b": b""}, 5.0)
        await catalog.close()
    catalog = await Catalog.open(path, clock=FakeClock())
    found = catalog.diary(name).read()
    other = {"budgets": "experience", "experience": "budgets"}[name]

    assert {"a": Entry(b"new", 5.0), "b": Entry(b"", 5.0)} == found
    assert {} == catalog.diary(other).read()
    await catalog.close()


async def test_old_entries_are_forgotten(tmp_path: Path) -> None:
    """What nobody has written for long is gone."""
    catalog = await Catalog.open(tmp_path / "catalog.sqlite", clock=FakeClock())
    diary = catalog.diary("budgets")
    diary.write({"old": b"x"}, 1.0)
    diary.write({"new": b"y"}, 9.0)
    diary.forget(5.0)
    await catalog.flush()

    assert ["new"] == list(diary.read())
    await catalog.close()
