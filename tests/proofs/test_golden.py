"""What an earlier version left on disk opens with this one, by all that people hold.

The archive is never made anew: out there it can't be, either. A new format gets another one beside it.
"""

import json
import tarfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from gettext import NullTranslations
from pathlib import Path

import pytest
from pyotp import TOTP

from messenger.app import HERE, Evidence, furnish
from messenger.domain.access import Actor
from messenger.domain.events import Kind
from messenger.domain.people import Standing
from messenger.domain.room import Room
from messenger.parts import Parts, alone, open_parts
from messenger.security.passwords import ThreadedStretcher
from messenger.services import reporting, signin
from messenger.services.history import SCREEN
from messenger.services.sealing import Unlocked
from messenger.settings import Settings
from messenger.web.desks import Desks, Place
from messenger.web.pages import Pages
from tests.cast import ORIGIN, PASSWORD, STATICS, TEASING, WEAPON
from tests.clocks import StoppedClock
from tests.fakes.plain import PlainCleaner
from tests.names import strict

pytestmark = pytest.mark.slow

ARCHIVES = sorted((Path(__file__).parent.parent / "golden").glob("house-*.tar.xz"))

TOLD = {
    "weapon": [WEAPON.what, "I am here. Are you safe?", "It is dealt with."],
    "bullying": [TEASING.what],
}
"""What was said in its two rooms. Their keys are granted to two generations of the team's key."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was left, opened by this version, and what people wrote down or have in their browsers."""

    parts: Parts
    desks: Desks
    held: dict[str, str]

    async def rooms(self) -> list[Room]:
        (organization,) = await self.parts.directory.organizations()
        return await self.parts.rooms.rooms(organization.id)

    async def enter(self, actor: Actor, category: str) -> Unlocked:
        room = next(room for room in await self.rooms() if room.category == category)
        return (await self.desks.chat.enter(actor, room.id))[0]

    async def told(self, actor: Actor, category: str) -> list[str]:
        """Return what `actor` finds said in the room of that category."""
        stretch = await self.desks.history.stretch(await self.enter(actor, category), SCREEN)
        return [event.body for event in stretch.events if event.body]


@pytest.fixture(params=ARCHIVES, ids=lambda path: path.name.partition(".")[0])
async def left(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Left]:
    with tarfile.open(request.param) as tar:
        tar.extractall(tmp_path, filter="data")
    held = json.loads((tmp_path / "known.json").read_text())
    # What words and passwords are stretched to is kept, too: at the cost that is shipped.
    settings, stretcher = Settings(data=tmp_path), ThreadedStretcher()
    async with open_parts(settings, stretcher, StoppedClock()) as parts:
        pages = strict(Pages(HERE / "templates", STATICS, NullTranslations()))
        place = Place(ORIGIN, frozenset({ORIGIN}), "https://www.weather.gov/", is_https=False)
        desks = furnish(parts, place, pages, alone(), Evidence(PlainCleaner()))
        yield Left(parts, desks, held)


async def test_six_words_of_an_earlier_version_open_the_room(left: Left) -> None:
    way_in = await left.desks.reporting.come_back(left.held["words"])

    assert await left.told(way_in.reporter, "weapon") == TOLD["weapon"]
    here = await left.enter(way_in.reporter, "weapon")
    introduced = [
        event.details
        for event in (await left.desks.history.stretch(here, SCREEN)).events
        if event.kind is Kind.INTRODUCED
    ]
    assert introduced == [{"name": "Mia", "contact": "by the gym"}]


async def test_so_does_a_reporter_s_token_and_shows_the_words_not_yet_kept(left: Left) -> None:
    token = left.parts.tokens.read(reporting.PURPOSE, left.held["noa"])
    assert token is not None
    way_in = await left.desks.reporting.find(token)

    assert way_in is not None and " ".join(way_in.pending) == left.held["pending"]
    assert await left.told(way_in.reporter, "bullying") == TOLD["bullying"]
    assert " ".join(await left.desks.reporting.ready_receipt(way_in)) == left.held["pending"]
    again = await left.desks.reporting.come_back(left.held["pending"])
    assert again.reporter.room == way_in.reporter.room


async def test_a_member_signs_in_and_reads_what_two_generations_of_the_key_were_given(
    left: Left,
) -> None:
    members, held = left.parts.signin, left.held
    ana = (await members.sign_in("ana", PASSWORD, held["recovery_code"])).check_approved()

    assert {category: await left.told(ana, category) for category in TOLD} == TOLD
    here = await left.enter(ana, "weapon")
    assert [event.body for event in (await left.desks.history.file(here)).events][:1] == [
        "Knife, gym."
    ]
    again = await members.sign_in("ana", PASSWORD, code_of(left), known=held["mark"])
    assert members.known(again.member) == held["mark"]


async def test_a_member_s_token_opens_what_they_may_see_and_the_photo_too(left: Left) -> None:
    token = left.parts.tokens.read(signin.PURPOSE, left.held["ana"])
    assert token is not None
    signed_in = await left.parts.signin.find(token)
    assert signed_in is not None
    here = await left.enter(signed_in.check_approved(), "weapon")
    (photo,) = [
        event.details["attachment"]
        for event in (await left.desks.history.stretch(here, SCREEN)).events
        if event.kind is Kind.ATTACHMENT_ADDED
    ]
    exhibit = await left.desks.viewing.look(here, photo)

    assert b"".join([piece async for piece in exhibit.stream(0, 13)]) == b"photo of it 1"


async def test_the_key_on_paper_opens_every_conversation(left: Left) -> None:
    rehearsal = await left.parts.membership.read_with_recovery(
        "riverbend", left.held["recovery_key"]
    )

    assert (rehearsal.rooms, rehearsal.lost) == (2, ())


async def test_an_invitation_lets_in(left: Left) -> None:
    cleo = await left.parts.signin.accept(left.held["invitation"], "another battery staple")

    assert (cleo.member.login, cleo.member.standing) == ("cleo", Standing.PENDING)


def code_of(left: Left) -> str:
    """The next code of Ana's authenticator app: each works once."""
    return TOTP(left.held["seed"]).at(StoppedClock().at + timedelta(seconds=30))
