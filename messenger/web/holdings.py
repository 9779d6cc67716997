# ruff: noqa: E501 (a table, one thing held a row)
"""What the server holds about one conversation, for the page that lists all of it.

A test compares this list with the columns of the database (`tests/web/test_holdings.py`): nothing may
be held that is not named.
"""

from dataclasses import dataclass

from messenger.domain.marking import marked as _
from messenger.domain.report import category_of
from messenger.domain.room import Room, Status
from messenger.services.roster import Names


@dataclass(frozen=True, slots=True)
class Holding:
    """One thing we hold: what it is, whether it is sealed, why we have it, and in which columns it is."""

    what: str
    value: str
    is_sealed: bool
    why: str
    columns: tuple[str, ...]


_SEALED, _CLEAR = True, False

_STANDS = {
    Status.NEW: _("Nobody has it yet"), Status.WAITING: _("Waiting for someone"),
    Status.ACTIVE: _("With someone"), Status.CLOSED: _("Closed"),
}  # fmt: skip


def holdings(room: Room, names: Names) -> list[Holding]:
    """List all that is held about `room`."""
    school = names.schools.get(room.school, "") if room.school else ""
    return [
        Holding(_("What you wrote, and what the team wrote, with the times"), "", _SEALED,
                _("So that you both can read it."), ("event.sealed", "event.digest")),
        Holding(_("Your name or contact, only if you gave one"), "", _SEALED,
                _("So that the team can reach you if you want that."), ("event.sealed",)),
        Holding(_("Files you or the team sent, made anew without place, time and device. The original, only if you asked to keep it"),
                "", _SEALED, _("So that you both can see them."),
                ("attachment.announced", "attachment.result")),
        Holding(_("The key to this conversation, locked for the team, for your words, for this browser and for the recovery key"),
                "", _SEALED, _("So that nobody else can open it."),
                ("room.key_check", "room_grant.recipient", "room_grant.recipient_id", "room_grant.generation",
                 "room_grant.box", "receipt.wrapped", "receipt.lookup", "session.wrapped", "session.pending",
                 "session.id")),
        Holding(_("When your six words were last used"), "", _SEALED,
                _("So that you can see if someone else used them."), ("receipt.last_used",)),
        Holding(_("The organization and school"), " · ".join(filter(None, (names.organization.name, school))), _CLEAR,
                _("So that the right team gets it."), ("room.organization", "room.school", "room.moving")),
        Holding(_("A short number"), f"R-{room.number}", _CLEAR, _("So that the team can name it aloud."),
                ("room.id", "room.number")),
        Holding(_("What it is about, and how urgent"), category_of(room.category).label, _CLEAR,
                _("So that urgent things come first."), ("room.category", "room.urgency")),
        Holding(_("Whether it is new, waiting, with someone, or closed, and with whom"), _STANDS[room.status], _CLEAR,
                _("So that nobody is left without an answer."),
                ("room.status", "room.responder", "room.participants", "room.invited", "room.returned",
                 "room.mailed", "event.subject")),
        Holding(_("Its place in the order in which conversations were closed, without a time"), "", _CLEAR,
                _("So that the team finds again what was closed last."), ("room.closing",)),
        Holding(_("Since when you wait for an answer, only while you wait"), "", _CLEAR,
                _("So that who waits longest comes first."), ("room.waiting_since",)),
        Holding(_("When an e-mail to the team is due about it, only while you wait"), "", _CLEAR,
                _("So that nobody is left without an answer."), ("room.mail_due",)),
        Holding(_("How many lines there are. For each line: what kind it is, about how long, and who wrote it, you or which person of the team"),
                str(room.head), _CLEAR, _("So that nothing is lost or shown twice."),
                ("room.head", "room.file_head", "event.seq", "event.stream", "event.kind", "event.author",
                 "event.client_id")),
        Holding(_("About each file: how many parts it has and when they were written, who sent it, whether its original is kept, and if it was hidden. Until it is all here: when we stop waiting for it"),
                "", _CLEAR, _("So that nothing of it is lost, or stays too long."),
                ("attachment.id", "attachment.author", "attachment.client_id", "attachment.progress",
                 "attachment.arrived", "attachment.until", "attachment.keeps_original", "attachment.quarantined",
                 "erasure.folder")),
        Holding(_("How far you have read, and how far each person of the team has"), "", _CLEAR,
                _("So that both sides see what was read."),
                ("room.seen_by_team", "room.seen_by_reporter", "seen.member", "seen.seq")),
        Holding(_("How long answers took, in seconds"), "", _CLEAR, _("So that the school can see if it is fast enough."),
                ("room.pace_to_claim", "room.pace_to_answer", "room.pace_to_close")),
        Holding(_("The hour at which this browser is signed out"), "", _CLEAR,
                _("So that a forgotten browser does not stay open."), ("session.expires",)),
        Holding(_("The day it will be deleted, if you asked for that. After that day: only the number, and that it is gone"),
                room.delete_on, _CLEAR, _("So that it is."), ("room.delete_on", "room.erased")),
    ]  # fmt: skip


NEVER = (
    _("Your internet address"),
    _("Your browser, device or language"),
    _("Where you came from"),
    _("When you were typing"),
)
"""What is not held at all."""
