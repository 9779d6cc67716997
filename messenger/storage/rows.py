"""Rows to values of the domain and back. Nothing here asks the database anything."""

import unicodedata
from typing import Any

from sqlalchemy import Row

from messenger.domain.attachment import Attachment, Progress
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
from messenger.domain.people import Member, Organization, School, Standing
from messenger.domain.report import Urgency
from messenger.domain.room import Pace, Room, Status
from messenger.storage.statements import CHANGING

AnyRow = Row[*tuple[Any, ...]]
Values = dict[str, Any]

_STATUS = {str(status): status for status in Status}
_URGENCY = {str(urgency): urgency for urgency in Urgency}
_STREAM = {str(stream): stream for stream in Stream}
_KIND = {str(kind): kind for kind in Kind}


def room_of(row: AnyRow | tuple[Any, ...]) -> Room:
    (
        id, organization, school, number, category, urgency, status, responder, participants,
        invited, head, file_head, seen_by_team, seen_by_reporter, waiting_since, returned, mailed,
        mail_due, to_claim, to_answer, to_close, key_check, delete_on, _erased,
        _moving, closing,
    ) = row  # fmt: skip
    return Room(
        id, organization, school, number, category, _URGENCY[urgency], _STATUS[status], responder,
        _members(participants), _members(invited), head, file_head, seen_by_team, seen_by_reporter,
        waiting_since, bool(returned), bool(mailed), mail_due, Pace(to_claim, to_answer, to_close),
        key_check, delete_on, closing,
    )  # fmt: skip


def room_values(room: Room) -> Values:
    return {
        "id": room.id,
        "organization": room.organization,
        "school": room.school,
        "number": room.number,
        "category": room.category,
        "key_check": room.key_check,
        **dict(zip(CHANGING, changing_row(room), strict=True)),
    }


def changing_row(room: Room) -> tuple[Any, ...]:
    """What a command can change about a room, in the order of `CHANGING`."""
    return (
        *counted_row(room), room.urgency.value, room.status.value, room.responder,
        " ".join(room.participants), " ".join(room.invited), room.returned, room.delete_on,
        room.closing,
    )  # fmt: skip


def counted_row(room: Room) -> tuple[Any, ...]:
    """What words alone can change, in the order of `COUNTED`."""
    pace = room.pace
    return (
        room.head, room.file_head, room.seen_by_team, room.seen_by_reporter, room.waiting_since,
        room.mailed, room.mail_due, pace.to_claim, pace.to_answer, pace.to_close,
    )  # fmt: skip


def is_only_counted(room: Room, before: Room) -> bool:
    """Whether nothing but `COUNTED` may have changed: values that did not are the same objects."""
    return (
        room.status is before.status
        and room.responder is before.responder
        and room.urgency is before.urgency
        and room.participants is before.participants
        and room.invited is before.invited
        and room.returned is before.returned
        and room.delete_on is before.delete_on
        and room.closing == before.closing
    )


def event_of(row: AnyRow) -> Event:
    room, stream, seq, kind, author, client_id, subject, sealed, digest = row
    return Event(
        RoomId(room), _STREAM[stream], seq, _KIND.get(kind, kind), Author.of_key(author),
        ClientId(client_id), subject, sealed, digest,
    )  # fmt: skip


def event_row(event: Event) -> tuple[Any, ...]:
    """Return the row in the order of the table's columns."""
    return (
        event.room, event.stream.value, event.seq, str(event.kind), event.author.key,
        event.client_id, event.subject, event.sealed, event.digest,
    )  # fmt: skip


def attachment_of(row: AnyRow) -> Attachment:
    return Attachment(
        AttachmentId(row.id), RoomId(row.room), Author.of_key(row.author), ClientId(row.client_id),
        Progress(row.progress), row.arrived, row.until, row.keeps_original, row.quarantined,
        row.announced, row.result,
    )  # fmt: skip


def attachment_values(attachment: Attachment) -> Values:
    return {
        "id": attachment.id,
        "room": attachment.room,
        "author": attachment.author.key,
        "client_id": attachment.client_id,
        **changing_attachment(attachment),
    }


def changing_attachment(attachment: Attachment) -> Values:
    """Return what of it can change. To name the rest, even unchanged, costs an index its page."""
    return {
        "progress": attachment.progress.value,
        "arrived": attachment.arrived,
        "until": attachment.until,
        "keeps_original": attachment.keeps_original,
        "quarantined": attachment.quarantined,
        "announced": attachment.announced,
        "result": attachment.result,
    }


def organization_of(row: AnyRow) -> Organization:
    return Organization(
        id=OrganizationId(row.id),
        slug=row.slug,
        name=row.name,
        time_zone=row.time_zone,
        emergency=tuple((label, number) for label, number in row.emergency),
        greeting=row.greeting,
        who_reads=row.who_reads,
        recovery_key=row.recovery_key,
        demo=row.demo,
    )


def organization_values(organization: Organization) -> Values:
    return {
        "slug": organization.slug,
        "name": organization.name,
        "folded_name": folded(organization.name),
        "time_zone": organization.time_zone,
        "emergency": [list(pair) for pair in organization.emergency],
        "greeting": organization.greeting,
        "who_reads": organization.who_reads,
        "recovery_key": organization.recovery_key,
        "demo": organization.demo,
    }


def school_of(row: AnyRow) -> School:
    return School(SchoolId(row.id), OrganizationId(row.organization), row.name)


def school_values(school: School) -> Values:
    return {
        "id": school.id,
        "organization": school.organization,
        "name": school.name,
        "folded_name": folded(school.name),
    }


def member_of(row: AnyRow) -> Member:
    return Member(
        id=MemberId(row.id),
        organization=OrganizationId(row.organization),
        login=row.login,
        name=row.name,
        email=row.email,
        shown_name=row.shown_name,
        standing=Standing(row.standing),
        on_duty=row.on_duty,
        public_key=row.public_key,
    )


def member_values(member: Member) -> Values:
    return {
        "id": member.id,
        "organization": member.organization,
        "login": member.login,
        "folded_login": member.login.casefold(),
        "name": member.name,
        "email": member.email,
        "shown_name": member.shown_name,
        "standing": member.standing.value,
        "on_duty": member.on_duty,
        "public_key": member.public_key,
    }


def room_grant_of(row: AnyRow) -> RoomGrant:
    return RoomGrant(RoomId(row.room), Recipient(row.recipient), row.generation, row.box)


def room_grant_values(grant: RoomGrant) -> Values:
    return {
        "room": grant.room,
        "recipient": grant.recipient.value,
        "recipient_id": "",  # A room's key is granted to no single member.
        "generation": grant.generation,
        "box": grant.box,
    }


def generation_of(row: AnyRow) -> TeamGeneration:
    organization = OrganizationId(row.organization)
    return TeamGeneration(
        organization, row.generation, row.public_key, row.previous, row.recovery_tag
    )


def generation_values(generation: TeamGeneration) -> Values:
    return {
        "organization": generation.organization,
        "generation": generation.generation,
        "public_key": generation.public_key,
        "previous": generation.previous,
        "recovery_tag": generation.recovery_tag,
    }


def team_grant_of(row: AnyRow) -> TeamGrant:
    organization, recipient = OrganizationId(row.organization), Recipient(row.recipient)
    return TeamGrant(organization, row.generation, recipient, row.recipient_id, row.box)


def team_grant_values(grant: TeamGrant) -> Values:
    return {
        "organization": grant.organization,
        "generation": grant.generation,
        "recipient": grant.recipient.value,
        "recipient_id": grant.recipient_id,
        "box": grant.box,
    }


def credentials_of(row: AnyRow) -> Credentials:
    return Credentials(
        member=MemberId(row.member),
        salt=row.salt,
        cost=row.cost,
        wrapped_private=row.wrapped_private,
        second_factor=row.second_factor,
        last_step=row.last_step,
    )


def credentials_values(credentials: Credentials) -> Values:
    return {
        "member": credentials.member,
        "salt": credentials.salt,
        "cost": credentials.cost,
        "wrapped_private": credentials.wrapped_private,
        "second_factor": credentials.second_factor,
        "last_step": credentials.last_step,
    }


def session_of(row: AnyRow) -> Session:
    return Session(
        id=SessionId(row.id),
        organization=OrganizationId(row.organization),
        room=row.room,
        member=row.member,
        expires=row.expires,
        wrapped=row.wrapped,
        pending=row.pending,
    )


def session_values(session: Session) -> Values:
    return {
        "id": session.id,
        "organization": session.organization,
        "room": session.room,
        "member": session.member,
        "expires": session.expires,
        "wrapped": session.wrapped,
        "pending": session.pending,
    }


def receipt_of(row: AnyRow) -> ReceiptRow:
    return ReceiptRow(row.lookup, RoomId(row.room), row.wrapped, row.last_used)


def receipt_values(receipt: ReceiptRow) -> Values:
    return {
        "lookup": receipt.lookup,
        "room": receipt.room,
        "wrapped": receipt.wrapped,
        "last_used": receipt.last_used,
    }


def invitation_values(invitation: Invitation) -> Values:
    return {
        "code_hash": invitation.code_hash,
        "member": invitation.member,
        "expires": invitation.expires,
    }


def approval_values(approval: Approval) -> Values:
    return {"member": approval.member, "generation": approval.generation, "tag": approval.tag}


def folded(text: str) -> str:
    """Return `text` as it is searched: no case, no accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def _members(text: str) -> tuple[MemberId, ...]:
    return tuple(map(MemberId, text.split()))
