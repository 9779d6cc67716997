"""Whether the database answers, looked at once a second, however many ask; and whether it takes anything."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from messenger.domain.errors import StoreDown
from messenger.ports.storage import Directory
from messenger.ports.world import Clock

LASTS = timedelta(seconds=1)


class Pulse:
    """Anybody may feel it, as often as they like. `refusing`: which databases saved nothing just now."""

    def __init__(
        self, directory: Directory, clock: Clock, refusing: Callable[[], Sequence[bool]]
    ) -> None:
        self._directory = directory
        self._clock = clock
        self._refusing = refusing
        self._felt: datetime | None = None
        self._is_well = True

    async def is_well(self) -> bool:
        """Return what was found in the last second, or look."""
        now = self._clock()
        if self._felt is None or abs(now - self._felt) > LASTS:
            self._felt = now  # Whoever asks meanwhile hears what was so until now.
            self._is_well = await self._look()
        return self._is_well

    @property
    def saves_something(self) -> bool:
        """Whether what somebody sends may be saved."""
        return not all(self._refusing())

    @property
    def saves_all(self) -> bool:
        """Whether what everybody sends may be."""
        return not any(self._refusing())

    async def _look(self) -> bool:
        try:
            await self._directory.organizations()
        except StoreDown:
            return False
        return True
