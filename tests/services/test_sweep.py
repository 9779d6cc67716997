"""What happens though nobody asks: claims lapse, one mail goes out, what was deleted goes."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from gettext import NullTranslations
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from messenger import rounds
from messenger.domain.access import Responder
from messenger.domain.attachment import Announced, Erasure
from messenger.domain.errors import RoomIsClosed, StoreDown
from messenger.domain.events import Kind, Role, Stream
from messenger.domain.ids import RoomId
from messenger.domain.room import Room, Status
from messenger.live.presence import PRESENCE_LEASE, Leases
from messenger.live.shown import SHOWN_FOR, ShownRooms
from messenger.ports.live import CONSOLE, Seat, Viewer, queue_topic, room_topic
from messenger.ports.notify import Mail, MailDown
from messenger.ports.security import SEGMENT
from messenger.ports.storage import Rooms
from messenger.protocol.closing import Close
from messenger.services.reporting import WayIn
from messenger.services.sweep import CLAIM_PATIENCE, MAIL_PATIENCE, SWEEP_LEASE, Sweep
from messenger.services.telling import Teller
from messenger.services.wording import Wording
from messenger.storage.leases import StoredLeases
from messenger.storage.rooms import StoredRooms
from messenger.web.pages import say_moment
from tests.cast import ORIGIN, TEASING, WEAPON, House, open_house
from tests.clocks import StoppedClock
from tests.fakes.plain import PHOTO

WORDING = Wording(NullTranslations(), say_moment)


@dataclass
class Postbox:
    """A mailer that keeps what it is given; `broken` addresses take nothing.

    `meanwhile` is what happens while it takes the next mail.
    """

    mails: list[Mail] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def send(self, mail: Mail) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        if mail.to in self.broken:
            raise MailDown
        self.mails.append(mail)


@dataclass
class Evening:
    """A house with its sweep, on one stopped clock."""

    house: House
    clock: StoppedClock
    presence: Leases
    shown: ShownRooms
    postbox: Postbox
    sweep: Sweep

    async def send_mails(self) -> None:
        """Both rounds of it, one after the other."""
        await self.sweep.send_mails(urgent=True)
        await self.sweep.send_mails(urgent=False)

    async def claimed_by(self, responder: Responder, way_in: WayIn) -> Room:
        chat = self.house.desks.chat
        here, _ = await chat.enter(responder, way_in.reporter.room)
        self.presence.renew(Seat(CONSOLE, responder.member))
        return (await chat.claim(here, "claim-0001")).room

    async def room(self, room: RoomId) -> Room:
        found = await self.house.parts.rooms.find_room(room)
        assert found is not None
        return found

    async def on_duty(self, login: str) -> Responder:
        responder = await self.house.responder(login)
        await self.house.desks.duty.go(responder, on=True)
        return responder


@pytest.fixture
async def evening(tmp_path: Path) -> AsyncIterator[Evening]:
    clock = StoppedClock()
    async with open_house(tmp_path, clock) as house:
        yield at_evening(house, clock)


def at_evening(
    house: House,
    clock: StoppedClock,
    rooms: Rooms | None = None,
    presence: Leases | None = None,
) -> Evening:
    """A sweep like the one `app` makes; another process, or a new one, has another one."""
    presence = presence or Leases(clock.monotonic)
    shown, postbox = ShownRooms(clock.monotonic), Postbox()
    teller = Teller(house.bus, presence, house.parts.roster, str)
    parts = house.parts
    sweep = Sweep(
        parts.journal, parts.directory, rooms or parts.rooms, parts.sessions, parts.leasing, parts.attachments,
        parts.files, presence, shown,
        parts.roster, teller, WORDING, postbox, parts.chance, clock, ORIGIN,
    )  # fmt: skip
    return Evening(house, clock, presence, shown, postbox, sweep)


# Claims


async def test_a_claim_lapses_after_patience_and_not_before(evening: Evening) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    evening.clock.pass_by(seconds=CLAIM_PATIENCE)
    await evening.sweep.run()
    assert (await evening.room(room.id)).responder == ana.member
    evening.clock.pass_by(seconds=1)
    await evening.sweep.run()

    lapsed = await evening.room(room.id)
    assert lapsed.status is Status.WAITING and lapsed.returned and lapsed.responder is None
    events = await evening.house.parts.rooms.events(room.id, Stream.ROOM, 0)
    assert [event.kind for event in events][-1] is Kind.CLAIM_LAPSED
    await evening.sweep.run()
    assert (await evening.room(room.id)).head == lapsed.head


async def test_of_a_claim_that_lapses_every_open_page_is_told_at_once(evening: Evening) -> None:
    ana, mia = await evening.house.responder("ana"), await evening.house.report(TEASING)
    await evening.claimed_by(ana, mia)
    room, bus = mia.reporter.room, evening.house.bus
    console, hers, his = [
        bus.join(Viewer(topic, role, ana.session, None, None), lambda: None)
        for topic, role in (
            (queue_topic(ana.organization), Role.TEAM),
            (room_topic(room), Role.REPORTER),
            (room_topic(room), Role.TEAM),
        )
    ]

    evening.clock.pass_by(seconds=CLAIM_PATIENCE + 1)
    await evening.sweep.run()

    ((row,), *in_room) = [
        [json.loads(push.text) for push in watch.pending] for watch in (console, hers, his)
    ]
    assert (row["t"], row["row"]["status"], row["row"].get("responder")) == ("row", "waiting", None)
    for event, state in in_room:
        assert (event["t"], event["kind"]) == ("event", "claim_lapsed")
        assert (state["t"], state["status"], state.get("responder")) == ("state", "waiting", None)


async def test_whoever_is_still_heard_of_keeps_the_claim(evening: Evening) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    for _ in range(20):
        evening.clock.pass_by(seconds=20)
        evening.presence.renew(Seat(CONSOLE, ana.member))
        await evening.sweep.run()

    assert (await evening.room(room.id)).responder == ana.member


async def test_after_a_restart_nobody_is_gone_before_a_lease_could_have_run_out(
    evening: Evening,
) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())
    evening.clock.pass_by(hours=1)

    restarted = at_evening(evening.house, evening.clock)
    await restarted.sweep.run()
    restarted.clock.pass_by(seconds=PRESENCE_LEASE + 1)
    await restarted.sweep.run()
    assert (await evening.room(room.id)).responder == ana.member

    restarted.clock.pass_by(seconds=CLAIM_PATIENCE - PRESENCE_LEASE)
    await restarted.sweep.run()
    assert (await evening.room(room.id)).responder is None


async def test_after_a_break_nobody_is_gone_who_could_not_be_heard(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("messenger.services.sweep.current_time", evening.clock.monotonic)
    ana, ben = await evening.house.responder("ana"), await evening.house.responder("ben")
    hers = await evening.claimed_by(ana, await evening.house.report())
    his = await evening.claimed_by(ben, await evening.house.report(TEASING, "draft-0002"))
    await evening.sweep.run()

    evening.clock.pass_by(minutes=10)  # Paused, say, or without its database.
    await evening.sweep.run()
    assert (await evening.room(hers.id)).responder == ana.member
    for _ in range(8):
        evening.clock.pass_by(seconds=20)
        evening.presence.renew(Seat(CONSOLE, ana.member))
        await evening.sweep.run()

    assert (await evening.room(hers.id)).responder == ana.member
    assert (await evening.room(his.id)).responder is None


async def test_slow_rounds_are_no_break(evening: Evening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("messenger.services.sweep.current_time", evening.clock.monotonic)

    async def slowly() -> None:
        evening.clock.pass_by(minutes=1)

    monkeypatch.setattr(evening.sweep, "give_up_files", slowly)
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    for _ in range(4):
        await evening.sweep.run()

    assert (await evening.room(room.id)).responder is None


# Mail


async def test_a_mail_goes_to_those_on_duty_after_a_minute_without_any_content(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    await evening.house.responder("ben")
    await evening.house.report(TEASING)

    evening.clock.pass_by(seconds=60)
    await evening.send_mails()
    assert evening.postbox.mails == []
    evening.clock.pass_by(seconds=1)
    await evening.send_mails()

    (mail,) = evening.postbox.mails
    assert mail.to == "ana@r.test"
    assert mail.subject == "Someone is waiting"
    for content in (TEASING.what, "bullying", "Bullying", "Lincoln", "R-1", "names"):
        assert content not in mail.subject + mail.text


async def test_a_room_some_console_shows_is_not_mailed_about_until_it_stops(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    reporter = (await evening.house.report(TEASING)).reporter
    evening.clock.pass_by(seconds=90)
    evening.shown.mark(reporter.organization, [reporter.room])

    await evening.send_mails()
    assert evening.postbox.mails == []
    evening.clock.pass_by(seconds=SHOWN_FOR)
    await evening.send_mails()
    assert len(evening.postbox.mails) == 1


async def test_a_console_that_shows_it_beside_an_empty_chair_puts_a_mail_off_for_five_minutes(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    reporter = (await evening.house.report(TEASING)).reporter

    mails = []
    for _ in range(4 * 5 + 1):
        evening.clock.pass_by(seconds=15)
        evening.shown.mark(reporter.organization, [reporter.room])
        await evening.send_mails()
        mails.append(len(evening.postbox.mails))

    assert mails[:19] == [0] * 19
    assert mails[19:] == [1, 1]


@pytest.mark.parametrize("is_shown", [False, True])
async def test_a_clock_that_was_ahead_keeps_no_mail_back(evening: Evening, is_shown: bool) -> None:
    await evening.on_duty("ana")
    evening.clock.pass_by(hours=10)
    reporter = (await evening.house.report(TEASING)).reporter
    evening.clock.at -= timedelta(hours=10)

    evening.clock.pass_by(minutes=2)
    if is_shown:
        evening.shown.mark(reporter.organization, [reporter.room])
    await evening.send_mails()
    evening.clock.pass_by(hours=1)
    await evening.send_mails()

    assert [mail.to for mail in evening.postbox.mails] == ["ana@r.test"]


async def test_who_has_claimed_a_room_and_lets_its_reporter_wait_is_not_the_only_one_to_know(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    ben = await evening.house.responder("ben")
    way_in = await evening.house.report(TEASING)
    chat, room = evening.house.desks.chat, way_in.reporter.room
    here, _ = await chat.enter(ben, room)
    await chat.claim(here, "claim-0001")
    await chat.say(here, "answer-0001", "I am here.")
    mia, _ = await chat.enter(way_in.reporter, room)

    mails = []
    for number in range(2):
        await chat.say(mia, f"message-{number:04}", "Are you there?")
        for minutes in (15, 1):
            evening.clock.pass_by(minutes=minutes)
            evening.presence.renew(Seat(CONSOLE, ben.member))
            await evening.send_mails()
            mails.append(len(evening.postbox.mails))
        await chat.say(here, f"answer-1{number:03}", "I am here.")

    assert mails == [0, 1, 1, 2]
    assert TEASING.what not in evening.postbox.mails[0].text


async def test_who_claims_after_a_mail_and_goes_away_is_not_the_only_one_to_know(
    evening: Evening,
) -> None:
    await evening.on_duty("ben")
    ana, way_in = await evening.on_duty("ana"), await evening.house.report(TEASING)
    chat, room = evening.house.desks.chat, way_in.reporter.room
    mia, _ = await chat.enter(way_in.reporter, room)

    mails = []
    for number, minutes in enumerate((2, 58, 15, 1, 1, 60, 600)):
        evening.clock.pass_by(minutes=minutes)
        evening.presence.renew(Seat(CONSOLE, ana.member))
        await evening.send_mails()
        mails.append(len(evening.postbox.mails))
        if number == 1:
            await evening.claimed_by(ana, way_in)
        else:
            await chat.say(mia, f"message-{number:04}", "Are you there?")

    assert mails == [2, 2, 2, 4, 4, 4, 4]


async def test_who_is_handed_a_conversation_has_a_quarter_of_an_hour_too(evening: Evening) -> None:
    ben = await evening.on_duty("ben")
    ana, way_in = await evening.on_duty("ana"), await evening.house.report(TEASING)
    await evening.claimed_by(ana, way_in)
    here, _ = await evening.house.desks.chat.enter(ana, way_in.reporter.room)

    mails = []
    for number, minutes in enumerate((14, 2, 13, 1, 2)):
        evening.clock.pass_by(minutes=minutes)
        await evening.send_mails()
        mails.append(len(evening.postbox.mails))
        if number == 1:
            chat = evening.house.desks.chat
            await chat.hand_over(here, "hand-00001", ben.member, "Please answer her.")

    assert mails == [0, 2, 2, 2, 4]


async def test_what_is_claimed_while_a_mail_goes_out_is_mailed_about_again(
    evening: Evening,
) -> None:
    ana, way_in = await evening.on_duty("ana"), await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)

    async def meanwhile() -> None:
        await evening.claimed_by(ana, way_in)

    evening.postbox.meanwhile = meanwhile
    await evening.send_mails()
    evening.clock.pass_by(minutes=16)
    await evening.send_mails()

    assert len(evening.postbox.mails) == 2


async def test_seven_hundred_reports_are_one_mail_and_the_next_comes_ten_minutes_later(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    for number in range(12):
        await evening.house.report(TEASING, draft=f"draft-{number:04}")
    evening.clock.pass_by(minutes=2)

    await evening.send_mails()
    await evening.house.report(TEASING, draft="draft-late")
    evening.clock.pass_by(minutes=5)
    await evening.send_mails()
    assert (
        len(evening.postbox.mails) == 1 and "12 conversations at" in evening.postbox.mails[0].text
    )

    evening.clock.pass_by(minutes=5)
    await evening.send_mails()
    evening.clock.pass_by(minutes=30)
    await evening.send_mails()
    assert [mail.text.split()[0] for mail in evening.postbox.mails] == ["12", "1"]


async def test_a_danger_to_life_does_not_wait_behind_another_mail(evening: Evening) -> None:
    await evening.on_duty("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()

    await evening.house.report(draft="draft-gun1")
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()

    subjects = [mail.subject for mail in evening.postbox.mails]
    assert subjects == ["Someone is waiting", "Someone is waiting - urgent"]


async def test_many_dangers_to_life_are_one_mail_in_five_minutes_and_others_go_along(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")

    for number in range(10):
        await evening.house.report(draft=f"draft-{number:04}")
        await evening.house.report(TEASING, draft=f"tease-{number:04}")
        evening.clock.pass_by(seconds=61)
        await evening.send_mails()

    assert [mail.text.split()[0] for mail in evening.postbox.mails] == ["2", "10"]
    assert all(mail.subject == "Someone is waiting - urgent" for mail in evening.postbox.mails)


async def test_when_it_is_about_a_life_and_nobody_is_on_duty_everybody_is_told(
    evening: Evening,
) -> None:
    for login in ("ana", "ben"):
        await evening.house.responder(login)
    await evening.house.member("cleo", approved=False)
    await evening.house.report()
    evening.clock.pass_by(minutes=2)

    await evening.send_mails()

    assert {mail.to for mail in evening.postbox.mails} == {"ana@r.test", "ben@r.test"}
    assert all(mail.subject == "Someone is waiting - urgent" for mail in evening.postbox.mails)


async def a_sunday(evening: Evening) -> Responder:
    """Ana forgot to go off duty; nobody else is on it."""
    await evening.house.responder("ben")
    await evening.house.member("cleo", approved=False)
    return await evening.on_duty("ana")


async def test_who_forgot_to_go_off_duty_is_not_the_only_one_to_know_of_a_danger_to_life(
    evening: Evening, other: Evening
) -> None:
    await a_sunday(evening)
    await evening.house.report()
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()
    await evening.sweep.stop()

    evening.clock.pass_by(minutes=10)
    await other.send_mails()
    assert [mail.to for mail in evening.postbox.mails] == ["ana@r.test"]
    assert other.postbox.mails == []
    for minutes in (1, 10, 600):
        evening.clock.pass_by(minutes=minutes)
        await other.send_mails()

    assert sorted(mail.to for mail in other.postbox.mails) == ["ana@r.test", "ben@r.test"]
    assert all(mail.subject == "Someone is waiting - urgent" for mail in other.postbox.mails)


async def test_not_everybody_is_told_of_what_is_claimed_or_answered_or_no_danger_to_life(
    evening: Evening,
) -> None:
    ana = await a_sunday(evening)
    await evening.house.report(TEASING)
    answered, claimed = [
        await evening.house.report(draft=f"draft-{name}") for name in ("0001", "0002")
    ]
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()

    chat = evening.house.desks.chat
    for way_in in (answered, claimed):
        await evening.claimed_by(ana, way_in)
    here, _ = await chat.enter(ana, answered.reporter.room)
    await chat.say(here, "answer-0001", "I am here.")
    evening.clock.pass_by(minutes=14)
    await evening.send_mails()

    assert [mail.to for mail in evening.postbox.mails] == ["ana@r.test"]


async def test_what_turns_out_to_be_a_danger_to_life_after_a_mail_is_told_to_everybody(
    evening: Evening,
) -> None:
    ana, way_in = await a_sunday(evening), await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()
    evening.clock.pass_by(minutes=30)
    await evening.send_mails()
    assert len(evening.postbox.mails) == 1

    here, _ = await evening.house.desks.chat.enter(ana, way_in.reporter.room)
    await evening.house.desks.chat.triage(here, "triage-001", "life_safety")
    await evening.send_mails()

    assert sorted(mail.to for mail in evening.postbox.mails[1:]) == ["ana@r.test", "ben@r.test"]


async def test_what_nobody_was_there_for_is_told_to_who_comes_on_duty(evening: Evening) -> None:
    ana = await evening.house.responder("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=30)
    await evening.send_mails()
    assert evening.postbox.mails == []

    await evening.house.desks.duty.go(ana, on=True)
    await evening.send_mails()

    assert [mail.to for mail in evening.postbox.mails] == ["ana@r.test"]


async def test_in_its_hours_everybody_is_told_while_nobody_came_on_duty(evening: Evening) -> None:
    for login in ("ana", "ben"):
        await evening.house.responder(login)
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()
    assert evening.postbox.mails == []

    await evening.house.parts.practice.set_duty_hours("riverbend", "always")
    for _ in range(3):
        await evening.send_mails()
        evening.clock.pass_by(seconds=5)

    assert sorted(mail.to for mail in evening.postbox.mails) == ["ana@r.test", "ben@r.test"]


async def test_in_its_hours_the_others_are_left_alone_while_somebody_on_duty_can_be_told(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    await evening.house.responder("ben")
    await evening.house.parts.practice.set_duty_hours("riverbend", "always")
    for number in range(2):
        await evening.house.report(TEASING, draft=f"tease-{number:04}")
        evening.clock.pass_by(minutes=11)
        await evening.send_mails()
        evening.postbox.broken = {"ana@r.test"}

    assert [mail.to for mail in evening.postbox.mails] == ["ana@r.test", "ben@r.test"]


async def test_an_address_that_fails_has_nobody_else_mailed_twice(evening: Evening) -> None:
    for login in ("ana", "ben", "cleo"):
        await evening.on_duty(login)
    evening.postbox.broken = {"ben@r.test"}
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)

    for _ in range(3):
        await evening.send_mails()
        evening.clock.pass_by(seconds=5)

    assert sorted(mail.to for mail in evening.postbox.mails) == ["ana@r.test", "cleo@r.test"]


async def test_what_is_erased_while_a_mail_goes_out_has_nobody_mailed_twice_about_the_others(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    gone = await evening.house.report(TEASING)
    await evening.house.report(TEASING, draft="draft-0002")
    evening.clock.pass_by(minutes=2)
    rooms = Sleepy(evening.house.parts.database)
    sleeper = at_evening(evening.house, evening.clock, rooms)

    async def meanwhile() -> None:
        await evening.house.desks.reporting.delete(gone.reporter)
        evening.clock.pass_by(days=7)
        await evening.sweep.erase()

    rooms.meanwhile = meanwhile
    await sleeper.sweep.send_mails(urgent=False)
    evening.clock.pass_by(minutes=10)
    await evening.send_mails()

    assert len(sleeper.postbox.mails) == 1 and evening.postbox.mails == []


async def test_while_the_mail_server_is_down_it_is_tried_again(evening: Evening) -> None:
    await evening.on_duty("ana")
    evening.postbox.broken = {"ana@r.test"}
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()

    evening.postbox.broken = set()
    await evening.send_mails()

    assert len(evening.postbox.mails) == 1


async def test_a_danger_to_life_is_told_to_the_others_when_nobody_on_duty_can_be(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    await evening.house.responder("ben")
    evening.postbox.broken = {"ana@r.test"}
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()
    assert evening.postbox.mails == []

    await evening.house.report(WEAPON, draft="draft-0002")
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()

    assert [mail.to for mail in evening.postbox.mails] == ["ben@r.test"]


async def test_who_is_on_duty_without_an_address_does_not_keep_it_from_the_others(
    evening: Evening,
) -> None:
    await evening.on_duty("ana")
    await evening.house.responder("ben")
    await evening.house.parts.membership.rename("riverbend", "ana", email="")
    await evening.house.report(WEAPON)
    evening.clock.pass_by(minutes=2)

    await evening.send_mails()

    assert [mail.to for mail in evening.postbox.mails] == ["ben@r.test"]


@asynccontextmanager
async def a_mail_that_never_ends(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[None]:
    """All rounds go on, and in one of them the mail server has the next mail, and does not answer."""
    monkeypatch.setattr(rounds, "SWEEP_EVERY", 0.0)
    asked = anyio.Event()

    async def meanwhile() -> None:
        asked.set()
        await anyio.sleep_forever()

    evening.postbox.meanwhile = meanwhile
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rounds._sweep, evening.sweep)
            await asked.wait()
            yield
            tasks.cancel_scope.cancel()


async def test_while_the_mail_server_does_not_answer_claims_lapse(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await evening.on_duty("ben")
    await evening.house.report(TEASING, draft="draft-0002")
    evening.clock.pass_by(minutes=2)
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    async with a_mail_that_never_ends(evening, monkeypatch):
        evening.clock.pass_by(seconds=CLAIM_PATIENCE + 1)
        while (await evening.room(room.id)).responder is not None:
            await anyio.lowlevel.checkpoint()

    assert evening.postbox.mails == []


async def test_a_mail_that_takes_long_holds_up_none_about_a_danger_to_life(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    await evening.on_duty("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)

    async with a_mail_that_never_ends(evening, monkeypatch):
        await evening.house.report(WEAPON, draft="draft-danger")
        evening.clock.pass_by(minutes=2)
        while not evening.postbox.mails:
            await anyio.lowlevel.checkpoint()

    assert [mail.subject for mail in evening.postbox.mails] == ["Someone is waiting - urgent"]


async def test_without_a_mail_server_nothing_is_sent_and_nothing_breaks(evening: Evening) -> None:
    parts = evening.house.parts
    sweep = Sweep(
        parts.journal, parts.directory, parts.rooms, parts.sessions, parts.leasing, parts.attachments,
        parts.files, evening.presence, evening.shown,
        parts.roster, evening.house.desks.teller, WORDING, None, parts.chance, evening.clock, ORIGIN,
    )  # fmt: skip
    await evening.on_duty("ana")
    await evening.house.report()
    evening.clock.pass_by(minutes=2)

    await sweep.send_mails(urgent=True)
    await sweep.send_mails(urgent=False)


# One of many processes


@pytest.fixture
def other(evening: Evening) -> Evening:
    """The same evening in another process."""
    return at_evening(evening.house, evening.clock)


async def test_who_holds_the_sweep_does_it_and_nobody_else(
    evening: Evening, other: Evening
) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    for _ in range(70):
        evening.presence.renew(Seat(CONSOLE, ana.member))
        await evening.sweep.run()
        await other.sweep.run()  # It never heard of Ana.
        evening.clock.pass_by(seconds=2)

    assert (await evening.room(room.id)).responder == ana.member


class CutOff(Leases):
    """Of a process that does not hear the others, nor they it, until it is well."""

    is_well = False

    @property
    def hears_all(self) -> bool:
        return self.is_well


async def test_whoever_only_a_process_cut_off_from_the_others_hears_of_keeps_the_claim(
    evening: Evening,
) -> None:
    presence = CutOff(evening.clock.monotonic)
    cut_off = at_evening(evening.house, evening.clock, presence=presence)
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())

    for _ in range(100):
        presence.renew(Seat(CONSOLE, ana.member))
        await evening.sweep.run()
        await cut_off.sweep.run()
        evening.clock.pass_by(seconds=2)
    assert (await evening.room(room.id)).responder == ana.member

    presence.is_well = True
    for _ in range(4):
        await evening.sweep.run()
        await cut_off.sweep.run()
        evening.clock.pass_by(seconds=2)
    assert (await evening.room(room.id)).responder is None, "By then she would be heard of."


async def test_the_sweep_of_a_dead_process_is_another_s_when_its_lease_has_run_out(
    evening: Evening, other: Evening
) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())
    evening.clock.pass_by(seconds=CLAIM_PATIENCE)
    await evening.sweep.run()

    evening.clock.pass_by(seconds=SWEEP_LEASE - 1)
    await other.sweep.run()
    assert (await evening.room(room.id)).responder == ana.member
    evening.clock.pass_by(seconds=1)
    await other.sweep.run()

    assert (await evening.room(room.id)).responder is None


async def test_the_sweep_of_a_process_that_stops_is_another_s_at_once(
    evening: Evening, other: Evening
) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())
    evening.clock.pass_by(seconds=CLAIM_PATIENCE)
    await evening.sweep.run()
    evening.clock.pass_by(seconds=1)

    await evening.sweep.stop()
    await other.sweep.run()

    assert (await evening.room(room.id)).responder is None


async def test_a_process_that_is_ended_leaves_its_rounds_to_another_at_once(
    evening: Evening, other: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())
    evening.clock.pass_by(seconds=CLAIM_PATIENCE)
    begun = anyio.Event()

    async def begin() -> None:
        begun.set()

    monkeypatch.setattr(rounds, "SWEEP_EVERY", 0.0)
    monkeypatch.setattr(evening.sweep, "give_up_files", begin)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rounds._sweep, evening.sweep)
            await begun.wait()
            tasks.cancel_scope.cancel()
    evening.clock.pass_by(seconds=1)
    await other.sweep.run()

    assert (await evening.room(room.id)).responder is None


async def test_others_see_from_its_first_moment_on_that_somebody_serves(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "SWEEP_EVERY", 3600.0)
    leases = StoredLeases(evening.house.parts.database, evening.clock)
    assert not await leases.is_served()

    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(rounds._sweep, evening.sweep)
            while not await leases.is_served():
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()

    assert not await leases.is_served(), "Nobody does any more."


async def test_the_next_mail_comes_after_ten_minutes_whoever_sends_it(
    evening: Evening, other: Evening
) -> None:
    await evening.on_duty("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    await evening.send_mails()
    await evening.house.report(TEASING, draft="draft-late")

    evening.clock.pass_by(minutes=5)
    await other.send_mails()
    assert len(evening.postbox.mails) == 1 and other.postbox.mails == []
    evening.clock.pass_by(minutes=5)
    await other.send_mails()

    assert len(other.postbox.mails) == 1


async def test_the_mails_of_a_process_that_stops_are_another_s_at_once(
    evening: Evening, other: Evening
) -> None:
    await evening.on_duty("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    evening.postbox.broken = {"ana@r.test"}
    await evening.send_mails()
    await other.send_mails()
    assert other.postbox.mails == []

    await evening.sweep.stop()
    await other.send_mails()

    assert len(other.postbox.mails) == 1


async def test_while_a_mail_takes_long_another_process_mails_nobody_twice(
    evening: Evening, other: Evening
) -> None:
    await evening.on_duty("ana")
    await evening.on_duty("ben")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)

    async def meanwhile() -> None:
        evening.clock.pass_by(seconds=MAIL_PATIENCE - 1)
        await other.send_mails()

    evening.postbox.meanwhile = meanwhile
    await evening.send_mails()

    assert sorted(mail.to for mail in evening.postbox.mails) == ["ana@r.test", "ben@r.test"]
    assert other.postbox.mails == []


async def test_who_slept_over_a_mail_sends_no_more_of_them(
    evening: Evening, other: Evening
) -> None:
    await evening.on_duty("ana")
    await evening.on_duty("ben")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)

    async def meanwhile() -> None:
        evening.clock.pass_by(seconds=MAIL_PATIENCE)
        await other.send_mails()
        evening.clock.pass_by(hours=1)
        await other.send_mails()

    evening.postbox.meanwhile = meanwhile
    await evening.send_mails()

    assert len(evening.postbox.mails) == 1
    assert sorted(mail.to for mail in other.postbox.mails) == ["ana@r.test", "ben@r.test"]


class Sleepy(StoredRooms):
    """Falls asleep over what it read, and knows nothing of what happened `meanwhile`."""

    meanwhile: Callable[[], Awaitable[None]]

    async def claimed_rooms(self) -> list[Room]:
        found = await super().claimed_rooms()
        await self.meanwhile()
        return found

    async def rooms_to_mail(self, now: int) -> list[Room]:
        found = await super().rooms_to_mail(now)
        await self.meanwhile()
        return found


async def test_who_slept_lapses_no_claim(evening: Evening, other: Evening) -> None:
    ana = await evening.house.responder("ana")
    room = await evening.claimed_by(ana, await evening.house.report())
    rooms = Sleepy(evening.house.parts.database)
    sleeper = at_evening(evening.house, evening.clock, rooms)

    async def meanwhile() -> None:
        evening.clock.pass_by(seconds=CLAIM_PATIENCE + 1)
        other.presence.renew(Seat(CONSOLE, ana.member))
        await other.sweep.run()

    rooms.meanwhile = meanwhile
    await sleeper.sweep.lapse_claims()

    assert (await evening.room(room.id)).responder == ana.member


async def test_who_slept_mails_about_nothing_that_was_told(
    evening: Evening, other: Evening
) -> None:
    await evening.on_duty("ana")
    await evening.house.report(TEASING)
    evening.clock.pass_by(minutes=2)
    rooms = Sleepy(evening.house.parts.database)
    sleeper = at_evening(evening.house, evening.clock, rooms)

    async def meanwhile() -> None:
        for _ in range(2):
            evening.clock.pass_by(hours=1)
            await other.send_mails()

    rooms.meanwhile = meanwhile
    await sleeper.sweep.send_mails(urgent=False)
    await sleeper.send_mails()

    assert len(other.postbox.mails) == 1 and sleeper.postbox.mails == []


# Deletion and expiry


async def test_what_a_reporter_deleted_goes_on_its_day_and_leaves_its_number(
    evening: Evening,
) -> None:
    mia = await evening.house.report(TEASING)
    number = (await evening.room(mia.reporter.room)).number
    deletion = await evening.house.desks.reporting.delete(mia.reporter)
    events = evening.house.parts.rooms.events

    evening.clock.pass_by(days=6)
    await evening.sweep.run()
    assert await events(mia.reporter.room, Stream.ROOM, 0)
    evening.clock.pass_by(days=1)
    assert evening.clock().date() == deletion.on
    await evening.sweep.run()

    assert await events(mia.reporter.room, Stream.ROOM, 0) == []
    assert await evening.house.parts.rooms.find_room(mia.reporter.room) is None
    later = await evening.house.report(TEASING, draft="draft-0002")
    assert (await evening.room(later.reporter.room)).number == number + 1


async def test_an_erased_room_leaves_every_console_at_once(evening: Evening) -> None:
    ana, mia = await evening.house.responder("ana"), await evening.house.report(TEASING)
    room, bus = mia.reporter.room, evening.house.bus
    at_queue, in_room = [
        bus.join(Viewer(topic, Role.TEAM, ana.session, None, ana.member), lambda: None)
        for topic in (queue_topic(ana.organization), room_topic(room))
    ]
    await evening.house.desks.reporting.delete(mia.reporter)
    (closed,) = [json.loads(push.text) for push in at_queue.pending]
    at_queue.pending.clear()
    assert (closed["t"], closed["row"]["room"], closed["row"]["deleted"]) == ("row", room, True)

    evening.clock.pass_by(days=7)
    await evening.sweep.run()

    assert [push.text.rstrip() for push in at_queue.pending] == [f'{{"t":"gone","room":"{room}"}}']
    assert at_queue.closing is None and in_room.closing is Close.NOT_FOUND


async def test_what_became_urgent_since_stays_and_nobody_takes_up_what_did_not(
    evening: Evening,
) -> None:
    ana = await evening.house.responder("ana")
    mia, noa = [
        await evening.house.report(TEASING, draft=f"draft-{name}") for name in ("0001", "0002")
    ]
    for way_in in (mia, noa):
        await evening.house.desks.reporting.delete(way_in.reporter)
    chat = evening.house.desks.chat
    here, _ = await chat.enter(ana, mia.reporter.room)
    await chat.triage(here, "triage-001", "life_safety")
    with pytest.raises(RoomIsClosed):
        await evening.claimed_by(ana, replace(noa))

    evening.clock.pass_by(days=8)
    evening.presence.renew(Seat(CONSOLE, ana.member))
    await evening.sweep.run()

    events = evening.house.parts.rooms.events
    assert await events(mia.reporter.room, Stream.ROOM, 0)
    assert await events(noa.reporter.room, Stream.ROOM, 0) == []


async def test_what_cannot_be_erased_keeps_nothing_else_from_it_and_is_tried_again(
    evening: Evening, tmp_path: Path
) -> None:
    way_in, attachments = await evening.house.report(TEASING), evening.house.parts.attachments
    mia, _ = await evening.house.desks.chat.enter(way_in.reporter, way_in.reporter.room)
    upload = await evening.house.desks.uploads.announce(
        mia, "a-photo-1", Announced("image/jpeg", len(PHOTO))
    )
    folders = {name: tmp_path / "files" / name for name in "abcd"}
    for folder in folders.values():
        folder.mkdir(parents=True)
    for name in "ac":
        folders[name].rmdir()
        folders[name].write_text("No folder, which is what can be erased.")
    erasures = [Erasure(mia.organization, name) for name in folders]
    await attachments.change(upload.attachment, upload.attachment, erasures)

    async def rounds_of(sweep: Sweep, number: int) -> list[str]:
        for _ in range(number):
            with suppress(StoreDown):
                await sweep.run()
        return [erasure.folder for erasure in await attachments.erasures()]

    assert await rounds_of(evening.sweep, 3) == ["a", "c"]
    folders["a"].unlink()
    assert await rounds_of(evening.sweep, 2) == ["c"]


async def test_in_one_round_a_hundred_folders_are_erased_and_the_rest_in_the_next(
    evening: Evening,
) -> None:
    way_in, attachments = await evening.house.report(TEASING), evening.house.parts.attachments
    mia, _ = await evening.house.desks.chat.enter(way_in.reporter, way_in.reporter.room)
    upload = await evening.house.desks.uploads.announce(
        mia, "a-photo-1", Announced("image/jpeg", len(PHOTO))
    )
    erasures = [Erasure(mia.organization, f"{number:03}") for number in range(101)]
    await attachments.change(upload.attachment, upload.attachment, erasures)

    left = []
    for _ in range(2):
        await evening.sweep.run()
        left.append([erasure.folder for erasure in await attachments.erasures()])

    assert left == [["100"], []]


async def test_a_file_that_did_not_come_in_time_goes_with_all_that_came_of_it(
    evening: Evening, tmp_path: Path
) -> None:
    way_in, attachments = await evening.house.report(TEASING), evening.house.parts.attachments
    mia, _ = await evening.house.desks.chat.enter(way_in.reporter, way_in.reporter.room)
    uploads, content = evening.house.desks.uploads, PHOTO + bytes(SEGMENT)
    upload = await uploads.announce(mia, "a-photo-1", Announced("image/jpeg", len(content)))

    async def breaks_off() -> AsyncIterator[bytes]:
        yield content[:-1]

    await uploads.receive(mia, upload.id, 0, breaks_off())

    there = []
    for _ in range(2):
        evening.clock.pass_by(hours=13)
        await evening.sweep.run()
        is_known = await attachments.find_attachment(mia.room, upload.id) is not None
        there.append((is_known, any(p.is_file() for p in (tmp_path / "files").rglob("*"))))
    assert there == [(True, True), (False, False)]


async def test_stays_that_are_over_are_forgotten(evening: Evening) -> None:
    mia = await evening.house.report(TEASING)
    sessions, session = evening.house.parts.sessions, mia.reporter.session

    evening.clock.pass_by(hours=2)
    await evening.sweep.run()
    assert await sessions.find_session(session, 0) is not None
    evening.clock.pass_by(hours=2)
    await evening.sweep.run()
    assert await sessions.find_session(session, 0) is None
