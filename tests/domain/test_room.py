"""The rules of a conversation, held by a machine that does whatever people could do, in any order."""

from datetime import date

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from messenger.domain.commands import (
    Attach,
    BringIn,
    Claim,
    Close,
    Command,
    Delete,
    HandOver,
    Introduce,
    LapseClaim,
    MarkMailed,
    MarkSeen,
    Post,
    Quarantine,
    Reopen,
    Said,
    Triage,
)
from messenger.domain.errors import (
    NotFound,
    NothingChanges,
    NotYourClaim,
    Refusal,
    RoomIsClosed,
    RoomIsDeleted,
    RoomIsOpen,
    RoomIsTaken,
)
from messenger.domain.events import REPORTER, SYSTEM, Author, Event, Kind, Role, Stream
from messenger.domain.ids import AttachmentId, ClientId, MemberId, OrganizationId, RoomId
from messenger.domain.report import Urgency
from messenger.domain.room import MAIL_AFTER, MAIL_AGAIN_AFTER, MAIL_CLAIMED_AFTER, Room, Status

NOON = 1_900_000_000
TODAY = date(2030, 3, 17)
ANA, BEN, CLEO = (MemberId(name) for name in ("ana", "ben", "cleo"))
BEFORE = Room(RoomId("room"), OrganizationId("oak"), None, 0, "other", Urgency.NORMAL)
ROOM = BEFORE.opened(1042, NOON)
ID = ClientId("an-id-0001")
SAID = Said(b"sealed", b"digest")
FILE = AttachmentId("file")


def team(member: MemberId) -> Author:
    return Author(Role.TEAM, member)


def claim(by: MemberId) -> Claim:
    return Claim(ROOM.id, team(by), ID, SAID)


def post(author: Author) -> Post:
    return Post(ROOM.id, author, ID, SAID)


def hand_over(by: MemberId, to: MemberId | None) -> HandOver:
    return HandOver(ROOM.id, team(by), ID, SAID, to, Said(b"summary", b"d"))


def close(by: MemberId, took: int | None = 60) -> Close:
    return Close(ROOM.id, team(by), ID, SAID, took)


def after(*commands: Command, room: Room = ROOM, at: int = NOON) -> Room:
    for command in commands:
        room, _ = room.decide(command, at)
    return room


CLAIMED = after(claim(ANA))
CLOSED = after(close(ANA), room=CLAIMED)


def test_a_room_opens_with_its_report_whose_sender_waits_from_then_or_since_before() -> None:
    room, before = BEFORE.opened(7, NOON), BEFORE.replace(waiting_since=NOON - 60).opened(8, NOON)

    assert (room.number, room.head, room.status) == (7, 1, Status.NEW)
    assert (room.waiting_since, room.mail_due, room.mailed) == (NOON, NOON + MAIL_AFTER, False)
    assert (before.waiting_since, before.mail_due) == (NOON - 60, NOON - 60 + MAIL_AFTER)


def test_the_first_who_claims_has_it_and_the_second_is_told_so() -> None:
    with pytest.raises(RoomIsTaken):
        CLAIMED.decide(claim(BEN), NOON)
    with pytest.raises(RoomIsClosed):
        CLOSED.decide(claim(BEN), NOON)

    assert CLAIMED.responder == ANA and CLAIMED.status is Status.ACTIVE


def test_a_reporter_claims_and_reopens_nothing() -> None:
    with pytest.raises(NotFound):
        ROOM.decide(Claim(ROOM.id, REPORTER, ID, SAID), NOON)
    with pytest.raises(NotFound):
        CLOSED.decide(Reopen(ROOM.id, REPORTER, ID, SAID), NOON)
    with pytest.raises(NotYourClaim):
        ROOM.decide(Close(ROOM.id, REPORTER, ID, SAID, None), NOON)


def test_what_was_closed_by_one_is_opened_by_the_reporters_words_and_closed_to_the_teams() -> None:
    with pytest.raises(RoomIsClosed):
        CLOSED.decide(post(team(ANA)), NOON)
    with pytest.raises(RoomIsClosed):
        CLOSED.decide(close(ANA), NOON)
    with pytest.raises(RoomIsClosed):
        CLOSED.decide(BringIn(ROOM.id, team(ANA), ID, SAID, BEN), NOON)
    again = after(post(REPORTER), room=CLOSED, at=NOON + 9)

    assert again.status is Status.WAITING and again.waiting_since == NOON + 9
    assert after(Reopen(ROOM.id, team(BEN), ID, SAID), room=CLOSED).responder == BEN
    with pytest.raises(RoomIsOpen):
        again.decide(Reopen(ROOM.id, team(BEN), ID, SAID), NOON)


def test_only_the_holder_hands_over_and_only_to_somebody_else() -> None:
    with pytest.raises(NotYourClaim):
        CLAIMED.decide(hand_over(BEN, CLEO), NOON)
    with pytest.raises(NothingChanges):
        CLAIMED.decide(hand_over(ANA, ANA), NOON)
    handed, events = CLAIMED.decide(hand_over(ANA, BEN), NOON)
    back = after(hand_over(ANA, None), room=CLAIMED)

    assert handed.responder == BEN and ANA in handed.participants
    assert [(event.stream, event.kind) for event in events] == [
        (Stream.ROOM, Kind.HANDED_OVER),
        (Stream.FILE, Kind.SUMMARY_WRITTEN),
    ]
    assert [event.subject for event in events] == [BEN, ""]
    assert back.responder is None and back.returned and back.status is Status.WAITING
    assert not after(claim(BEN), room=back).returned
    assert [event.subject for event in CLAIMED.decide(hand_over(ANA, None), NOON)[1]] == ["", ""]


def test_a_claim_lapses_only_from_the_one_who_disappeared() -> None:
    with pytest.raises(NothingChanges):
        CLAIMED.decide(LapseClaim(ROOM.id, ID, BEN), NOON)
    with pytest.raises(NothingChanges):
        ROOM.decide(LapseClaim(ROOM.id, ID, BEN), NOON)
    lapsed, (event,) = CLAIMED.decide(LapseClaim(ROOM.id, ID, ANA), NOON)

    assert lapsed.returned and lapsed.responder is None
    assert event.author == SYSTEM and event.sealed == b""


def test_urgency_changes_in_the_staffs_file_only_and_not_to_what_it_is() -> None:
    triage = Triage(ROOM.id, team(ANA), ID, SAID, Urgency.LIFE_SAFETY)
    raised, (event,) = ROOM.decide(triage, NOON)

    assert raised.urgency is Urgency.LIFE_SAFETY and raised.head == ROOM.head
    assert event.stream is Stream.FILE and event.subject == "life_safety"
    with pytest.raises(NothingChanges):
        raised.decide(triage, NOON)


def test_how_long_it_took_is_counted_once_and_never_below_zero() -> None:
    early = after(claim(ANA), post(team(ANA)), at=NOON - 5)
    late = after(claim(ANA), room=after(hand_over(ANA, None), room=early), at=NOON + 900)

    assert early.pace.to_claim == early.pace.to_answer == 0
    assert late.pace.to_claim == 0
    assert after(claim(ANA), room=ROOM.replace(waiting_since=None)).pace.to_claim is None
    assert CLOSED.pace.to_close == 60


def test_a_colleague_asked_in_may_answer_and_is_asked_once() -> None:
    bring = BringIn(ROOM.id, team(ANA), ID, SAID, BEN)
    with pytest.raises(NotYourClaim):
        CLAIMED.decide(BringIn(ROOM.id, team(CLEO), ID, SAID, BEN), NOON)
    joined, (event,) = CLAIMED.decide(bring, NOON)
    both = after(BringIn(ROOM.id, team(BEN), ID, SAID, CLEO), room=joined)

    assert (event.kind, event.subject) == (Kind.COLLEAGUE_JOINED, BEN)
    assert both.invited == (BEN, CLEO)
    assert joined.invited == (BEN,) and after(post(team(BEN)), room=joined).waiting_since is None
    with pytest.raises(NothingChanges):
        joined.decide(bring, NOON)
    assert after(MarkSeen(ROOM.id, team(BEN), 1), room=joined).invited == ()


def test_each_side_has_read_so_far_and_who_was_asked_in_is_asked_until_they_look() -> None:
    def reads(by: Author, seq: int, room: Room) -> Room:
        return after(MarkSeen(ROOM.id, by, seq), room=room)

    room = CLAIMED.replace(head=4, participants=(ANA, BEN, CLEO), invited=(BEN, CLEO))
    reporter = reads(REPORTER, 2, reads(REPORTER, 3, room))
    ana = reads(team(ANA), 2, reads(team(ANA), 3, room))
    ben = reads(team(BEN), 9, ana)

    assert reporter == room.replace(seen_by_reporter=3)
    assert ana == room.replace(seen_by_team=3)
    assert ben == room.replace(seen_by_team=4, invited=(CLEO,))
    assert reads(team(CLEO), 1, ben) == room.replace(seen_by_team=4, invited=())


def test_a_file_is_said_by_whoever_may_say_something() -> None:
    def attach(author: Author) -> Attach:
        return Attach(ROOM.id, author, ID, SAID, FILE)

    shown, (event,) = CLAIMED.decide(attach(REPORTER), NOON)
    answered = after(attach(team(ANA)), room=CLAIMED, at=NOON + 9)

    assert (event.stream, event.kind, event.subject) == (Stream.ROOM, Kind.ATTACHMENT_ADDED, FILE)
    assert (shown.waiting_since, answered.waiting_since) == (NOON, None)
    assert answered.pace.to_answer == 9
    with pytest.raises(NotYourClaim):
        CLAIMED.decide(attach(team(BEN)), NOON)


def test_a_mail_is_due_anew_when_somebody_else_is_waited_for() -> None:
    mailed = after(MarkMailed(ROOM.id, ROOM.mail_due))
    claimed = after(claim(ANA), room=mailed, at=NOON + 90)
    handed = after(hand_over(ANA, BEN), room=claimed, at=NOON + 200)
    back = after(hand_over(BEN, None), room=handed, at=NOON + 300)

    assert mailed.mailed and not claimed.mailed
    assert [room.mail_due for room in (ROOM, claimed, handed, back)] == [
        NOON + MAIL_AFTER,
        NOON + 90 + MAIL_CLAIMED_AFTER,
        NOON + 200 + MAIL_CLAIMED_AFTER,
        NOON + MAIL_AFTER,
    ]


def test_what_is_deleted_is_closed_until_its_day_and_takes_no_more_words() -> None:
    deleted = after(Delete(ROOM.id, REPORTER, ID, TODAY))

    assert (deleted.status, deleted.waiting_since) == (Status.CLOSED, None)
    assert deleted.delete_on == "2030-03-17"
    with pytest.raises(NotFound):
        deleted.decide(post(REPORTER), NOON)


def test_where_its_reporter_deleted_the_team_says_and_takes_nothing_but_hides_a_file() -> None:
    bring = BringIn(ROOM.id, team(ANA), ID, SAID, BEN)
    returned = after(bring, hand_over(ANA, None), room=CLAIMED)
    deleted = after(Delete(ROOM.id, REPORTER, ID, TODAY), room=returned)

    for command, refusal in (
        (Reopen(ROOM.id, team(ANA), ID, SAID), RoomIsDeleted),
        (claim(ANA), RoomIsClosed),
        (post(team(ANA)), RoomIsClosed),
        (Attach(ROOM.id, team(ANA), ID, SAID, FILE), RoomIsClosed),
        (BringIn(ROOM.id, team(ANA), ID, SAID, BEN), RoomIsClosed),
        (close(ANA), RoomIsClosed),
        (hand_over(ANA, BEN), NotYourClaim),
    ):
        with pytest.raises(refusal):
            deleted.decide(command, NOON)
    hidden, (event,) = deleted.decide(Quarantine(ROOM.id, team(ANA), ID, SAID, FILE), NOON)

    assert (event.stream, event.subject) == (Stream.FILE, FILE)
    assert (hidden.status, hidden.delete_on) == (Status.CLOSED, deleted.delete_on)
    assert (deleted.invited, deleted.returned) == ((), False)


def test_a_mail_is_due_no_longer_once_it_was_answered_and_words_do_not_put_it_off() -> None:
    assert after(post(REPORTER), room=CLAIMED, at=NOON + 90) == CLAIMED.replace(head=3)
    answered = after(post(team(ANA)), room=CLAIMED, at=NOON + 90)
    again = after(post(REPORTER), room=answered, at=NOON + 200)

    assert answered.mail_due is None and CLOSED.mail_due is None
    assert after(Delete(ROOM.id, REPORTER, ID, TODAY)).mail_due is None
    assert again.mail_due == NOON + 200 + MAIL_CLAIMED_AFTER
    assert after(post(REPORTER), room=CLOSED, at=NOON + 9).mail_due == NOON + 9 + MAIL_AFTER


def test_a_mail_is_due_once_more_after_the_first_and_then_no_more() -> None:
    once = after(MarkMailed(ROOM.id, ROOM.mail_due), at=NOON + 70)
    twice = after(MarkMailed(ROOM.id, once.mail_due), room=once, at=NOON + 700)

    assert once.mailed and once.mail_due == NOON + 70 + MAIL_AGAIN_AFTER
    assert twice.mailed and twice.mail_due is None


def test_a_mail_that_went_out_late_is_not_taken_for_the_one_that_is_due_since() -> None:
    claimed = after(claim(ANA), MarkMailed(ROOM.id, ROOM.mail_due), at=NOON + 90)

    assert not claimed.mailed


members = st.sampled_from([ANA, BEN, CLEO])
moments = st.integers(NOON - 100, NOON + 10**6)
seqs = st.integers(0, 60)


class Conversation(RuleBasedStateMachine):
    """Whatever is asked of a room, in any order, by anybody, on a clock that steps back."""

    def __init__(self) -> None:
        super().__init__()
        self.room = ROOM
        self.streams: dict[Stream, list[Event]] = {Stream.ROOM: [], Stream.FILE: []}
        self.somebody_waits = True
        self.done = 0

    @initialize(waiting_since=moments)
    def reported(self, waiting_since: int) -> None:
        self.room = ROOM.replace(head=0, waiting_since=waiting_since)

    def ask(self, command: Command, now: int) -> bool:
        before = self.room
        try:
            room, events = before.decide(command, now)
        except Refusal:
            assert self.room == before
            return False
        for event in events:
            self.streams[event.stream].append(event)
        self.check_step(before, room)
        self.room, self.done = room, self.done + 1
        return True

    def check_step(self, before: Room, room: Room) -> None:
        """What no single step may do."""
        assert (room.id, room.organization, room.number) == (ROOM.id, ROOM.organization, 1042)
        assert room.participants[: len(before.participants)] == before.participants
        assert room.seen_by_team >= before.seen_by_team
        assert room.seen_by_reporter >= before.seen_by_reporter
        for was, now in (
            (before.pace.to_claim, room.pace.to_claim),
            (before.pace.to_answer, room.pace.to_answer),
        ):
            assert was is None or was == now
        if before.waiting_since is not None and room.waiting_since is not None:
            assert room.waiting_since == before.waiting_since, "waiting must not begin anew"

    @rule(now=moments)
    def the_reporter_writes(self, now: int) -> None:
        may = not self.room.delete_on
        assert self.ask(post(REPORTER), now) == may, "a reporter's words always get in"
        self.somebody_waits |= may

    @rule(now=moments)
    def the_reporter_says_who_they_are(self, now: int) -> None:
        assert self.ask(Introduce(ROOM.id, REPORTER, ID, SAID), now)

    @rule(by=members, now=moments)
    def somebody_answers(self, by: MemberId, now: int) -> None:
        may = by in self.room.participants and self.room.status is not Status.CLOSED
        assert self.ask(post(team(by)), now) == may
        self.somebody_waits &= not may

    @rule(by=members, now=moments)
    def somebody_claims(self, by: MemberId, now: int) -> None:
        may = self.room.status in (Status.NEW, Status.WAITING)
        assert self.ask(claim(by), now) == may
        assert not may or self.room.responder == by
        assert not may or not self.somebody_waits or not self.room.mailed

    @rule(who=members, now=moments)
    def a_claim_lapses(self, who: MemberId, now: int) -> None:
        may = self.room.responder == who
        assert self.ask(LapseClaim(ROOM.id, ID, who), now) == may
        self.somebody_waits |= may
        assert not may or not self.room.mailed

    @rule(by=members, to=st.none() | members, now=moments)
    def somebody_hands_over(self, by: MemberId, to: MemberId | None, now: int) -> None:
        may = self.room.responder == by != to
        assert self.ask(hand_over(by, to), now) == may
        self.somebody_waits |= may and to is None

    @rule(by=members, who=members, now=moments)
    def somebody_asks_a_colleague_in(self, by: MemberId, who: MemberId, now: int) -> None:
        participants, closed = self.room.participants, self.room.status is Status.CLOSED
        may = not closed and by in participants and who not in participants
        assert self.ask(BringIn(ROOM.id, team(by), ID, SAID, who), now) == may

    @rule(by=members, now=moments, took=st.none() | st.integers(0, 10**6))
    def somebody_closes(self, by: MemberId, now: int, took: int | None) -> None:
        may = self.room.responder == by
        assert self.ask(close(by, took), now) == may
        self.somebody_waits &= not may

    @precondition(lambda self: self.room.status is Status.CLOSED)
    @rule(by=members, now=moments)
    def somebody_reopens(self, by: MemberId, now: int) -> None:
        may = not self.room.delete_on
        assert self.ask(Reopen(ROOM.id, team(by), ID, SAID), now) == may

    @rule(by=members, urgency=st.sampled_from(Urgency), now=moments)
    def somebody_changes_the_urgency(self, by: MemberId, urgency: Urgency, now: int) -> None:
        may = urgency is not self.room.urgency
        assert self.ask(Triage(ROOM.id, team(by), ID, SAID, urgency), now) == may

    @rule(by=st.just(REPORTER) | members.map(team), seq=seqs, now=moments)
    def somebody_reads(self, by: Author, seq: int, now: int) -> None:
        assert self.ask(MarkSeen(ROOM.id, by, seq), now)

    @rule(now=moments)
    def a_mail_goes_out(self, now: int) -> None:
        was_due = self.room.mail_due is not None
        assert self.ask(MarkMailed(ROOM.id, self.room.mail_due), now)
        assert self.room.mailed or not was_due

    @invariant()
    def numbers_have_no_gap(self) -> None:
        for stream, head in ((Stream.ROOM, self.room.head), (Stream.FILE, self.room.file_head)):
            seqs = [event.seq for event in self.streams[stream]]
            assert seqs == list(range(1, head + 1))

    @invariant()
    def at_most_one_holds_it_and_exactly_while_it_is_active(self) -> None:
        assert (self.room.responder is not None) == (self.room.status is Status.ACTIVE)
        assert self.room.responder is None or self.room.responder in self.room.participants

    @invariant()
    def waiting_is_noted_exactly_while_somebody_waits(self) -> None:
        assert (self.room.waiting_since is not None) == self.somebody_waits

    @invariant()
    def a_mail_is_due_only_while_somebody_waits_and_until_one_went_out(self) -> None:
        assert self.somebody_waits or self.room.mail_due is None
        assert not self.somebody_waits or self.room.mailed or self.room.mail_due is not None

    @invariant()
    def nothing_is_read_that_was_not_written(self) -> None:
        assert max(self.room.seen_by_team, self.room.seen_by_reporter) <= self.room.head

    @invariant()
    def who_takes_part_does_so_once_and_who_is_asked_takes_part(self) -> None:
        assert len(set(self.room.participants)) == len(self.room.participants)
        assert set(self.room.invited) <= set(self.room.participants)

    @invariant()
    def what_came_back_ranks_higher_only_until_somebody_takes_it(self) -> None:
        assert not self.room.returned or self.room.status is Status.WAITING

    @invariant()
    def closed_is_quiet(self) -> None:
        if self.room.status is Status.CLOSED:
            assert not self.room.invited and not self.room.returned

    @invariant()
    def nothing_hidden_is_an_event_of_the_room(self) -> None:
        hidden = {Kind.SUMMARY_WRITTEN, Kind.TRIAGED}
        assert not any(event.kind in hidden for event in self.streams[Stream.ROOM])
        assert all(event.kind in hidden for event in self.streams[Stream.FILE])

    @invariant()
    def no_pace_is_below_zero(self) -> None:
        pace = self.room.pace
        assert all(took is None or took >= 0 for took in (pace.to_claim, pace.to_answer))


class DeletedConversation(Conversation):
    """The same with a reporter who deletes it: apart, since little happens after that."""

    @rule(now=moments)
    def the_reporter_deletes(self, now: int) -> None:
        may = self.room.status is not Status.ACTIVE and self.room.urgency is Urgency.NORMAL
        assert self.ask(Delete(ROOM.id, REPORTER, ID, TODAY), now) == may
        self.somebody_waits &= not may

    @invariant()
    def what_is_deleted_stays_closed(self) -> None:
        assert not self.room.delete_on or self.room.status is Status.CLOSED


TestConversation = Conversation.TestCase
TestConversation.settings = settings(max_examples=200, stateful_step_count=40)
TestDeletedConversation = DeletedConversation.TestCase
TestDeletedConversation.settings = settings(max_examples=200, stateful_step_count=40)
