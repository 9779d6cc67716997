"""`messenger move-organization`, killed at a step: `python -m tests.proofs.killed STEP ORG SHARD`."""

import os
import signal
import sys

from messenger import parts
from messenger.commands.cli import cli
from messenger.domain.ids import OrganizationId
from messenger.storage import moving
from messenger.storage.database import Database
from tests.swapping import swap

LEASE = 2.0
"""Seconds after which somebody may tidy up after it: not ten, for which nothing more would be learned."""
STEPS = ("marked", "copied", "decided", "in use again")
"""When it is killed: what it did last."""


class KilledMoving(moving.Moving):
    """Is killed, as by a power cut, once it has come to a step."""

    async def _copy(
        self, source: Database, target: Database, organization: OrganizationId
    ) -> dict[str, int]:
        _reach("marked")
        copied = await super()._copy(source, target, organization)
        _reach("copied")
        return copied

    async def _decide(self, organization: OrganizationId, shard: str) -> None:
        await super()._decide(organization, shard)
        _reach("decided")

    async def _delete(self, database: Database, organization: OrganizationId, mark: str) -> None:
        _reach("in use again")
        await super()._delete(database, organization, mark)


def _reach(step: str) -> None:
    if step == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    swap(moving, MOVING_LEASE=LEASE)
    swap(parts, Moving=KilledMoving)
    cli(["move-organization", *sys.argv[2:]])
