"""How long a browser stays signed in, and that whoever is still here stays."""

from datetime import datetime, timedelta

from messenger.domain.access import Actor
from messenger.domain.events import Role
from messenger.domain.moments import up_to_the_hour
from messenger.ports.storage import Sessions
from messenger.ports.world import Clock

LENGTH = {Role.REPORTER: timedelta(hours=3), Role.TEAM: timedelta(hours=12)}
"""After the last sign of life: a conversation with pauses; one long shift."""


def expiry(now: datetime, role: Role) -> int:
    """Return when a stay from `now` ends: unix seconds, rounded up to the hour."""
    return up_to_the_hour(now + LENGTH[role])


class Stays:
    """Extends the sessions of people who are still here."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    async def extend(self, actor: Actor, known: int = 0) -> int:
        """Return when the stay ends now; writes only when that is later than `known`."""
        until = expiry(self._clock(), actor.role)
        if until > known:
            await self._sessions.extend_session(actor.session, until)
        return until
