"""Who may see a room: whoever may not is told that it is not there."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.access import Actor, Reporter, Responder, check_room
from messenger.domain.errors import NotFound
from messenger.domain.events import REPORTER, Author, Role
from messenger.domain.ids import MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.report import Urgency
from messenger.domain.room import Room

OAK, ELM = OrganizationId("oak"), OrganizationId("elm")
ROOM = Room(RoomId("room"), OAK, None, 1, "other", Urgency.NORMAL)
MIA = Reporter(SessionId(b"mia"), OAK, ROOM.id, b"k" * 32)
ANA = Responder(SessionId(b"ana"), OAK, MemberId("ana"), b"p" * 32)

organizations = st.sampled_from([OAK, ELM])
rooms = st.sampled_from(["room", "other"]).map(RoomId)
reporters = st.builds(Reporter, st.just(SessionId(b"s")), organizations, rooms, st.just(b"k"))
responders = st.builds(
    Responder, st.just(SessionId(b"s")), organizations, st.just(MemberId("m")), st.just(b"p")
)


@pytest.mark.parametrize("actor", [MIA, ANA])
def test_a_reporter_sees_their_room_and_a_member_those_of_their_organization(actor: Actor) -> None:
    assert check_room(actor, ROOM) is ROOM


@pytest.mark.parametrize(
    "actor", [replace(MIA, room=RoomId("other")), replace(ANA, organization=ELM)]
)
def test_to_anyone_else_the_room_does_not_exist(actor: Actor) -> None:
    with pytest.raises(NotFound):
        check_room(actor, ROOM)


@given(reporters | responders, organizations, rooms)
def test_not_yours_cannot_be_told_from_not_there(
    actor: Actor, organization: OrganizationId, id: RoomId
) -> None:
    room = ROOM.replace(id=id, organization=organization)
    mine = isinstance(actor, Reporter) and actor.room == id
    ours = isinstance(actor, Responder) and actor.organization == organization

    if mine or ours:
        assert check_room(actor, room) is room
        return
    with pytest.raises(NotFound) as not_yours:
        check_room(actor, room)
    with pytest.raises(NotFound) as not_there:
        check_room(actor, None)
    assert repr(not_yours.value) == repr(not_there.value)


def test_what_a_reporter_does_carries_no_name_and_what_a_member_does_carries_theirs() -> None:
    assert MIA.author == REPORTER and MIA.role is Role.REPORTER
    assert ANA.author == Author(Role.TEAM, MemberId("ana")) and ANA.role is Role.TEAM


def test_keys_do_not_show_when_an_actor_is_printed() -> None:
    assert "kkk" not in repr(MIA) and "ppp" not in repr(ANA) and "mia" not in repr(MIA)
