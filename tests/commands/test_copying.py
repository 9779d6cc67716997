"""Moving to PostgreSQL, as an operator does it, and what the people in the conversation see of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from secrets import token_urlsafe
from typing import Any

import anyio
import pytest
from pyotp import TOTP

from messenger.commands.lock import serving
from messenger.domain.people import Standing
from tests.cast import ORIGIN, PASSWORD
from tests.commands.conftest import CommandLine
from tests.commands.test_check import mend, notes
from tests.commands.test_members import approve, join
from tests.postgres import Postgres
from tests.proofs.service import PATIENCE, Service, Socket, open_service

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def moved(messenger: CommandLine, server: Postgres) -> CommandLine:
    """The same folder, with an empty PostgreSQL in the settings."""
    return replace(messenger, environ={"MESSENGER_DATABASE": server.database()})


@pytest.fixture
def riverbend(messenger: CommandLine) -> CommandLine:
    recovery_key = messenger.add_riverbend()
    messenger.done("add-code", "riverbend", "MetroED")
    messenger.done("set-hours", "riverbend", "always")
    join(messenger, messenger.done("invite", "riverbend", "ana", "Ana"))
    approve(messenger, "ana", recovery_key)
    return messenger


def test_nothing_is_copied_to_a_database_that_has_no_room_for_all_letters(
    riverbend: CommandLine, server: Postgres
) -> None:
    told = riverbend.refused("copy-database", MESSENGER_DATABASE=server.database("LATIN1"))

    assert "has the encoding LATIN1" in told


@dataclass(frozen=True)
class Left:
    """What people have in their hands when the service stops."""

    mia: str
    receipt: list[str]
    ana: str
    recovery_code: str
    room: str


async def enter(service: Service, cookie: str = "", **hello: object) -> Socket:
    socket = service.connect(cookie, ORIGIN if cookie else None)
    socket.say({"t": "hello", "v": 1, **hello})
    assert await socket.until("welcome"), socket.code
    return socket


async def act(socket: Socket, kind: str, **fields: object) -> int:
    """Do something that is kept; return its number."""
    id = token_urlsafe(12)
    socket.say({"t": kind, "id": id, **fields})
    return int((await socket.until(id=id))["seq"])


async def words(socket: Socket, head: int) -> list[str]:
    """Return what was said, once it is all there."""
    with anyio.fail_after(PATIENCE):
        while head not in (said := _said(socket)):
            await socket.changed.wait()
    return [said[seq] for seq in range(1, head + 1)]


def _said(socket: Socket) -> dict[int, str]:
    return {frame["seq"]: frame["body"] for frame in socket.frames if frame["t"] == "event"}


async def post(service: Service, path: str, **body: object) -> dict[str, Any]:
    answer = await service.request("POST", path, json=body, headers={"origin": None})
    assert answer.is_success, answer.text
    return dict(answer.json())


async def sign_in(service: Service, code: str) -> str:
    """Sign Ana in by the form; return her cookie."""
    form = {"login": "ana", "password": PASSWORD, "code": code}
    answer = await service.request("POST", "/console/sign-in", data=form)
    return str(answer.headers["set-cookie"]).split(";")[0]


async def begin(service: Service) -> Left:
    """Mia reports, Ana answers, Mia goes on."""
    signin = service.desks.signin
    signed_in = await signin.sign_in("ana", PASSWORD, "")
    assert signed_in.member.standing is Standing.ACTIVE
    seed = signin.new_seed()
    codes = await signin.set_second_factor(signed_in, seed, TOTP(seed).now())
    cookie = await sign_in(service, codes[0])

    token = (await post(service, "/api/tokens"))["token"]
    report = {
        "code": "MetroED",
        "id": "report-0001",
        "what": "He has a knife.",
        "category": "weapon",
    }
    answer = await post(service, "/api/reports", token=token, **report)
    mia = await enter(service, token=answer["token"])
    room = (await mia.until("welcome"))["room"]["id"]
    ana = await enter(service, cookie, room=room)

    assert await act(ana, "claim") == 2
    assert await act(ana, "say", body="Are you safe?") == 3
    assert await act(mia, "say", body="Yes.") == 4
    return Left(answer["token"], answer["receipt"], cookie, codes[1], room)


async def go_on(service: Service, left: Left) -> None:
    """With what they had, or with what they know, they are in the same conversation."""
    back = (await post(service, "/api/return", receipt=" ".join(left.receipt)))["token"]
    signed_in = await sign_in(service, left.recovery_code)

    mia, again = [await enter(service, token=token) for token in (left.mia, back)]
    ana = [await enter(service, cookie, room=left.room) for cookie in (left.ana, signed_in)]

    assert (await mia.until("welcome"))["room"]["id"] == left.room
    assert (await again.until("welcome"))["head"] == 4
    assert await act(again, "say", body="He left.") == 5
    assert await act(ana[0], "say", body="Good.") == 6
    assert await act(ana[1], "say", body="Stay there.") == 7
    assert await words(ana[1], 7) == [
        "He has a knife.", "", "Are you safe?", "Yes.", "He left.", "Good.", "Stay there.",
    ]  # fmt: skip


def test_what_people_had_before_opens_the_same_room_on_postgresql(
    riverbend: CommandLine, moved: CommandLine
) -> None:
    async def before() -> Left:
        async with open_service(riverbend.data) as service:
            return await begin(service)

    async def after(left: Left) -> None:
        async with open_service(moved.data, moved.settings.database_server) as service:
            await go_on(service, left)

    left = anyio.run(before)
    listed = riverbend.done("list-organizations"), riverbend.done("list-members", "riverbend")
    secrets = (riverbend.data / "secrets.json").read_bytes()

    said = moved.done("copy-database")

    anyio.run(after, left)
    assert (moved.done("list-organizations"), moved.done("list-members", "riverbend")) == listed
    assert (moved.data / "secrets.json").read_bytes() == secrets
    assert "           4  event\n" in said
    assert "           1  organization\n" in said
    assert mend(moved) == []
    assert "not used any more" in notes(moved)


def test_a_file_that_was_not_copied_yet_is_told_and_nothing_is_served(
    riverbend: CommandLine, moved: CommandLine
) -> None:
    not_copied = f"{moved.settings.database} was not copied yet: stop the service"

    for _ in ("without tables", "without an organization"):
        (found,) = mend(moved)
        assert found.startswith(not_copied)
        assert "not used any more" not in notes(moved)
        assert moved.refused("serve").startswith(not_copied)
        new = ("add-organization", "Riverbend", "--slug", "riverbend", "--time-zone", "UTC")
        for command in (new, ("list-organizations",), ("invite", "riverbend", "ana", "Ana")):
            assert moved.refused(*command).startswith(not_copied)
        moved.done("upgrade")

    moved.done("copy-database")
    assert mend(moved) == []
    assert "not used any more" in notes(moved)


def test_a_file_of_an_older_version_is_upgraded_first(moved: CommandLine) -> None:
    """The oldest there is: one without any table."""
    moved.data.mkdir(mode=0o700)
    (moved.data / "messenger.db").touch(mode=0o600)

    assert "           0  event\n" in moved.done("copy-database")


def test_what_is_there_already_is_not_added_to(riverbend: CommandLine, moved: CommandLine) -> None:
    moved.done("copy-database")
    moved.done("add-school", "riverbend", "Lincoln High")

    told = moved.refused("copy-database")

    assert "holds something already" in told
    assert "Lincoln High" in moved.done("list-organizations")
    assert "Lincoln High" not in riverbend.done("list-organizations")


def test_it_must_be_said_where_to_and_there_must_be_something(
    messenger: CommandLine, moved: CommandLine
) -> None:
    assert "Set MESSENGER_DATABASE" in messenger.refused("copy-database")
    assert "to copy from" in moved.refused("copy-database")
    assert not messenger.data.exists()


def test_the_password_is_never_taken_from_the_command_line(messenger: CommandLine) -> None:
    for extra in (["postgresql://x:hunter2@h/x"], ["--to", "postgresql://x:hunter2@h/x"]):
        told = messenger.refused("copy-database", *extra)

        assert "Set MESSENGER_DATABASE" in told
        assert "hunter2" not in told


def test_while_the_service_runs_it_is_refused(riverbend: CommandLine, moved: CommandLine) -> None:
    with serving(riverbend.data):
        assert "Stop it first" in moved.refused("copy-database")

    moved.done("copy-database")


def test_a_server_that_is_not_there_is_told_without_its_password(riverbend: CommandLine) -> None:
    listed = riverbend.done("list-organizations")
    nowhere = "postgresql://x:hunter2@127.0.0.1:1/x"

    told = riverbend.refused("copy-database", MESSENGER_DATABASE=nowhere)

    assert "Nothing was copied" in told and "hunter2" not in told
    assert riverbend.done("list-organizations") == listed
