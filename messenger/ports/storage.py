"""What must survive: conversations, people, keys, sessions, files."""

from collections.abc import Awaitable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, TypedDict, Unpack

from messenger.domain.attachment import Attachment, Erasure
from messenger.domain.commands import Command, Said
from messenger.domain.duty import DutyHours
from messenger.domain.events import Author, Event, Kind, Stream
from messenger.domain.ids import (
    AttachmentId,
    ClientId,
    MemberId,
    OrganizationId,
    RoomId,
    SchoolId,
    SessionId,
)
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
from messenger.domain.people import Canned, Member, Organization, School
from messenger.domain.room import Room
from messenger.domain.values import Value


class Outcome(Value, frozen=True):
    """What a command led to: the room after it, its events, and whether it was a repeat."""

    room: Room
    events: tuple[Event, ...]
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """A room with its first event, the grants of its key and the session that opened it."""

    room: Room
    kind: Kind
    client_id: ClientId
    said: Said = field(repr=False)
    grants: tuple[RoomGrant, ...] = field(repr=False)
    session: Session = field(repr=False)


class MemberChanges(TypedDict, total=False):
    """What is changed of a member as it is; never standing or keys."""

    name: str
    email: str
    shown_name: str
    on_duty: bool


class Journal(Protocol):
    """The one way in for what happens in rooms.

    Commands waiting at the same moment share one transaction; each room decides on its locked state
    and its events get the next numbers without a gap. When a call returns, its events are on disk
    (fsync); when it raises, nothing of the command is. Two claims at once have one winner. The same
    (room, author, client_id) again returns the first outcome with `repeated`, or raises `Conflict`
    if the digests differ.

    Whoever asks much waits behind themselves: organizations are served in turns, and `TooBusy` is
    for the one that fills the queue.
    """

    def submit(self, command: Command, share: str = "") -> Awaitable[Outcome]:
        """Decide and record one command. Raises `NotFound` and whatever the room refuses.

        `share` is the organization whose turn it takes; one room must always be in the same.
        """
        ...

    async def open_room(self, opening: Opening) -> Outcome:
        """Record a new room and give it its number; the same session id again is a repeat.

        Raises `KeyTurned` if its key was not granted to the team's newest generation.
        """
        ...


class Rooms(Protocol):
    """Rooms and their streams, as committed."""

    async def find_room(self, room: RoomId) -> Room | None: ...
    async def find_rooms(self, rooms: Collection[RoomId]) -> list[Room]:
        """Those of them that are there, in any order."""
        ...

    async def find_numbered(self, organization: OrganizationId, number: int) -> Room | None:
        """The organization's room of that number, open or closed. Not a deleted one."""
        ...

    async def rooms(self, organization: OrganizationId, closed: int = 50) -> list[Room]:
        """Every room that is not closed, and the `closed` that were closed last. Not deleted ones."""
        ...

    async def events(
        self, room: RoomId, stream: Stream, since: int, limit: int = 500
    ) -> list[Event]:
        """Events with seq > `since`, in order; page until empty."""
        ...

    async def last_events(self, rooms: Sequence[RoomId]) -> Mapping[RoomId, Event]:
        """The newest message (or the report) of each room."""
        ...

    async def room_grants(self, rooms: Sequence[RoomId], recipient: Recipient) -> list[RoomGrant]:
        """Grants of these rooms for the team, or for recovery."""
        ...

    async def seen_by(self, member: MemberId, rooms: Sequence[RoomId]) -> Mapping[RoomId, int]:
        """How far a member has read in each of these rooms they have opened."""
        ...

    async def readers(self, room: RoomId) -> Mapping[MemberId, int]:
        """How far each member has read."""
        ...

    async def recent_answers(self, organization: OrganizationId, limit: int = 50) -> list[int]:
        """Seconds to the first answer of the newest rooms that have one."""
        ...

    async def ask_deletion(self, room: RoomId, on: date) -> None:
        """End every session and receipt of the room at once; its content goes on that date."""
        ...

    async def claimed_rooms(self) -> list[Room]: ...

    async def rooms_to_mail(self, now: int) -> list[Room]:
        """Rooms about which a mail was due before `now` (unix seconds), and has not gone out: the
        first one; for life safety the second, too. At once, if a clock put back would hold it back.
        """
        ...

    async def delete_due(self, today: date) -> list[tuple[OrganizationId, RoomId]]:
        """Erase the content, grants and marks of rooms due, leaving the number as a tombstone. Some
        at a time: ask until there are none.
        """
        ...


class Directory(Protocol):
    """Organizations, schools, access codes, duty hours, members, canned responses."""

    async def organizations(self) -> list[Organization]: ...
    async def find_organization(self, id: OrganizationId) -> Organization | None: ...
    async def organization_of_slug(self, slug: str) -> Organization | None: ...
    async def add_organization(
        self, organization: Organization, generation: TeamGeneration, grant: TeamGrant
    ) -> None:
        """Record it with the first generation of its team. Raises `BadSetting` for a used slug."""
        ...

    async def update_organization(self, organization: Organization) -> None: ...
    async def schools(self, organization: OrganizationId) -> list[School]: ...
    async def find_school(self, id: SchoolId) -> School | None: ...
    async def add_school(self, school: School) -> None: ...
    async def rename_school(self, school: School) -> None: ...
    async def remove_school(self, school: School) -> bool:
        """False, and nothing happens, while a code leads to it or a report names it."""
        ...

    async def search_schools(self, words: str, limit: int = 20) -> list[tuple[School, str]]:
        """Schools whose name, or whose organization's name, has all the words; with that name.

        However many words there are, it is quick: it may look for the first few of them only.
        """
        ...

    async def add_code(
        self, code: str, organization: OrganizationId, school: SchoolId | None
    ) -> None:
        """Raises `BadSetting` when another organization has the code. Codes fold case."""
        ...

    async def remove_code(self, organization: OrganizationId, code: str) -> bool:
        """False if the organization has none of that name."""
        ...

    async def codes(self, organization: OrganizationId) -> list[tuple[str, SchoolId | None]]: ...
    async def find_code(self, code: str) -> tuple[OrganizationId, SchoolId | None] | None: ...
    async def duty_hours(self, organization: OrganizationId) -> DutyHours: ...
    async def set_duty_hours(self, organization: OrganizationId, hours: DutyHours) -> None: ...
    async def frame_origins(self, organization: OrganizationId) -> list[str]:
        """The origins whose pages may show the tip line in a frame, in alphabetical order."""
        ...

    async def add_frame_origin(self, organization: OrganizationId, origin: str) -> None: ...
    async def remove_frame_origin(self, organization: OrganizationId, origin: str) -> bool:
        """False if it was not there."""
        ...

    async def canned(self, organization: OrganizationId) -> list[Canned]: ...
    async def add_canned(self, organization: OrganizationId, canned: Canned) -> None: ...
    async def remove_canned(self, organization: OrganizationId, id: str) -> bool:
        """False if it was not there."""
        ...

    async def members(self, organization: OrganizationId) -> list[Member]: ...
    async def find_member(self, id: MemberId) -> Member | None: ...
    async def member_of_login(self, login: str) -> Member | None: ...
    async def add_member(self, member: Member, invitation: Invitation) -> None:
        """Raises `BadSetting` for a login in use anywhere in the deployment."""
        ...

    async def change_member(self, member: Member, **changes: Unpack[MemberChanges]) -> None:
        """Write these, and nothing else: `member` may be from before others changed the rest."""
        ...


class Keys(Protocol):
    """Who holds which key, and how it is unlocked."""

    async def find_credentials(self, member: MemberId) -> Credentials | None: ...
    async def change_password(self, before: Credentials, after: Credentials) -> bool:
        """Write what the password wraps, and how; never the second factor, which others change.

        False if it does not wrap what it did `before` any more: somebody was faster.
        """
        ...

    async def change_second_factor(self, member: MemberId, before: bytes, after: bytes) -> bool:
        """Replace what is sealed there; False if it is not `before` any more: somebody was faster."""
        ...

    async def take_step(self, member: MemberId, step: int) -> bool:
        """Record a TOTP step as used; False if it, or a later one, was already."""
        ...

    async def find_invitation(self, code_hash: bytes, now: int) -> MemberId | None: ...
    async def invite_again(self, invitation: Invitation) -> None:
        """A new way in for a member who lost theirs: old credentials, approval, team grants and
        sessions go at once; the member is invited again.
        """
        ...

    async def accept_invitation(
        self, code_hash: bytes, public_key: bytes, credentials: Credentials
    ) -> None:
        """Use up the invitation and leave the member pending. Raises `BadInvitation`."""
        ...

    async def approve(self, approval: Approval, grants: Sequence[TeamGrant]) -> None:
        """Make a pending member active with the team's key, in one transaction.

        Raises `KeyTurned` if that is not of the team's newest generation.
        """
        ...

    async def disable(self, member: MemberId) -> None:
        """End the member's sessions, grants and credentials at once, and mark the team's key for
        rotation.
        """
        ...

    async def generations(self, organization: OrganizationId) -> list[TeamGeneration]:
        """Oldest first."""
        ...

    async def team_grants(
        self, organization: OrganizationId, recipient: str, recipient_id: str
    ) -> list[TeamGrant]: ...
    async def approvals(self, organization: OrganizationId) -> list[tuple[Member, Approval]]:
        """Active members with their newest approval."""
        ...

    async def rotation_due(self, organization: OrganizationId) -> bool: ...
    async def begin_anew(
        self, generation: TeamGeneration, grant: TeamGrant, recovery_key: bytes
    ) -> bool:
        """Replace every key of an organization; False if that would close something: a member holds
        the team's key, there is or was a report, or a code leads there, so that one may be on its way.
        """
        ...

    async def rotate(
        self,
        generation: TeamGeneration,
        grants: Sequence[TeamGrant],
        approvals: Sequence[Approval],
        rooms: Sequence[RoomGrant],
    ) -> bool:
        """Record the next generation; False if overtaken: somebody else already did, a member it is
        granted to is not active any more, or `rooms` lacks one that was opened. Then look again.
        """
        ...

    async def rooms_to_regrant(self, organization: OrganizationId) -> list[RoomGrant]:
        """Team grants of rooms that are not closed."""
        ...

    async def salt(self) -> bytes:
        """The deployment's public salt for receipts (16 bytes), made once and kept in backups."""
        ...

    async def find_secrets_mark(self) -> bytes | None:
        """The mark of the server's secrets that this database belongs with, if it has one."""
        ...

    async def secrets_mark(self, first: bytes) -> bytes:
        """The same; `first` from now on, if it had none."""
        ...

    async def keep_secrets_mark(self, mark: bytes) -> None:
        """Have it belong with other ones from now on."""
        ...


class Sessions(Protocol):
    """Browsers' stays and reporters' ways back."""

    async def find_session(self, id: SessionId, now: int) -> Session | None:
        """None for an expired or revoked one, and one whose member is invited anew or disabled."""
        ...

    async def find_way_in(
        self, id: SessionId, now: int, within: OrganizationId | None = None
    ) -> tuple[Session, Room] | None:
        """A session that `find_session` finds, with the room it opens, as of one moment; only a reporter's.

        `within` an organization, the others' databases are not asked.
        """
        ...

    async def find_signed_in(
        self, id: SessionId, now: int
    ) -> tuple[Session, Member, Credentials] | None:
        """A session that `find_session` finds, with whose it is, as of one moment; only a member's."""
        ...

    async def living(self, ids: Sequence[SessionId], now: int) -> set[SessionId]:
        """Those of `ids` that `find_session` would still find."""
        ...

    async def add_session(self, session: Session) -> bool:
        """False, and nothing is added, if it is for a room that its reporter has deleted."""
        ...

    async def extend_session(self, id: SessionId, expires: int) -> None: ...
    async def revoke_session(self, id: SessionId) -> None: ...
    async def revoke_sessions_of(self, member: MemberId, keep: SessionId | None = None) -> None: ...
    async def expire_sessions(self, now: int) -> None: ...
    async def keep_receipt(self, session: SessionId) -> None:
        """The reporter has the words: forget them."""
        ...

    async def add_receipt(self, receipt: ReceiptRow) -> None:
        """Nothing is added if it is for a room that its reporter has deleted."""
        ...

    async def find_receipt(self, lookup: bytes) -> ReceiptRow | None: ...
    async def receipt_of_room(self, room: RoomId) -> ReceiptRow | None: ...
    async def use_receipt(self, lookup: bytes, last_used: bytes) -> None: ...


class Attachments(Protocol):
    """Files of rooms: how far each has come, and what of them has to be erased.

    That a file is shown in its room, or in quarantine, is for the journal to record: with the event.
    What is written here to be erased is written in the same transaction as why.
    """

    async def announce(self, attachment: Attachment, most: int) -> Attachment:
        """Record a new one, or return the one its author announced by the same client id.

        Raises `TooManyFiles` if the room has `most` already, not counting those refused.
        """
        ...

    async def find_attachment(self, room: RoomId, id: AttachmentId) -> Attachment | None: ...
    async def unfinished(self, room: RoomId, author: Author) -> list[Attachment]:
        """Those of this author that are still arriving."""
        ...

    async def change(
        self, before: Attachment, after: Attachment, erase: Sequence[Erasure] = ()
    ) -> bool:
        """Write what `after` says if it still stands as in `before`; else somebody was faster.

        These folders are erased then.
        """
        ...

    async def discard(self, room: RoomId, id: AttachmentId, erase: Erasure) -> bool:
        """Forget one that is not shown in its room; False if it is, or never was there."""
        ...

    async def quarantined(self, room: RoomId) -> set[AttachmentId]: ...
    async def kept_apart(self, room: RoomId) -> list[Attachment]:
        """Those in quarantine, and those shown of which the original is kept."""
        ...

    async def shown(self, limit: int) -> list[str]:
        """Return in which folders those lie that are shown, or in quarantine: so many, of all rooms."""
        ...

    async def give_up(self, now: int) -> int:
        """Discard those whose time has run out; return how many."""
        ...

    async def erasures(self, limit: int = 100) -> list[Erasure]:
        """The first of what has to be erased, in an order that stays."""
        ...

    async def erased(self, erasure: Erasure) -> None:
        """It is gone."""
        ...


class Leasing(Protocol):
    """Of all processes, one at a time holds what must be done once. A lease runs out by itself.

    Whether it has is told by one clock for all: that of a database on a server, ours for a file.
    A holder may be paused at any moment, and not know it: ask right before each act.
    """

    async def hold(self, name: str, holder: str, seconds: float) -> bool:
        """Take what nobody holds, or renew what `holder` does; False while it is another's."""
        ...

    async def renew(self, name: str, holder: str, seconds: float) -> bool:
        """Renew what `holder` still holds; False once it ran out, even if nobody took it since."""
        ...

    async def release(self, name: str, holder: str) -> None:
        """Give up what `holder` holds, for another to take at once."""
        ...


TOGETHER = 4
"""Segments that are best put together, the first of them a multiple of this. Names and heads of files say so:
with another number, none that is there would be found.
"""


class Files(Protocol):
    """Sealed segments in numbered rows, each row in a folder with a name like `a/b/c`.

    Nothing here knows what is in them, and which of them count is for the database to say. Outages,
    a full disk among them, are `StoreDown`.
    """

    async def put(self, folder: str, first: int, segments: Iterable[bytes]) -> None:
        """Write segments `first`, `first + 1`...: all are durable when this returns.

        Each is there whole or not at all, and replaces what was there. They are taken one by one, in a
        thread that stands back, so that each may be made only then.
        """
        ...

    async def get(self, folder: str, number: int) -> bytes:
        """Return one segment; raises `NotFound`."""
        ...

    async def has(self, folder: str) -> bool:
        """Whether its first segment is there."""
        ...

    async def erase(self, folder: str) -> None:
        """Delete a folder with all that is under it. Safe to repeat."""
        ...
