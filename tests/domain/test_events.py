"""What happened, by whom, and that what was said never shows by itself."""

from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.attachment import Announced
from messenger.domain.commands import Post, Said
from messenger.domain.events import REPORTER, SYSTEM, Author, Content, Event, Kind, Role, Stream
from messenger.domain.ids import ClientId, MemberId, OrganizationId, RoomId, SessionId
from messenger.domain.keys import (
    Approval,
    Credentials,
    Invitation,
    KeyPair,
    ReceiptRow,
    Recipient,
    RoomGrant,
    Session,
    TeamGeneration,
    TeamGrant,
)
from messenger.domain.report import Report

secrets = st.text(alphabet="XYZ", min_size=8, max_size=12)
members = st.text(min_size=1).map(MemberId)


@given(st.sampled_from([REPORTER, SYSTEM]) | members.map(lambda id: Author(Role.TEAM, id)))
def test_an_author_reads_back_from_its_key(author: Author) -> None:
    assert Author.of_key(author.key) == author


@given(st.lists(members.map(lambda id: Author(Role.TEAM, id)) | st.just(REPORTER), max_size=5))
def test_two_authors_never_share_a_key(authors: list[Author]) -> None:
    assert len({author.key for author in authors}) == len(set(authors))


@given(secrets)
def test_what_is_said_or_sealed_does_not_show_when_a_value_is_printed(secret: str) -> None:
    raw, room, member = secret.encode(), RoomId("r"), MemberId("m")
    oak = OrganizationId("oak")
    values = [
        Said(raw, raw),
        Post(room, REPORTER, ClientId("c"), Said(raw, raw)),
        Event(room, Stream.ROOM, 1, Kind.CLOSED, REPORTER, ClientId("c"), "", raw, raw),
        Content(0, secret, {"name": secret}),
        Report("other", secret, where=secret, when=secret, who=secret, name=secret, contact=secret),
        KeyPair(b"public", raw),
        RoomGrant(room, "team", 1, raw),  # type: ignore[arg-type]
        Credentials(member, raw, "cost", raw, raw),
        Session(SessionId(raw), "o", room, None, 1, raw, raw),  # type: ignore[arg-type]
        ReceiptRow(raw, room, raw, raw),
        TeamGeneration(oak, 1, b"public", raw, raw),
        TeamGrant(oak, 1, Recipient.MEMBER, member, raw),
        Approval(member, 1, raw),
        Invitation(raw, member, 1),
        Announced("image/png", 1, secret, secret),
    ]

    for value in values:
        assert secret not in repr(value), type(value)
        assert secret not in str(value), type(value)
