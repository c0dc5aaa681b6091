"""A catalog and a store to hold to their promises."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seawall.store.catalog import Catalog
from seawall.store.disk import DiskBlobs
from seawall.testing.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    """Time that stands still."""
    return FakeClock()


@pytest.fixture
def disk(tmp_path: Path) -> DiskBlobs:
    """An empty store."""
    return DiskBlobs(tmp_path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is."""
    return tmp_path / "catalog.db"


@pytest.fixture
async def catalog(path: Path, clock: FakeClock) -> AsyncIterator[Catalog]:
    """An empty catalog."""
    opened = await Catalog.open(path, clock=clock)
    yield opened
    await opened.close()
