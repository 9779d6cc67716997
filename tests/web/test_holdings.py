"""The page that lists what we hold leaves nothing out: every column stands under one of its lines."""

from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.people import Organization
from messenger.domain.report import Urgency
from messenger.domain.room import Room
from messenger.services.roster import Names
from messenger.storage.tables import metadata
from messenger.web.holdings import holdings

OAK = Organization(OrganizationId("oak"), "oak", "Oak Schools", "UTC")
ROOM = Room(RoomId("room"), OAK.id, None, 1001, "weapon", Urgency.NORMAL)

OF_NO_CONVERSATION = {
    *("deployment", "organization", "school", "access_code", "duty_shift", "holiday", "canned"),
    *("frame_origin", "member", "credentials", "invitation", "team_generation", "team_grant"),
    *("approval", "lease", "placement"),
}
"""Tables of the organization, its people and its processes. A new one belongs to conversations until
it is named here."""

REFERENCES = {
    *("room_grant.room", "event.room", "attachment.room", "seen.room", "session.room"),
    *("receipt.room", "session.organization", "session.member", "erasure.organization"),
}
"""Columns that say of which conversation a row is, or (`session.member`) that it is of none."""


def test_every_column_of_a_conversation_is_named_on_the_page() -> None:
    stored = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        if table.name not in OF_NO_CONVERSATION
        for column in table.columns
    }

    named = {
        column for held in holdings(ROOM, Names(OAK, {}, {})) for column in held.columns
    }  # fmt: skip

    assert named == stored - REFERENCES


def test_a_number_stands_alone_only_under_words_that_ask_how_many() -> None:
    numbers = [
        held.what for held in holdings(ROOM, Names(OAK, {}, {})) if held.value.isdecimal()
    ]  # fmt: skip

    assert [what.split(".")[0] for what in numbers] == ["How many lines there are"]


def test_what_is_left_out_is_really_there() -> None:
    columns = {
        f"{name}.{column.name}"
        for name, table in metadata.tables.items()
        for column in table.columns
    }

    assert metadata.tables.keys() > OF_NO_CONVERSATION and columns > REFERENCES
