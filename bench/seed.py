"""Fills a data folder with rooms and a session of its own for every socket, before the server runs.

    python -m bench.seed FOLDER --rooms 100 --idle 5000

writes to FOLDER

    active.json    two sockets a room: a reporter and the responder who claimed it
    idle.json      reporters in rooms of their own, each with `--said` messages in it
    consoles.json  members of the team
    long.json      one reporter, whose room has `--long` messages

Reports come in by an access code like the organization's short name: BENCH.
"""

import argparse
import json
from collections.abc import Awaitable, Callable
from functools import partial
from gettext import NullTranslations
from pathlib import Path
from typing import TypeVar

import anyio
import uvloop

from bench.visitor import TEXT
from messenger.app import HERE, Evidence, furnish
from messenger.domain.ids import OrganizationId
from messenger.domain.keys import Recipient
from messenger.domain.people import Organization
from messenger.domain.report import Report
from messenger.media.cleaner import ProcessCleaner
from messenger.parts import Parts, alone, open_parts
from messenger.security.passwords import ThreadedStretcher
from messenger.services.ids import new_id
from messenger.services.keyring import first_generation
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.settings import Settings
from messenger.web.desks import Desks, Place
from messenger.web.pages import Pages
from messenger.web.statics import Statics

T = TypeVar("T")

CHEAP = "argon2id:t=1,m=64,p=1"
"""Passwords of seeded members open nothing but the seeded folder; making hundreds must be quick."""
REPORT = Report("bullying", "Seeded.")
SLUG = "bench"
AT_ONCE = 32
"""Rooms filled at the same time: their commits are shared."""

Names = dict[str, object]


async def seed(
    folder: Path,
    rooms: int,
    idle: int,
    database: str = "",
    *,
    said: int = 0,
    consoles: int = 0,
    long: int = 0,
    slug: str = SLUG,
) -> None:
    """Make the organization, its members, the rooms and the sessions; in a PostgreSQL, if named."""
    settings = Settings(data=folder, database_server=database)
    async with open_parts(settings, ThreadedStretcher(CHEAP, CHEAP)) as parts:
        desks = _desks(parts)
        organization, team = await _team(parts, slug, rooms + consoles)
        active = []
        for number, signed_in in enumerate(team[:rooms]):
            active += await _room(desks, organization, number, signed_in)
        resting = await _all(
            [partial(_talker, desks, organization, rooms + number, said) for number in range(idle)]
        )
        _write(folder / "active.json", active)
        _write(folder / "idle.json", resting)
        _write(folder / "consoles.json", [_member(n, one) for n, one in enumerate(team[rooms:])])
        _write(folder / "long.json", [await _talker(desks, organization, rooms + idle, long)])


async def _team(parts: Parts, slug: str, size: int) -> tuple[Organization, list[SignedIn]]:
    recovery = parts.vault.new_pair()
    id = OrganizationId(new_id(parts.chance))
    # A demo asks for no second factor, and is served on loopback only: as a bench should be.
    organization = Organization(
        id, slug, slug.title(), "UTC", recovery_key=recovery.public, demo=True
    )
    first = first_generation(parts.vault, id, recovery.public)
    await parts.directory.add_organization(organization, *first)
    await parts.directory.add_code(slug, id, None)
    team = await parts.keyring.unlock(id, Recipient.RECOVERY, "", recovery)

    async def join(number: int) -> SignedIn:
        code = await parts.signin.invite(id, f"{slug}{number}", f"Member {number}")
        member = await parts.signin.accept(code, f"a password for {number}")
        await parts.keyring.approve(team, member.member.id, member.member.public_key)
        return member

    signed_in = await _all([partial(join, number) for number in range(size)])
    parts.roster.forget()
    return organization, signed_in


async def _room(
    desks: Desks, organization: Organization, number: int, signed_in: SignedIn
) -> list[Names]:
    reporter = await _reporter(desks, organization, number)
    room = (await _way_in(desks, reporter)).reporter.room
    here, _ = await desks.chat.enter(signed_in.responder, room)
    await desks.chat.claim(here, f"claim-{number:05d}")
    return [reporter, {**_member(number, signed_in), "side": 1, "room": here.room}]


async def _talker(desks: Desks, organization: Organization, number: int, said: int) -> Names:
    """A reporter who said that much after the report."""
    names = await _reporter(desks, organization, number)
    if said:
        reporter = (await _way_in(desks, names)).reporter
        here, _ = await desks.chat.enter(reporter, reporter.room)
        for count in range(said):
            await desks.chat.say(here, f"said-{count:06d}", TEXT)
    return names


async def _reporter(desks: Desks, organization: Organization, number: int) -> Names:
    token = desks.reporting.new_token()
    await desks.reporting.submit(token, organization.id, None, f"draft-{number:05d}", REPORT)
    return {"number": number, "side": 0, "token": token.text, "room": ""}


async def _way_in(desks: Desks, names: Names) -> WayIn:
    token = desks.tokens.read("reporter", str(names["token"]))
    way_in = await desks.reporting.find(token) if token else None
    if way_in is None:
        raise LookupError(names)
    return way_in


def _member(number: int, signed_in: SignedIn) -> Names:
    return {"number": number, "side": 0, "token": signed_in.token.text, "room": ""}


async def _all(works: list[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do all of it, a number of them at a time; their results in order."""
    results: dict[int, T] = {}
    waiting = iter(enumerate(works))

    async def work_off() -> None:
        for number, work in waiting:
            results[number] = await work()

    async with anyio.create_task_group() as tasks:
        for _ in range(AT_ONCE):
            tasks.start_soon(work_off)
    return [results[number] for number in range(len(works))]


def _write(file: Path, names: list[Names]) -> None:
    file.write_text(json.dumps(names))


def _desks(parts: Parts) -> Desks:
    place = Place("http://127.0.0.1", frozenset(), "http://127.0.0.1/", is_https=False)
    pages = Pages(HERE / "templates", Statics(HERE / "static"), NullTranslations())
    return furnish(parts, place, pages, alone(), Evidence(ProcessCleaner()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fill a data folder for the load generator.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--idle", type=int, default=0)
    parser.add_argument("--said", type=int, default=0, help="messages in each idle room")
    parser.add_argument("--consoles", type=int, default=0)
    parser.add_argument("--long", type=int, default=0, help="messages in one room more")
    parser.add_argument("--slug", default=SLUG, help="the organization's short name")
    parser.add_argument("--database", default="", help="the URL of a PostgreSQL")
    options = vars(parser.parse_args())
    uvloop.run(seed(options.pop("folder"), **options))
