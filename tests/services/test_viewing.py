"""Files of a room, looked at and kept apart: over real storage, without the edge."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from messenger.domain.access import Reporter, Responder
from messenger.domain.attachment import Part
from messenger.domain.commands import LookAt
from messenger.domain.errors import EmptyText, KeptForSafety, NotFound, StoreDown, WrongOffset
from messenger.domain.events import Content, Role
from messenger.domain.ids import SessionId
from messenger.domain.report import Report
from messenger.ports.live import Viewer, room_topic
from messenger.services.history import SCREEN
from messenger.services.sealing import Unlocked
from tests.cast import TEASING, House
from tests.fakes.plain import PHOTO, PREVIEW, SOUND, VIDEO
from tests.services.evidence import (
    ID,
    LONG,
    another_worker,
    look,
    original,
    photo,
    pieces,
    reporter_in,
    responder_in,
    send,
    send_all,
    stored,
    sweep_files,
)

# Looking


async def entries(house: House, here: Unlocked) -> list[tuple[str, str, str]]:
    file = await house.desks.history.file(here)
    return [(event.kind, event.by.name, event.body) for event in file.events]


async def test_every_look_of_a_responder_is_in_the_file_once_a_session(house: House) -> None:
    mia = await reporter_in(house)
    ana, ben = await responder_in(house, mia), await responder_in(house, mia, "ben")
    upload = await send(house, mia)

    for here in (mia, ana, ana, ben):
        await look(house, here, upload.id)
    house.desks.viewing._looks.clear()  # As after a restart.
    await look(house, ana, upload.id)

    assert await entries(house, ana) == [
        ("attachment_seen", "Ana", ""), ("attachment_seen", "Ben", ""),
    ]  # fmt: skip


async def test_another_file_and_another_session_are_another_look(house: House) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    assert isinstance(ana.actor, Responder)
    later = Unlocked(replace(ana.actor, session=SessionId(b"later")), ana.room_key)
    files = [await send(house, mia, PHOTO, f"photo-{number:04}") for number in range(2)]

    for here in (ana, later):
        for file in files:
            await look(house, here, file.id)

    seen = (await house.desks.history.file(ana)).events
    assert [event.details["attachment"] for event in seen] == [file.id for file in files] * 2


async def test_a_look_that_could_not_be_written_down_is_no_look_and_the_next_one_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)

    async def fail(*_: object) -> None:
        raise StoreDown

    monkeypatch.setattr(house.desks.chat, "enter_in_file", fail)
    with pytest.raises(StoreDown):
        await look(house, ana, upload.id)
    monkeypatch.undo()
    await look(house, ana, upload.id)

    assert await entries(house, ana) == [("attachment_seen", "Ana", "")]


async def test_of_the_looks_that_were_written_down_the_latest_are_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    mia = await reporter_in(house)
    ana, chat = await responder_in(house, mia), house.desks.chat
    ids = [(await send(house, mia, PHOTO, f"photo-{number:04}")).id for number in range(3)]
    enter_in_file, written = chat.enter_in_file, list[int]()

    async def note(here: Unlocked, command: LookAt, content: Content) -> object:
        written.append(ids.index(command.attachment))
        return await enter_in_file(here, command, content)

    monkeypatch.setattr("messenger.services.viewing.REMEMBERED", 2)
    monkeypatch.setattr(chat, "enter_in_file", note)
    for number in (0, 1, 0, 2, 0, 1):
        await look(house, ana, ids[number])

    assert written == [0, 1, 2, 1]


async def test_small_pictures_are_a_look_only_where_files_are_covered(house: House) -> None:
    for report, looks in ((TEASING, 0), (Report("sexting_images", "They pass it around."), 1)):
        mia = (await house.report(report)).reporter
        here, room = await house.desks.chat.enter(mia, mia.room)
        ana = await responder_in(house, here, f"ana{looks}")
        upload = await send(house, here)

        preview = await house.desks.viewing.preview(ana, room, upload.id)

        assert b"".join([piece async for piece in preview.stream(0, preview.size)]) == PREVIEW
        assert len(await entries(house, ana)) == looks


async def test_sound_has_no_picture(house: House, tmp_path: Path) -> None:
    mia = (await house.report()).reporter
    here, room = await house.desks.chat.enter(mia, mia.room)
    upload = await send(house, here, SOUND + b" of it", kind="audio/mp4")

    with pytest.raises(NotFound):
        await house.desks.viewing.preview(here, room, upload.id)
    await sweep_files(house)
    assert stored(house, tmp_path) == ["cleaned"]


# Kept apart


async def test_a_file_in_quarantine_is_there_for_nobody_and_opens_for_a_reason(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    upload = await send(house, mia)
    viewing = house.desks.viewing

    await viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")

    for here in (mia, ana):
        with pytest.raises(NotFound):
            await look(house, here, upload.id)
        event = (await house.desks.history.stretch(here, SCREEN)).events[-1]
        assert event.details == {"withheld": "yes"}
    opened = await viewing.break_glass(
        ana, "glass-0001", upload.id, Part.CLEANED, "The police asks for it."
    )
    assert b"".join([piece async for piece in opened.stream(0, opened.size)]) == LONG
    assert await entries(house, ana) == [
        ("attachment_quarantined", "Ana", "A child, undressed."),
        ("glass_broken", "Ana", "The police asks for it."),
    ]
    assert isinstance(mia.actor, Reporter)
    assert not (await house.desks.reporting.deletion(mia.actor)).allowed
    with pytest.raises(KeptForSafety):
        await house.desks.reporting.delete(mia.actor)


async def test_what_is_kept_apart_is_told_to_the_team_alone(house: House) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    viewing, uploads = house.desks.viewing, house.desks.uploads
    kept = await uploads.announce(mia, "with-original", photo(), keeps_original=True)
    await send_all(house.desks, mia, kept.id)
    hidden = await send(house, mia)
    await viewing.quarantine(ana, "quarantine-1", hidden.id, "A child, undressed.")

    apart = await viewing.kept_apart(ana)

    assert sorted(apart) == sorted([(kept.id, Part.ORIGINAL), (hidden.id, Part.CLEANED)])
    with pytest.raises(NotFound):
        await viewing.kept_apart(mia)


async def test_nothing_is_put_in_quarantine_without_a_reason_or_before_it_is_there(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)
    coming = await house.desks.uploads.announce(mia, "another-one", photo())
    viewing = house.desks.viewing

    with pytest.raises(EmptyText):
        await viewing.quarantine(ana, "quarantine-1", upload.id, " ")
    with pytest.raises(NotFound):
        await viewing.quarantine(ana, "quarantine-1", coming.id, "A child, undressed.")

    assert await look(house, mia, upload.id) == LONG
    assert await viewing.kept_apart(ana) == []


async def test_a_file_in_quarantine_vanishes_from_every_page_that_is_open(house: House) -> None:
    mia = await reporter_in(house)
    ana, upload = await responder_in(house, mia), await send(house, mia)
    watches = [
        house.bus.join(
            Viewer(room_topic(mia.room), role, SessionId(b"s"), None, None), lambda: None
        )
        for role in Role
    ]

    await house.desks.viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")

    withheld = {"t": "withheld", "attachment": upload.id}
    for watch in watches:
        assert withheld in [json.loads(push.text) for push in watch.pending]


async def test_nobody_opens_what_is_kept_apart_without_a_reason_or_being_on_the_team(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    upload = await send(house, mia)
    viewing = house.desks.viewing

    with pytest.raises(NotFound):
        await viewing.quarantine(mia, "quarantine-1", upload.id, "I am the reporter.")
    with pytest.raises(NotFound):
        await viewing.break_glass(ana, "glass-0001", upload.id, Part.CLEANED, "Not in quarantine.")
    await viewing.quarantine(ana, "quarantine-1", upload.id, "A child, undressed.")
    with pytest.raises(EmptyText):
        await viewing.break_glass(ana, "glass-0001", upload.id, Part.CLEANED, " ")
    with pytest.raises(NotFound):
        await viewing.break_glass(mia, "glass-0001", upload.id, Part.CLEANED, "It is mine.")


async def test_an_original_is_kept_if_the_reporter_says_so_and_opens_for_a_reason_alone(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo(), keeps_original=True)
    await uploads.receive(mia, upload.id, 0, pieces(LONG))
    await house.desks.finishing.finish(mia, upload.id)

    await sweep_files(house)

    assert stored(house, tmp_path) == ["cleaned", "original", "preview"]
    assert await original(house, ana, upload.id) == LONG
    broken = (await house.desks.history.file(ana)).events[-1]
    assert broken.details == {"attachment": upload.id, "part": "original"}
    assert isinstance(ana.actor, Responder)
    await house.desks.chat.claim(ana, "claim-0001")
    with pytest.raises(NotFound):
        await uploads.announce(ana, "other-file", photo(), keeps_original=True)


async def test_no_original_opens_that_is_not_kept_or_whose_file_is_not_there_yet(
    house: House,
) -> None:
    mia = await reporter_in(house)
    ana, plain = await responder_in(house, mia), await send(house, mia)
    coming = await house.desks.uploads.announce(mia, "another-one", photo(), keeps_original=True)

    for id in (plain.id, coming.id):
        with pytest.raises(NotFound):
            await original(house, ana, id)

    assert await entries(house, ana) == []


async def test_an_original_stays_what_was_shown_whatever_a_late_connection_still_sends(
    house: House, tmp_path: Path
) -> None:
    mia = await reporter_in(house)
    ana = await responder_in(house, mia)
    uploads = house.desks.uploads
    upload = await uploads.announce(mia, ID, photo(), keeps_original=True)

    async def forged() -> AsyncIterator[bytes]:
        yield b"forged"
        await send_all(another_worker(house), mia, upload.id)
        yield b"!" * (len(LONG) - 6)

    with pytest.raises(WrongOffset):
        await uploads.receive(mia, upload.id, 0, forged())
    await sweep_files(house)

    assert await original(house, ana, upload.id) == LONG
    assert stored(house, tmp_path) == ["cleaned", "original", "preview"]


async def test_video_is_video(house: House) -> None:
    mia = await reporter_in(house)

    upload = await send(house, mia, VIDEO + b" of it", kind="video/quicktime")

    exhibit = await house.desks.viewing.look(mia, upload.id)
    assert (exhibit.media_type, exhibit.name) == ("video/mp4", f"video-{upload.id[:6]}.mp4")


async def test_the_small_picture_of_a_video_is_a_picture(house: House) -> None:
    mia = (await house.report()).reporter
    here, room = await house.desks.chat.enter(mia, mia.room)
    upload = await send(house, here, VIDEO + b" of it", kind="video/quicktime")

    preview = await house.desks.viewing.preview(here, room, upload.id)

    assert (preview.media_type, preview.size) == ("image/webp", len(PREVIEW))
