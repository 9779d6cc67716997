"""Whose key opens what: room keys, team generations, approval, rotation and recovery.

Nothing here is trusted because the database says so: a public key counts only with a tag made by
somebody who held the team's key, a generation only if its private key matches its public one.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import anyio

from messenger.domain.access import Responder
from messenger.domain.errors import NotApproved, Unreadable
from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.keys import (
    Approval,
    KeyPair,
    Label,
    Recipient,
    RoomGrant,
    TeamGeneration,
    TeamGrant,
)
from messenger.domain.people import Organization
from messenger.domain.room import Room
from messenger.ports.security import Vault
from messenger.ports.storage import Keys, Rooms
from messenger.unhurried import unhurried

FIRST_GENERATION = 1
REMEMBERED_SESSIONS = 2_000
"""Unlocked teams kept in memory, newest used last; the rest are unlocked again when needed."""


@dataclass(frozen=True, slots=True)
class TeamKeys:
    """An organization's private team keys by generation, for somebody who may have them."""

    organization: OrganizationId
    pairs: dict[int, KeyPair] = field(repr=False)

    @property
    def newest(self) -> int:
        return max(self.pairs)


class Keyring:
    """Finds and hands on keys, for people who hold one already."""

    def __init__(self, keys: Keys, rooms: Rooms, vault: Vault) -> None:
        self._keys = keys
        self._rooms = rooms
        self._vault = vault
        self._unlocked: OrderedDict[SessionId, TeamKeys] = OrderedDict()
        # Somebody approved while the next generation is being made would be left without it.
        self._changing = anyio.Lock()

    async def grants_for(
        self, organization: Organization, room: RoomId, key: bytes
    ) -> tuple[RoomGrant, ...]:
        """Grant a room's key to the team's newest generation and to the recovery key."""
        newest = (await self._keys.generations(organization.id))[-1]
        team = label_of_room(organization.id, room, Recipient.TEAM, newest.generation)
        recovery = label_of_room(organization.id, room, Recipient.RECOVERY, 0)
        return (
            RoomGrant(
                room, Recipient.TEAM, newest.generation,
                self._vault.grant(newest.public_key, team, key),
            ),
            RoomGrant(
                room, Recipient.RECOVERY, 0,
                self._vault.grant(organization.recovery_key, recovery, key),
            ),
        )  # fmt: skip

    async def room_key(self, responder: Responder, room: Room) -> bytes:
        """Return the key of one room, or raise `Unreadable` if none was granted."""
        keys = await self.room_keys(responder, [room])
        if room.id not in keys:
            raise Unreadable
        return keys[room.id]

    async def room_keys(self, responder: Responder, rooms: Sequence[Room]) -> dict[RoomId, bytes]:
        """Return the keys of those rooms that were granted to the team."""
        team = await self.team_keys(responder)
        checks = {room.id: room.key_check for room in rooms}
        grants = await self._rooms.room_grants(list(checks), Recipient.TEAM)
        opened = (
            (grant.room, self._open_checked(team, grant, checks[grant.room]))
            for grant in grants
            if grant.generation in team.pairs
        )
        return dict(await unhurried(opened))

    async def team_keys(self, responder: Responder) -> TeamKeys:
        """Return the team's keys this responder holds; raises `NotApproved` without any."""
        remembered = self._unlocked
        team = remembered.get(responder.session)
        # Whose member somebody is stands in clear in a database that an attacker may write.
        if team is None or team.organization != responder.organization:
            pair = self._vault.pair_of(responder.private_key)
            team = await self.unlock(
                responder.organization, Recipient.MEMBER, responder.member, pair
            )
            remembered[responder.session] = team
        remembered.move_to_end(responder.session)
        if len(remembered) > REMEMBERED_SESSIONS:
            remembered.popitem(last=False)
        return team

    async def unlock(
        self, organization: OrganizationId, recipient: Recipient, id: str, pair: KeyPair
    ) -> TeamKeys:
        """Open the newest team grant of a member or of recovery, and every generation before it."""
        grants = await self._keys.team_grants(organization, recipient, id)
        if not grants:
            raise NotApproved
        newest = max(grants, key=lambda grant: grant.generation)
        label = _label_of_team(organization, recipient, id, newest.generation)
        private = self._vault.open_grant(pair, label, newest.box)
        generations = {
            generation.generation: generation
            for generation in await self._keys.generations(organization)
        }
        pairs = await unhurried(self._chain(private, newest.generation, generations))
        return TeamKeys(organization, dict(pairs))

    def sessions(self) -> list[SessionId]:
        """Return whose keys are kept in memory."""
        return list(self._unlocked)

    def forget(self, sessions: Collection[SessionId] | None = None) -> None:
        """Forget what these sessions unlocked, or all did after a change of the team; and what keys
        were used last, whoever's they are.
        """
        ended = self._unlocked.keys() if sessions is None else sessions
        # A new one: who is being unlocked now may be let in by what was read before, and goes into
        # the one that nobody asks again.
        self._unlocked = OrderedDict(
            (id, team) for id, team in self._unlocked.items() if id not in ended
        )
        self._vault.forget()

    async def approve(self, team: TeamKeys, member: MemberId, public_key: bytes) -> None:
        """Vouch for a member's public key and hand them the team's key."""
        async with self._changing:
            approval = self._vouch(team, member, public_key)
            grant = self._grant_team(team, Recipient.MEMBER, member, public_key)
            await self._keys.approve(approval, [grant])

    async def rotate_if_due(self, responder: Responder, organization: Organization) -> bool:
        """After somebody left: make the next generation and grant it the rooms that are open.

        The new generation goes to every member whose public key the old one vouched for, and to
        recovery. What the leaver could read stays readable to who copied it before; nothing new is.
        """
        if not await self._keys.rotation_due(responder.organization):
            return False
        async with self._changing:
            return await self._rotate(responder, organization)

    async def _rotate(self, responder: Responder, organization: Organization) -> bool:
        old = await self.team_keys(responder)
        pair = self._vault.new_pair()
        number = old.newest + 1
        previous = self._vault.grant(
            pair.public, _label_of_previous(old.organization, old.newest),
            old.pairs[old.newest].private,
        )  # fmt: skip
        new = TeamKeys(old.organization, {**old.pairs, number: pair})
        trusted = await self._trusted(old)
        grants = await unhurried(
            self._grant_team(new, Recipient.MEMBER, member, public) for member, public in trusted
        )
        recovery, tag = organization.recovery_key, b""
        if await self._is_our_recovery(old, recovery):
            grants.append(self._grant_team(new, Recipient.RECOVERY, "", recovery))
            tag = vouch_for_recovery(self._vault, new, recovery)
        rotated = await self._keys.rotate(
            TeamGeneration(old.organization, number, pair.public, previous, tag),
            grants,
            [self._vouch(new, member, public) for member, public in trusted],
            await self._regrants(old, number, pair.public),
        )
        self.forget()
        return rotated

    async def _is_our_recovery(self, team: TeamKeys, recovery: bytes) -> bool:
        """Whether this is the key printed when the organization was made: whoever slips another
        one into the database must not be handed the next generation, and with it the history.
        """
        newest = (await self._keys.generations(team.organization))[-1]
        label = _label_of_recovery(team.organization, newest.generation)
        private = team.pairs[newest.generation].private
        return self._vault.check_vouched(private, label, recovery, newest.recovery_tag)

    async def _trusted(self, team: TeamKeys) -> list[tuple[MemberId, bytes]]:
        approvals = await self._keys.approvals(team.organization)
        return [
            (member.id, member.public_key)
            for member, approval in approvals
            if self._is_vouched(team, member.id, member.public_key, approval)
        ]

    async def _regrants(self, team: TeamKeys, generation: int, public: bytes) -> list[RoomGrant]:
        grants = await self._keys.rooms_to_regrant(team.organization)
        return await unhurried(self._regrant(team, grant, generation, public) for grant in grants)

    def _regrant(
        self, team: TeamKeys, grant: RoomGrant, generation: int, public: bytes
    ) -> RoomGrant:
        key = self._open_room_grant(team, grant)
        label = label_of_room(team.organization, grant.room, Recipient.TEAM, generation)
        box = self._vault.grant(public, label, key)
        return RoomGrant(grant.room, Recipient.TEAM, generation, box)

    def _open_checked(self, team: TeamKeys, grant: RoomGrant, check: bytes) -> bytes:
        key = self._open_room_grant(team, grant)
        # AEADs do not commit to a key: without this, one ciphertext could open two ways.
        if self._vault.key_check(key) != check:
            raise Unreadable
        return key

    def _open_room_grant(self, team: TeamKeys, grant: RoomGrant) -> bytes:
        label = label_of_room(team.organization, grant.room, grant.recipient, grant.generation)
        return self._vault.open_grant(team.pairs[grant.generation], label, grant.box)

    def _chain(
        self, private: bytes, newest: int, generations: dict[int, TeamGeneration]
    ) -> Iterator[tuple[int, KeyPair]]:
        if newest < FIRST_GENERATION:
            raise Unreadable  # Made up: all others have to lead back to the first.
        for number in range(newest, FIRST_GENERATION - 1, -1):
            generation, pair = generations.get(number), self._vault.pair_of(private)
            if generation is None or pair.public != generation.public_key:
                raise Unreadable
            yield number, pair
            if number > FIRST_GENERATION:
                label = _label_of_previous(generation.organization, number - 1)
                private = self._vault.open_grant(pair, label, generation.previous)

    def _grant_team(
        self, team: TeamKeys, recipient: Recipient, id: str, public_key: bytes
    ) -> TeamGrant:
        label = _label_of_team(team.organization, recipient, id, team.newest)
        box = self._vault.grant(public_key, label, team.pairs[team.newest].private)
        return TeamGrant(team.organization, team.newest, recipient, id, box)

    def _vouch(self, team: TeamKeys, member: MemberId, public_key: bytes) -> Approval:
        label = _label_of_approval(team.organization, member, team.newest)
        tag = self._vault.vouch(team.pairs[team.newest].private, label, public_key)
        return Approval(member, team.newest, tag)

    def _is_vouched(
        self, team: TeamKeys, member: MemberId, public_key: bytes, approval: Approval
    ) -> bool:
        if approval.generation not in team.pairs:
            return False
        private = team.pairs[approval.generation].private
        label = _label_of_approval(team.organization, member, approval.generation)
        return self._vault.check_vouched(private, label, public_key, approval.tag)


def first_generation(
    vault: Vault, organization: OrganizationId, recovery_public: bytes
) -> tuple[TeamGeneration, TeamGrant]:
    """Return a new team's first generation, its private key granted to recovery and to no one else.

    Reports can be sealed to it before the first member exists; recovery approves that member.
    """
    pair = vault.new_pair()
    number = FIRST_GENERATION
    label = _label_of_team(organization, Recipient.RECOVERY, "", number)
    box = vault.grant(recovery_public, label, pair.private)
    tag = vouch_for_recovery(vault, TeamKeys(organization, {number: pair}), recovery_public)
    return (
        TeamGeneration(organization, number, pair.public, recovery_tag=tag),
        TeamGrant(organization, number, Recipient.RECOVERY, "", box),
    )


def vouch_for_recovery(vault: Vault, team: TeamKeys, recovery_public: bytes) -> bytes:
    """Return the tag by which the team recognizes the organization's recovery key."""
    label = _label_of_recovery(team.organization, team.newest)
    return vault.vouch(team.pairs[team.newest].private, label, recovery_public)


def label_of_room(
    organization: OrganizationId, room: RoomId, recipient: Recipient, generation: int
) -> Label:
    return Label("room_key", organization, room, recipient=recipient, generation=generation)


def _label_of_team(
    organization: OrganizationId, recipient: Recipient, id: str, generation: int
) -> Label:
    return Label("team_key", organization, recipient=f"{recipient}:{id}", generation=generation)


def _label_of_recovery(organization: OrganizationId, generation: int) -> Label:
    return Label("recovery_key", organization, generation=generation)


def _label_of_previous(organization: OrganizationId, generation: int) -> Label:
    return Label("team_previous", organization, generation=generation)


def _label_of_approval(organization: OrganizationId, member: MemberId, generation: int) -> Label:
    return Label("approval", organization, recipient=member, generation=generation)
