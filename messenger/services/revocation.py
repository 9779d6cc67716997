"""Open sockets and unlocked keys outlive the right to them unless somebody looks: this is who looks."""

from collections.abc import Collection

from messenger.domain.errors import SignedOut
from messenger.domain.ids import SessionId
from messenger.domain.moments import seconds
from messenger.ports.live import Bus, Watch
from messenger.ports.storage import Sessions
from messenger.ports.world import Clock
from messenger.protocol.closing import Close
from messenger.services.keyring import Keyring
from messenger.services.roster import Roster


class Revocation:
    """Ends what is open of sessions that are over."""

    def __init__(
        self, sessions: Sessions, bus: Bus, roster: Roster, keyring: Keyring, clock: Clock
    ) -> None:
        self._sessions = sessions
        self._bus = bus
        self._roster = roster
        self._keyring = keyring
        self._clock = clock
        self.looks = 0
        """How often open sockets were looked at. Who was found before a look, and joined after it, was not seen."""

    def forget(self) -> None:
        """People or names changed: forget what was remembered of them."""
        self._roster.forget()
        self._keyring.forget()

    async def recheck(self) -> None:
        """Something about people or sessions changed: forget what was remembered, look again."""
        self.forget()
        await self.end_what_is_over()

    def end(self, session: SessionId) -> None:
        """A session was just ended: close its sockets now."""
        for watch in self._watches():
            if watch.session == session:
                watch.end(Close.SIGNED_OUT)

    async def check_living(self, session: SessionId) -> None:
        """Refuse one that is over."""
        if await self._sessions.find_session(session, seconds(self._clock())) is None:
            raise SignedOut

    async def end_what_is_over(self) -> None:
        """Close every socket whose session expired or was revoked, and forget what such sessions unlocked."""
        watches = self._watches()
        asked = {watch.session for watch in watches} | {*self._keyring.sessions()}
        living = await self._sessions.living([*asked], seconds(self._clock()))
        # Not all but the living: others may have come in meanwhile.
        self._keyring.forget(asked - living)
        for watch in watches:
            if watch.session not in living:
                watch.end(Close.SIGNED_OUT)

    def _watches(self) -> Collection[Watch]:
        self.looks += 1
        return self._bus.watches()
