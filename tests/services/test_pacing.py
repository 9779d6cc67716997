"""Rows of the queue: one at once, the rest at the end of the gap, and no words lost on the way."""

from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.events import REPORTER, Event, Kind, Role, Stream
from messenger.domain.ids import ClientId, OrganizationId, RoomId
from messenger.domain.report import Urgency
from messenger.domain.room import Room
from messenger.ports.storage import Outcome
from messenger.services.pacing import HeldRows, NewestWords, ShownRow
from messenger.services.roster import Names
from tests.contracts.world import OAK

NAMES = Names(OAK, {}, {})
ROOM = Room(RoomId("r"), OrganizationId("o"), None, 1000, "other", Urgency.NORMAL)


def said(number: int, kind: Kind = Kind.MESSAGE_POSTED, room: Room = ROOM) -> Outcome:
    event = Event(room.id, Stream.ROOM, number, kind, REPORTER, ClientId(f"c{number}"))
    return Outcome(room.replace(head=number), (event,))


def words(number: int) -> NewestWords:
    return NewestWords(Role.REPORTER, f"word {number}", number)


def test_the_first_words_in_a_gap_are_shown_at_once() -> None:
    assert HeldRows().show(said(1), NAMES, words(1)) == ShownRow(said(1).room, NAMES, words(1))


def test_of_what_follows_in_the_gap_the_newest_is_shown_at_its_end() -> None:
    pace = HeldRows()
    pace.show(said(1), NAMES, words(1))

    assert [pace.show(said(n), NAMES, words(n)) for n in (2, 3)] == [None, None]

    assert pace.take() == [ShownRow(said(3).room, NAMES, words(3))]
    assert pace.take() == []


def test_after_a_quiet_gap_words_are_shown_at_once_again() -> None:
    pace = HeldRows()
    pace.show(said(1), NAMES, words(1))
    pace.take()

    assert pace.show(said(2), NAMES, words(2)) is not None


def test_a_claim_never_waits_and_takes_the_words_along_that_did() -> None:
    pace = HeldRows()
    pace.show(said(1), NAMES, words(1))
    pace.show(said(2), NAMES, words(2))

    shown = pace.show(said(3, Kind.ROOM_CLAIMED), NAMES, None)

    assert shown == ShownRow(said(3).room, NAMES, words(2))
    assert pace.take() == []


def test_what_is_said_again_waits_whatever_it_is() -> None:
    pace, report = HeldRows(), said(1, Kind.REPORT_SUBMITTED)
    again = report.replace(repeated=True)

    assert pace.show(report, NAMES, words(1)) is not None
    assert [pace.show(again, NAMES, words(1)) for _ in range(3)] == [None] * 3

    assert pace.take() == [ShownRow(report.room, NAMES, words(1))]


def test_one_room_s_flood_holds_up_no_other_room() -> None:
    pace, other = HeldRows(), ROOM.replace(id=RoomId("other"))
    for number in range(1, 5):
        pace.show(said(number), NAMES, words(number))

    assert pace.show(said(1, room=other), NAMES, words(1)) is not None


@given(st.lists(st.sampled_from(["words", "claim", "end of gap"]), max_size=30))
def test_in_the_end_everybody_has_the_newest_row_and_the_newest_words(acts: list[str]) -> None:
    pace, shown, spoken, number = HeldRows(), list[ShownRow](), 0, 0
    for act in [*acts, "end of gap"]:
        if act == "end of gap":
            shown += pace.take()
            continue
        number += 1
        spoken = number if act == "words" else spoken
        kind = Kind.MESSAGE_POSTED if act == "words" else Kind.ROOM_CLAIMED
        row = pace.show(said(number, kind), NAMES, words(number) if act == "words" else None)
        shown += [row] if row else []

    heads = [row.room.head for row in shown]
    told = [row.words.at for row in shown if row.words]
    assert heads == sorted(heads) and heads[-1:] == ([number] if number else [])
    assert told[-1:] == ([spoken] if spoken else [])
