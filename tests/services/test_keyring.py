"""Who can open what: generations, rotation, approvals, and a database that somebody has changed."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from messenger.domain.access import Responder
from messenger.domain.errors import NotApproved, Unreadable
from messenger.domain.events import Kind, Stream
from messenger.domain.ids import OrganizationId, RoomId
from messenger.domain.keys import KeyPair, Label, Recipient, RoomGrant
from messenger.domain.recovery_key import write_recovery_key
from messenger.domain.room import Room
from messenger.services.keyring import TeamKeys, label_of_room
from messenger.services.reporting import WayIn
from messenger.services.sealing import RoomKey
from messenger.storage.embedded import EmbeddedDatabase
from tests.cast import TEASING, WEAPON, House, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as house:
        yield house


def write_to_database(folder: Path, *statement: object) -> None:
    """What an attacker can do who may write the database, and has no key."""
    with closing(sqlite3.connect(folder / "messenger.db", timeout=10)) as connection, connection:
        connection.execute(*statement)  # type: ignore[arg-type]
        assert connection.total_changes > 0


async def room_of(house: House, way_in: WayIn) -> Room:
    room = await house.parts.rooms.find_room(way_in.reporter.room)
    assert room is not None
    return room


async def grants_of(house: House, room: RoomId) -> list[RoomGrant]:
    return await house.parts.rooms.room_grants([room], Recipient.TEAM)


async def can_read(house: House, responder: Responder, room: Room) -> bool:
    house.parts.keyring.forget()
    try:
        key = await house.parts.keyring.room_key(responder, room)
    except (NotApproved, Unreadable):
        return False
    first = (await house.parts.rooms.events(room.id, Stream.ROOM, 0, 1))[0]
    return bool(RoomKey(room.organization, room.id, key).open(house.parts.vault, first).body)


async def with_recovery(house: House) -> TeamKeys:
    keyring = house.parts.keyring
    return await keyring.unlock(house.organization.id, Recipient.RECOVERY, "", house.recovery)


def opens(house: House, pair: KeyPair, label: Label, box: bytes) -> bool:
    try:
        house.parts.vault.open_grant(pair, label, box)
    except Unreadable:
        return False
    return True


async def everything_in_reach(house: House, held: TeamKeys, own: KeyPair) -> list[KeyPair]:
    """Every key that somebody with old team keys and the whole database can get at."""
    organization, vault = house.organization.id, house.parts.vault
    pairs = [*held.pairs.values(), own]
    generations = await house.parts.keys.generations(organization)
    boxes = [generation.previous for generation in generations if generation.previous]
    database = house.parts.database
    assert isinstance(database, EmbeddedDatabase)
    connection = sqlite3.connect(database.engine.url.database or "", timeout=10)
    with closing(connection):
        boxes += [box for (box,) in connection.execute("SELECT box FROM team_grant")]
    known = {pair.private for pair in pairs}
    labels = _labels(organization, await _recipients(house), len(generations))
    for box in boxes:
        for pair in [*pairs]:
            for label in labels:
                try:
                    private = vault.open_grant(pair, label, box)
                except Unreadable:
                    continue
                if private not in known:
                    known.add(private)
                    pairs.append(vault.pair_of(private))
    return pairs


async def _recipients(house: House) -> list[str]:
    members = await house.parts.directory.members(house.organization.id)
    return [
        "",
        f"{Recipient.RECOVERY}:",
        *(f"{Recipient.MEMBER}:{member.id}" for member in members),
    ]


def _labels(organization: str, recipients: list[str], newest: int) -> list[Label]:
    return [
        Label(
            "team_key" if recipient else "team_previous",
            organization,
            recipient=recipient,
            generation=number,
        )
        for recipient in recipients
        for number in range(1, newest + 1)
    ]


async def remove(house: House, responder: Responder) -> None:
    await house.parts.signin.disable(house.organization.id, responder.member)


async def test_keys_that_were_being_unlocked_when_they_changed_are_not_kept(house: House) -> None:
    ana, keyring = await house.responder("ana"), house.parts.keyring
    for forget in (keyring.forget, partial(keyring.forget, [ana.session])):
        forget()
        unlocking = asyncio.create_task(keyring.team_keys(ana))
        await asyncio.sleep(0)
        forget()

        before = await unlocking

        assert await keyring.team_keys(ana) is not before


async def test_a_member_reads_what_came_before_and_after_the_key_was_changed(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    before = await room_of(house, await house.report())
    await remove(house, ben)

    assert await house.parts.keyring.rotate_if_due(ana, house.organization)
    after = await room_of(house, await house.report(draft="draft-0002"))

    assert await can_read(house, ana, before) and await can_read(house, ana, after)
    assert (await with_recovery(house)).newest == 2


async def test_a_colleague_whose_keys_are_at_hand_reads_what_comes_after_the_key_was_changed(
    house: House,
) -> None:
    ana, ben, cleo = [await house.responder(login) for login in ("ana", "ben", "cleo")]
    await remove(house, cleo)
    keyring = house.parts.keyring
    before = await keyring.team_keys(ben)

    assert await keyring.rotate_if_due(ana, house.organization)
    room = await room_of(house, await house.report())

    assert before.newest == 1
    assert house.parts.vault.key_check(await keyring.room_key(ben, room)) == room.key_check


async def test_of_those_whose_keys_are_at_hand_the_one_longest_away_makes_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, cleo = [await house.responder(login) for login in ("ana", "ben", "cleo")]
    monkeypatch.setattr("messenger.services.keyring.REMEMBERED_SESSIONS", 2)
    keyring = house.parts.keyring

    for responder in (ana, ben, ana, cleo):
        await keyring.team_keys(responder)

    assert keyring.sessions() == [ana.session, cleo.session]


async def test_a_room_whose_key_was_taken_from_the_database_is_unreadable(
    house: House, tmp_path: Path
) -> None:
    ana, room = await house.responder("ana"), await room_of(house, await house.report())
    keyring = house.parts.keyring

    for tampering in ("UPDATE room_grant SET generation = 7", "DELETE FROM room_grant"):
        write_to_database(tmp_path, f"{tampering} WHERE recipient = 'team'")
        with pytest.raises(Unreadable):
            await keyring.room_key(ana, room)


async def test_who_was_removed_opens_nothing_new_with_the_old_keys_and_the_whole_database(
    house: House,
) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    old = await room_of(house, await house.report())
    copied = await house.parts.keyring.team_keys(ben)
    own = house.parts.vault.pair_of(ben.private_key)
    (was,) = await grants_of(house, old.id)
    await remove(house, ben)
    await house.parts.keyring.rotate_if_due(ana, house.organization)
    new = await room_of(house, await house.report(draft="draft-0002"))

    in_reach = await everything_in_reach(house, copied, own)

    (grant,) = await grants_of(house, new.id)
    label = label_of_room(house.organization.id, new.id, Recipient.TEAM, grant.generation)
    assert grant.generation == 2
    assert not any(opens(house, pair, label, grant.box) for pair in in_reach)
    # The same search does find what Ben could read: it is not blind.
    label = label_of_room(house.organization.id, old.id, Recipient.TEAM, was.generation)
    assert any(opens(house, pair, label, was.box) for pair in in_reach)
    assert not await can_read(house, ben, new) and not await can_read(house, ben, old)


async def test_a_report_that_meets_a_key_just_changed_is_sealed_to_the_new_one(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    await remove(house, ben)
    keyring = house.parts.keyring
    grants_for = keyring.grants_for

    async def turn_then_open(*room: Any) -> tuple[RoomGrant, ...]:
        granted = await grants_for(*room)
        await keyring.rotate_if_due(ana, house.organization)
        return granted

    monkeypatch.setattr(keyring, "grants_for", turn_then_open)
    room = await room_of(house, await house.report())

    assert [grant.generation for grant in await grants_of(house, room.id)] == [2]
    assert await can_read(house, ana, room)


async def test_open_rooms_are_granted_anew_and_closed_ones_still_open(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    chat = house.desks.chat
    open_room = await room_of(house, await house.report())
    closed = await room_of(house, await house.report(TEASING, draft="draft-0002"))
    here, _ = await chat.enter(ana, closed.id)
    await chat.claim(here, "claim-0001")
    await chat.close(here, "close-0001", "")
    await remove(house, ben)
    await house.parts.keyring.rotate_if_due(ana, house.organization)

    assert [grant.generation for grant in await grants_of(house, open_room.id)] == [2]
    assert [grant.generation for grant in await grants_of(house, closed.id)] == [1]
    assert await can_read(house, ana, open_room) and await can_read(house, ana, closed)


async def test_the_key_is_changed_once_and_only_when_somebody_left(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    rotate = house.parts.keyring.rotate_if_due

    assert not await rotate(ana, house.organization)
    await remove(house, ben)
    assert await rotate(ana, house.organization)
    assert not await rotate(ana, house.organization)


async def test_a_third_generation_still_opens_the_first(house: House) -> None:
    ana = await house.responder("ana")
    first = await room_of(house, await house.report())
    for login in ("ben", "cleo"):
        await remove(house, await house.responder(login))
        house.parts.keyring.forget()
        assert await house.parts.keyring.rotate_if_due(ana, house.organization)
    late = await house.responder("dora")

    assert await can_read(house, ana, first) and await can_read(house, late, first)
    assert (await house.parts.keyring.team_keys(late)).newest == 3


async def test_who_is_not_approved_opens_nothing(house: House) -> None:
    pending = (await house.member("cleo", approved=False)).responder
    room = await room_of(house, await house.report())

    with pytest.raises(NotApproved):
        await house.parts.keyring.team_keys(pending)
    assert not await can_read(house, pending, room)


async def test_a_public_key_swapped_in_the_database_is_given_nothing(
    house: House, tmp_path: Path
) -> None:
    ana, ben, cleo = [await house.responder(login) for login in ("ana", "ben", "cleo")]
    thief = house.parts.vault.new_pair()
    await remove(house, cleo)
    swap = "UPDATE member SET public_key = ? WHERE id = ?"
    write_to_database(tmp_path, swap, (thief.public, ben.member))

    await house.parts.keyring.rotate_if_due(ana, house.organization)

    for generation in (1, 2):
        grants = await house.parts.keys.team_grants(house.organization.id, "member", ben.member)
        label = _label_of_team(house, ben, generation)
        assert not any(opens(house, thief, label, grant.box) for grant in grants)


async def test_a_tag_copied_from_a_colleague_vouches_for_nobody(
    house: House, tmp_path: Path
) -> None:
    ana, ben, cleo = [await house.responder(login) for login in ("ana", "ben", "cleo")]
    await remove(house, cleo)
    copy = "UPDATE approval SET tag = (SELECT tag FROM approval WHERE member = ?) WHERE member = ?"
    write_to_database(tmp_path, copy, (ana.member, ben.member))

    await house.parts.keyring.rotate_if_due(ana, house.organization)

    grants = await house.parts.keys.team_grants(house.organization.id, "member", ben.member)
    assert [grant.generation for grant in grants] == [1]


async def test_approving_by_the_database_alone_gives_no_key(house: House, tmp_path: Path) -> None:
    pending = await house.member("cleo", approved=False)
    write = "UPDATE member SET standing = 'active' WHERE id = ?"
    write_to_database(tmp_path, write, (pending.member.id,))
    room = await room_of(house, await house.report())

    assert not await can_read(house, pending.responder, room)


async def test_a_generation_whose_key_was_swapped_is_not_used(house: House, tmp_path: Path) -> None:
    ana = await house.responder("ana")
    thief = house.parts.vault.new_pair()
    write_to_database(tmp_path, "UPDATE team_generation SET public_key = ?", (thief.public,))
    house.parts.keyring.forget()

    with pytest.raises(Unreadable):
        await house.parts.keyring.team_keys(ana)
    with pytest.raises(Unreadable):
        await with_recovery(house)


@pytest.mark.parametrize("number", [0, -1, 3])
async def test_a_generation_made_up_beside_the_others_lets_nobody_in(
    house: House, tmp_path: Path, number: int
) -> None:
    eve = (await house.member("eve", approved=False)).responder
    vault, made_up = house.parts.vault, house.parts.vault.new_pair()
    label = _label_of_team(house, eve, number)
    box = vault.grant(vault.pair_of(eve.private_key).public, label, made_up.private)
    write_to_database(
        tmp_path, "INSERT INTO team_generation VALUES (?, ?, ?, x'', x'')",
        (house.organization.id, number, made_up.public),
    )  # fmt: skip
    write_to_database(
        tmp_path, "INSERT INTO team_grant VALUES (?, ?, 'member', ?, ?)",
        (house.organization.id, number, eve.member, box),
    )  # fmt: skip

    # It opens no room, but a console is shown the newest words of all, in clear.
    with pytest.raises(Unreadable):
        await house.desks.queue.queue(eve)


async def test_a_generation_that_is_missing_is_named_as_damage(
    house: House, tmp_path: Path
) -> None:
    ana = await house.responder("ana")
    write_to_database(tmp_path, "DELETE FROM team_generation", ())
    house.parts.keyring.forget()

    with pytest.raises(Unreadable):
        await house.parts.keyring.team_keys(ana)
    with pytest.raises(Unreadable):
        await with_recovery(house)


async def test_a_team_grant_moved_to_another_member_does_not_open(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.responder("ben")
    (grant,) = await house.parts.keys.team_grants(house.organization.id, "member", ana.member)

    assert opens(
        house, house.parts.vault.pair_of(ana.private_key), _label_of_team(house, ana, 1), grant.box
    )
    for who, label in ((ben, _label_of_team(house, ben, 1)), (ana, _label_of_team(house, ben, 1))):
        pair = house.parts.vault.pair_of(who.private_key)
        assert not opens(house, pair, label, grant.box)


async def test_a_team_s_key_that_is_unlocked_is_nobody_s_key_elsewhere(house: House) -> None:
    ana = await house.responder("ana")
    await house.desks.queue.queue(ana)
    # As the database would have it, once somebody has changed whose member she is.
    elsewhere = replace(ana, organization=OrganizationId("elsewhere"))

    with pytest.raises(NotApproved):
        await house.parts.keyring.team_keys(elsewhere)


async def test_keys_swapped_between_rooms_do_not_open(house: House, tmp_path: Path) -> None:
    ana = await house.responder("ana")
    one = await room_of(house, await house.report())
    other = await room_of(house, await house.report(TEASING, draft="draft-0002"))
    swap = (
        "UPDATE room_grant SET box = (SELECT box FROM room_grant AS other WHERE other.room = ?"
        " AND other.recipient = room_grant.recipient) WHERE room = ?"
    )
    write_to_database(tmp_path, swap, (one.id, other.id))

    assert await can_read(house, ana, one)
    assert not await can_read(house, ana, other)


async def test_a_key_of_the_attackers_own_is_not_taken_for_the_rooms(
    house: House, tmp_path: Path
) -> None:
    ana = await house.responder("ana")
    room = await room_of(house, await house.report())
    (generation,) = await house.parts.keys.generations(house.organization.id)
    label = label_of_room(house.organization.id, room.id, Recipient.TEAM, 1)
    box = house.parts.vault.grant(generation.public_key, label, b"t" * 32)
    forge = "UPDATE room_grant SET box = ? WHERE room = ? AND recipient = 'team'"
    write_to_database(tmp_path, forge, (box, room.id))

    assert not await can_read(house, ana, room)


async def test_a_session_made_up_for_another_room_lets_nobody_in(
    house: House, tmp_path: Path
) -> None:
    mia, eve = await house.report(), await house.report(TEASING, draft="draft-0002")
    there, token = mia.reporter.room, eve.token
    # Whoever may write the database knows all that this is bound to, and the secret of their own token.
    label = Label("session", house.organization.id, there, recipient=token.session.hex())
    wrapped = house.parts.vault.seal(token.secret, label, eve.reporter.room_key)
    write_to_database(
        tmp_path, "UPDATE session SET room = ?, wrapped = ?, pending = x'' WHERE id = ?",
        (there, wrapped, token.session),
    )  # fmt: skip

    way_in = await house.desks.reporting.find(token)

    assert way_in is not None and way_in.reporter.room == there
    # What is said there goes out in clear to those who are in: nothing would have to be opened.
    with pytest.raises(Unreadable):
        await house.desks.chat.enter(way_in.reporter, there)


async def test_six_words_made_up_for_a_room_do_not_open_it(house: House, tmp_path: Path) -> None:
    mia, eve = await house.report(), await house.report(TEASING, draft="draft-0002")
    words = await house.desks.reporting.ready_receipt(eve)
    await house.desks.reporting.ready_receipt(mia)
    stretcher, salt = house.parts.stretcher, await house.parts.keys.salt()
    lookup, wrap_key = await stretcher.receipt(" ".join(words), salt)
    label = Label("receipt", house.organization.id, mia.reporter.room)
    wrapped = house.parts.vault.seal(wrap_key, label, eve.reporter.room_key)
    write_to_database(
        tmp_path, "UPDATE receipt SET room = ?, wrapped = ? WHERE lookup = ?",
        (mia.reporter.room, wrapped, lookup),
    )  # fmt: skip

    with pytest.raises(Unreadable):
        await house.desks.reporting.come_back(" ".join(words))


async def test_words_moved_to_another_room_line_or_author_do_not_open(house: House) -> None:
    mia, noa = await house.report(), await house.report(TEASING, draft="draft-0002")
    vault = house.parts.vault
    first = (await house.parts.rooms.events(mia.reporter.room, Stream.ROOM, 0))[0]
    other = (await house.parts.rooms.events(noa.reporter.room, Stream.ROOM, 0))[0]
    key = RoomKey(house.organization.id, mia.reporter.room, mia.reporter.room_key)

    assert key.open(vault, first).body == WEAPON.what
    for moved in (
        first.replace(sealed=other.sealed),
        first.replace(client_id=other.client_id + "x"),
        first.replace(kind=next(kind for kind in Kind if kind != first.kind)),
    ):
        with pytest.raises(Unreadable):
            key.open(vault, moved)
    with pytest.raises(Unreadable):
        key.replace(room=noa.reporter.room).open(vault, first)


async def test_recovery_opens_every_room_and_says_which_it_cannot(
    house: House, tmp_path: Path
) -> None:
    whole, damaged = await house.report(), await house.report(TEASING, draft="draft-0002")
    rehearse = house.parts.membership.read_with_recovery
    key = write_recovery_key(house.recovery.private)
    before = await rehearse(house.organization.slug, key)
    spoil = "UPDATE room_grant SET box = x'00' WHERE room = ?"
    write_to_database(tmp_path, spoil, (damaged.reporter.room,))

    after = await rehearse(house.organization.slug, key)

    assert (before.rooms, before.lost) == (2, ())
    assert after.lost == ((await room_of(house, damaged)).number,)
    assert (await room_of(house, whole)).number not in after.lost


def _label_of_team(house: House, member: Responder, generation: int) -> Label:
    recipient = f"{Recipient.MEMBER}:{member.member}"
    return Label("team_key", house.organization.id, recipient=recipient, generation=generation)


async def test_a_recovery_key_slipped_into_the_database_is_not_handed_the_next_generation(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house:
        ana, ben = await house.responder("ana"), await house.member("ben")
        thief = house.parts.vault.new_pair()
        forged = replace(house.organization, recovery_key=thief.public)
        await house.parts.signin.disable(house.organization.id, ben.member.id)

        assert await house.parts.keyring.rotate_if_due(ana, forged)

        grants = await house.parts.keys.team_grants(house.organization.id, "recovery", "")
        assert [grant.generation for grant in grants] == [1]


async def test_the_printed_recovery_key_is_handed_every_generation(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        ana, ben = await house.responder("ana"), await house.member("ben")
        await house.parts.signin.disable(house.organization.id, ben.member.id)

        assert await house.parts.keyring.rotate_if_due(ana, house.organization)

        grants = await house.parts.keys.team_grants(house.organization.id, "recovery", "")
        assert sorted(grant.generation for grant in grants) == [1, 2]
