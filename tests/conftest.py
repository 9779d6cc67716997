"""For all tests: in which order, and that how long an example takes depends on the machine and fails nobody."""

from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).resolve().parent

settings.register_profile("default", deadline=None)
settings.load_profile("default")

LONGEST = (
    "browser/test_conversation.py", "browser/test_accessibility.py", "proofs/test_chaos.py",
    "browser/test_attachments.py", "browser/test_frame.py", "proofs/test_history.py",
    "proofs/test_shards.py", "browser/test_traces.py", "storage/test_postgres.py",
    "browser/test_engines.py", "proofs/test_authorization.py", "storage/test_moving.py",
    "proofs/test_evidence.py", "node/test_client.py", "commands/test_backup.py",
)  # fmt: skip
"""Files by how long they take. Begun last, they would be run by one process while the others have nothing to do."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    rank = {HERE / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path, len(LONGEST)))
