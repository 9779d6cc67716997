"""Files over HTTP: in pieces by programs and pages, whole by forms without scripts, and back in ranges."""

import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from messenger.domain.attachment import MEGABYTE, FileLimits, Part
from messenger.domain.ids import AttachmentId, RoomId
from messenger.logs import Line
from messenger.ports.security import SEGMENT
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.web import enclosures
from messenger.web.admission import Admission
from messenger.web.attachments import PIECE_TYPE
from tests.cast import ORIGIN
from tests.fakes.plain import BROKEN, PAPER, PHOTO, PREVIEW
from tests.proofs.service import (
    District,
    Service,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)
from tests.web.test_door import connected

LONG = PHOTO + bytes(range(256)) * 4_000


@dataclass
class Scene:
    """Mia's room, and Ana, who has claimed it."""

    service: Service
    district: District
    mia: WayIn
    ana: SignedIn

    @property
    def room(self) -> RoomId:
        return self.mia.reporter.room

    async def reporter(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self.service.request(method, path, reporter_cookie(self.mia), **options)

    async def member(self, method: str, path: str, **options: Any) -> httpx2.Response:
        path = f"/console/rooms/{self.room}{path}"
        return await self.service.request(method, path, member_cookie(self.ana), **options)

    async def announce(self, size: int = len(LONG), **more: object) -> httpx2.Response:
        body = {"id": "photo-0001", "type": "image/jpeg", "size": size, **more}
        return await self.reporter("POST", "/attachments", json=body)

    async def send(self, content: bytes = LONG, **more: object) -> str:
        """Send a file as the page does; return its id."""
        id = str((await self.announce(len(content), **more)).json()["attachment"])
        await self.piece(id, content)
        finished = await self.reporter("POST", f"/attachments/{id}/finish")
        assert finished.json()["progress"] == "there", finished.text
        return id

    async def piece(self, id: str, content: bytes, offset: int = 0) -> httpx2.Response:
        headers = {"upload-offset": str(offset), "content-type": PIECE_TYPE}
        path = f"/attachments/{id}"
        return await self.reporter("PATCH", path, content=content, headers=headers)


@asynccontextmanager
async def open_scene(folder: Path, **settings: Any) -> AsyncIterator[Scene]:
    async with open_service(folder, **settings) as service:
        district = await open_district(service)
        mia, ana = await district.report(), await district.member("ana")
        here, _ = await service.desks.chat.enter(ana.check_approved(), mia.reporter.room)
        await service.desks.chat.claim(here, "claim-0001")
        yield Scene(service, district, mia, ana)


# In pieces


async def test_a_file_is_sent_in_pieces_and_seen_by_both_sides(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        announced = await scene.announce(alt="A knife in a bag")
        id = announced.json()["attachment"]
        first = await scene.piece(id, LONG[: 2 * SEGMENT])
        second = await scene.piece(id, LONG[2 * SEGMENT :], 2 * SEGMENT)
        finished = await scene.reporter("POST", f"/attachments/{id}/finish")

        assert announced.status_code == 201
        assert announced.json() == {
            "attachment": id, "id": "photo-0001", "progress": "arriving", "offset": 0,
            "size": len(LONG), "refused": "", "mark": "",
        }  # fmt: skip
        assert (first.json()["offset"], second.json()["offset"]) == (2 * SEGMENT, len(LONG))
        assert finished.json()["progress"] == "there"
        for ask in (scene.reporter, scene.member):
            assert (await ask("GET", f"/attachments/{id}/content")).content == LONG
            assert (await ask("GET", f"/attachments/{id}/preview")).content == PREVIEW


async def test_a_file_for_another_room_than_the_senders_is_refused(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        other = await scene.district.report()

        refused = await scene.announce(room=other.reporter.room)
        taken = await scene.announce(room=scene.room)

        assert (refused.status_code, refused.json()["code"]) == (409, "another_room")
        assert taken.status_code == 201


async def test_what_was_begun_is_told_with_what_may_be_sent(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce()).json()["attachment"]
        await scene.piece(id, LONG[: SEGMENT + 5])

        told = (await scene.reporter("GET", "/attachments")).json()

        assert [(each["attachment"], each["offset"]) for each in told["unfinished"]] == [
            (id, SEGMENT)
        ]
        assert (told["image_mb"], told["video_mb"], told["files"], told["piece"]) == (
            25, 250, 20, SEGMENT,
        )  # fmt: skip
        assert (await scene.reporter("GET", f"/attachments/{id}")).json()["offset"] == SEGMENT


async def test_what_was_begun_is_told_with_the_mark_its_sender_gave_it(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        await scene.announce(mark="a1b2c3")
        too_long = await scene.announce(id="photo-0002", mark="a" * 501)

        told = (await scene.reporter("GET", "/attachments")).json()

        assert [each["mark"] for each in told["unfinished"]] == ["a1b2c3"]
        assert too_long.status_code == 422


async def test_a_piece_must_follow_the_last_one_and_say_so(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce()).json()["attachment"]

        wrong = await scene.piece(id, LONG, 7)
        unsaid = await scene.reporter("PATCH", f"/attachments/{id}", content=LONG)

        assert (wrong.status_code, wrong.json()["code"]) == (409, "wrong_offset")
        assert (unsaid.status_code, unsaid.json()["code"]) == (422, "bad_frame")


@pytest.mark.parametrize(
    ("offset", "kind"),
    [
        (b"0", "application/octet-stream"),
        *((offset, PIECE_TYPE) for offset in (b"", b"-1", b"x", b"\xb2", b"1" * 16)),
    ],
)
async def test_what_does_not_say_that_it_is_a_piece_and_from_where_is_none(
    tmp_path: Path, offset: bytes, kind: str
) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce()).json()["attachment"]

        headers = {"upload-offset": offset, "content-type": kind}
        refused = await scene.reporter("PATCH", f"/attachments/{id}", content=LONG, headers=headers)

        assert (refused.status_code, refused.json()["code"]) == (422, "bad_frame")
        assert (await scene.reporter("GET", f"/attachments/{id}")).json()["offset"] == 0


async def test_a_file_that_can_not_be_made_safe_is_refused_with_a_reason(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce(len(BROKEN))).json()["attachment"]
        await scene.piece(id, BROKEN)

        refused = await scene.reporter("POST", f"/attachments/{id}/finish")
        later = await scene.reporter("GET", f"/attachments/{id}")

        assert (refused.status_code, refused.json()["code"]) == (422, "cannot_clean")
        assert later.json()["refused"] == refused.json()["text"]
        assert "damaged" in later.json()["refused"]


async def test_what_is_too_large_is_refused_before_it_comes(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        refused = await scene.announce(25_000_001)

        assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
        assert "25 MB" in refused.json()["text"]


@pytest.mark.parametrize("more", [{"size": -1}, {"type": "image/jpeg;" + "x" * 100}, {"name": "x"}])
async def test_what_is_no_announcement_is_not_taken(
    tmp_path: Path, more: dict[str, object]
) -> None:
    async with open_scene(tmp_path) as scene:
        body = {"id": "photo-0001", "type": "image/jpeg", "size": 5, **more}
        answer = await scene.reporter("POST", "/attachments", json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, "bad_frame")


@pytest.mark.parametrize("kind", ["\u0436/jpeg", "image\r\nx: y/jpeg", 'photo.html" x="/jpeg'])
async def test_a_type_that_is_none_of_those_we_know_is_refused(tmp_path: Path, kind: str) -> None:
    async with open_scene(tmp_path) as scene:
        refused = await scene.announce(type=kind, keep_original=True)

        assert (refused.status_code, refused.json()["code"]) == (422, "cannot_clean")


async def test_a_piece_larger_than_one_may_be_is_not_taken(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce(20_000_000)).json()["attachment"]

        assert (await scene.piece(id, bytes(16 * 1024 * 1024 + 1))).status_code == 413


async def test_what_is_cancelled_is_not_there_any_more(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = (await scene.announce()).json()["attachment"]

        cancelled = await scene.reporter("DELETE", f"/attachments/{id}")

        assert cancelled.status_code == 204
        assert (await scene.reporter("GET", f"/attachments/{id}")).status_code == 404


async def test_a_program_shows_its_token_and_no_origin(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        for token, path in (
            (scene.mia.token.text, "/attachments"),
            (scene.ana.token.text, f"/console/rooms/{scene.room}/attachments"),
        ):
            body = {"id": "paper-0001", "type": "application/pdf", "size": 5}
            headers = {"authorization": f"Bearer {token}", "origin": None}
            answer = await scene.service.request("POST", path, json=body, headers=headers)
            assert answer.status_code == 201


async def test_a_program_that_asks_for_a_file_that_is_not_there_is_told_in_json_and_people_by_a_page(
    tmp_path: Path,
) -> None:
    async with open_scene(tmp_path) as scene:
        headers = {"authorization": f"Bearer {scene.mia.token.text}", "origin": None}
        path = "/attachments/7J2Ij6MU/content"

        program = await scene.service.request("GET", path, headers=headers)
        page = await scene.reporter("GET", path)

        assert (program.status_code, program.json()["code"]) == (404, "not_found")
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")


def spoil(folder: Path, number: str, *, in_its_place: bool) -> None:
    """Take away a segment of every file, and those that lie together with it."""
    for segment in folder.rglob(f"files/**/{number}*"):
        segment.unlink()
        if in_its_place:
            segment.mkdir()


@pytest.mark.parametrize(("lies_there", "status"), [("nothing", 404), ("what can't be read", 503)])
async def test_a_file_whose_parts_do_not_come_is_refused_and_no_size_promised(
    tmp_path: Path, lies_there: str, status: int
) -> None:
    async with open_scene(tmp_path) as scene:
        path = f"/attachments/{await scene.send()}"
        spoil(tmp_path, "000000", in_its_place=lies_there != "nothing")

        for part in ("content", "preview"):
            answer = await scene.member("GET", f"{path}/{part}")
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("lies_there", "told"),
    [
        ("what can't be read", ["messenger.web: broke off a file on its way out: store_down"]),
        ("nothing", []),
    ],
)
async def test_a_file_that_ends_on_its_way_out_is_no_whole_one_and_no_bug(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, lies_there: str, told: list[str]
) -> None:
    async with open_scene(tmp_path) as scene:
        long = LONG * 2
        path = f"/attachments/{await scene.send(long)}/content"
        spoil(tmp_path, "000004", in_its_place=lies_there != "nothing")

        async with connected(scene.service) as connection:
            lines = (f"GET {path} HTTP/1.1", "Host: x", f"Cookie: {reporter_cookie(scene.mia)}")
            connection.writer.write("\r\n".join((*lines, "", "")).encode())
            head, _, body = (await connection.rest()).partition(b"\r\n\r\n")
            await connection.lost.wait()

    assert b"content-length: %d" % len(long) in head
    assert body == long[: len(body)] and len(body) < len(long)
    written = [Line().format(each) for each in caplog.records if each.levelno >= logging.WARNING]
    assert [line.partition(" error ")[2] for line in written] == told


async def test_a_page_of_somebody_else_sends_nothing(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        body = {"id": "photo-0001", "type": "image/jpeg", "size": 5}
        for origin in ("https://elsewhere.test", None, "null"):
            answer = await scene.reporter(
                "POST", "/attachments", json=body, headers={"origin": origin}
            )
            assert (answer.status_code, answer.json()["code"]) == (403, "bad_form")


async def test_a_token_of_the_other_side_is_none(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        for token, path, status, cookie in (
            (scene.ana.token.text, "/attachments", 404, reporter_cookie(scene.mia)),
            (
                scene.mia.token.text,
                f"/console/rooms/{scene.room}/attachments",
                401,
                member_cookie(scene.ana),
            ),
        ):
            headers = {"authorization": f"Bearer {token}"}
            # A cookie beside it counts for nothing: whoever shows a token is not asked where from.
            for held in ("", cookie):
                answer = await scene.service.request("GET", path, held, headers=headers)
                assert answer.status_code == status


# Back


async def test_a_player_gets_the_range_it_asks_for(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send()

        for asked, start, stop in (
            ("bytes=0-0", 0, 1),
            ("bytes=100-", 100, len(LONG)),
            ("bytes=-7", len(LONG) - 7, len(LONG)),
            (f"bytes={SEGMENT - 3}-{SEGMENT + 3}", SEGMENT - 3, SEGMENT + 4),
            ("bytes=5-99999999999", 5, len(LONG)),
        ):
            answer = await scene.reporter(
                "GET", f"/attachments/{id}/content?inline", headers={"range": asked}
            )
            assert answer.status_code == 206
            assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(LONG)}"
            assert answer.content == LONG[start:stop]


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "x"])
async def test_what_is_no_range_gets_all_of_it(tmp_path: Path, asked: str) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send()

        answer = await scene.reporter("GET", f"/attachments/{id}/content", headers={"range": asked})

        assert (answer.status_code, answer.content) == (200, LONG)


async def test_a_range_behind_the_end_is_told_where_that_is(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send()

        answer = await scene.reporter(
            "GET", f"/attachments/{id}/content", headers={"range": f"bytes={len(LONG)}-"}
        )

        assert (answer.status_code, answer.headers["content-range"]) == (
            416,
            f"bytes */{len(LONG)}",
        )


async def test_a_file_is_to_be_saved_unless_a_safe_kind_is_asked_for_inline(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        photo, paper = (
            await scene.send(),
            await scene.send(PAPER, id="paper-0001", type="application/pdf"),
        )

        def told(answer: httpx2.Response) -> tuple[str, str]:
            return answer.headers["content-type"], answer.headers["content-disposition"]

        saved = await scene.reporter("GET", f"/attachments/{photo}/content")
        shown = await scene.reporter("GET", f"/attachments/{photo}/content?inline")
        never = await scene.reporter("GET", f"/attachments/{paper}/content?inline")

        assert told(saved) == (
            "application/octet-stream", f'attachment; filename="image-{photo[:6]}.jpg"',
        )  # fmt: skip
        assert told(shown) == ("image/jpeg", "inline")
        assert told(never)[1].startswith("attachment")
        for answer in (saved, shown, never):
            assert "sandbox" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cache-control"] == "no-store"


async def test_asking_for_the_head_of_a_file_tells_its_size(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send()

        answer = await scene.reporter("HEAD", f"/attachments/{id}/content")

        assert (answer.headers["content-length"], answer.content) == (str(len(LONG)), b"")


# Kept apart


async def test_a_file_is_put_in_quarantine_and_opens_for_a_reason(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send()
        form = {"do": "quarantine", "attachment": id, "reason": "A child, undressed."}

        done = await scene.member("POST", "", data=form)
        hidden = [
            await ask("GET", f"/attachments/{id}/content") for ask in (scene.reporter, scene.member)
        ]
        glass = {"id": "glass-0001", "part": "cleaned", "reason": "The police asks for it."}
        unreasoned = await scene.member(
            "POST", f"/attachments/{id}/break-glass", data=glass | {"reason": ""}
        )
        opened = await scene.member("POST", f"/attachments/{id}/break-glass", data=glass)

        assert done.status_code == 303
        assert [answer.status_code for answer in hidden] == [404, 404]
        assert unreasoned.status_code == 422
        assert opened.content == LONG
        assert opened.headers["content-disposition"].startswith("attachment")


async def test_an_original_opens_whatever_was_once_said_of_it(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        id = await scene.send(keep_original=True)
        desks = scene.service.desks
        here, _ = await desks.chat.enter(scene.mia.reporter, scene.room)
        upload = await desks.registrar.own(here, id)
        odd = upload.announced.replace(media_type="\u0436\r\n/jpeg")
        said = desks.registrar.with_announced(here, upload.attachment, odd)
        await desks.uploads._attachments.change(upload.attachment, said)

        glass = {"id": "glass-0001", "part": "original", "reason": "The police asks for it."}
        opened = await scene.member("POST", f"/attachments/{id}/break-glass", data=glass)

        assert (opened.status_code, opened.content) == (200, LONG)
        assert opened.headers["content-disposition"] == (
            f'attachment; filename="image-{id[:6]}.bin"'
        )


# Forms


async def form(
    scene: Scene, fields: dict[str, str], *files: tuple[str, bytes, str]
) -> httpx2.Response:
    enclosed = [("files", file) for file in files]
    return await scene.reporter("POST", "/", data=fields, files=enclosed)


async def kinds(scene: Scene) -> list[str]:
    here, room = await scene.service.desks.chat.enter(scene.mia.reporter, scene.room)
    return [e.kind for e in (await scene.service.desks.history.stretch(here, room.head)).events]


async def test_a_form_sends_words_and_files(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        fields = {"do": "say", "id": "message-0001", "body": "Here is what I saw."}
        files = [("a.jpg", LONG, "image/jpeg"), ("b.pdf", PAPER, "application/octet-stream")]

        for _ in range(2):  # Pressed twice.
            answer = await form(scene, fields, *files)
            assert answer.status_code == 303
        assert await kinds(scene) == [
            "report_submitted", "room_claimed", "message_posted", "attachment_added",
            "attachment_added",
        ]  # fmt: skip


WORDLESS = {"do": "say", "id": "message-0001", "body": ""}


async def sent_ahead(scene: Scene) -> str:
    """Send the file of a form before the form is sent; return its id."""
    body = {"id": f"{WORDLESS['id']}-1", "type": "image/jpeg", "size": len(LONG)}
    id = str((await scene.reporter("POST", "/attachments", json=body)).json()["attachment"])
    await scene.piece(id, LONG)
    return id


async def until_aside(admission: Admission, count: int) -> None:
    """Wait until so many wait, and none of them holds a place."""
    with anyio.fail_after(10):
        while (admission.requests, len(admission.hall._waiting)) != (0, count):  # noqa: ASYNC110 (nobody tells)
            await anyio.sleep(0.01)


async def test_who_waits_for_a_file_to_be_made_safe_keeps_nobody_out(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene, anyio.create_task_group() as tasks:
        finishing, admission = scene.service.desks.finishing, scene.service.desks.admission
        id = await sent_ahead(scene)
        finishing._cleaning[AttachmentId(id)] = anyio.Event()

        tasks.start_soon(scene.reporter, "POST", f"/attachments/{id}/finish")
        tasks.start_soon(form, scene, WORDLESS, ("a.jpg", LONG, "image/jpeg"))
        await until_aside(admission, 2)
        tasks.cancel_scope.cancel()


async def test_a_form_that_waits_for_another_process_keeps_nobody_out(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene, anyio.create_task_group() as tasks:
        admission = scene.service.desks.admission
        id = await sent_ahead(scene)
        leasing = scene.service.desks.finishing._leasing
        assert await leasing.hold(f"clean {id}", "a process that hangs", 600.0)

        tasks.start_soon(form, scene, WORDLESS, ("a.jpg", LONG, "image/jpeg"))
        await until_aside(admission, 1)
        tasks.cancel_scope.cancel()


async def test_a_form_sent_again_waits_for_a_file_that_another_process_died_over(
    tmp_path: Path,
) -> None:
    async with open_scene(tmp_path) as scene:
        body = {"id": "message-0001-1", "type": "image/jpeg", "size": len(LONG)}
        id = (await scene.reporter("POST", "/attachments", json=body)).json()["attachment"]
        await scene.piece(id, LONG)
        leasing = scene.service.desks.finishing._leasing
        assert await leasing.hold(f"clean {id}", "a dead process", 0.5)

        fields = {"do": "say", "id": "message-0001", "body": ""}
        answer = await form(scene, fields, ("a.jpg", LONG, "image/jpeg"))

        assert answer.status_code == 303
        assert (await kinds(scene))[2:] == ["attachment_added"]


async def test_a_form_does_not_wait_for_ever_for_a_file_that_another_process_has_in_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enclosures, "AGAIN", 0.0)
    monkeypatch.setattr(enclosures, "TIMES", 3)
    async with open_scene(tmp_path) as scene:
        body = {"id": "message-0001-1", "type": "image/jpeg", "size": len(LONG)}
        id = (await scene.reporter("POST", "/attachments", json=body)).json()["attachment"]
        await scene.piece(id, LONG)
        leasing = scene.service.desks.finishing._leasing
        assert await leasing.hold(f"clean {id}", "a process that hangs", 600.0)

        fields = {"do": "say", "id": "message-0001", "body": "Look at this."}
        with anyio.fail_after(10):
            answer = await form(scene, fields, ("a.jpg", LONG, "image/jpeg"))

        assert answer.status_code == 303
        assert (await kinds(scene))[2:] == ["message_posted"]


async def test_nothing_that_is_said_stands_behind_the_files_of_a_form(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        pages = [
            await scene.reporter("GET", "/"),
            await scene.reporter("POST", "/", data={"go": "report"}),
            await scene.member("GET", ""),
        ]

        for page in pages:
            # What is in a template is not sent.
            html = re.sub(r"<template.*?</template>", "", page.text, flags=re.DOTALL)
            (form,) = [
                form for form in re.findall(r"<form.*?</form>", html, re.DOTALL)
                if 'name="files"' in form
            ]  # fmt: skip
            before, _, behind = form.partition('name="files"')
            assert 'name="alt"' in before
            assert re.findall(r'<(?:input|textarea|select)[^>]* name="(\w+)"', behind) == []


async def test_a_form_may_send_files_alone_and_its_file_field_may_be_empty(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        await form(
            scene, {"do": "say", "id": "message-0001", "body": ""}, ("a", LONG, "image/jpeg")
        )
        await form(scene, {"do": "say", "id": "message-0002", "body": "Only words."}, ("", b"", ""))

        assert (await kinds(scene))[2:] == ["attachment_added", "message_posted"]


async def test_a_form_may_ask_that_the_original_is_kept(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        desks = scene.service.desks
        here, _ = await desks.chat.enter(scene.ana.check_approved(), scene.room)
        apart = []

        for more in ({}, {"keep_original": "yes"}):
            fields = WORDLESS | {"id": f"message-{len(more):04}"} | more
            await form(scene, fields, ("a.jpg", LONG, "image/jpeg"))
            apart.append([part for _, part in await desks.viewing.kept_apart(here)])

        assert apart == [[], [Part.ORIGINAL]]


async def test_a_file_that_is_refused_keeps_neither_words_nor_other_files_out(
    tmp_path: Path,
) -> None:
    async with open_scene(tmp_path) as scene:
        answer = await form(
            scene, {"do": "say", "id": "message-0001", "body": "Look."},
            ("my <b>.jpg", BROKEN, "image/jpeg"), ("b.jpg", LONG, "image/jpeg"),
            ("c.exe", b"MZ", "application/x-msdownload"),
        )  # fmt: skip

        assert answer.status_code == 200
        assert "my &lt;b&gt;.jpg" in answer.text and "c.exe" in answer.text
        assert "damaged" in answer.text
        assert (await kinds(scene))[2:] == ["message_posted", "attachment_added"]


async def test_a_form_may_bring_more_than_one_file_may_have(tmp_path: Path) -> None:
    limits = FileLimits(MEGABYTE, MEGABYTE, MEGABYTE, MEGABYTE)
    async with open_scene(tmp_path, limits=limits) as scene:
        large = PHOTO + bytes(900_000)
        answer = await form(
            scene, {"do": "say", "id": "message-0001", "body": "Look."},
            ("a.jpg", large, "image/jpeg"), ("whole film.jpg", large * 3, "image/jpeg"),
            ("b.jpg", large, "image/jpeg"),
        )  # fmt: skip

        assert answer.status_code == 200
        assert "whole film.jpg" in answer.text and "a.jpg" not in answer.text
        assert "larger than 1 MB" in answer.text
        assert (await kinds(scene))[2:] == [
            "message_posted", "attachment_added", "attachment_added",
        ]  # fmt: skip


async def test_the_form_of_a_report_takes_files_with_it(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        fields = {
            "do": "send_report", "draft_id": "draft-0001", "danger": "no", "category": "bullying",
            "what": "They call her names.",
        }  # fmt: skip
        token = scene.service.desks.reporting.new_token()
        cookie = f"reporter={token.text}; school={scene.district.organization.id}."

        answer = await scene.service.request(
            "POST", "/", cookie, data=fields, files=[("files", ("a.jpg", LONG, "image/jpeg"))]
        )

        way_in = await scene.service.desks.reporting.find(token)
        assert answer.status_code == 303
        assert way_in is not None
        here, _ = await scene.service.desks.chat.enter(way_in.reporter, way_in.reporter.room)
        events = (await scene.service.desks.history.stretch(here, 9)).events
        assert [event.kind for event in events] == ["report_submitted", "attachment_added"]


async def test_a_member_s_form_sends_files_and_says_which_did_not_get_in(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        fields = {"do": "say", "id": "message-0001", "body": ""}
        good, bad = ("a.pdf", PAPER, "application/pdf"), ("b.jpg", BROKEN, "image/jpeg")

        sent = await scene.member("POST", "", data=fields, files=[("files", good)])
        refused = await scene.member(
            "POST", "", data=fields | {"id": "message-0002"}, files=[("files", bad)]
        )

        assert sent.status_code == 303
        assert refused.status_code == 422
        assert "b.jpg" in refused.text and "damaged" in refused.text


async def test_a_form_that_comes_slowly_shows_nothing_of_who_was_disabled_meanwhile(
    tmp_path: Path,
) -> None:
    async with open_scene(tmp_path) as scene:
        fields = {"do": "say", "id": "message-0001", "body": ""}
        asked = httpx2.Request(
            "POST", ORIGIN, data=fields, files=[("files", ("a.jpg", LONG, "image/jpeg"))]
        )
        whole = asked.read()
        signin, organization = scene.service.desks.signin, scene.district.organization.id

        async def slowly() -> AsyncIterator[bytes]:
            yield whole[:-100_000]
            await signin.disable(organization, scene.ana.member.id)
            yield whole[-100_000:]

        headers = {"content-type": asked.headers["content-type"]}
        answer = await scene.member("POST", "", content=slowly(), headers=headers)

        assert answer.headers["location"] == "/console/sign-in"
        assert (await kinds(scene))[2:] == []


async def test_a_form_of_somebody_else_s_page_sends_nothing(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        answer = await scene.reporter(
            "POST", "/", data={"do": "say", "body": "x"}, files=[("files", ("a.jpg", LONG, "image/jpeg"))],
            headers={"origin": "https://elsewhere.test"},
        )  # fmt: skip

        assert answer.status_code == 403
        assert await kinds(scene) == ["report_submitted", "room_claimed"]
