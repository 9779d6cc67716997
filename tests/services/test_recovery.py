"""The rehearsal: everybody is gone, so is every server secret, and the paper key brings it all back."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from pyotp import TOTP
from sqlalchemy import delete

from messenger.domain.access import Responder, check_room
from messenger.domain.errors import BadCredentials
from messenger.domain.ids import RoomId
from messenger.domain.recovery_key import write_recovery_key
from messenger.parts import Parts, open_parts, turn_secrets
from messenger.security.secretfile import NAME as SECRETS
from messenger.services.history import SCREEN, History
from messenger.services.reporting import WayIn
from messenger.services.sealing import RoomKey, Unlocked
from messenger.settings import Settings
from messenger.storage import tables
from tests.cast import PASSWORD, House, cheap_stretcher, open_house

SAID = "He has a knife in his bag."
ASKED = "Are you safe?"


async def talk(house: House) -> tuple[WayIn, Responder]:
    """Mia reports, and Ana answers."""
    ana, mia = await house.responder("ana"), await house.report()
    here, _ = await house.desks.chat.enter(ana, mia.reporter.room)
    await house.desks.chat.claim(here, "claim-0001")
    await house.desks.chat.say(here, "hello-0001", ASKED)
    return mia, ana


async def lose_everything(house: House, folder: Path) -> None:
    """Every session, everything members sign in with, and the server's own secrets."""
    for table in (tables.session, tables.credentials, tables.approval):
        await house.parts.database.execute(delete(table))
    await house.parts.database.execute(
        delete(tables.team_grant).where(tables.team_grant.c.recipient == "member")
    )
    (folder / SECRETS).unlink()
    await turn_secrets(Settings(data=folder))


async def recover(parts: Parts, paper: str) -> Responder:
    """Invite Cleo, and approve her with the recovery key."""
    code = await parts.membership.invite("riverbend", "cleo", "Cleo Park")
    cleo = await parts.signin.accept(code, PASSWORD)
    seed = parts.signin.new_seed()
    await parts.signin.set_second_factor(cleo, seed, TOTP(seed).at(parts.clock()))
    await parts.membership.approve_with_recovery("riverbend", "cleo", paper)
    found = await parts.signin.find(cleo.token)
    assert found is not None
    return found.check_approved()


async def read(parts: Parts, responder: Responder, room_id: RoomId) -> Sequence[str]:
    room = check_room(responder, await parts.rooms.find_room(room_id))
    key = RoomKey(room.organization, room.id, await parts.keyring.room_key(responder, room))
    history = History(parts.rooms, parts.attachments, parts.roster, parts.vault)
    return [
        event.body for event in (await history.stretch(Unlocked(responder, key), SCREEN)).events
    ]


async def test_with_the_recovery_key_alone_a_new_member_reads_the_old_report(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        mia, ana = await talk(house)
        paper = write_recovery_key(house.recovery.private)
        await lose_everything(house, tmp_path)

    async with open_parts(Settings(data=tmp_path), cheap_stretcher()) as parts:
        assert await parts.sessions.find_session(mia.reporter.session, 0) is None
        assert await parts.sessions.find_session(ana.session, 0) is None
        with pytest.raises(BadCredentials):
            await parts.signin.sign_in("ana", PASSWORD, "")

        rehearsal = await parts.membership.read_with_recovery("riverbend", paper)
        cleo = await recover(parts, paper)
        told = await read(parts, cleo, mia.reporter.room)

    assert (rehearsal.rooms, rehearsal.lost) == (1, ())
    assert told == [SAID, "", ASKED]


async def test_it_opens_what_came_before_and_after_the_teams_key_changed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        before, ana = await talk(house)
        await house.responder("ben")
        await house.parts.membership.disable("riverbend", "ben")
        assert await house.parts.keyring.rotate_if_due(ana, house.organization)
        after = await house.report(draft="draft-0002")
        await house.parts.membership.disable("riverbend", "ana")

        cleo = await recover(house.parts, write_recovery_key(house.recovery.private))

        assert (await read(house.parts, cleo, before.reporter.room))[0] == SAID
        assert (await read(house.parts, cleo, after.reporter.room))[0] == SAID
