"""Whether the database answers: looked at once a second, however many ask."""

from datetime import datetime, timedelta

from messenger.domain.errors import StoreDown
from messenger.ports.storage import Directory
from messenger.ports.world import Clock

LASTS = timedelta(seconds=1)


class Pulse:
    """Anybody may feel it, as often as they like."""

    def __init__(self, directory: Directory, clock: Clock) -> None:
        self._directory = directory
        self._clock = clock
        self._felt: datetime | None = None
        self._is_well = True

    async def is_well(self) -> bool:
        """Return what was found in the last second, or look."""
        now = self._clock()
        if self._felt is None or abs(now - self._felt) > LASTS:
            self._felt = now  # Whoever asks meanwhile hears what was so until now.
            self._is_well = await self._look()
        return self._is_well

    async def _look(self) -> bool:
        try:
            await self._directory.organizations()
        except StoreDown:
            return False
        return True
