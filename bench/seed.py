"""Fills a data folder with rooms and a session of its own for every socket, before the server runs.

    python -m bench.seed FOLDER --rooms 100 --idle 5000

writes FOLDER/active.json (two sockets a room: a reporter and the responder who claimed it) and
FOLDER/idle.json (reporters in rooms of their own).
"""

import argparse
import asyncio
import json
from gettext import NullTranslations
from pathlib import Path

from messenger.app import HERE, Parts, alone, furnish, open_parts
from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.keys import Recipient
from messenger.domain.people import Organization
from messenger.domain.report import Report
from messenger.security.passwords import ThreadedStretcher
from messenger.services.ids import new_id
from messenger.services.keyring import first_generation
from messenger.services.signin import SignedIn
from messenger.settings import Settings
from messenger.web.desks import Desks, Place
from messenger.web.pages import Pages

CHEAP = "argon2id:t=1,m=64,p=1"
"""Passwords of seeded members open nothing but the seeded folder; making hundreds must be quick."""
REPORT = Report("bullying", "Seeded.")


async def seed(folder: Path, rooms: int, idle: int, database: str = "") -> None:
    """Make the organization, its members, the rooms and the sessions; in a PostgreSQL, if named."""
    settings = Settings(data=folder, database_server=database)
    async with open_parts(settings, ThreadedStretcher(CHEAP, CHEAP)) as parts:
        desks = _desks(parts)
        organization, responders = await _team(parts, rooms)
        active = []
        for number, signed_in in enumerate(responders):
            active += await _room(desks, organization, number, signed_in)
        (folder / "active.json").write_text(json.dumps(active))
        resting = [await _reporter(desks, organization, rooms + n) for n in range(idle)]
        (folder / "idle.json").write_text(json.dumps(resting))


async def _team(parts: Parts, size: int) -> tuple[Organization, list[SignedIn]]:
    recovery = parts.vault.new_pair()
    id = OrganizationId(new_id(parts.chance))
    # A demo asks for no second factor, and is served on loopback only: as a bench should be.
    organization = Organization(
        id, "bench", "Bench", "UTC", recovery_key=recovery.public, demo=True
    )
    first = first_generation(parts.vault, id, recovery.public)
    await parts.directory.add_organization(organization, *first)
    team = await parts.keyring.unlock(id, Recipient.RECOVERY, "", recovery)
    signed_in = []
    for number in range(size):
        code = await parts.signin.invite(id, f"member{number}", f"Member {number}")
        member = await parts.signin.accept(code, f"a password for {number}")
        key = member.member.public_key
        await parts.keyring.approve(team, member.member.id, key)
        signed_in.append(member)
    parts.roster.forget()
    return organization, signed_in


async def _room(
    desks: Desks, organization: Organization, number: int, signed_in: SignedIn
) -> list[dict[str, object]]:
    reporter = await _reporter(desks, organization, number)
    here, _ = await desks.chat.enter(signed_in.responder, await _room_of(desks, reporter))
    await desks.chat.claim(here, f"claim-{number:05d}")
    responder = {
        "number": number, "side": 1, "token": signed_in.token.text, "room": here.room,
    }  # fmt: skip
    return [reporter, responder]


async def _reporter(desks: Desks, organization: Organization, number: int) -> dict[str, object]:
    token = desks.reporting.new_token()
    await desks.reporting.submit(token, organization.id, None, f"draft-{number:05d}", REPORT)
    return {"number": number, "side": 0, "token": token.text, "room": ""}


async def _room_of(desks: Desks, reporter: dict[str, object]) -> RoomId:
    token = desks.tokens.read("reporter", str(reporter["token"]))
    way_in = await desks.reporting.find(token) if token else None
    if way_in is None:
        raise LookupError(reporter)
    return way_in.reporter.room


def _desks(parts: Parts) -> Desks:
    place = Place("http://127.0.0.1", frozenset(), "http://127.0.0.1/", is_https=False)
    pages = Pages(HERE / "templates", HERE / "static", NullTranslations())
    return furnish(parts, place, pages, alone())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill a data folder for the load generator.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--database", default="", help="the URL of a PostgreSQL")
    options = parser.parse_args()
    asyncio.run(seed(options.folder, options.rooms, options.idle, options.database))
