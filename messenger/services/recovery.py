"""What an organization's recovery key opens: the key of the team, and the key of every room."""

from collections.abc import Sequence
from dataclasses import dataclass

from messenger.domain.errors import BadSetting, NotApproved, Unreadable
from messenger.domain.ids import RoomId
from messenger.domain.keys import KeyPair, Recipient, RoomGrant
from messenger.domain.people import Organization
from messenger.domain.recovery_key import parse_recovery_key
from messenger.domain.room import Room
from messenger.ports.security import Vault
from messenger.ports.storage import Rooms
from messenger.services.keyring import Keyring, TeamKeys, label_of_room

EVERY = 10**9
BATCH = 500
"""Rooms whose grants are read at once."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a recovery key opens: all `rooms` but those with the numbers in `lost`."""

    rooms: int
    lost: tuple[int, ...]


class Recovery:
    """Uses a recovery key that somebody typed; it is forgotten with the call."""

    def __init__(self, rooms: Rooms, keyring: Keyring, vault: Vault) -> None:
        self._rooms = rooms
        self._keyring = keyring
        self._vault = vault

    async def unlock(self, organization: Organization, recovery_key: str) -> TeamKeys:
        """Open the team's key, of every generation."""
        return await self._unlock(organization, self._pair(organization, recovery_key))

    async def rehearse(self, organization: Organization, recovery_key: str) -> Rehearsal:
        """Open the team's key and every conversation's key, and read nothing."""
        pair = self._pair(organization, recovery_key)
        await self._unlock(organization, pair)
        rooms = await self._rooms.rooms(organization.id, EVERY)
        opened: set[RoomId] = set()
        for start in range(0, len(rooms), BATCH):
            opened |= await self._opened(organization, pair, rooms[start : start + BATCH])
        lost = sorted(room.number for room in rooms if room.id not in opened)
        return Rehearsal(len(rooms), tuple(lost))

    async def _unlock(self, organization: Organization, pair: KeyPair) -> TeamKeys:
        try:
            return await self._keyring.unlock(organization.id, Recipient.RECOVERY, "", pair)
        except (NotApproved, Unreadable):
            raise BadSetting(
                f"The recovery key is right, but the team key of {organization.name} does not open "
                "with it. The database was damaged or changed: restore the newest good backup."
            ) from None

    async def _opened(
        self, organization: Organization, pair: KeyPair, rooms: Sequence[Room]
    ) -> set[RoomId]:
        checks = {room.id: room.key_check for room in rooms}
        grants = await self._rooms.room_grants(list(checks), Recipient.RECOVERY)
        keys = {grant.room: self._key(organization, pair, grant) for grant in grants}
        return {room for room, key in keys.items() if key and self._is_of(key, checks[room])}

    def _key(self, organization: Organization, pair: KeyPair, grant: RoomGrant) -> bytes:
        label = label_of_room(organization.id, grant.room, Recipient.RECOVERY, grant.generation)
        try:
            return self._vault.open_grant(pair, label, grant.box)
        except Unreadable:
            return b""

    def _is_of(self, key: bytes, check: bytes) -> bool:
        return self._vault.key_check(key) == check

    def _pair(self, organization: Organization, recovery_key: str) -> KeyPair:
        pair = self._vault.pair_of(parse_recovery_key(recovery_key))
        if pair.public != organization.recovery_key:
            raise BadSetting(f"This is a recovery key, but not that of {organization.name}.")
        return pair
