"""What happened in a report's two streams, and who did it. Words stay sealed in here."""

from enum import StrEnum

from messenger.domain.ids import ClientId, MemberId, RoomId
from messenger.domain.values import Value


class Stream(StrEnum):
    """A report's two streams, each numbered 1..n without a gap.

    Nothing hidden is ever an event of the room: the reporter would see the gap in the numbers.
    """

    ROOM = "room"
    """Shared with the reporter."""
    FILE = "file"
    """The staff's."""


class Kind(StrEnum):
    """What an event says happened."""

    REPORT_SUBMITTED = "report_submitted"
    MESSAGE_POSTED = "message_posted"
    INTRODUCED = "introduced"
    ROOM_CLAIMED = "room_claimed"
    CLAIM_LAPSED = "claim_lapsed"
    HANDED_OVER = "handed_over"
    COLLEAGUE_JOINED = "colleague_joined"
    CLOSED = "closed"
    REOPENED = "reopened"
    DELETED = "deleted"
    SUMMARY_WRITTEN = "summary_written"
    TRIAGED = "triaged"
    ATTACHMENT_ADDED = "attachment_added"
    ATTACHMENT_SEEN = "attachment_seen"
    ATTACHMENT_QUARANTINED = "attachment_quarantined"
    GLASS_BROKEN = "glass_broken"


ABOUT_ATTACHMENTS = frozenset(
    {Kind.ATTACHMENT_SEEN, Kind.ATTACHMENT_QUARANTINED, Kind.GLASS_BROKEN}
)
"""What the staff's file says of a file in the room."""


class Role(StrEnum):
    """On whose behalf something was done."""

    REPORTER = "reporter"
    TEAM = "team"
    SYSTEM = "system"


class Author(Value, frozen=True):
    """Who did it. A reporter has no name here; a responder is a member."""

    role: Role
    member: MemberId | None = None

    @property
    def key(self) -> str:
        """One word for the UNIQUE(stream, author, client_id) of the database."""
        return f"{self.role}:{self.member}" if self.member else str(self.role)

    @classmethod
    def of_key(cls, key: str) -> "Author":
        """Read back what `key` wrote."""
        role, _, member = key.partition(":")
        return cls(Role(role), MemberId(member) if member else None)


REPORTER = Author(Role.REPORTER)
SYSTEM = Author(Role.SYSTEM)


class Event(Value, frozen=True):
    """One numbered line of a stream. Its time and words are inside the seal.

    `subject` is what stands in clear beside it: a member handed to or brought in, an urgency, an
    attachment.
    `digest` is a keyed hash of the words, to tell a repeat from a conflict. System events have
    nothing to say and no seal.
    `kind` is a `Kind`, or what a newer version calls one that is not known here: passed on as it is.
    """

    room: RoomId
    stream: Stream
    seq: int
    kind: str
    author: Author
    client_id: ClientId
    subject: str = ""
    sealed: bytes = b""
    digest: bytes = b""

    hides = ("sealed", "digest")


class Content(Value, frozen=True):
    """What an event says, once opened: the time it happened (unix seconds), words, answers."""

    at: int = 0
    body: str = ""
    details: dict[str, str] = {}  # noqa: RUF012 (a new one for each)

    hides = ("body", "details")
