"""Nothing that could tell who a reporter is, or what was said, is in anything that was written.

A real server; people on addresses of their own with planted words in every place a client can put
any; what goes wrong goes wrong, too. Then every file is searched: database, WAL, shared memory,
temporary files, logs, both output streams, a copy and a sealed backup.
"""

import gzip
import io
import json
import re
import socket
import sqlite3
import struct
import subprocess
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from pyotp import TOTP
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from messenger.domain.ids import MemberId
from messenger.domain.keys import Recipient
from messenger.domain.people import Canned
from messenger.parts import open_parts
from messenger.settings import Settings
from messenger.storage.backup import snapshot
from messenger.web.attachments import PIECE_TYPE
from tests.cast import CODE, cheap_stretcher, open_house
from tests.proofs.searcher import Plant, address, code, find, receipt, text, unmistakable
from tests.server import CHECKOUT, Server, run_apart
from tests.spelled import digits_of

pytestmark = pytest.mark.slow

MIA, NOA, ANA, EVE = "127.83.201.149", "127.91.77.203", "127.119.52.178", "127.66.219.87"
PASSWORD, SECOND = "Planted horse battery 8841", "Another planted staple 9917"
CANNED = "Planted canned sentence 5526"
BUG = "PlantedBug3318"
DEADLINE = 30.0
SAID = {"stdout", "stderr"}
"""Files in which nothing is sealed."""


@dataclass
class Planted:
    """What was planted. `logs` are plants that were put into the database by force, to break it."""

    plants: list[Plant] = field(default_factory=list)
    logs: list[Plant] = field(default_factory=list)
    clients: ExitStack = field(default_factory=ExitStack)

    def text(self, words: str) -> str:
        self.plants.append(text(words[:40], words))
        return words

    def code(self, digits: str) -> str:
        self.plants.append(code(digits, digits))
        return digits

    def address(self, written: str) -> str:
        self.plants.append(address(written, written))
        return written

    def receipt(self, words: list[str]) -> None:
        self.plants.append(receipt(" ".join(words), words, digits_of(words)))


class Person:
    """A client on an address of its own, whose every header is planted."""

    def __init__(self, server: Server, planted: Planted, ip: str, name: str) -> None:
        self.server, self.planted, self.ip = server, planted, planted.address(ip)
        self.agent = planted.text(f"Planted{name}Browser/77.31.4")
        self.headers = {
            "User-Agent": self.agent,
            "Accept-Language": planted.text(f"xq-Planted{name}Tongue"),
            "Referer": planted.text(f"https://planted-{name.lower()}-elsewhere.example/page"),
            "X-Forwarded-For": planted.address(f"203.{len(name)}.113.{ord(name[0])}"),
            "X-Planted": planted.text(f"planted header of {name} 2209"),
        }
        self.http = planted.clients.enter_context(
            httpx2.Client(
                base_url=server.origin, headers=self.headers, timeout=DEADLINE, trust_env=False,
                transport=httpx2.HTTPTransport(local_address=ip),
            )
        )  # fmt: skip

    def get(self, path: str) -> str:
        return self.http.get(path).text

    def post(self, path: str, **form: str) -> httpx2.Response:
        answer = self.http.post(path, data=form, headers={"Origin": self.server.origin})
        self.remember_tokens()
        return answer

    def send(self, path: str, **body: str) -> httpx2.Response:
        return self.http.post(path, json=body)

    def remember_tokens(self) -> None:
        for name, value in self.http.cookies.items():
            if name != "school" and value not in {plant.name for plant in self.planted.plants}:
                self.planted.plants.append(text(value, value))

    def socket(self, origin: str | None = None, *, cookies: bool = True) -> ClientConnection:
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        extra = {name: value for name, value in self.headers.items() if name != "User-Agent"}
        return connect(
            self.server.socket_address, origin=origin,  # type: ignore[arg-type]
            additional_headers=extra | ({"Cookie": cookie} if cookies else {}),
            user_agent_header=self.agent, source_address=(self.ip, 0), compression=None,
            open_timeout=DEADLINE, close_timeout=DEADLINE, proxy=None,
        )  # fmt: skip

    def raw(self, content: bytes, *, breaks_off: bool = False) -> bytes:
        """Send bytes as they are, and hang up in a hurry (a reset, not a goodbye)."""
        target = ("127.0.0.1", self.server.port)
        with socket.create_connection(target, DEADLINE, (self.ip, 0)) as connection:
            connection.sendall(content)
            if breaks_off:
                connection.shutdown(socket.SHUT_WR)
            try:
                answer = connection.recv(4096)
            except ConnectionError:
                answer = b""
            hurry(connection)
        return answer


def hurry(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@dataclass(frozen=True)
class Seeded:
    organization: str
    recovery: bytes
    invitation: str


def seed(folder: Path, database: str = "") -> Seeded:
    async def work() -> Seeded:
        async with open_house(folder, database=database) as house:
            await house.member("ben")
            await house.parts.directory.add_canned(
                house.organization.id, Canned("c1", CANNED, CANNED)
            )
            code = await house.parts.signin.invite(house.organization.id, "ana", "Ana Ruiz")
            return Seeded(house.organization.id, house.recovery.private, code)

    return run_apart(work)


def approve(server: Server, seeded: Seeded, login: str) -> str:
    """Approve as the command line does: from another process, by the recovery key."""
    settings = Settings(data=server.data, database_server=server.database_server)

    async def work() -> str:
        async with open_parts(settings, cheap_stretcher()) as parts:
            member = await parts.directory.member_of_login(login)
            organization = (await parts.directory.organizations())[0]
            assert member is not None
            pair = parts.vault.pair_of(seeded.recovery)
            team = await parts.keyring.unlock(organization.id, Recipient.RECOVERY, "", pair)
            await parts.keyring.approve(team, MemberId(member.id), member.public_key)
            return member.id

    return run_apart(work)


@dataclass(frozen=True)
class Evening:
    """All that was written, and all that may not be in it."""

    folder: Path
    planted: Planted


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    with evening_in(tmp_path_factory.mktemp("evening")) as evening:
        yield evening


@contextmanager
def evening_in(folder: Path) -> Iterator[Evening]:
    planted = Planted()
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder / "tmp"))
        patch.setenv("SQLITE_TMPDIR", str(folder / "tmp"))
        server = Server(folder, program="tests.proofs.hoarding", LOG_LEVEL="debug")
        seeded = seed(server.data)
        with server, planted.clients:
            live_through(server, planted, seeded, partial(past_us, folder, server.data))
            snapshot(server.data / "messenger.db", folder / "copy.db")
            back_up(server, planted, folder / "backup.messenger")
            server.kill()
            # What a power cut leaves: the WAL with all that was written into it.
            assert (server.data / "messenger.db-wal").stat().st_size > 0
            keep_a_copy(server.data, folder / "after the power cut")
            server.start()
            server.stop()
        yield Evening(folder, planted)


def past_us(folder: Path, data: Path, statement: str) -> None:
    database = data / "messenger.db"
    with closing(sqlite3.connect(database, timeout=DEADLINE)) as connection, connection:
        connection.execute(statement)
    if not (folder / "broken").exists():
        # Folding the log may soon leave nothing of what was broken.
        keep_a_copy(data, folder / "broken")


def live_through(
    server: Server, planted: Planted, seeded: Seeded, execute: Callable[[str], None]
) -> None:
    """Everything people do, right and wrong. `execute` goes past us, into the database."""
    mia, ana = Person(server, planted, MIA, "Mia"), Person(server, planted, ANA, "Ana")
    for words in (PASSWORD, SECOND, seeded.invitation, CANNED):
        planted.text(words)
    report_by_pages(mia, planted)
    report_by_api(Person(server, planted, NOA, "Noah"), planted)
    second_factor = join_the_team(ana, planted, seeded)
    answer(ana, mia, planted, second_factor)
    go_wrong(Person(server, planted, EVE, "Eve!"), planted)
    break_it(server, ana, mia, planted, execute)
    mia.post("/leave")


def report_by_pages(mia: Person, planted: Planted) -> None:
    mia.get(f"/c/{CODE}?{planted.text('from=planted-query-4471')}")
    mia.post("/", go="report")
    mia.post(
        "/", do="send_report", category="bullying", identity="named", draft_id="draft-0001",
        **{name: planted.text(f"Planted {name} words 61{name}") for name in
           ("what", "where", "when", "who", "name", "contact")},
    )  # fmt: skip
    words = re.findall(r'receipt__word">([^<]+)<', mia.get("/"))
    planted.receipt(words)
    ask = re.search(r'name="ask" value="(\d)"', mia.get("/"))
    assert len(words) == 6 and ask is not None
    mia.post("/", do="keep", ask=ask[1], word=planted.text("plantedwrongword8852"))
    mia.post("/", do="say", body="My words are " + " ".join(words))
    mia.post("/", do="keep", ask=ask[1], word=words[int(ask[1]) - 1])
    mia.post("/", do="say", body=planted.text("Planted message of Mia 7714"))
    mia.post("/", do="open", words=" ".join(words[:5]) + " zzplantedtypo")
    planted.text("zzplantedtypo")
    assert mia.post("/", do="open", words="-".join(words)).status_code == 200
    send_files(mia, planted)
    mia.get("/history")
    mia.post("/", go="held")
    with mia.socket(mia.server.origin) as live:
        live.send('{"t":"hello","v":1}')
        say = planted.text("Planted live words 2948")
        live.send(frame("say", id="live-00001", body=say))
        live.send('{"t":"typing"}')
        live.send('{"t":"seen","seq":1}')
        live.send(frame("introduce", id="live-00002", name=planted.text("Planted Mia 55")))
        wait_for(live, "live-00002")
        hurry(live.socket)


def send_files(mia: Person, planted: Planted) -> None:
    """A photo by the form, one in pieces whose original is kept, and one that can't be cleaned."""
    alt = planted.text("Planted words about a photo 5126")
    name = planted.text("IMG-planted-4711.jpg")
    from_us = {"Origin": mia.server.origin}
    sent = mia.http.post(
        "/", data={"do": "say", "id": "photo-0001", "alt": alt}, headers=from_us,
        files={"files": (name, photo(planted.text("Planted comment 8815")), "image/jpeg")},
    )  # fmt: skip
    assert sent.status_code == 303, sent.text
    original = photo(planted.text("Planted comment of the original 3390"))
    broken = planted.text("Planted words in no photo 7145").encode() * 20_000
    for id, content in (("photo-0002", original), ("photo-0003", broken)):
        announced = {"id": id, "type": "image/jpeg", "size": len(content), "alt": alt}
        place = mia.http.post(
            "/attachments", json=announced | {"keep_original": True}, headers=from_us
        ).json()
        place = f"/attachments/{place['attachment']}"
        headers = from_us | {"upload-offset": "0", "content-type": PIECE_TYPE}
        assert mia.http.patch(place, content=content, headers=headers).status_code == 200
        finished = mia.http.post(f"{place}/finish", headers=from_us)
        assert (finished.status_code == 200) == (content is original)
        mia.get(f"{place}/content?inline")


def photo(comment: str) -> bytes:
    raw = io.BytesIO()
    Image.effect_noise((300, 300), 90).save(raw, "JPEG", comment=comment.encode())
    assert comment.encode() in raw.getvalue()
    return raw.getvalue()


def report_by_api(noa: Person, planted: Planted) -> None:
    token = noa.send("/api/tokens").json()["token"]
    answer = noa.send(
        "/api/reports", token=planted.text(token), code=CODE, id="draft-0001",
        what=planted.text("Planted words by the API 3325"),
    ).json()  # fmt: skip
    planted.receipt(answer["receipt"])
    back = noa.send("/api/return", receipt=" ".join(answer["receipt"])).json()
    noa.send("/api/receipts/kept", token=planted.text(back["token"]))
    with noa.socket() as live:
        live.send(frame("hello", v=1, token=back["token"]))
        live.send(frame("say", id="api-000001", body=planted.text("Planted api says 4410")))
        wait_for(live, "api-000001")
    noa.send("/api/leave", token=back["token"])


def join_the_team(ana: Person, planted: Planted, seeded: Seeded) -> TOTP:
    ana.post("/console/join", code=seeded.invitation, password=PASSWORD, password2=PASSWORD)
    page = ana.get("/console/second-factor")
    found = re.search(r'name="seed" value="([A-Z2-7]+)"', page)
    assert found is not None
    factor = TOTP(planted.text(found[1]))
    first = planted.code(code_of(factor))
    shown = ana.post("/console/second-factor", seed=found[1], code=first).text
    recovery = re.findall(r"\b[0-9a-hjkmnp-tv-z]{4}-[0-9a-hjkmnp-tv-z]{4}\b", shown)
    assert len(recovery) == 10
    for each in recovery:
        planted.text(each)
    assert ana.get("/console/waiting")
    approve(ana.server, seeded, "ana")
    ana.server.wait_until(lambda: ana.http.get("/console").status_code == 200, DEADLINE)
    wrong = planted.text("planted wrong password 6603")
    ana.post("/console/sign-in", login="ana", password=wrong, code=planted.text("813-904-planted"))
    signed_in = ana.post("/console/sign-in", login="ana", password=PASSWORD, code=recovery[0])
    assert signed_in.headers["location"] == "/console"
    ana.post("/console/account", do="password", old=PASSWORD, password=SECOND, password2=SECOND)
    return factor


def code_of(factor: TOTP, step: int = 0) -> str:
    return factor.at(datetime.now(UTC) + timedelta(seconds=30 * step))


def answer(ana: Person, mia: Person, planted: Planted, factor: TOTP) -> None:
    second = planted.code(code_of(factor, 1))  # A step counts once.
    signed_in = ana.post("/console/sign-in", login="ana", password=SECOND, code=second)
    assert signed_in.status_code == 303
    rooms = list(dict.fromkeys(re.findall(r"/console/rooms/([\w-]{22})", ana.get("/console"))))
    assert len(rooms) == 2
    for room in rooms:
        path = f"/console/rooms/{room}"
        ana.get(f"{path}?body={planted.text('planted-draft-in-query-1180')}")
        assert ana.post(path, do="claim", id="claim-0001").status_code == 303
        ana.post(path, do="say", id="hello-0001", body=planted.text("Planted answer of Ana 9021"))
        with ana.socket(ana.server.origin) as live:
            live.send(frame("hello", v=1, room=room))
            words = planted.text("Planted live answer 2231")
            live.send(frame("say", id="live-00001", body=words))
            summary = planted.text("Planted handover summary 7758")
            live.send(frame("hand_over", id="live-00002", summary=summary))
            wait_for(live, "live-00002")
        ana.post(path, do="claim", id="claim-0002")
        ana.post(path, do="close", note=planted.text("Planted closing note 6612"), id="close-0001")
    mia.get("/")
    ana.post("/console/duty", do="on")


def go_wrong(eve: Person, planted: Planted) -> None:
    """Everything a stranger gets refused, with words in it."""
    odd = planted.text("planted-path-5593")
    eve.get(f"/{odd}/{odd}?{odd}")
    eve.get(f"/api/organizations/{odd}")
    eve.http.request("BREW", f"/console/{odd}")
    eve.http.request("PUT", f"/?{odd}", content=odd)
    eve.post("/", do="send_report", what=odd * 20_000)
    eve.post("/", do=odd, go=odd, pick=odd)
    eve.http.post("/", data={"body": odd}, headers={"Origin": f"https://{odd}.example"})
    eve.post("/console/sign-in", login=planted.text("planted-login-3390"), password=odd, code=odd)
    eve.post("/console/join", code=odd, password=PASSWORD, password2=PASSWORD)
    eve.http.post(
        "/api/reports", content=f'{{"what": "{odd}"', headers={"Content-Type": "application/json"}
    )
    eve.send("/api/reports", token=odd, code=odd, id=odd, what=odd, extra=odd)
    eve.send("/api/return", receipt=planted.text("planted plantedone plantedtwo 4098"))
    eve.http.get("/", headers={"Cookie": f"reporter={odd}; responder={odd}; school={odd}"})
    eve.raw(f"GET /{odd} HTTP/1.1\r\nHost: {odd}\r\nBad header {odd}\r\n\r\n".encode())
    eve.raw(f"{odd}\r\n\r\n".encode() * 10)
    eve.raw(f"GET /?{odd}={'x' * 70_000} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    begun = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\nbody={odd}"
    eve.raw(begun.encode(), breaks_off=True)
    for sent in (f'{{"t":"{odd}"}}', f'{{"t":"hello","v":1,"room":"{odd}"}}', odd, odd * 5_000):
        refused_frame(eve, sent)
    refused_frame(eve, odd.encode())
    with pytest.raises(Exception, match="403"):
        eve.socket(f"https://{odd}.example")
    handshake = (
        f"GET /ws?{odd} HTTP/1.1\r\nHost: {odd}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    )
    eve.raw(f"{handshake}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {odd}\r\n\r\n".encode())
    key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    eve.raw(handshake.encode() + key.encode() + b"\x81\x84aaaa\xff\xfe\xfd\xfc" + odd.encode())


def refused_frame(eve: Person, sent: str | bytes) -> None:
    with eve.socket(cookies=False) as live:
        live.send(sent)
        with pytest.raises(ConnectionClosed):
            for _ in range(10):
                live.recv(timeout=DEADLINE)


def break_it(
    server: Server, ana: Person, mia: Person, planted: Planted, execute: Callable[[str], None]
) -> None:
    """A bug whose message holds words: rows that no code of ours could have written."""
    planted.logs.append(text(BUG, BUG))
    execute(f"UPDATE room SET urgency = '{BUG}' || urgency")
    assert ana.http.get("/console").status_code == 500
    assert mia.http.get("/").status_code == 500
    execute(f"UPDATE room SET urgency = replace(urgency, '{BUG}', '')")
    assert mia.http.get("/").status_code == 200
    assert "bug" in server.written()


def frame(kind: str, **fields: object) -> str:
    return json.dumps({"t": kind, **fields})


def wait_for(live: ClientConnection, id: str) -> None:
    for _ in range(100):
        if f'"id":"{id}"' in str(live.recv(timeout=DEADLINE)):
            return
    raise AssertionError(id)


def back_up(server: Server, planted: Planted, target: Path) -> None:
    passphrase = planted.text("planted passphrase of the backup 5150")
    done = subprocess.run(
        [sys.executable, "-m", "messenger", "backup", str(target)],
        input=passphrase.encode() + b"\n", env=server.environment(), cwd=CHECKOUT,
        capture_output=True, timeout=60, check=True,
    )  # fmt: skip
    target.with_suffix(".output").write_bytes(done.stdout + done.stderr)


def keep_a_copy(data: Path, target: Path) -> None:
    target.mkdir()
    for path in data.iterdir():
        if path.is_file():
            (target / path.name).write_bytes(path.read_bytes())


def files(evening: Evening) -> dict[str, bytes]:
    """Everything that was written, by where it is."""
    paths = sorted(path for path in evening.folder.rglob("*") if path.is_file())
    return {str(path.relative_to(evening.folder)): path.read_bytes() for path in paths}


def found_in(plants: list[Plant], written: dict[str, bytes]) -> dict[str, list[str]]:
    """What was found in which file. The same content twice is searched once."""
    known: dict[bytes, list[str]] = {}
    for content in written.values():
        if content not in known:
            known[content] = find(plants, content)
    return {name: known[content] for name, content in written.items() if known[content]}


def without_canned(evening: Evening) -> list[Plant]:
    return [plant for plant in evening.planted.plants if plant.name != CANNED]


def leaks(
    evening: Evening, another: Callable[[], AbstractContextManager[Evening]]
) -> dict[str, list[str]]:
    """Return what was found in which file.

    A packed address or a code turns up by chance among all that is sealed, in one of a few hundred
    evenings. Where nothing else was found, another evening is lived through, and counts.
    """
    plants, written = without_canned(evening), files(evening)
    found = found_in(plants, written)
    if not found or SAID & found.keys() or found_in(unmistakable(plants), written):
        return found
    with another() as second:
        return found_in(without_canned(second), files(second))


def test_nothing_planted_is_in_any_file(evening: Evening, tmp_path: Path) -> None:
    written = files(evening)
    plants = without_canned(evening)

    assert leaks(evening, partial(evening_in, tmp_path)) == {}
    assert len(plants) > 60
    names = {Path(name).name for name in written}
    assert {"messenger.db", "messenger.db-wal", "messenger.db-shm", "stdout", "stderr"} <= names
    assert {"copy.db", "backup.messenger", "backup.output", "secrets.json"} <= names


def test_what_broke_it_is_not_in_what_the_server_said(evening: Evening) -> None:
    written = files(evening)
    said = b"".join(written[name] for name in ("stdout", "stderr"))

    assert find(evening.planted.logs, said) == []
    assert find(evening.planted.logs, b"".join(written.values())) == [BUG]
    assert find([text("canned", CANNED)], said) == []


def test_ready_responses_are_in_their_own_table_and_nowhere_else(
    evening: Evening, tmp_path: Path
) -> None:
    """They are the team's words for everyone, in clear; who was sent one is not to be seen."""
    copy = tmp_path / "copy.db"
    copy.write_bytes((evening.folder / "copy.db").read_bytes())
    assert find([text("canned", CANNED)], copy.read_bytes()) == ["canned"]

    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("DELETE FROM canned")
        connection.commit()
        connection.execute("VACUUM")

    assert find([text("canned", CANNED)], copy.read_bytes()) == []


def test_the_search_sees_what_may_be_there(evening: Evening) -> None:
    """A search that finds nothing proves nothing unless it finds what is known to be there."""
    written = files(evening)

    for name in ("data/messenger.db", "copy.db"):
        assert find([text("school", "Lincoln High")], written[name]) == ["school"]
    assert find([text("said", "started")], written["stderr"]) == ["said"]
    wal = written["after the power cut/messenger.db-wal"]
    assert find([text("table", "room_claimed")], wal) == ["table"]


@pytest.mark.parametrize("file", ["data/messenger.db", "stderr"])
@pytest.mark.parametrize(
    "leak",
    [
        lambda words: words.encode(),
        lambda words: words.encode("utf-16-le"),
        lambda words: words.encode().hex().encode(),
        lambda words: urlsafe_b64encode(b"1" + words.encode()),
        lambda words: gzip.compress(words.encode()),
    ],
    ids=["text", "utf-16", "hex", "base64url", "gzip"],
)
def test_one_leaked_plant_of_any_kind_is_found(evening: Evening, file: str, leak: object) -> None:
    content = files(evening)[file]
    middle = len(content) // 2

    for words in (MIA, "Planted message of Mia 7714", PASSWORD):
        plant = next(plant for plant in evening.planted.plants if plant.name == words[:40])
        leaked = content[:middle] + leak(words) + content[middle:]  # type: ignore[operator]
        assert find([plant], leaked) == [plant.name]


def test_one_leaked_receipt_is_found(evening: Evening) -> None:
    content = files(evening)["data/messenger.db"]
    receipts = [plant for plant in evening.planted.plants if plant.patterns]

    assert len(receipts) == 2
    for plant in receipts:
        assert find([plant], content + plant.name.replace(" ", "</li>\n<li>").encode()) == [
            plant.name
        ]


PACKED = bytes(map(int, MIA.split(".")))


@pytest.mark.parametrize(
    ("file", "first", "second", "found"),
    [
        ("copy.db", b"nothing", None, []),
        ("copy.db", PACKED, b"nothing", []),
        ("copy.db", PACKED, PACKED[::-1], [MIA]),
        ("copy.db", PACKED, MIA.encode(), [MIA]),
        ("copy.db", MIA.encode(), None, [MIA]),
        ("stderr", PACKED, None, [MIA]),
    ],
    ids=["none", "by chance", "packed in both", "written in the other", "written", "said"],
)
def test_what_may_have_turned_up_by_chance_is_a_leak_if_another_evening_has_one(
    tmp_path: Path, file: str, first: bytes, second: bytes | None, found: list[str]
) -> None:
    def holding(name: str, content: bytes) -> Evening:
        planted = Planted()
        planted.address(MIA)
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_bytes(b"before " + content + b" after")
        return Evening(tmp_path / name, planted)

    def another() -> AbstractContextManager[Evening]:
        assert second is not None, "There is no need for one."
        return nullcontext(holding("second", second))

    leaked = leaks(holding("first", first), another)

    assert leaked == ({file: found} if found else {})
