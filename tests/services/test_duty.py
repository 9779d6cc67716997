"""What reporters are told about who is there: the truth, in words."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from gettext import NullTranslations
from pathlib import Path

import pytest

from messenger.domain.access import Responder
from messenger.domain.duty import DutyHours
from messenger.domain.errors import NotFound
from messenger.ports.live import CONSOLE, Seat
from messenger.services.duty import REMEMBER_FOR, DutyDesk
from messenger.services.roster import Roster
from messenger.services.wording import Wording
from messenger.web.pages import say_moment
from tests.cast import TEASING, House, open_house
from tests.clocks import StoppedClock

TUESDAY_NOON = datetime(2027, 5, 4, 16, 0, tzinfo=UTC)  # In New York.
SCHOOL_DAYS = DutyHours("America/New_York", dict.fromkeys(range(5), ((time(8), time(16)),)))


@dataclass
class Office:
    house: House
    clock: StoppedClock

    async def told(self) -> str:
        now = await self.house.desks.duty.sentences(self.house.organization.id)
        return f"{now.text} {now.usual} {now.call}".strip()


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    clock = StoppedClock(TUESDAY_NOON)
    async with open_house(tmp_path, clock) as house:
        await house.parts.directory.set_duty_hours(house.organization.id, SCHOOL_DAYS)
        yield Office(house, clock)


async def test_somebody_is_here_only_on_duty_with_the_console_open(office: Office) -> None:
    ana = await office.house.responder("ana")
    duty = office.house.desks.duty

    await duty.go(ana, on=True)
    assert "nobody is at the screen" in await office.told()
    office.house.presence.renew(Seat(CONSOLE, ana.member))
    assert "is here now" in await office.told()
    await duty.go(ana, on=False)
    assert "nobody is at the screen" in await office.told()


async def test_who_goes_on_duty_keeps_the_address_another_process_has_not_heard_of(
    office: Office,
) -> None:
    parts, ana = office.house.parts, await office.house.responder("ana")
    roster = Roster(parts.directory)
    wording = Wording(NullTranslations(), say_moment)
    duty = DutyDesk(
        parts.directory, parts.rooms, office.house.presence, roster, wording, office.clock
    )
    await roster.names(ana.organization)

    await parts.membership.rename("riverbend", "ana", email="new@r.test")
    await duty.go(ana, on=True)

    member = await parts.directory.find_member(ana.member)
    assert member is not None and member.on_duty and member.email == "new@r.test"


async def test_a_disabled_member_counts_as_nobody(office: Office) -> None:
    ana = await office.house.responder("ana")
    await office.house.desks.duty.go(ana, on=True)
    office.house.presence.renew(Seat(CONSOLE, ana.member))

    await office.house.parts.signin.disable(office.house.organization.id, ana.member)

    assert "is here now" not in await office.told()


async def test_out_of_hours_the_next_shift_is_named_in_local_time_with_911(office: Office) -> None:
    office.clock.pass_by(hours=5)

    told = await office.told()

    assert "until Wednesday, 8:00 AM" in told and "call 911" in told


async def test_a_shift_a_week_away_or_later_is_named_with_its_date(office: Office) -> None:
    holidays = frozenset(date(2027, 5, 4) + timedelta(days=n) for n in range(13))
    hours = DutyHours("America/New_York", SCHOOL_DAYS.shifts, holidays)
    await office.house.parts.directory.set_duty_hours(office.house.organization.id, hours)

    assert "until Monday, May 17, 8:00 AM" in await office.told()
    office.clock.pass_by(days=6, hours=11)  # Monday night, an hour before the week begins.
    assert "until Monday, May 17, 8:00 AM" in await office.told()
    office.clock.pass_by(hours=2)
    assert "until Monday, 8:00 AM" in await office.told()


async def test_what_was_told_before_the_clock_was_put_back_is_told_no_longer(
    office: Office,
) -> None:
    office.clock.pass_by(hours=5)
    assert "until Wednesday" in await office.told()

    office.clock.at -= timedelta(hours=13)

    assert "until Tuesday, 8:00 AM" in await office.told()


async def test_without_any_shift_no_time_is_promised(office: Office) -> None:
    await office.house.parts.directory.set_duty_hours(
        office.house.organization.id, DutyHours("America/New_York", {})
    )

    told = await office.told()

    assert "Nobody is on duty right now" in told and "until" not in told and "911" in told


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "less than a minute"),
        (60, "about 1 minute."),
        (300, "about 5 minutes"),
        (3600, "about 1 hour."),
        (9000, "about 2 hours"),
    ],
)
async def test_the_usual_wait_is_told_from_five_answers_on(
    office: Office, seconds: int, words: str
) -> None:
    ana = await office.house.responder("ana")
    for number in range(5):
        assert "usually" not in await office.told()
        await answer_after(office, ana, number, seconds)
    office.clock.pass_by(seconds=REMEMBER_FOR.total_seconds() + 1)
    office.house.presence.renew(Seat(CONSOLE, ana.member))
    await office.house.desks.duty.go(ana, on=True)

    assert words in await office.told()


async def answer_after(office: Office, ana: Responder, number: int, seconds: int) -> None:
    mia = await office.house.report(TEASING, draft=f"draft-{number:04}")
    chat = office.house.desks.chat
    here, _ = await chat.enter(ana, mia.reporter.room)
    await chat.claim(here, "claim-0001")
    office.clock.pass_by(seconds=seconds)
    await chat.say(here, "hello-0001", "I am here.")


async def test_an_organization_that_is_not_there_is_not_there(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.house.desks.duty.now("made-up")  # type: ignore[arg-type]


async def test_a_button_says_it_in_a_few_words_or_not_at_all(office: Office) -> None:
    organization = office.house.organization.id
    assert await office.house.desks.duty.in_short(organization) == (False, "")

    office.clock.pass_by(hours=5)

    here, text = await office.house.desks.duty.in_short(organization)
    assert not here
    assert text.startswith("Answers from ")
