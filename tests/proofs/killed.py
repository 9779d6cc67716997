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
"""Seconds after its end when somebody may tidy up after it: not ten, for which nothing more would be
learned. While it lives it has ten, lest it lose its lease where the machine stands still.
"""
STEPS = ("marked", "copied", "decided", "in use again")
"""When it is killed: what it did last."""


class KilledMoving(moving.Moving):
    """Is killed, as by a power cut, once it has come to a step."""

    async def _copy(
        self, source: Database, target: Database, organization: OrganizationId
    ) -> dict[str, int]:
        await self._reach("marked", organization)
        copied = await super()._copy(source, target, organization)
        await self._reach("copied", organization)
        return copied

    async def _decide(self, organization: OrganizationId, shard: str) -> None:
        await super()._decide(organization, shard)
        await self._reach("decided", organization)

    async def _delete(self, database: Database, organization: OrganizationId, mark: str) -> None:
        await self._reach("in use again", organization)
        await super()._delete(database, organization, mark)

    async def _reach(self, step: str, organization: OrganizationId) -> None:
        if step == sys.argv[1]:
            await self._leases.renew(f"move {organization}", self._errand, LEASE)
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    swap(parts, Moving=KilledMoving)
    cli(["move-organization", *sys.argv[2:]])
