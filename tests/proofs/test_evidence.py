"""Files through what goes wrong: cut connections, a killed server, a full disk; and in bounded memory."""

import io
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from random import Random
from secrets import token_urlsafe
from typing import Any

import httpx2
import pytest
from PIL import Image

from messenger.domain.access import Reporter
from messenger.domain.attachment import Announced, Part
from messenger.domain.errors import StoreDown
from messenger.ports.security import SEGMENT
from messenger.web.attachments import PIECE_TYPE
from tests.browser.seeding import Seeded, seed
from tests.cast import open_house
from tests.disks import full_disk
from tests.fakes.plain import PHOTO
from tests.s3 import CREDENTIALS, s3_server
from tests.server import Server

pytestmark = pytest.mark.slow

PIECE = 4 * SEGMENT
KILLS = 3
GROWTH_MB = 64


def photo(side: int = 3_000) -> bytes:
    """A photo of some megabytes."""
    raw = io.BytesIO()
    Image.effect_noise((side, side), 90).convert("RGB").save(raw, "JPEG", quality=90)
    return raw.getvalue()


class Sender:
    """A program of a reporter's, that goes on whatever happens."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._id = token_urlsafe(12)
        self.attachment = ""
        with self._client() as client:
            token = client.post("/api/tokens", json={}).json()["token"]
            report = {"token": token, "code": "LINCOLN", "id": "draft-0001", "what": "Look."}
            self.token = client.post("/api/reports", json=report).raise_for_status().json()["token"]

    def announce(self, content: bytes, kind: str = "image/jpeg", **more: object) -> int:
        body = {"id": self._id, "type": kind, "size": len(content), **more}
        answer = self.ask("POST", "", json=body)
        self.attachment = answer["attachment"]
        return int(answer["offset"])

    def piece(self, content: bytes, offset: int) -> int:
        headers = {"upload-offset": str(offset), "content-type": PIECE_TYPE}
        answer = self.ask(
            "PATCH",
            f"/{self.attachment}",
            content=content[offset : offset + PIECE],
            headers=headers,
        )
        return int(answer["offset"])

    def finish(self) -> str:
        return str(self.ask("POST", f"/{self.attachment}/finish")["progress"])

    def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        headers = options.pop("headers", {}) | {"authorization": f"Bearer {self.token}"}
        with self._client() as client:
            answer = client.request(method, f"/attachments{path}", headers=headers, **options)
        assert answer.status_code < 400, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def break_off(self, content: bytes, offset: int, size: int) -> None:
        """Promise a piece, send some of it, and be gone."""
        self.begin(content, offset, size).close()

    def begin(self, content: bytes, offset: int, size: int) -> socket.socket:
        """Promise a piece, send some of it, and fall silent."""
        piece = content[offset : offset + PIECE]
        connection = socket.create_connection(("127.0.0.1", self._server.port), 10)
        connection.sendall(
            f"PATCH /attachments/{self.attachment} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.token}\r\nContent-Type: {PIECE_TYPE}\r\n"
            f"Upload-Offset: {offset}\r\nContent-Length: {len(piece)}\r\n\r\n".encode()
            + piece[:size]
        )
        return connection

    def _client(self) -> httpx2.Client:
        return httpx2.Client(base_url=self._server.origin, timeout=30)


def original_of(server: Server, seeded: Seeded, attachment: str) -> bytes:
    """What was acknowledged, as a responder gets it out for a reason."""
    cookie = f"responder={seeded.tokens['ana']}"
    headers = {"cookie": cookie, "origin": server.origin}
    with httpx2.Client(base_url=server.origin, timeout=30, headers=headers) as client:
        page = client.get("/console").text
        room = page.split("/console/rooms/")[1].split('"')[0]
        answer = client.post(
            f"/console/rooms/{room}/attachments/{attachment}/break-glass",
            data={"part": "original", "reason": "The proof of a test."},
        )
    return answer.raise_for_status().content


@contextmanager
def town(folder: Path) -> Iterator[tuple[Server, Seeded]]:
    server = Server(folder)
    seeded = seed(server.data)
    with server:
        yield server, seeded


def test_through_cut_connections_every_acknowledged_byte_is_kept(tmp_path: Path) -> None:
    content, random = photo(), Random(4)
    with town(tmp_path) as (server, seeded):
        mia = Sender(server)
        offset = mia.announce(content, keep_original=True)
        while offset < len(content):
            mia.break_off(content, offset, random.randrange(PIECE))
            before = offset
            offset = mia.announce(content, keep_original=True)
            assert offset >= before
            assert offset % SEGMENT == 0 or offset == len(content)
            # What was broken off may still be on its way: then this piece follows too early.
            with suppress(AssertionError):
                offset = mia.piece(content, offset) if offset < len(content) else offset
        progress = mia.finish()
        kept = original_of(server, seeded, mia.attachment)

    assert progress == "there"
    assert sha256(kept).digest() == sha256(content).digest()


def test_who_goes_on_over_a_new_connection_has_the_last_word_and_the_old_one_is_told(
    tmp_path: Path,
) -> None:
    content, forged = photo(), b"!" * 5_000_000
    with town(tmp_path) as (server, seeded):
        mia = Sender(server)
        offset = mia.announce(content, keep_original=True)
        with mia.begin(forged, 0, 300_000) as lost:
            while offset < len(content):
                with suppress(AssertionError):  # The lost one may have come a moment later.
                    mia.piece(content, offset)
                offset = mia.announce(content, keep_original=True)
            told = lost.recv(1_000)
            progress = mia.finish()
            with suppress(OSError):
                lost.sendall(forged[300_000:PIECE])
        kept = original_of(server, seeded, mia.attachment)

    assert told.startswith(b"HTTP/1.1 409")
    assert progress == "there"
    assert kept == content


def test_through_kills_of_the_server_it_goes_on_and_nothing_acknowledged_is_lost(
    tmp_path: Path,
) -> None:
    content, random = photo(), Random(7)
    with town(tmp_path) as (server, seeded):
        mia = Sender(server)
        acknowledged = mia.announce(content, keep_original=True)
        for _ in range(KILLS):
            mia.break_off(content, acknowledged, random.randrange(PIECE))
            server.kill()
            server.start()
            offset = mia.announce(content, keep_original=True)
            assert offset >= acknowledged
            acknowledged = mia.piece(content, offset) if offset < len(content) else offset
        while acknowledged < len(content):
            acknowledged = mia.piece(content, acknowledged)
        server.kill()
        server.start()
        progress = mia.finish()
        server.kill()
        server.start()
        again = mia.finish()
        kept = original_of(server, seeded, mia.attachment)
        events = server.written()

    assert (progress, again) == ("there", "there")
    assert sha256(kept).digest() == sha256(content).digest()
    assert "Traceback" not in events


def test_with_a_store_that_speaks_s3_nothing_lies_on_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    content = photo(1_500)
    with s3_server() as bucket:
        server = Server(tmp_path, FILES=bucket.url)
        seeded = seed(server.data)
        with server:
            mia = Sender(server)
            offset = mia.announce(content, keep_original=True)
            while offset < len(content):
                offset = mia.piece(content, offset)
            progress = mia.finish()
            kept = original_of(server, seeded, mia.attachment)

    assert progress == "there"
    assert kept == content
    assert segments(server.data) == []


def test_a_large_file_takes_little_memory_and_leaves_nothing_when_it_is_refused(
    tmp_path: Path,
) -> None:
    content = bytes(240_000_000)
    with town(tmp_path) as (server, _):
        mia = Sender(server)
        mia.announce(photo(100))
        before = peak_mb(server)
        large = Sender(server)
        offset = large.announce(content, "video/mp4")
        while offset < len(content):
            offset = large.piece(content, offset)
        grown = peak_mb(server) - before
        with pytest.raises(AssertionError, match="cannot_clean"):
            large.finish()
        server.wait_until(lambda: not segments(server.data), 20)

    assert grown < GROWTH_MB


def peak_mb(server: Server) -> int:
    """The most memory the process ever had, in megabytes."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def segments(data: Path) -> list[Path]:
    # `rglob` fails where a folder is erased meanwhile.
    return [Path(folder, name) for folder, _, names in os.walk(data / "files") for name in names]


async def test_a_full_disk_is_told_and_gone_on_from(tmp_path: Path) -> None:
    content = PHOTO + bytes(range(256)) * 8_000
    async with open_house(tmp_path) as house:
        mia = (await house.report()).reporter
        here, _ = await house.desks.chat.enter(mia, mia.room)
        uploads = house.desks.uploads
        upload = await uploads.announce(here, "photo-0001", Announced("image/jpeg", len(content)))
        await uploads.receive(here, upload.id, 0, once(content[:SEGMENT]))
        with full_disk(), pytest.raises(StoreDown):
            await uploads.receive(here, upload.id, SEGMENT, once(content[SEGMENT:]))
        left = [path.name for path in segments(tmp_path)]
        after = await house.desks.registrar.own(here, upload.id)
        await uploads.receive(here, upload.id, after.offset, once(content[after.offset :]))
        await house.desks.finishing.finish(here, upload.id)
        exhibit = await house.desks.viewing.look(here, upload.id)
        kept = b"".join([piece async for piece in exhibit.stream(0, exhibit.size)])

    assert left == ["000000"]
    assert after.offset == SEGMENT
    assert sha256(kept).digest() == sha256(content).digest()


async def once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def test_what_a_reporter_deletes_is_erased_with_its_files(tmp_path: Path) -> None:
    content = PHOTO + b" of it"
    async with open_house(tmp_path) as house:
        mia = (await house.report()).reporter
        here, _ = await house.desks.chat.enter(mia, mia.room)
        uploads, rooms = house.desks.uploads, house.parts.rooms
        upload = await uploads.announce(
            here, "photo-0001", Announced("image/jpeg", len(content)), keeps_original=True
        )
        await uploads.receive(here, upload.id, 0, once(content))
        await house.desks.finishing.finish(here, upload.id)
        before = {path.parent.name for path in segments(tmp_path)}
        assert isinstance(here.actor, Reporter)
        today = house.parts.clock().date()
        ana = await house.responder("ana")
        at_ana, _ = await house.desks.chat.enter(ana, mia.room)
        await house.desks.chat.triage(at_ana, "triage-001", "normal")
        await rooms.ask_deletion(mia.room, today)
        await rooms.delete_due(today)
        for erasure in await house.parts.attachments.erasures():
            await house.parts.files.erase(erasure.folder)

    assert before == set(Part)
    assert segments(tmp_path) == []
