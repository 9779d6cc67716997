"""What is left of a session that is over: nothing, in this process either."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from messenger.domain.access import Responder
from messenger.domain.errors import SignedOut, StoreDown
from messenger.domain.events import Role
from messenger.domain.ids import SessionId
from messenger.domain.keys import TeamGrant
from messenger.ports.live import Viewer, Watch, queue_topic, room_topic
from messenger.protocol.closing import Close
from tests.cast import House
from tests.clocks import StoppedClock


async def unlocked(house: House, login: str) -> Responder:
    responder = await house.responder(login)
    await house.parts.keyring.team_keys(responder)
    return responder


def watching(house: House, who: Responder) -> Watch:
    topic = queue_topic(who.organization)
    viewer = Viewer(topic, Role.TEAM, who.session, None, who.member)
    return house.bus.join(viewer, lambda: None)


async def test_the_keys_and_sockets_of_a_session_that_ran_out_go_and_those_of_others_stay(
    house: House, clock: StoppedClock
) -> None:
    dora, ana = await unlocked(house, "dora"), await unlocked(house, "ana")
    clock.pass_by(hours=12)
    ben, mia = await unlocked(house, "ben"), (await house.report()).reporter
    for responder in (dora, ana):  # Dora without a socket.
        await house.parts.keyring.team_keys(responder)
    hers, his = watching(house, ana), watching(house, ben)
    in_room = house.bus.join(
        Viewer(room_topic(mia.room), Role.REPORTER, mia.session, mia.room, None), lambda: None
    )

    clock.pass_by(hours=2)
    await house.desks.revocation.end_what_is_over()

    assert house.parts.keyring.sessions() == [ben.session]
    assert (hers.closing, his.closing, in_room.closing) == (Close.SIGNED_OUT, None, None)
    used = house.parts.vault._subkeys.cache_info()
    assert used.currsize == 0, "Nor any key that was used."


async def test_who_signs_out_leaves_every_page_that_is_open_and_nobody_else_does(
    house: House,
) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    watches = [watching(house, who) for who in (ana, ben, ana)]

    house.desks.revocation.end(ana.session)

    assert [watch.closing for watch in watches] == [Close.SIGNED_OUT, None, Close.SIGNED_OUT]


async def test_after_a_change_by_another_process_names_and_keys_are_looked_up_again(
    house: House,
) -> None:
    ana = await unlocked(house, "ana")
    names = await house.parts.roster.names(ana.organization)
    assert names.on_duty == []
    await house.parts.directory.change_member(names.members[ana.member], on_duty=True)

    await house.desks.revocation.recheck()

    names = await house.parts.roster.names(ana.organization)
    assert [member.id for member in names.on_duty] == [ana.member]
    assert house.parts.keyring.sessions() == []


async def test_a_session_that_is_over_is_refused_and_one_that_lives_is_not(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    await house.parts.sessions.revoke_sessions_of(ana.member)

    await house.desks.revocation.check_living(ben.session)
    with pytest.raises(SignedOut):
        await house.desks.revocation.check_living(ana.session)


async def test_while_the_database_is_down_nobody_is_taken_for_gone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await unlocked(house, "ana")
    hers = watching(house, ana)

    async def living(_ids: Sequence[SessionId], _now: int) -> set[SessionId]:
        raise StoreDown

    monkeypatch.setattr(house.parts.sessions, "living", living)
    with pytest.raises(StoreDown):
        await house.desks.revocation.end_what_is_over()

    assert house.parts.keyring.sessions() == [ana.session]
    assert hers.closing is None


async def test_keys_that_are_unlocked_while_it_is_looked_who_is_over_stay(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben, ana = await house.responder("ben"), await unlocked(house, "ana")
    living = house.parts.sessions.living

    async def meanwhile(ids: Sequence[SessionId], now: int) -> set[SessionId]:
        found = await living(ids, now)
        await house.parts.keyring.team_keys(ben)
        return found

    monkeypatch.setattr(house.parts.sessions, "living", meanwhile)
    await house.desks.revocation.end_what_is_over()

    assert house.parts.keyring.sessions() == [ana.session, ben.session]


async def test_the_keys_of_a_session_that_ends_while_they_are_unlocked_are_not_kept(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, team_grants = await house.responder("ana"), house.parts.keys.team_grants
    asked, over = asyncio.Event(), asyncio.Event()

    async def slowly(*whose: Any) -> list[TeamGrant]:
        asked.set()
        await over.wait()
        return await team_grants(*whose)

    monkeypatch.setattr(house.parts.keys, "team_grants", slowly)
    unlocking = asyncio.create_task(house.parts.keyring.team_keys(ana))
    await asked.wait()
    await house.parts.sessions.revoke_sessions_of(ana.member)
    await house.desks.revocation.end_what_is_over()
    over.set()
    await unlocking

    assert house.parts.keyring.sessions() == []
