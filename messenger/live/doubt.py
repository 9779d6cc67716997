"""Whether something that happened may not have been told here: then the database is read again."""

import anyio


class Doubt:
    """Raised by whoever finds that something may have been missed, and taken by whoever reads."""

    def __init__(self) -> None:
        self._raised = anyio.Event()
        self.readings = 0
        """How often it was taken."""

    def set(self) -> None:
        self._raised.set()

    def is_set(self) -> bool:
        return self._raised.is_set()

    async def wait(self) -> None:
        await self._raised.wait()

    def take(self) -> None:
        """Whatever was missed is read now; what is missed from here on is a doubt of its own."""
        self._raised = anyio.Event()
        self.readings += 1
