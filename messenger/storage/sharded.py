"""The stores' ports over several databases: each call goes to where its organization is."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import chain
from typing import TypeVar, Unpack

from messenger.domain.attachment import Attachment, Erasure
from messenger.domain.commands import Attach, Command
from messenger.domain.duty import DutyHours
from messenger.domain.errors import NotFound, PerhapsElsewhere, Refusal, StoreDown
from messenger.domain.events import Author, Event, Stream
from messenger.domain.ids import AttachmentId, MemberId, OrganizationId, RoomId, SchoolId, SessionId
from messenger.domain.keys import (
    Approval,
    Credentials,
    Invitation,
    ReceiptRow,
    Recipient,
    RoomGrant,
    Session,
    TeamGeneration,
    TeamGrant,
)
from messenger.domain.moments import seconds
from messenger.domain.people import Canned, Member, Organization, School
from messenger.domain.room import Room
from messenger.ports.storage import MemberChanges, Opening, Outcome
from messenger.ports.world import Chance, Clock
from messenger.storage.attachments import StoredAttachments
from messenger.storage.directory import (
    StoredDirectory,
    code_is_used,
    folded_code,
    login_is_taken,
    slug_is_used,
)
from messenger.storage.journal import StoredJournal
from messenger.storage.keys import StoredKeys
from messenger.storage.rooms import StoredRooms
from messenger.storage.rows import folded
from messenger.storage.sessions import StoredSessions
from messenger.storage.shards import (
    CODE,
    INVITATION,
    LOGIN,
    MEMBER,
    RECEIPT,
    ROOM,
    SCHOOL,
    SESSION,
    SLUG,
    Elsewhere,
    Here,
    Kind,
    Shards,
)

T = TypeVar("T")
AnswerT = TypeVar("AnswerT")


class ShardedJournal:
    """The journals of all databases."""

    def __init__(self, shards: Shards, clock: Clock) -> None:
        self._shards = shards
        self._clock = clock
        # For good: what is asked of one journal at the same moment shares a transaction.
        self._journals = {
            database: StoredJournal(database, clock) for database in shards.databases.values()
        }

    async def submit(self, command: Command, share: str = "") -> Outcome:
        return await self._shards.of(
            ROOM, command.room, lambda here: self._submit(here, command, share)
        )

    async def open_room(self, opening: Opening) -> Outcome:
        organization = opening.room.organization
        # While some database is down, whose it is was looked up before: no other is to wait for it.
        with suppress(PerhapsElsewhere):
            # A token that has a room already is recognized wherever that is.
            owner = await self._shards.owner(SESSION, opening.session.id)
            organization = owner or organization
        outcome = await self._shards.at(
            organization, lambda here: StoredJournal(here, self._clock).open_room(opening)
        )
        self._shards.remember(ROOM, [outcome.room.id], organization)
        self._shards.remember(SESSION, [opening.session.id], organization)
        return outcome

    async def _submit(self, here: Here, command: Command, share: str) -> Outcome:
        try:
            return await self._journals[here.database].submit(command, share)
        except NotFound:
            # The journal is spared from looking for every message whether its organization is here.
            room = await StoredRooms(here).find_room(command.room)
            if room is None or self._finds_nothing_in(room, command):
                raise
            if isinstance(command, Attach) and await _is_gone(here, command):
                raise
            # It was on its way when the journal looked, and is here again: to be tried anew, since
            # the next move may have begun.
            raise Elsewhere(is_moving=True) from None

    def _finds_nothing_in(self, room: Room, command: Command) -> bool:
        """Whether it is the room itself that does not know what the command is about."""
        try:
            room.decide(command, seconds(self._clock()))
        except Refusal as refusal:
            return isinstance(refusal, NotFound)
        return False


async def _is_gone(here: Here, command: Attach) -> bool:
    attachments = StoredAttachments(here)
    return await attachments.find_attachment(command.room, command.attachment) is None


class ShardedRooms:
    """The rooms of all databases."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def find_room(self, room: RoomId) -> Room | None:
        return await self._of(room, lambda rooms: rooms.find_room(room))

    async def find_rooms(self, rooms: Collection[RoomId]) -> list[Room]:
        # Those on their way are found when they have arrived.
        found, _ = await ask_owners(self._shards, ROOM, rooms, self._find_rooms)
        return list(chain(*found))

    async def find_numbered(self, organization: OrganizationId, number: int) -> Room | None:
        return await self._at(organization, lambda rooms: rooms.find_numbered(organization, number))

    async def rooms(self, organization: OrganizationId, closed: int = 50) -> list[Room]:
        found = await self._at(organization, lambda rooms: rooms.rooms(organization, closed))
        self._shards.remember(ROOM, [room.id for room in found], organization)
        return found

    async def events(
        self, room: RoomId, stream: Stream, since: int, limit: int = 500
    ) -> list[Event]:
        return await self._of(room, lambda rooms: rooms.events(room, stream, since, limit))

    async def last_events(self, rooms: Sequence[RoomId]) -> Mapping[RoomId, Event]:
        found: dict[RoomId, Event] = {}
        for organization, ours in (await by_owner(self._shards, ROOM, rooms)).items():
            found |= await self._last_events(organization, ours)
        return found

    async def room_grants(self, rooms: Sequence[RoomId], recipient: Recipient) -> list[RoomGrant]:
        found: list[RoomGrant] = []
        for organization, ours in (await by_owner(self._shards, ROOM, rooms)).items():
            found += await self._room_grants(organization, ours, recipient)
        return found

    async def seen_by(self, member: MemberId, rooms: Sequence[RoomId]) -> Mapping[RoomId, int]:
        return await self._shards.of(
            MEMBER, member, lambda here: StoredRooms(here).seen_by(member, rooms)
        )

    async def readers(self, room: RoomId) -> Mapping[MemberId, int]:
        return await self._of(room, lambda rooms: rooms.readers(room))

    async def recent_answers(self, organization: OrganizationId, limit: int = 50) -> list[int]:
        return await self._at(organization, lambda rooms: rooms.recent_answers(organization, limit))

    async def ask_deletion(self, room: RoomId, on: date) -> None:
        await self._of(room, lambda rooms: rooms.ask_deletion(room, on))

    async def claimed_rooms(self) -> list[Room]:
        return await self._all(lambda rooms: rooms.claimed_rooms())

    async def rooms_to_mail(self, now: int) -> list[Room]:
        return await self._all(lambda rooms: rooms.rooms_to_mail(now))

    async def delete_due(self, today: date) -> list[tuple[OrganizationId, RoomId]]:
        return await self._all(lambda rooms: rooms.delete_due(today))

    async def _find_rooms(
        self, organization: OrganizationId, rooms: Collection[RoomId]
    ) -> list[Room]:
        return await self._shards.at_once(
            organization, lambda here: StoredRooms(here).find_rooms(rooms)
        )

    async def _last_events(
        self, organization: OrganizationId, rooms: Sequence[RoomId]
    ) -> Mapping[RoomId, Event]:
        return await self._at(organization, lambda stored: stored.last_events(rooms))

    async def _room_grants(
        self, organization: OrganizationId, rooms: Sequence[RoomId], recipient: Recipient
    ) -> list[RoomGrant]:
        return await self._at(organization, lambda stored: stored.room_grants(rooms, recipient))

    async def _at(
        self, organization: OrganizationId, work: Callable[[StoredRooms], Awaitable[T]]
    ) -> T:
        return await self._shards.at(organization, lambda here: work(StoredRooms(here)))

    async def _of(self, room: RoomId, work: Callable[[StoredRooms], Awaitable[T]]) -> T:
        return await self._shards.of(ROOM, room, lambda here: work(StoredRooms(here)))

    async def _all(self, work: Callable[[StoredRooms], Awaitable[list[T]]]) -> list[T]:
        return list(chain(*await self._shards.each(lambda here: work(StoredRooms(here)))))


class ShardedDirectory:
    """The directories of all databases. What must be unique is looked for in all of them first."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def organizations(self) -> list[Organization]:
        found = await self._all(lambda directory: directory.organizations())
        # One that moves is in two of them.
        once = {organization.id: organization for organization in found}
        return sorted(once.values(), key=lambda one: (folded(one.name), one.id))

    async def find_organization(self, id: OrganizationId) -> Organization | None:
        return await self._at(id, lambda directory: directory.find_organization(id))

    async def organization_of_slug(self, slug: str) -> Organization | None:
        return await self._of(SLUG, slug, lambda directory: directory.organization_of_slug(slug))

    async def add_organization(
        self, organization: Organization, generation: TeamGeneration, grant: TeamGrant
    ) -> None:
        await self._check_slug(organization)
        await self._shards.at_first(
            organization.id,
            lambda here: StoredDirectory(here).add_organization(organization, generation, grant),
        )

    async def update_organization(self, organization: Organization) -> None:
        await self._check_slug(organization)
        await self._at(
            organization.id, lambda directory: directory.update_organization(organization)
        )

    async def schools(self, organization: OrganizationId) -> list[School]:
        return await self._at(organization, lambda directory: directory.schools(organization))

    async def find_school(self, id: SchoolId) -> School | None:
        return await self._of(SCHOOL, id, lambda directory: directory.find_school(id))

    async def add_school(self, school: School) -> None:
        await self._at(school.organization, lambda directory: directory.add_school(school))

    async def rename_school(self, school: School) -> None:
        await self._at(school.organization, lambda directory: directory.rename_school(school))

    async def remove_school(self, school: School) -> bool:
        return await self._at(
            school.organization, lambda directory: directory.remove_school(school)
        )

    async def search_schools(self, words: str, limit: int = 20) -> list[tuple[School, str]]:
        found = await self._all(lambda directory: directory.search_schools(words, limit))
        once = {school.id: (school, name) for school, name in found}
        return sorted(once.values(), key=lambda one: (folded(one[0].name), one[0].id))[:limit]

    async def add_code(
        self, code: str, organization: OrganizationId, school: SchoolId | None
    ) -> None:
        if await self._shards.owner(CODE, folded_code(code)) not in {None, organization}:
            raise code_is_used(folded_code(code))
        await self._at(
            organization, lambda directory: directory.add_code(code, organization, school)
        )

    async def remove_code(self, organization: OrganizationId, code: str) -> bool:
        self._shards.forget(CODE, folded_code(code))
        return await self._at(
            organization, lambda directory: directory.remove_code(organization, code)
        )

    async def codes(self, organization: OrganizationId) -> list[tuple[str, SchoolId | None]]:
        return await self._at(organization, lambda directory: directory.codes(organization))

    async def find_code(self, code: str) -> tuple[OrganizationId, SchoolId | None] | None:
        found = await self._find_code(code)
        if found is None and self._shards.forget(CODE, folded_code(code)):
            # Removed by another process, and perhaps another organization's by now.
            found = await self._find_code(code)
        return found

    async def duty_hours(self, organization: OrganizationId) -> DutyHours:
        return await self._at(organization, lambda directory: directory.duty_hours(organization))

    async def set_duty_hours(self, organization: OrganizationId, hours: DutyHours) -> None:
        await self._at(
            organization, lambda directory: directory.set_duty_hours(organization, hours)
        )

    async def frame_origins(self, organization: OrganizationId) -> list[str]:
        return await self._at(organization, lambda directory: directory.frame_origins(organization))

    async def add_frame_origin(self, organization: OrganizationId, origin: str) -> None:
        await self._at(
            organization, lambda directory: directory.add_frame_origin(organization, origin)
        )

    async def remove_frame_origin(self, organization: OrganizationId, origin: str) -> bool:
        return await self._at(
            organization, lambda directory: directory.remove_frame_origin(organization, origin)
        )

    async def canned(self, organization: OrganizationId) -> list[Canned]:
        return await self._at(organization, lambda directory: directory.canned(organization))

    async def add_canned(self, organization: OrganizationId, canned: Canned) -> None:
        await self._at(organization, lambda directory: directory.add_canned(organization, canned))

    async def remove_canned(self, organization: OrganizationId, id: str) -> bool:
        return await self._at(
            organization, lambda directory: directory.remove_canned(organization, id)
        )

    async def members(self, organization: OrganizationId) -> list[Member]:
        return await self._at(organization, lambda directory: directory.members(organization))

    async def find_member(self, id: MemberId) -> Member | None:
        return await self._of(MEMBER, id, lambda directory: directory.find_member(id))

    async def member_of_login(self, login: str) -> Member | None:
        return await self._of(
            LOGIN, login.casefold(), lambda directory: directory.member_of_login(login)
        )

    async def add_member(self, member: Member, invitation: Invitation) -> None:
        if await self._shards.owner(LOGIN, member.login.casefold()) is not None:
            raise login_is_taken(member.login)
        await self._at(
            member.organization, lambda directory: directory.add_member(member, invitation)
        )

    async def change_member(self, member: Member, **changes: Unpack[MemberChanges]) -> None:
        await self._at(
            member.organization, lambda directory: directory.change_member(member, **changes)
        )

    async def _find_code(self, code: str) -> tuple[OrganizationId, SchoolId | None] | None:
        return await self._of(CODE, folded_code(code), lambda directory: directory.find_code(code))

    async def _check_slug(self, organization: Organization) -> None:
        owner = await self._shards.owner(SLUG, organization.slug)
        if owner not in {None, organization.id}:
            raise slug_is_used(organization.slug)

    async def _at(
        self, organization: OrganizationId, work: Callable[[StoredDirectory], Awaitable[T]]
    ) -> T:
        return await self._shards.at(organization, lambda here: work(StoredDirectory(here)))

    async def _of(
        self, kind: Kind, id: object, work: Callable[[StoredDirectory], Awaitable[T]]
    ) -> T:
        return await self._shards.of(kind, id, lambda here: work(StoredDirectory(here)))

    async def _all(self, work: Callable[[StoredDirectory], Awaitable[list[T]]]) -> list[T]:
        return list(chain(*await self._shards.each(lambda here: work(StoredDirectory(here)))))


class ShardedKeys:
    """The keys of all databases."""

    def __init__(self, shards: Shards, chance: Chance) -> None:
        self._shards = shards
        self._home = StoredKeys(shards.home, chance)

    async def find_credentials(self, member: MemberId) -> Credentials | None:
        return await self._of(member, lambda keys: keys.find_credentials(member))

    async def change_password(self, before: Credentials, after: Credentials) -> bool:
        return await self._of(before.member, lambda keys: keys.change_password(before, after))

    async def change_second_factor(self, member: MemberId, before: bytes, after: bytes) -> bool:
        return await self._of(member, lambda keys: keys.change_second_factor(member, before, after))

    async def take_step(self, member: MemberId, step: int) -> bool:
        return await self._of(member, lambda keys: keys.take_step(member, step))

    async def find_invitation(self, code_hash: bytes, now: int) -> MemberId | None:
        return await self._shards.of(
            INVITATION, code_hash, lambda here: StoredKeys(here).find_invitation(code_hash, now)
        )

    async def invite_again(self, invitation: Invitation) -> None:
        await self._of(invitation.member, lambda keys: keys.invite_again(invitation))

    async def accept_invitation(
        self, code_hash: bytes, public_key: bytes, credentials: Credentials
    ) -> None:
        await self._of(
            credentials.member,
            lambda keys: keys.accept_invitation(code_hash, public_key, credentials),
        )

    async def approve(self, approval: Approval, grants: Sequence[TeamGrant]) -> None:
        await self._of(approval.member, lambda keys: keys.approve(approval, grants))

    async def disable(self, member: MemberId) -> None:
        await self._of(member, lambda keys: keys.disable(member))

    async def generations(self, organization: OrganizationId) -> list[TeamGeneration]:
        return await self._at(organization, lambda keys: keys.generations(organization))

    async def team_grants(
        self, organization: OrganizationId, recipient: str, recipient_id: str
    ) -> list[TeamGrant]:
        return await self._at(
            organization, lambda keys: keys.team_grants(organization, recipient, recipient_id)
        )

    async def approvals(self, organization: OrganizationId) -> list[tuple[Member, Approval]]:
        return await self._at(organization, lambda keys: keys.approvals(organization))

    async def rotation_due(self, organization: OrganizationId) -> bool:
        return await self._at(organization, lambda keys: keys.rotation_due(organization))

    async def begin_anew(
        self, generation: TeamGeneration, grant: TeamGrant, recovery_key: bytes
    ) -> bool:
        return await self._at(
            generation.organization, lambda keys: keys.begin_anew(generation, grant, recovery_key)
        )

    async def rotate(
        self,
        generation: TeamGeneration,
        grants: Sequence[TeamGrant],
        approvals: Sequence[Approval],
        rooms: Sequence[RoomGrant],
    ) -> bool:
        return await self._at(
            generation.organization,
            lambda keys: keys.rotate(generation, grants, approvals, rooms),
        )

    async def rooms_to_regrant(self, organization: OrganizationId) -> list[RoomGrant]:
        return await self._at(organization, lambda keys: keys.rooms_to_regrant(organization))

    async def salt(self) -> bytes:
        return await self._home.salt()

    async def find_secrets_mark(self) -> bytes | None:
        return await self._home.find_secrets_mark()

    async def secrets_mark(self, first: bytes) -> bytes:
        return await self._home.secrets_mark(first)

    async def keep_secrets_mark(self, mark: bytes) -> None:
        await self._home.keep_secrets_mark(mark)

    async def _at(
        self, organization: OrganizationId, work: Callable[[StoredKeys], Awaitable[T]]
    ) -> T:
        return await self._shards.at(organization, lambda here: work(StoredKeys(here)))

    async def _of(self, member: MemberId, work: Callable[[StoredKeys], Awaitable[T]]) -> T:
        return await self._shards.of(MEMBER, member, lambda here: work(StoredKeys(here)))


class ShardedSessions:
    """The sessions and receipts of all databases."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def find_session(self, id: SessionId, now: int) -> Session | None:
        return await self._of(SESSION, id, lambda sessions: sessions.find_session(id, now))

    async def find_way_in(
        self, id: SessionId, now: int, within: OrganizationId | None = None
    ) -> tuple[Session, Room] | None:
        if within is not None:
            return await self._at(within, lambda sessions: sessions.find_way_in(id, now))
        return await self._of(SESSION, id, lambda sessions: sessions.find_way_in(id, now))

    async def find_signed_in(
        self, id: SessionId, now: int
    ) -> tuple[Session, Member, Credentials] | None:
        return await self._of(SESSION, id, lambda sessions: sessions.find_signed_in(id, now))

    async def living(self, ids: Sequence[SessionId], now: int) -> set[SessionId]:
        # None can be ended while it moves; one that is down says so when it is back.
        living, unheard = await ask_owners(
            self._shards, SESSION, ids, lambda of, ours: self._living(of, ours, now)
        )
        return set(chain(*living, unheard))

    async def add_session(self, session: Session) -> bool:
        added = await self._at(session.organization, lambda sessions: sessions.add_session(session))
        if added:
            self._shards.remember(SESSION, [session.id], session.organization)
        return added

    async def extend_session(self, id: SessionId, expires: int) -> None:
        await self._of(SESSION, id, lambda sessions: sessions.extend_session(id, expires))

    async def revoke_session(self, id: SessionId) -> None:
        await self._of(SESSION, id, lambda sessions: sessions.revoke_session(id))

    async def revoke_sessions_of(self, member: MemberId, keep: SessionId | None = None) -> None:
        await self._of(MEMBER, member, lambda sessions: sessions.revoke_sessions_of(member, keep))

    async def expire_sessions(self, now: int) -> None:
        await self._shards.each(lambda here: StoredSessions(here).expire_sessions(now))

    async def keep_receipt(self, session: SessionId) -> None:
        await self._of(SESSION, session, lambda sessions: sessions.keep_receipt(session))

    async def add_receipt(self, receipt: ReceiptRow) -> None:
        await self._of(ROOM, receipt.room, lambda sessions: sessions.add_receipt(receipt))

    async def find_receipt(self, lookup: bytes) -> ReceiptRow | None:
        return await self._of(RECEIPT, lookup, lambda sessions: sessions.find_receipt(lookup))

    async def receipt_of_room(self, room: RoomId) -> ReceiptRow | None:
        return await self._of(ROOM, room, lambda sessions: sessions.receipt_of_room(room))

    async def use_receipt(self, lookup: bytes, last_used: bytes) -> None:
        await self._of(RECEIPT, lookup, lambda sessions: sessions.use_receipt(lookup, last_used))

    async def _living(
        self, organization: OrganizationId, ids: Sequence[SessionId], now: int
    ) -> set[SessionId]:
        return await self._shards.at_once(
            organization, lambda here: StoredSessions(here).living(ids, now)
        )

    async def _at(
        self, organization: OrganizationId, work: Callable[[StoredSessions], Awaitable[T]]
    ) -> T:
        return await self._shards.at(organization, lambda here: work(StoredSessions(here)))

    async def _of(
        self, kind: Kind, id: object, work: Callable[[StoredSessions], Awaitable[T]]
    ) -> T:
        return await self._shards.of(kind, id, lambda here: work(StoredSessions(here)))


class ShardedAttachments:
    """The attachments of all databases, each where its room is."""

    def __init__(self, shards: Shards) -> None:
        self._shards = shards

    async def announce(self, attachment: Attachment, most: int) -> Attachment:
        return await self._of(attachment.room, lambda stored: stored.announce(attachment, most))

    async def find_attachment(self, room: RoomId, id: AttachmentId) -> Attachment | None:
        return await self._of(room, lambda stored: stored.find_attachment(room, id))

    async def unfinished(self, room: RoomId, author: Author) -> list[Attachment]:
        return await self._of(room, lambda stored: stored.unfinished(room, author))

    async def change(
        self, before: Attachment, after: Attachment, erase: Sequence[Erasure] = ()
    ) -> bool:
        return await self._of(before.room, lambda stored: stored.change(before, after, erase))

    async def discard(self, room: RoomId, id: AttachmentId, erase: Erasure) -> bool:
        return await self._of(room, lambda stored: stored.discard(room, id, erase))

    async def quarantined(self, room: RoomId) -> set[AttachmentId]:
        return await self._of(room, lambda stored: stored.quarantined(room))

    async def kept_apart(self, room: RoomId) -> list[Attachment]:
        return await self._of(room, lambda stored: stored.kept_apart(room))

    async def shown(self, limit: int) -> list[str]:
        found = await self._shards.each(lambda here: StoredAttachments(here).shown(limit))
        return list(chain(*found))

    async def give_up(self, now: int) -> int:
        return sum(await self._shards.each(lambda here: StoredAttachments(here).give_up(now)))

    async def erasures(self, limit: int = 100) -> list[Erasure]:
        found = await self._shards.each(lambda here: StoredAttachments(here).erasures(limit))
        return list(chain(*found))[:limit]

    async def erased(self, erasure: Erasure) -> None:
        await self._shards.at(
            erasure.organization, lambda here: StoredAttachments(here).erased(erasure)
        )

    async def _of(self, room: RoomId, work: Callable[[StoredAttachments], Awaitable[T]]) -> T:
        return await self._shards.of(ROOM, room, lambda here: work(StoredAttachments(here)))


async def by_owner(
    shards: Shards, kind: Kind, ids: Iterable[T]
) -> Mapping[OrganizationId, list[T]]:
    """Return those of `ids` that are anywhere, by organization."""
    every = list(ids)
    owners = await shards.owners(kind, every)
    found: defaultdict[OrganizationId, list[T]] = defaultdict(list)
    for id in every:
        if id in owners:
            found[owners[id]].append(id)
    return found


async def ask_owners(
    shards: Shards,
    kind: Kind,
    ids: Iterable[T],
    ask: Callable[[OrganizationId, list[T]], Awaitable[AnswerT]],
) -> tuple[list[AnswerT], list[T]]:
    """Ask each organization about its own of `ids`; return the answers, and whose there is none now.

    One that moves, or is down, keeps nobody from the others. If all are down, that is everybody's.
    """

    async def answer(organization: OrganizationId, ours: list[T]) -> AnswerT | StoreDown:
        try:
            return await ask(organization, ours)
        except StoreDown as down:
            return down

    by_organization = await by_owner(shards, kind, ids)
    # All at once: of those that are down, each may take as long as anybody waits.
    both = await asyncio.gather(*(answer(of, ours) for of, ours in by_organization.items()))
    answers = [each for each in both if not isinstance(each, StoreDown)]
    downs = [
        each for each in both if isinstance(each, StoreDown) and not isinstance(each, Elsewhere)
    ]
    if downs and not answers:
        raise downs[0]
    unheard = [
        ours
        for ours, each in zip(by_organization.values(), both, strict=True)
        if isinstance(each, StoreDown)
    ]
    return answers, list(chain(*unheard))
