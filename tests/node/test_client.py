"""A client that knows docs/protocol.md alone, against a real server: lost lines, restarts, receipts."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from http.cookies import SimpleCookie
from pathlib import Path
from threading import Timer
from typing import Any, Self

import pytest

from tests import cast
from tests.crowds import come_in_crowds
from tests.server import CHECKOUT, Server, run_apart

pytestmark = pytest.mark.slow

PATIENCE = 60.0
"""Seconds one answer of the client may take; back-off and a restart are in it."""
AT_ONCE = 5
"""Seconds. A session that merely expires is noticed within 30; one that was ended, now."""

Answer = Any
Asked = dict[str, object]


class Client:
    """client.mjs as a process. Several things may be asked of it before one is answered."""

    def __init__(self, origin: str) -> None:
        self._process = subprocess.Popen(
            ["node", "tests/node/client.mjs", origin],
            cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
        )  # fmt: skip
        self._asked = 0
        self._answers: dict[int, Answer] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self, command: str, **options: object) -> int:
        """Ask for something, and go on."""
        assert self._process.stdin
        self._asked += 1
        asked: Asked = {"n": self._asked, "command": command, **options}
        self._process.stdin.write(json.dumps(asked) + "\n")
        return self._asked

    def answer(self, asked: int) -> Answer:
        """Wait for the answer to what was begun."""
        watchdog = Timer(PATIENCE, self._process.kill)
        watchdog.start()
        try:
            while asked not in self._answers:
                self._read()
        finally:
            watchdog.cancel()
        return self._answers.pop(asked)

    def ask(self, command: str, **options: object) -> Answer:
        return self.answer(self.begin(command, **options))

    def act(self, who: str, t: str, **fields: object) -> Answer:
        """Have somebody act, and wait for the `ack` or the `refused`."""
        return self.ask("act", who=who, frame={"t": t, **fields})

    def _read(self) -> None:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the client ended, or never answered"
        told = json.loads(line)
        self._answers[told["n"]] = told["answer"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    run_apart(lambda: _seed(server.data))
    with server:
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client(server.origin) as client:
        yield client


async def _seed(data: Path) -> None:
    async with cast.open_house(data, demo=True) as house:
        await house.member("ana")
        await house.member("ben")


def _report(client: Client, id: str = "report-0001") -> dict[str, Any]:
    token = client.ask("post", path="/api/tokens")["token"]
    body = {"token": token, "code": "LINCOLN", "id": id, "what": "He has a knife in his bag."}
    answer = client.ask("post", path="/api/reports", body={**body, "category": "weapon"})
    assert answer["status"] == 201
    return {**answer, "sent": {**body, "category": "weapon"}}


def _sign_in(client: Client, login: str) -> str:
    signed_in = client.ask("signIn", login=login, password=cast.PASSWORD)
    assert signed_in["status"] == 200
    return str(signed_in["cookie"])


def _open_room(client: Client) -> str:
    """Mia reports and joins, Ana finds the room in the queue, joins and claims it."""
    client.ask("joinRoom", who="mia", token=_report(client)["token"])
    cookie = _sign_in(client, "ana")
    room = client.ask("watchQueue", who="ana's queue", cookie=cookie)["rows"][0]["room"]
    client.ask("joinAsStaff", who="ana", cookie=cookie, room=room)
    assert client.act("ana", "claim")["t"] == "ack"
    return str(room)


def _said(client: Client, who: str, until: int) -> list[tuple[int, str]]:
    events = client.ask("events", who=who, until=until)
    return [(event["seq"], event["body"]) for event in events]


def test_a_reporter_and_a_member_talk_until_it_is_closed(client: Client) -> None:
    _open_room(client)

    assert client.act("mia", "say", body="He is in the gym.") | {"id": ""} == {
        "t": "ack", "id": "", "seq": 3,
    }  # fmt: skip
    client.act("ana", "say", body="The officer is on her way.")
    client.act("ana", "triage", urgency="normal")
    client.act("ana", "close", note="It is dealt with.")

    events = client.ask("events", who="mia", until=5)
    assert [event["kind"] for event in events] == [
        "report_submitted", "room_claimed", "message_posted", "message_posted", "closed",
    ]  # fmt: skip
    assert {event["by"]["id"] for event in events} == {""}
    assert [event["kind"] for event in client.ask("state", who="ana")["file"]] == ["triaged"]
    assert client.ask("state", who="mia")["file"] == []


def test_nothing_is_lost_or_doubled_when_the_line_drops(client: Client) -> None:
    _open_room(client)

    client.ask("drop", who="mia")
    client.act("ana", "say", body="Are you still there?")
    sent = client.begin("act", who="mia", frame={"t": "say", "body": "I am back."})

    assert client.answer(sent)["t"] == "ack"
    expected = [
        (1, "He has a knife in his bag."), (2, ""), (3, "Are you still there?"), (4, "I am back."),
    ]  # fmt: skip
    assert _said(client, "mia", 4) == expected
    assert _said(client, "ana", 4) == expected
    assert client.ask("state", who="mia")["welcomes"] == 2


@pytest.mark.parametrize("goodbye", ["stop", "kill"])
def test_nothing_is_lost_or_doubled_when_the_server_restarts(
    server: Server, client: Client, goodbye: str
) -> None:
    _open_room(client)
    client.act("mia", "say", body="Before.")

    getattr(server, goodbye)()
    sent = client.begin("act", who="mia", frame={"t": "say", "body": "While it was down."})
    server.start()

    assert client.answer(sent)["t"] == "ack"
    answered = client.begin("act", who="ana", frame={"t": "say", "body": "After."})
    assert client.answer(answered)["t"] == "ack"
    bodies = ["He has a knife in his bag.", "", "Before.", "While it was down.", "After."]
    assert _said(client, "mia", 5) == [*enumerate(bodies, 1)]
    assert _said(client, "ana", 5) == [*enumerate(bodies, 1)]


def test_lines_that_a_restored_server_has_in_place_of_lost_ones_are_not_taken_for_those(
    server: Server, client: Client, tmp_path: Path
) -> None:
    token = _report(client)["token"]
    client.ask("joinRoom", who="mia", token=token)
    server.stop()
    restored = Server(tmp_path / "restored")
    shutil.copytree(server.data, restored.data)
    server.start()
    client.act("mia", "say", body="This will be lost.")
    assert len(_said(client, "mia", 2)) == 2
    server.stop()

    with restored, Client(restored.origin) as elsewhere:
        elsewhere.ask("joinRoom", who="mia", token=token)
        for body in ("Said in its place.", "And after it."):
            elsewhere.act("mia", "say", body=body)
    shutil.rmtree(server.data)
    shutil.copytree(restored.data, server.data)
    server.start()

    bodies = ["He has a knife in his bag.", "Said in its place.", "And after it."]
    assert _said(client, "mia", 3) == [*enumerate(bodies, 1)]


def test_the_same_act_on_another_connection_is_the_same_event(client: Client) -> None:
    _open_room(client)

    first = client.act("mia", "say", id="said-once-0001", body="Once.")
    client.ask("drop", who="mia")
    again = client.act("mia", "say", id="said-once-0001", body="Once.")
    other = client.act("mia", "say", id="said-once-0001", body="Twice.")

    assert first == again == {"t": "ack", "id": "said-once-0001", "seq": 3}
    assert other["code"] == "conflict"
    assert len(client.ask("events", who="mia", until=3)) == 3


def test_the_same_report_again_is_the_same_room_with_the_same_words(client: Client) -> None:
    first = _report(client)

    again = client.ask("post", path="/api/reports", body=first["sent"])
    other = client.ask("post", path="/api/reports", body={**first["sent"], "what": "Nothing."})
    second = client.ask("post", path="/api/reports", body={**first["sent"], "id": "report-0002"})

    assert (again["token"], again["receipt"]) == (first["token"], first["receipt"])
    assert (other["status"], other["code"]) == (409, "conflict")
    assert second["status"] == 201
    assert second["token"] != first["token"]


def test_while_many_come_it_works_a_moment_for_its_report_or_beforehand(tmp_path: Path) -> None:
    server = Server(tmp_path, program="tests.crowds")
    run_apart(lambda: _seed(server.data))
    with server, Client(server.origin) as client:
        come_in_crowds(server.origin)
        place = client.ask("get", path="/api/organizations/LINCOLN")
        token = client.ask("post", path="/api/tokens")["token"]
        body = {"token": token, "code": "LINCOLN", "id": "report-0001", "what": "He has a knife."}

        asked = client.ask("workAndPost", path="/api/reports", body=body)
        ready = {**body, "id": "report-0002", "work": client.ask("solve", puzzle=place["puzzle"])}
        unasked = client.ask("workAndPost", path="/api/reports", body=ready)

    assert (asked["status"], asked["asked"], len(asked["receipt"])) == (201, True, 6)
    assert (unasked["status"], unasked["asked"]) == (201, False)


def test_six_words_open_the_room_again_after_a_restart(server: Server, client: Client) -> None:
    report = _report(client)
    client.ask("post", path="/api/receipts/kept", body={"token": report["token"]})
    client.ask("post", path="/api/leave", body={"token": report["token"]})
    server.restart()

    typed = " ".join(report["receipt"]).upper()
    back = client.ask("post", path="/api/return", body={"receipt": typed})
    welcome = client.ask("joinRoom", who="mia", token=back["token"])

    assert (back["status"], back["last_used"]) == (201, 0)
    assert welcome["head"] == 1
    assert _said(client, "mia", 1) == [(1, "He has a knife in his bag.")]
    assert client.ask("post", path="/api/reports", body=report["sent"])["status"] == 201


def test_leaving_closes_the_socket_at_once_and_for_good(client: Client) -> None:
    token = _report(client)["token"]
    client.ask("joinRoom", who="mia", token=token)

    client.ask("post", path="/api/leave", body={"token": token})

    assert client.ask("over", who="mia", seconds=AT_ONCE) == {"code": 4501}
    assert client.ask("joinRoom", who="mia again", token=token) == {"over": 4501}


def test_signing_out_closes_a_member_s_sockets_at_once(client: Client) -> None:
    cookie = _sign_in(client, "ana")
    client.ask("watchQueue", who="ana", cookie=cookie)
    client.ask("watchQueue", who="ben", cookie=_sign_in(client, "ben"))

    assert client.ask("signOut", cookie=cookie)["status"] == 303

    assert client.ask("over", who="ana", seconds=AT_ONCE) == {"code": 4501}
    assert client.act("ben", "claim")["code"] == "not_found"


def test_when_the_database_does_not_answer_clients_are_told_to_come_back(
    server: Server, client: Client
) -> None:
    client.ask("joinRoom", who="mia", token=_report(client)["token"])
    with closing(sqlite3.connect(server.data / "messenger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        client.ask("mention", who="mia", frame={"t": "seen", "seq": 1})

        assert client.ask("joined", who="mia", times=2) == 2
    assert client.act("mia", "say", body="Still here.")["t"] == "ack"
    assert "bug" not in server.written()


def test_a_member_may_send_the_token_of_the_cookie_and_no_origin(client: Client) -> None:
    room = _open_room(client)
    cookies = SimpleCookie(_sign_in(client, "ben"))
    token = cookies["responder"].value

    welcome = client.ask("joinByToken", who="ben", token=token, room=room)

    assert welcome["you"]["name"] == "Ben"
    assert client.act("ben", "claim")["code"] == "room_is_taken"


def test_a_reporter_s_words_open_a_closed_room_and_both_sides_are_told(client: Client) -> None:
    _open_room(client)
    client.act("ana", "close", note="")
    client.ask("events", who="mia", until=3)

    client.act("mia", "say", body="It goes on.")

    client.ask("events", who="ana", until=4)
    for who in ("mia", "ana"):
        client.act(who, "say", id="settled-0001", body="")  # Its answer comes after the state.
        assert client.ask("latest", who=who, kind="state")["status"] == "waiting"


def test_a_reporter_is_not_told_of_triage(client: Client) -> None:
    _open_room(client)
    before = client.ask("latest", who="mia", kind="state")

    client.act("ana", "triage", urgency="normal")
    client.act("mia", "say", body="Are you there?")

    assert client.ask("latest", who="ana", kind="state")["urgency"] == "normal"
    assert client.ask("latest", who="mia", kind="state") == before
    assert before["urgency"] == ""
