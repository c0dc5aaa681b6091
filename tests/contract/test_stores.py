"""Every store keeps the store contract."""

from pathlib import Path

import pytest

from seawall.store.disk import DiskBlobs
from seawall.store.memory import MemoryBlobs
from seawall.testing.storecontract import StoreContract


class TestMemoryBlobs(StoreContract):
    """The store in memory keeps the contract."""

    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        """An empty store."""
        return MemoryBlobs()


class TestDiskBlobs(StoreContract):
    """The store on disk keeps the contract."""

    @pytest.fixture
    def blobs(self, tmp_path: Path) -> DiskBlobs:
        """An empty store."""
        return DiskBlobs(tmp_path / "data")
