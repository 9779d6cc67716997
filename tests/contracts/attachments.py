"""What every store must do with the files of rooms. Mixed into the store's contract."""

import asyncio
from datetime import date

import pytest

from messenger.domain.attachment import Attachment, Erasure, Progress
from messenger.domain.commands import Attach, BreakGlass, LookAt, Quarantine
from messenger.domain.errors import Conflict, NotFound, TooManyFiles
from messenger.domain.events import REPORTER, Author, Kind, Stream
from messenger.domain.ids import AttachmentId, ClientId, RoomId
from messenger.domain.room import Room
from messenger.ports.storage import Outcome
from messenger.storage.rooms import ERASED_AT_ONCE
from tests.contracts.world import ADAS, LATER, NOW, OAK, Store, open_room, said

MOST = 3
TODAY = date(2030, 3, 6)


def attachment(room: Room, name: str = "photo", author: Author = REPORTER) -> Attachment:
    id, client_id = AttachmentId(f"{room.id} {name}"), ClientId(f"client id of {name}")
    return Attachment(id, room.id, author, client_id, until=LATER, announced=b"sealed")


async def announce(store: Store, room: Room, name: str = "photo") -> Attachment:
    return await store.attachments.announce(attachment(room, name), MOST)


async def add(store: Store, room: Room, name: str = "photo") -> Attachment:
    """Have one come, be cleaned and be shown."""
    arriving = await announce(store, room, name)
    ready = arriving.replace(progress=Progress.READY, arrived=2, result=b"a photo")
    assert await store.attachments.change(arriving, ready)
    await store.journal.submit(attach(ready))
    return ready


def attach(of: Attachment) -> Attach:
    return Attach(of.room, of.author, of.client_id, said("a photo"), of.id)


def folder(of: Attachment, part: str = "") -> Erasure:
    return Erasure(OAK.id, f"oak/{of.room}/{of.id}{part}")


class AttachmentsContract:
    """From being announced to being shown, refused, given up or erased."""

    async def test_what_was_announced_is_there_for_its_room_alone(self, store: Store) -> None:
        room, other = await open_room(store), await open_room(store, "other")

        new = await announce(store, room)

        assert new == attachment(room)
        assert await store.attachments.find_attachment(room.id, new.id) == new
        assert await store.attachments.find_attachment(other.id, new.id) is None
        assert await store.attachments.unfinished(room.id, REPORTER) == [new]
        assert await store.attachments.unfinished(room.id, ADAS) == []

    async def test_announced_again_it_is_the_one_that_is_there(self, store: Store) -> None:
        room = await open_room(store)
        first = await announce(store, room)
        again = attachment(room).replace(id=AttachmentId("another id"))

        assert await store.attachments.announce(again, MOST) == first

    async def test_of_another_author_it_is_another(self, store: Store) -> None:
        room = await open_room(store)
        await announce(store, room)
        theirs = attachment(room, author=ADAS).replace(id=AttachmentId("another id"))

        assert await store.attachments.announce(theirs, MOST) == theirs

    async def test_for_a_room_that_is_not_there_nothing_is_announced(self, store: Store) -> None:
        room = await open_room(store)

        with pytest.raises(NotFound):
            await announce(store, room.replace(id=RoomId("nowhere")))

    async def test_a_room_has_no_more_than_it_may_have_also_of_many_at_once(
        self, store: Store
    ) -> None:
        room = await open_room(store)

        answers = await asyncio.gather(
            *(announce(store, room, f"photo {n}") for n in range(MOST + 2)),
            return_exceptions=True,
        )

        assert [type(answer) for answer in answers].count(TooManyFiles) == 2

    async def test_one_that_was_refused_takes_no_place(self, store: Store) -> None:
        room = await open_room(store)
        photos = [await announce(store, room, f"photo {n}") for n in range(MOST)]

        await store.attachments.change(photos[0], photos[0].replace(progress=Progress.REFUSED))

        assert (await announce(store, room, "one more")).progress is Progress.ARRIVING

    async def test_of_two_that_go_on_from_the_same_place_one_does(self, store: Store) -> None:
        before = await announce(store, await open_room(store))

        answers = [
            await store.attachments.change(before, before.replace(arrived=arrived))
            for arrived in (2, 3)
        ]

        found = await store.attachments.find_attachment(before.room, before.id)
        assert answers == [True, False]
        assert found is not None
        assert found.arrived == 2

    async def test_what_is_shown_is_so_with_its_event_and_never_given_up(
        self, store: Store
    ) -> None:
        room = await open_room(store)

        photo = await add(store, room)

        found = await store.attachments.find_attachment(room.id, photo.id)
        event = (await store.rooms.events(room.id, Stream.ROOM, 1))[0]
        assert found == photo.replace(progress=Progress.THERE, until=None)
        assert (event.kind, event.subject) == (Kind.ATTACHMENT_ADDED, photo.id)
        assert await store.attachments.give_up(LATER) == 0

    async def test_shown_twice_it_is_one_event(self, store: Store) -> None:
        photo = await add(store, await open_room(store))

        again = await store.journal.submit(attach(photo))

        assert again.repeated
        assert again.room.head == 2

    async def test_what_was_cancelled_before_it_is_shown_is_not_shown(self, store: Store) -> None:
        room = await open_room(store)
        photo, other = await announce(store, room), await announce(store, room, "other")
        assert await store.attachments.discard(room.id, photo.id, folder(photo))

        shown, cancelled = await asyncio.gather(
            *(store.journal.submit(attach(one)) for one in (other, photo)), return_exceptions=True
        )

        assert isinstance(shown, Outcome) and isinstance(cancelled, NotFound)
        events = await store.rooms.events(room.id, Stream.ROOM, 1)
        assert [event.subject for event in events] == [other.id]

    async def test_the_same_id_for_another_file_is_a_conflict(self, store: Store) -> None:
        room = await open_room(store)
        photo, other = await add(store, room), await announce(store, room, "other")

        with pytest.raises(Conflict):
            await store.journal.submit(attach(other.replace(client_id=photo.client_id)))

    async def test_what_is_not_done_in_time_is_given_up_and_erased(self, store: Store) -> None:
        room = await open_room(store)
        photo = await announce(store, room)

        given_up = [await store.attachments.give_up(now) for now in (NOW, LATER, LATER)]

        assert given_up == [0, 1, 0]
        assert await store.attachments.find_attachment(room.id, photo.id) is None
        assert await store.attachments.erasures() == [folder(photo)]

    async def test_what_is_to_be_erased_is_so_until_it_is(self, store: Store) -> None:
        photo = await announce(store, await open_room(store))
        upload = folder(photo, "/upload")
        await store.attachments.change(photo, photo.replace(arrived=1), [upload, upload])
        before = await store.attachments.erasures()

        await store.attachments.erased(upload)

        assert before == [upload]
        assert await store.attachments.erasures() == []

    async def test_what_is_to_be_erased_comes_in_one_order(self, store: Store) -> None:
        photo = await announce(store, await open_room(store))
        await store.attachments.change(photo, photo, [folder(photo, part) for part in "cab"])

        more = [await store.attachments.erasures(limit) for limit in (1, 2, 3)]

        assert [len(some) for some in more] == [1, 2, 3]
        assert more[0] == more[2][:1] and more[1] == more[2][:2]

    async def test_a_change_that_came_too_late_erases_nothing(self, store: Store) -> None:
        photo = await announce(store, await open_room(store))
        late = photo.replace(arrived=7)

        assert not await store.attachments.change(late, late, [folder(photo)])
        assert await store.attachments.erasures() == []

    async def test_one_is_discarded_unless_it_is_shown(self, store: Store) -> None:
        room = await open_room(store)
        shown, arriving = await add(store, room), await announce(store, room, "other")

        discarded = [
            await store.attachments.discard(room.id, each.id, folder(each))
            for each in (shown, arriving, arriving)
        ]

        assert discarded == [False, True, False]
        assert await store.attachments.erasures() == [folder(arriving)]

    async def test_what_is_in_quarantine_is_so_with_its_entry_in_the_file(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        photo, other = await add(store, room), await add(store, room, "other")

        outcome = await store.journal.submit(quarantine(photo))

        assert await store.attachments.quarantined(room.id) == {photo.id}
        assert [each.id for each in await store.attachments.kept_apart(room.id)] == [photo.id]
        assert [event.kind for event in outcome.events] == [Kind.ATTACHMENT_QUARANTINED]
        assert await store.attachments.find_attachment(room.id, other.id) is not None

    async def test_looks_and_broken_glass_are_in_the_file_alone(self, store: Store) -> None:
        room = await open_room(store)
        photo = await add(store, room)

        for command in (LookAt, BreakGlass):
            id = ClientId(command.__name__)
            await store.journal.submit(command(room.id, ADAS, id, said("why"), photo.id))

        file = await store.rooms.events(room.id, Stream.FILE, 0)
        assert [(event.kind, event.subject) for event in file] == [
            (Kind.ATTACHMENT_SEEN, photo.id), (Kind.GLASS_BROKEN, photo.id),
        ]  # fmt: skip
        assert len(await store.rooms.events(room.id, Stream.ROOM, 0)) == 2

    async def test_what_the_file_says_of_one_is_said_once_and_of_no_other(
        self, store: Store
    ) -> None:
        room = await open_room(store)
        photo, other = await add(store, room), await add(store, room, "other")
        commands = [
            command(room.id, ADAS, ClientId(command.__name__), said("why"), photo.id)
            for command in (LookAt, Quarantine, BreakGlass)
        ]

        first = [await store.journal.submit(command) for command in commands]
        again = [await store.journal.submit(command) for command in commands]

        assert [(each.events, each.repeated) for each in again] == [
            (each.events, True) for each in first
        ]
        for command in commands:
            with pytest.raises(Conflict):
                await store.journal.submit(command.replace(attachment=other.id))

    async def test_where_those_lie_that_are_shown_or_hidden_is_told_and_of_no_others(
        self, store: Store
    ) -> None:
        room, deleted = await open_room(store), await open_room(store, "deleted")
        photo, hidden = await add(store, room), await add(store, room, "hidden")
        await store.journal.submit(quarantine(hidden))
        await announce(store, room, "arriving")
        await add(store, deleted)
        await store.rooms.ask_deletion(deleted.id, TODAY)
        await store.rooms.delete_due(TODAY)

        folders = [folder(each, "/cleaned").folder for each in (hidden, photo)]
        assert await store.attachments.shown(10) == folders
        assert await store.attachments.shown(1) == folders[:1]

    async def test_with_a_room_its_files_go(self, store: Store) -> None:
        room = await open_room(store)
        photo = await add(store, room)
        await store.rooms.ask_deletion(room.id, TODAY)

        await store.rooms.delete_due(TODAY)

        assert await store.attachments.find_attachment(room.id, photo.id) is None
        assert await store.attachments.erasures() == [Erasure(OAK.id, f"oak/{room.id}")]

    async def test_a_room_with_a_file_in_quarantine_is_kept(self, store: Store) -> None:
        room = await open_room(store)
        await store.journal.submit(quarantine(await add(store, room)))
        await store.rooms.ask_deletion(room.id, TODAY)

        assert await store.rooms.delete_due(TODAY) == []
        assert await store.attachments.erasures() == []

    async def test_however_many_are_due_they_go_some_at_a_time_past_those_that_are_kept(
        self, store: Store
    ) -> None:
        rooms = [await open_room(store, f"room {n}") for n in range(2 * ERASED_AT_ONCE + 1)]
        kept, due = rooms[:ERASED_AT_ONCE], rooms[ERASED_AT_ONCE:]
        for room in kept:
            await store.journal.submit(quarantine(await add(store, room)))
        for room in rooms:
            await store.rooms.ask_deletion(room.id, TODAY)

        rounds = [await store.rooms.delete_due(TODAY) for _ in range(3)]

        assert [len(erased) for erased in rounds] == [ERASED_AT_ONCE, 1, 0]
        assert {room for erased in rounds for _, room in erased} == {room.id for room in due}


def quarantine(of: Attachment) -> Quarantine:
    return Quarantine(of.room, ADAS, ClientId("quarantine"), said("why"), of.id)
