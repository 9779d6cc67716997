"""Every table. Keys are sealed, words are sealed, and no row says when a reporter did something.

The times there are: `room.waiting_since` and `mail_due`, which exist only as long as somebody waits;
`session.expires` and `attachment.until`, rounded up to the hour; `room.delete_on`, a day. An
invitation's end and a lease are not a reporter's, and a lease is gone when it has run out.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Time,
    UniqueConstraint,
    false,
    text,
)

FIRST_NUMBER = 1001
"""The first room of an organization is R-1001: a number with four digits, that hides how few."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

deployment = Table(
    "deployment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
    # What the settings call this database, and nothing in the home database.
    Column("shard", String),
    # Of the key that signs tokens; in the home database alone. Nothing as long as nobody opened it.
    Column("secrets_mark", LargeBinary),
    CheckConstraint("id = 1", name="one_row"),
)

organization = Table(
    "organization",
    metadata,
    Column("id", String, primary_key=True),
    Column("slug", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    # Names as they are searched: without case and accents.
    Column("folded_name", String, nullable=False),
    Column("time_zone", String, nullable=False),
    Column("emergency", JSON, nullable=False),
    Column("greeting", Text, nullable=False),
    Column("who_reads", Text, nullable=False),
    Column("recovery_key", LargeBinary, nullable=False),
    Column("demo", Boolean, nullable=False),
    Column("next_number", Integer, nullable=False),
    Column("rotation_due", Boolean, nullable=False),
    # Who moves it to another database, or from there; until that is done nothing of it is touched.
    Column("moving", String),
)

school = Table(
    "school",
    metadata,
    Column("id", String, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("folded_name", String, nullable=False),
)

access_code = Table(
    "access_code",
    metadata,
    Column("code", String, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False, index=True),
    Column("school", ForeignKey("school.id")),
)

duty_shift = Table(
    "duty_shift",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("weekday", Integer, primary_key=True, autoincrement=False),
    Column("starts", Time, primary_key=True),
    Column("ends", Time, nullable=False),
)

holiday = Table(
    "holiday",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("day", Date, primary_key=True),
)

canned = Table(
    "canned",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("id", String, primary_key=True),
    Column("title", String, nullable=False),
    Column("body", Text, nullable=False),
)

frame_origin = Table(
    "frame_origin",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("origin", String, primary_key=True),
)

member = Table(
    "member",
    metadata,
    Column("id", String, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False, index=True),
    Column("login", String, nullable=False),
    # Two people whose logins differ in case alone could be taken for each other.
    Column("folded_login", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("email", String, nullable=False),
    Column("shown_name", String, nullable=False),
    Column("standing", String, nullable=False),
    Column("on_duty", Boolean, nullable=False),
    Column("public_key", LargeBinary, nullable=False),
)

credentials = Table(
    "credentials",
    metadata,
    Column("member", ForeignKey("member.id"), primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("cost", String, nullable=False),
    Column("wrapped_private", LargeBinary, nullable=False),
    Column("second_factor", LargeBinary, nullable=False),
    Column("last_step", Integer, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    Column("member", ForeignKey("member.id"), nullable=False, index=True),
    Column("expires", Integer, nullable=False),
)

team_generation = Table(
    "team_generation",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("recovery_tag", LargeBinary, nullable=False),
)

team_grant = Table(
    "team_grant",
    metadata,
    Column("organization", ForeignKey("organization.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("recipient", String, primary_key=True),
    Column("recipient_id", String, primary_key=True),
    Column("box", LargeBinary, nullable=False),
    Index(None, "recipient_id"),
)

approval = Table(
    "approval",
    metadata,
    Column("member", ForeignKey("member.id"), primary_key=True),
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("tag", LargeBinary, nullable=False),
)

# In the order in which `rows.room_of` takes them apart. A new one goes last, in its migration, too.
room = Table(
    "room",
    metadata,
    Column("id", String, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False),
    Column("school", ForeignKey("school.id")),
    Column("number", Integer, nullable=False),
    Column("category", String, nullable=False),
    Column("urgency", String, nullable=False),
    Column("status", String, nullable=False),
    Column("responder", ForeignKey("member.id")),
    # Member ids with spaces between them: ids have none, and nobody asks by participant.
    Column("participants", Text, nullable=False),
    Column("invited", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("file_head", Integer, nullable=False),
    Column("seen_by_team", Integer, nullable=False),
    Column("seen_by_reporter", Integer, nullable=False),
    Column("waiting_since", Integer),
    Column("returned", Boolean, nullable=False),
    Column("mailed", Boolean, nullable=False),
    Column("mail_due", Integer),
    Column("pace_to_claim", Integer),
    Column("pace_to_answer", Integer),
    Column("pace_to_close", Integer),
    Column("key_check", LargeBinary, nullable=False),
    Column("delete_on", String, nullable=False, index=True),
    # A tombstone: the number is never given again, and nothing else is left.
    Column("erased", Boolean, nullable=False, server_default=false()),
    # Its organization is moving: said here, too, where every message looks anyhow.
    Column("moving", Boolean, nullable=False, server_default=false()),
    # An order, and never a time: see `domain.room`.
    Column("closing", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("organization", "number"),
    Index(None, "status", "organization", "closing"),
)

room_grant = Table(
    "room_grant",
    metadata,
    Column("room", ForeignKey("room.id"), primary_key=True),
    Column("recipient", String, primary_key=True),
    Column("recipient_id", String, primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("box", LargeBinary, nullable=False),
    Index(None, "recipient_id"),
)


# The same with `rows.event_of`.
event = Table(
    "event",
    metadata,
    Column("room", ForeignKey("room.id"), primary_key=True),
    Column("stream", String, primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("author", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    # What makes a repeat a repeat. The stream stands last: repeats are looked up without it.
    UniqueConstraint("room", "author", "client_id", "stream"),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", String, primary_key=True),
    Column("room", ForeignKey("room.id"), nullable=False),
    Column("author", String, nullable=False),
    Column("client_id", String, nullable=False),
    Column("progress", String, nullable=False),
    # Segments that are safe: of the size, no more than that is in clear.
    Column("arrived", Integer, nullable=False),
    # Unix seconds, rounded up to the hour, and only as long as it is not done.
    Column("until", Integer, index=True),
    Column("keeps_original", Boolean, nullable=False),
    Column("quarantined", Boolean, nullable=False),
    Column("announced", LargeBinary, nullable=False),
    Column("result", LargeBinary, nullable=False),
    UniqueConstraint("room", "author", "client_id"),
)

erasure = Table(
    "erasure",
    metadata,
    # Where something lies that does not count any more. Gone when it is.
    Column("folder", String, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False),
)

seen = Table(
    "seen",
    metadata,
    Column("member", ForeignKey("member.id"), primary_key=True),
    Column("room", ForeignKey("room.id"), primary_key=True, index=True),
    Column("seq", Integer, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("organization", ForeignKey("organization.id"), nullable=False),
    Column("room", ForeignKey("room.id"), index=True),
    Column("member", ForeignKey("member.id"), index=True),
    Column("expires", Integer, nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("pending", LargeBinary, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("lookup", LargeBinary, primary_key=True),
    Column("room", ForeignKey("room.id"), nullable=False, index=True),
    Column("wrapped", LargeBinary, nullable=False),
    Column("last_used", LargeBinary, nullable=False),
)

lease = Table(
    "lease",
    metadata,
    Column("name", String, primary_key=True),
    # A process, or one of its errands: random, and made anew at every start.
    Column("holder", String, nullable=False),
    # Unix seconds by the clock of the database. It runs between the two, and at no other time.
    Column("since", Double, nullable=False),
    Column("until", Double, nullable=False),
)

placement = Table(
    "placement",
    metadata,
    # In the home database alone. Who has no row here is there.
    Column("organization", String, primary_key=True),
    Column("shard", String, nullable=False),
)
