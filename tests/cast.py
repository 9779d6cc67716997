"""The cast: Riverbend Schools, with Ana and Ben on the team, and Mia, who reports.

`open_house` gives the whole service over real storage in a folder of its own, without the edge.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from gettext import NullTranslations
from pathlib import Path

from pyotp import TOTP

from messenger.app import HERE, Evidence, furnish
from messenger.domain.access import Responder
from messenger.domain.ids import MemberId, OrganizationId, SchoolId
from messenger.domain.keys import KeyPair, Recipient
from messenger.domain.people import Organization, School
from messenger.domain.report import Report
from messenger.live.hub import Hub
from messenger.parts import Parts, alone, now, open_parts
from messenger.ports.live import Presence
from messenger.ports.world import Clock
from messenger.security.passwords import ThreadedStretcher
from messenger.services.ids import new_id
from messenger.services.keyring import first_generation
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.settings import Settings
from messenger.web.desks import Desks, Place
from messenger.web.pages import Pages
from messenger.web.statics import Statics
from tests.fakes.plain import PlainCleaner
from tests.names import strict
from tests.prepared import prepare

CHEAP = "argon2id:t=1,m=64,p=1"
"""A cost that makes tests fast and nothing safe."""
PASSWORD = "correct horse battery"
ORIGIN = "http://127.0.0.1:8000"
CODE = "MetroED"


def cheap_stretcher() -> ThreadedStretcher:
    """Argon2id without the argon."""
    return ThreadedStretcher(CHEAP, CHEAP)


@dataclass(frozen=True, slots=True)
class House:
    """The service without its edge, and Riverbend Schools in it."""

    parts: Parts
    desks: Desks
    bus: Hub
    presence: Presence
    organization: Organization
    school: School
    recovery: KeyPair

    async def member(
        self, login: str, *, approved: bool = True, second_factor: bool = True
    ) -> SignedIn:
        """Invite somebody, have them join and, unless told otherwise, approve them."""
        signin = self.parts.signin
        code = await signin.invite(self.organization.id, login, login.title(), f"{login}@r.test")
        signed_in = await signin.accept(code, PASSWORD)
        if not approved:
            return signed_in
        if second_factor and signed_in.needs_second_factor:
            await self.add_second_factor(signed_in)
        await self.approve(signed_in.member.id)
        again = await signin.find(signed_in.token)
        assert again is not None
        return again

    async def add_second_factor(self, signed_in: SignedIn) -> str:
        """Have a member scan a seed; return it, so that they can make codes."""
        seed = self.parts.signin.new_seed()
        code = TOTP(seed).at(self.parts.clock())
        await self.parts.signin.set_second_factor(signed_in, seed, code)
        return seed

    async def approve(self, member_id: MemberId) -> None:
        """Approve with the recovery key, as the operator does for the first member."""
        member = await self.parts.directory.find_member(member_id)
        assert member is not None
        team = await self.parts.keyring.unlock(
            self.organization.id, Recipient.RECOVERY, "", self.recovery
        )
        await self.parts.keyring.approve(team, member.id, member.public_key)
        self.parts.roster.forget()

    async def responder(self, login: str) -> Responder:
        """An approved member, signed in."""
        return (await self.member(login)).check_approved()

    async def report(self, report: Report | None = None, draft: str = "draft-0001") -> WayIn:
        """Mia reports."""
        reporting = self.desks.reporting
        return await reporting.submit(
            reporting.new_token(), self.organization.id, self.school.id, draft, report or WEAPON
        )


STATICS = Statics(HERE / "static")
PAGES = strict(Pages(HERE / "templates", STATICS, NullTranslations()))
"""Both read once for all tests."""
WEAPON = Report("weapon", "He has a knife in his bag.")
TEASING = Report("bullying", "They call her names every day.")


@asynccontextmanager
async def open_house(
    folder: Path, clock: Clock = now, database: str = "", **changes: object
) -> AsyncIterator[House]:
    """Open the service in `folder`, or with a database server, and record Riverbend Schools."""
    settings = Settings(data=folder, database_server=database)
    prepare(settings)
    async with open_parts(settings, cheap_stretcher(), clock) as parts:
        live = alone()
        place = Place(ORIGIN, frozenset({ORIGIN}), "https://www.weather.gov/", is_https=False)
        desks = furnish(parts, place, PAGES, live, Evidence(PlainCleaner()))
        organization, school, recovery = await riverbend(parts, **changes)
        yield House(parts, desks, live.here, live.presence, organization, school, recovery)


async def riverbend(parts: Parts, **changes: object) -> tuple[Organization, School, KeyPair]:
    """Record Riverbend Schools, with Lincoln High and its access codes."""
    recovery = parts.vault.new_pair()
    id = OrganizationId(new_id(parts.chance))
    organization = Organization(
        id, "riverbend", "Riverbend Schools", "America/New_York", recovery_key=recovery.public
    )
    organization = replace(organization, **changes)  # type: ignore[arg-type]
    school = School(SchoolId(new_id(parts.chance)), id, "Lincoln High")
    await parts.directory.add_organization(
        organization, *first_generation(parts.vault, id, recovery.public)
    )
    await parts.directory.add_school(school)
    await parts.directory.add_code(CODE, id, None)
    await parts.directory.add_code("LINCOLN", id, school.id)
    return organization, school, recovery
