"""The contracts of the journal and the store, on SQLite in memory and in a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from messenger.storage.database import Database
from tests.contracts.journal import JournalContract
from tests.contracts.store import StoreContract
from tests.storage.conftest import open_database


class TestJournalInMemory(JournalContract):
    """On the database of the conftest."""


class TestStoreInMemory(StoreContract):
    """On the database of the conftest."""


class InFile:
    """On disk."""

    @pytest.fixture
    async def database(self, path: Path) -> AsyncIterator[Database]:
        async with open_database(f"sqlite:///{path}") as database:
            yield database


class TestJournalInFile(InFile, JournalContract):
    """On disk."""


class TestStoreInFile(InFile, StoreContract):
    """On disk."""
