"""Who may do what to which: every route, view, act and frame, for every role, on every room.

One table says what is expected. What is not in it fails; and "not yours" looks like "not there".
"""

import inspect
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
from starlette.routing import Route

from messenger.domain.attachment import Announced
from messenger.domain.ids import RoomId
from messenger.protocol.frames import Act, Incoming
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.web import accounts, console
from messenger.web.attachments import PIECE_TYPE
from messenger.web.journey import ACTS, VIEWS
from messenger.web.routes import routes
from tests.cast import PASSWORD
from tests.fakes.plain import PHOTO
from tests.proofs.service import (
    District,
    Service,
    Socket,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)

pytestmark = pytest.mark.slow


class Role(StrEnum):
    NOBODY = "nobody"
    REPORTER = "the reporter of this room"
    OTHER_REPORTER = "the reporter of another room"
    GONE = "a reporter who left"
    DELETED = "a reporter who deleted"
    PENDING = "a member not approved yet"
    MEMBER = "an active member"
    STRANGER = "a member of another organization"
    DISABLED = "a disabled member"
    CONFUSED = "somebody with each token in the other's cookie"


class Thing(StrEnum):
    """What is acted on."""

    THIS = "this room"
    OTHER = "another room of the organization"
    FOREIGN = "a room of another organization"
    MADE_UP = "a made-up id"


STAFF = {Role.MEMBER, Role.STRANGER}
REPORTERS = {Role.REPORTER, Role.OTHER_REPORTER}
SIGNED_IN = {*STAFF, Role.PENDING}
EVERYBODY = set(Role)
MADE_UP = RoomId("AAAAAAAAAAAAAAAAAAAAAA")

FILES = {
    ("GET", "/attachments/{attachment}"): "own",
    ("PATCH", "/attachments/{attachment}"): "own",
    ("POST", "/attachments/{attachment}/finish"): "own",
    ("DELETE", "/attachments/{attachment}"): "own",
    ("GET", "/attachments/{attachment}/content"): "shown",
    ("GET", "/attachments/{attachment}/preview"): "shown",
}
"""What is done with a file: with one's own that is arriving, or with one that is shown in the room."""

# Who may. Rooms have a second look: only those of one's own organization.
ROUTES: dict[tuple[str, str], set[Role]] = {
    ("GET", "/"): EVERYBODY,
    ("POST", "/"): EVERYBODY,  # VIEWS and ACTS, below.
    ("GET", "/c/{code}"): EVERYBODY,
    ("GET", "/history"): REPORTERS,
    ("POST", "/leave"): EVERYBODY,
    ("POST", "/lock"): EVERYBODY,
    ("GET", "/console"): STAFF,
    ("GET", "/console/rooms/{room}"): STAFF,  # Rooms, below.
    ("POST", "/console/rooms/{room}"): STAFF,  # ROOM_ACTS, below.
    ("GET", "/console/rooms/{room}/newer"): STAFF,  # As their rooms: below.
    ("GET", "/console/quarantine"): STAFF,
    ("POST", "/console/duty"): STAFF,
    ("GET", "/console/sign-in"): EVERYBODY,
    ("POST", "/console/sign-in"): EVERYBODY,
    ("POST", "/console/sign-out"): EVERYBODY,
    ("GET", "/console/join"): EVERYBODY,
    ("POST", "/console/join"): EVERYBODY,
    ("GET", "/console/second-factor"): SIGNED_IN,
    ("POST", "/console/second-factor"): SIGNED_IN,
    ("GET", "/console/waiting"): SIGNED_IN,
    ("GET", "/console/team"): STAFF,
    ("POST", "/console/team"): STAFF,  # TEAM_ACTS, below.
    ("GET", "/console/account"): STAFF,
    ("POST", "/console/account"): STAFF,
    ("GET", "/api/organizations/{code}"): EVERYBODY,
    ("POST", "/api/tokens"): EVERYBODY,
    ("POST", "/api/reports"): EVERYBODY,  # A token of our making decides, not a cookie.
    ("POST", "/api/receipts/kept"): set(),  # The token is in the body: cookies count for nothing.
    ("POST", "/api/return"): EVERYBODY,
    ("POST", "/api/leave"): EVERYBODY,
    ("GET", "/frame/{code}"): EVERYBODY,
    ("GET", "/widget/status/{code}"): EVERYBODY,
    # FILES, below.
    ("GET", "/attachments"): REPORTERS,
    ("POST", "/attachments"): REPORTERS,
    **dict.fromkeys(FILES, REPORTERS),
    ("GET", "/console/rooms/{room}/attachments"): STAFF,
    ("POST", "/console/rooms/{room}/attachments"): STAFF,
    **{(method, f"/console/rooms/{{room}}{path}"): STAFF for method, path in FILES},
    ("POST", "/console/rooms/{room}/attachments/{attachment}/break-glass"): STAFF,
    ("GET", "/health/live"): EVERYBODY,
    ("GET", "/health/ready"): EVERYBODY,
    ("GET", "/health/metrics"): set(),  # A token of the operator's decides.
}
VIEWS_FOR: dict[str, set[Role]] = {
    **dict.fromkeys(["find", "start", "report", "talk", "return", "privacy"], EVERYBODY),
    **dict.fromkeys(["receipt", "room", "introduce", "held"], REPORTERS),
}
ACTS_FOR: dict[str, set[Role]] = {
    **dict.fromkeys(["find", "change_school", "send_report", "send_talk", "open"], EVERYBODY),
    **dict.fromkeys(["keep", "say", "introduce", "delete"], REPORTERS),
}
ROOM_ACTS = {
    "say", "claim", "hand_over", "bring_in", "close", "reopen", "triage", "quarantine",
}  # fmt: skip
TEAM_ACTS = {"approve", "disable", "reset", "invite"}
FRAMES_FOR: dict[str, set[Role]] = {
    "hello": REPORTERS | STAFF,
    **dict.fromkeys(["typing", "seen", "shown", "ping", "say"], REPORTERS | STAFF),
    "introduce": REPORTERS,
    **dict.fromkeys(["claim", "hand_over", "bring_in", "close", "reopen", "triage"], STAFF),
}


@pytest.fixture(autouse=True)
def nobody_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it takes here: else claims of those who never came lapse in the middle of it."""
    monkeypatch.setattr("messenger.services.sweep.CLAIM_PATIENCE", inf)


@dataclass(slots=True)
class World:
    """Two organizations, everybody, and their rooms."""

    service: Service
    ours: District
    theirs: District
    cookies: dict[Role, str]
    rooms: dict[Thing, RoomId]
    members: dict[Role, SignedIn]
    reporters: dict[Role, WayIn]
    ways: dict[Thing, WayIn]
    quarantined: str = ""
    """The file to be put in quarantine next."""

    def may_enter(self, role: Role, thing: Thing) -> bool:
        inside = {Role.MEMBER: {Thing.THIS, Thing.OTHER}, Role.STRANGER: {Thing.FOREIGN}}
        return thing in inside.get(role, set())

    async def state(self) -> list[object]:
        """All that an act could have changed."""
        rooms = [await self.service.desks.rooms.find_room(id) for id in self.rooms.values()]
        people = [
            await self.service.desks.directory.members(district.organization.id)
            for district in (self.ours, self.theirs)
        ]
        return [rooms, people]


async def make_world(service: Service) -> World:
    ours, theirs = await open_district(service), await open_district(service)
    this, other, foreign, left, deleted = [
        await district.report() for district in (ours, ours, theirs, ours, ours)
    ]
    reporting = service.desks.reporting
    await reporting.ready_receipt(this)
    await reporting.leave(left.token)
    await reporting.delete(deleted.reporter)
    member, stranger, disabled = [await one.member() for one in (ours, theirs, ours)]
    pending = await ours.member(approved=False)
    await service.desks.signin.disable(ours.organization.id, disabled.member.id)
    cookies = {
        Role.NOBODY: "",
        Role.REPORTER: reporter_cookie(this),
        Role.OTHER_REPORTER: reporter_cookie(other),
        Role.GONE: reporter_cookie(left),
        Role.DELETED: reporter_cookie(deleted),
        Role.PENDING: member_cookie(pending),
        Role.MEMBER: member_cookie(member),
        Role.STRANGER: member_cookie(stranger),
        Role.DISABLED: member_cookie(disabled),
        Role.CONFUSED: f"reporter={member.token.text}; responder={this.token.text}",
    }
    rooms = {
        Thing.THIS: this.reporter.room, Thing.OTHER: other.reporter.room,
        Thing.FOREIGN: foreign.reporter.room, Thing.MADE_UP: MADE_UP,
    }  # fmt: skip
    members = {Role.MEMBER: member, Role.STRANGER: stranger, Role.PENDING: pending}
    return World(
        service, ours, theirs, cookies, rooms, members,
        {Role.REPORTER: this, Role.OTHER_REPORTER: other},
        {Thing.THIS: this, Thing.OTHER: other, Thing.FOREIGN: foreign},
    )  # fmt: skip


@asynccontextmanager
async def world_in(folder: Path) -> AsyncIterator[World]:
    async with open_service(folder) as service:
        yield await make_world(service)


def outcome(answer: httpx2.Response) -> str:
    """Say in one word what an answer means."""
    place = answer.headers.get("location", "")
    match answer.status_code:
        case 303 if place == "/console/sign-in":
            return "sign in"
        case 303 if place == "/console/waiting":
            return "wait"
        case 401:
            return "sign in"
        case 404:
            return "not there"
        case 200 | 201 | 204 | 303 | 409 | 422:
            return "may"  # Done, or a refusal that only who may gets to see.
        case status:
            return str(status)


def refusal_for(role: Role, path: str) -> str:
    """What is told to whoever may not."""
    if not path.startswith("/console"):
        return "not there"
    return {Role.PENDING: "wait", Role.STRANGER: "not there", Role.MEMBER: "not there"}.get(
        role, "sign in"
    )


def looks(answer: httpx2.Response, id: str) -> tuple[object, ...]:
    """What somebody sees of an answer, less what differs each time: nonce, mark, the id asked for."""
    body = re.sub(r'nonce="[^"]+"|name="csrf" value="[^"]*"', "", answer.text).replace(id, "ID")
    headers = [
        (name, re.sub(r"'nonce-[^']+'", "", value)) for name, value in answer.headers.multi_items()
    ]
    return answer.status_code, body, sorted(headers)


# Nothing is forgotten


def test_every_route_view_act_and_frame_is_in_the_table() -> None:
    table = routes()
    listed = {
        (method, route.path)
        for route in table
        for method in route.methods or ()
        if method != "HEAD"
    }

    assert listed == set(ROUTES)
    assert {type(route) for route in table} == {Route}
    assert set(VIEWS) == set(VIEWS_FOR) and set(ACTS) == set(ACTS_FOR)
    assert cases(console._do) == ROOM_ACTS and cases(accounts._change_team) == TEAM_ACTS
    tags = {frame.__struct_config__.tag for frame in every_frame()}
    assert tags == set(FRAMES_FOR)
    assert {frame.__struct_config__.tag for frame in get_args(Act)} <= set(FRAMES_FOR)


def cases(function: Any) -> set[str]:
    return set(re.findall(r'case "(\w+)"', inspect.getsource(function)))


def every_frame() -> set[Any]:
    return set(get_args(Incoming))


# Routes


async def test_every_route_for_every_role(tmp_path: Path) -> None:
    wrong: list[object] = []
    async with open_service(tmp_path) as service:
        world = await make_world(service)
        for (method, path), may in ROUTES.items():
            if "{" in path.replace("{code}", "") or (method, path) in {
                ("POST", "/"),
                ("POST", "/console/team"),
            }:
                continue
            for role in Role:
                answer = await ask_route(world, method, path, role)
                expected = "may" if role in may else refusal_for(role, path)
                if (method, path) in {("POST", "/console/sign-in"), ("POST", "/console/sign-out")}:
                    expected = "sign in"  # Where everybody stands after a wrong password, too.
                if outcome(answer) != expected:
                    wrong.append((method, path, role, outcome(answer), expected))
            if path in {"/leave", "/lock", "/console/sign-out"}:
                world = await make_world(service)

    assert wrong == []


async def ask_route(world: World, method: str, path: str, role: Role) -> httpx2.Response:
    forms: dict[str, dict[str, str]] = {
        "/console/sign-in": {"login": f"{role} by guessing", "password": "x", "code": "x"},
        "/console/join": {"code": "x", "password": "x", "password2": "y"},
        "/console/duty": {"do": "on"},
        "/console/second-factor": {"seed": "A" * 32, "code": "x"},
        "/console/account": {"do": "password", "old": "x", "password": "x", "password2": "x"},
    }
    bodies: dict[str, dict[str, object]] = {
        "/api/reports": {
            "token": world.service.desks.reporting.new_token().text,
            "code": world.ours.code, "id": "draft-0001", "what": "x",
        },
        "/api/return": {"receipt": "x"},
        "/api/leave": {"token": "x"},
        "/api/receipts/kept": {"token": "x"},
        "/attachments": {"id": "photo-0001", "type": "image/jpeg", "size": 5},
    }  # fmt: skip
    options: dict[str, Any] = {}
    if method == "POST":
        options = {"json": bodies[path]} if path in bodies else {"data": forms.get(path, {"x": ""})}
    if path == "/api/tokens":
        options = {}
    return await world.service.request(
        method, path.format(code=world.ours.code), world.cookies[role], **options
    )


@pytest.mark.parametrize("kind", ["go", "do"])
async def test_every_view_and_act_of_the_journey_for_every_role(tmp_path: Path, kind: str) -> None:
    wrong: list[object] = []
    allowed = 0
    async with open_service(tmp_path) as service:
        world = await make_world(service)
        for name, may in (VIEWS_FOR if kind == "go" else ACTS_FOR).items():
            for role in Role:
                before = await world.state()
                answer = await journey(world, role, kind, name)
                expected = "may" if role in may else "not there"
                if outcome(answer) != expected:
                    wrong.append((name, role, outcome(answer), expected))
                if role not in may and await world.state() != before:
                    wrong.append((name, role, "changed something"))
                allowed += role in may
                if role in may and kind == "do":
                    world = await make_world(service)
        unknown = await journey(world, Role.REPORTER, kind, "no-such-thing")

    assert wrong == []
    assert outcome(unknown) == "not there" and allowed > 30


async def journey(world: World, role: Role, kind: str, name: str) -> httpx2.Response:
    """Ask with a school in the other cookie, and with the ids of a room that is not theirs."""
    school = f"school={world.ours.organization.id}.{world.ours.school.id}"
    form = {
        kind: name, "what": "words", "category": "other", "sure": "yes", "ask": "1", "word": "wrong",
        "body": "words", "name": "Mia", "code": world.ours.code, "words": "x",
        "room": world.rooms[Thing.OTHER], "organization": world.theirs.organization.id,
        "role": "team", "member": world.members[Role.MEMBER].member.id, "seq": "99",
    }  # fmt: skip
    cookie = "; ".join(filter(None, [world.cookies[role], school]))
    return await world.service.request("POST", "/", cookie, data=form)


# Rooms


async def test_every_act_on_every_room_for_every_role(tmp_path: Path) -> None:
    wrong: list[object] = []
    seen = dict.fromkeys(["may", "may not"], 0)
    async with open_service(tmp_path) as service:
        world = await make_world(service)
        for act in ("", *sorted(ROOM_ACTS)):
            for role in Role:
                looked = {}
                for thing in Thing:
                    may = world.may_enter(role, thing)
                    if may and act:
                        await prepare(world, role, thing, act)
                    before = await world.state()
                    answer = await ask_room(world, role, thing, act)
                    looked[thing] = looks(answer, world.rooms[thing])
                    expected = "may" if may else refusal_for(role, "/console")
                    if outcome(answer) != expected or (may and act and answer.status_code != 303):
                        wrong.append((act, role, thing, answer.status_code, expected))
                    changed = await world.state() != before
                    if changed != bool(may and act) and act:
                        wrong.append((act, role, thing, "changed" if changed else "unchanged"))
                    seen["may" if may else "may not"] += 1
                    if may and act:
                        world = await make_world(service)
                for thing, look in looked.items():
                    if look[0] == 404 and look != looked[Thing.MADE_UP]:
                        wrong.append((act, role, thing, "does not look like not there"))

    assert wrong == []
    assert seen["may"] == 27 and seen["may not"] == 9 * 4 * len(Role) - 27


async def test_what_came_since_of_every_room_for_every_role(tmp_path: Path) -> None:
    wrong: list[object] = []
    async with world_in(tmp_path) as world:
        for role in Role:
            looked = {}
            for thing in Thing:
                path = f"/console/rooms/{world.rooms[thing]}/newer?after=0"
                answer = await world.service.request("GET", path, world.cookies[role])
                looked[thing] = looks(answer, world.rooms[thing])
                may = world.may_enter(role, thing)
                if outcome(answer) != ("may" if may else refusal_for(role, "/console")):
                    wrong.append((role, thing, answer.status_code))
            for thing, look in looked.items():
                if look[0] != 200 and look != looked[Thing.MADE_UP]:
                    wrong.append((role, thing, "does not look like not there"))

    assert wrong == []


async def prepare(world: World, role: Role, thing: Thing, act: str) -> None:
    """Bring the room to where the act can be done: by who does it, on the room it is done to."""
    responder = world.members[role].responder
    chat = world.service.desks.chat
    here, _ = await chat.enter(responder, world.rooms[thing])
    if act in {"say", "hand_over", "bring_in", "close", "reopen"}:
        await chat.claim(here, "prepare-01")
    if act == "reopen":
        await chat.close(here, "prepare-02", "")
    if act == "quarantine":
        world.quarantined = await send_photo(world, thing)


async def send_photo(
    world: World, thing: Thing, id: str = "photo-0001", *, whole: bool = True
) -> str:
    """Have the reporter of that room send a file; or, not `whole`, begin to."""
    desks, reporter = world.service.desks, world.ways[thing].reporter
    here, _ = await desks.chat.enter(reporter, reporter.room)
    upload = await desks.uploads.announce(here, id, Announced("image/jpeg", len(PHOTO)))
    if whole and not upload.is_whole:
        await desks.uploads.receive(here, upload.id, 0, one_piece(PHOTO))
        await desks.finishing.finish(here, upload.id)
    return upload.id


async def one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def ask_room(world: World, role: Role, thing: Thing, act: str) -> httpx2.Response:
    path = f"/console/rooms/{world.rooms[thing]}"
    cookie = world.cookies[role]
    if not act:
        return await world.service.request("GET", path, cookie)
    district = world.theirs if role is Role.STRANGER else world.ours
    colleague = (
        await district.member() if world.may_enter(role, thing) and act == "bring_in" else None
    )
    form = {
        "do": act, "id": "act-000001", "body": "words", "summary": "words", "note": "",
        "urgency": "life_safety", "member": colleague.member.id if colleague else "x", "to": "",
        "attachment": world.quarantined, "reason": "words",
    }  # fmt: skip
    return await world.service.request("POST", path, cookie, data=form)


# Files


@pytest.mark.parametrize(("method", "path"), FILES)
async def test_every_act_on_every_file_for_every_role(
    tmp_path: Path, method: str, path: str
) -> None:
    """Of a reporter's: by that side's address, and by the team's, in that room and in another."""
    wrong: list[object] = []
    allowed = 0
    async with world_in(tmp_path) as world:
        for role in Role:
            for thing in world.ways:
                kind = FILES[method, path]
                files = {"own": f"begun-{allowed:04}", "shown": "shown-0001"}
                file = await send_photo(world, thing, files[kind], whole=kind == "shown")
                for room in (None, *Thing):
                    may = may_do(world, role, thing, room, kind)
                    answer = await ask_file(world, role, room, method, path, file)
                    if outcome(answer) != expected_of(world, role, room, method, may=may):
                        wrong.append((role, thing, room, answer.status_code, may))
                    allowed += may

    assert wrong == []
    assert allowed == (2 if FILES[method, path] == "own" else 5)


def may_do(world: World, role: Role, thing: Thing, room: Thing | None, kind: str) -> bool:
    if room is None:
        return world.reporters.get(role) is world.ways[thing]
    return kind == "shown" and room is thing and world.may_enter(role, room)


def expected_of(world: World, role: Role, room: Thing | None, method: str, *, may: bool) -> str:
    if may:
        return "may"
    enters = world.may_enter(role, room) if room else role in REPORTERS
    if enters and method == "DELETE":
        return "may"  # What is not there is not there afterwards, either.
    if room and role is Role.PENDING:
        return "403"  # To a program; a person is led to where they wait.
    return refusal_for(role, "/console" if room else "/")


async def ask_file(
    world: World, role: Role, room: Thing | None, method: str, path: str, id: str
) -> httpx2.Response:
    side = f"/console/rooms/{world.rooms[room]}" if room else ""
    options: dict[str, Any] = {"headers": {"accept": "application/json"}}
    if method == "PATCH":
        options["headers"] |= {"upload-offset": "0", "content-type": PIECE_TYPE}
        options["content"] = PHOTO[:1]
    path = side + path.format(attachment=id)
    return await world.service.request(method, path, world.cookies[role], **options)


async def test_who_is_not_let_in_cancels_nothing(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        id = await send_photo(world, Thing.THIS, whole=False)
        path = ("DELETE", "/attachments/{attachment}")
        for role in set(Role) - {Role.REPORTER}:
            for room in (None, *Thing):
                await ask_file(world, role, room, *path, id)

        assert (await ask_file(world, Role.REPORTER, None, *path, id)).status_code == 204
        assert (await ask_file(world, Role.REPORTER, None, "GET", path[1], id)).status_code == 404


async def test_glass_is_broken_by_the_team_of_the_room_alone(tmp_path: Path) -> None:
    wrong: list[object] = []
    async with world_in(tmp_path) as world:
        files = {thing: await send_photo(world, thing) for thing in world.ways}
        for thing, role in ((Thing.THIS, Role.MEMBER), (Thing.FOREIGN, Role.STRANGER)):
            world.quarantined = files[thing]
            assert (await ask_room(world, role, thing, "quarantine")).status_code == 303
        for role in Role:
            for thing in (Thing.THIS, Thing.FOREIGN):
                path = f"/console/rooms/{world.rooms[thing]}/attachments/{files[thing]}/break-glass"
                form = {"id": f"glass-{role.name}", "reason": "words"}
                answer = await world.service.request("POST", path, world.cookies[role], data=form)
                may = world.may_enter(role, thing)
                if outcome(answer) != ("may" if may else refusal_for(role, "/console")):
                    wrong.append((role, thing, answer.status_code))

    assert wrong == []


# Frames


async def test_every_frame_on_every_room_for_every_role(tmp_path: Path) -> None:
    wrong: list[object] = []
    acks = 0
    async with open_service(tmp_path) as service:
        world = await make_world(service)
        for frame, may in FRAMES_FOR.items():
            for role in Role:
                for thing in (*Thing, None):
                    allowed = role in may and is_seated(world, role, thing)
                    if allowed and role in STAFF and thing is not None:
                        await prepare(world, role, thing, frame)
                    before = await world.state()
                    told = await speak(world, role, thing, frame)
                    expected = expectation(world, role, thing, frame)
                    if told != expected:
                        wrong.append((frame, role, thing, told, expected))
                    if expected == "ack":
                        acks += 1
                        world = await make_world(service)
                    elif frame not in {"seen", "hello"} and await world.state() != before:
                        wrong.append((frame, role, thing, "changed something"))

    assert wrong == []
    assert acks >= 20


def is_seated(world: World, role: Role, thing: Thing | None) -> bool:
    """Reporters name no room; staff name one of theirs. No room from staff is no seat."""
    return role in REPORTERS if thing is None else world.may_enter(role, thing)


def expectation(world: World, role: Role, thing: Thing | None, frame: str) -> str:
    if not is_seated(world, role, thing):
        if role in STAFF and thing is not None:
            return "4502"  # The same for a foreign room and a made-up one.
        return "4501"
    if frame in {"hello", "typing", "seen", "shown", "ping"}:
        return "here"
    return "ack" if role in FRAMES_FOR[frame] else "not_found"


async def speak(world: World, role: Role, thing: Thing | None, frame: str) -> str:
    socket = world.service.connect(world.cookies[role])
    hello: dict[str, object] = {"t": "hello", "v": 1}
    socket.say(hello if thing is None else hello | {"room": world.rooms[thing]})
    if not await socket.until("welcome"):
        return str(await socket.closed())
    if frame != "hello":
        socket.say(await frame_for(world, role, thing, frame))
    socket.say({"t": "ping"})
    answer = await socket.until(id="act-000001") if frame in FRAMES_WITH_ID else {}
    here = await socket.until("pong")
    await leave(socket)
    if answer:
        return str(answer.get("code", answer["t"]))
    return "here" if here else str(socket.code)


FRAMES_WITH_ID = {frame.__struct_config__.tag for frame in get_args(Act)}


async def frame_for(world: World, role: Role, thing: Thing | None, frame: str) -> dict[str, object]:
    fields: dict[str, dict[str, object]] = {
        "say": {"body": "words"}, "introduce": {"name": "Mia"}, "hand_over": {"summary": "words"},
        "bring_in": {"member": "x"}, "triage": {"urgency": "life_safety"}, "seen": {"seq": 1},
        "shown": {"rooms": [world.rooms[Thing.FOREIGN], "x"]},
    }  # fmt: skip
    if frame == "bring_in" and thing is not None and world.may_enter(role, thing):
        district = world.theirs if role is Role.STRANGER else world.ours
        fields[frame] = {"member": (await district.member()).member.id}
    id = {"id": "act-000001"} if frame in FRAMES_WITH_ID else {}
    return {"t": frame, **id, **fields.get(frame, {})}


async def leave(socket: Socket) -> None:
    if socket.code is None:
        socket.inbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await socket.closed()


@pytest.mark.parametrize("role", Role)
async def test_the_queue_is_for_the_team_and_nothing_is_done_there(
    tmp_path: Path, role: Role
) -> None:
    async with world_in(tmp_path) as world:
        socket = world.service.connect(world.cookies[role])
        socket.say({"t": "hello", "v": 1, "queue": True})
        queue = await socket.until("queue")
        if role not in STAFF:
            assert await socket.closed() == 4501
            return
        socket.say({"t": "claim", "id": "act-000001"})
        refused = await socket.until(id="act-000001")
        await leave(socket)

        ours = {world.rooms[thing] for thing in Thing if world.may_enter(role, thing)}
        rooms = {row["room"] for row in queue["rows"]}
        assert (
            rooms >= ours
            and world.rooms[Thing.FOREIGN if role is Role.MEMBER else Thing.THIS] not in rooms
        )
        assert refused["code"] == "not_found"


async def test_another_organizations_rooms_are_not_marked_as_shown(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        socket = world.service.connect(world.cookies[Role.MEMBER])
        socket.say({"t": "hello", "v": 1, "queue": True})
        socket.say({"t": "shown", "rooms": list(world.rooms.values())})
        socket.say({"t": "ping"})
        assert await socket.until("pong")
        shown = world.service.desks.shown
        foreign = world.rooms[Thing.FOREIGN]
        theirs = shown.is_shown(world.theirs.organization.id, foreign)
        ours = shown.is_shown(world.ours.organization.id, world.rooms[Thing.THIS])
        await leave(socket)

    assert ours and not theirs


# The team


async def test_every_act_on_every_member_for_every_role(tmp_path: Path) -> None:
    wrong: list[object] = []
    async with open_service(tmp_path) as service:
        for act in sorted(TEAM_ACTS - {"invite"}):
            for role in Role:
                world = await make_world(service)
                for district in (world.theirs, world.ours, None):
                    target = await district.member(approved=act != "approve") if district else None
                    mine = {Role.MEMBER: world.ours, Role.STRANGER: world.theirs}.get(role)
                    may = district is not None and mine is district
                    before = await world.state()
                    answer = await ask_team(world, role, act, target)
                    expected = "may" if may else refusal_for(role, "/console")
                    if outcome(answer) != expected or ((await world.state() != before) != may):
                        wrong.append(
                            (act, role, district is world.ours, answer.status_code, expected)
                        )

    assert wrong == []


async def test_inviting_is_for_the_team_and_adds_to_ones_own_alone(tmp_path: Path) -> None:
    wrong: list[object] = []
    async with world_in(tmp_path) as world:
        for role in Role:
            before = await logins(world)
            form = {"do": "invite", "login": f"newcomer{len(before)}", "name": "New"}
            form["organization"] = world.theirs.organization.id
            answer = await world.service.request(
                "POST", "/console/team", world.cookies[role], data=form
            )
            may = role in STAFF
            expected = "may" if may else refusal_for(role, "/console")
            mine = world.theirs if role is Role.STRANGER else world.ours
            added = {(mine.organization.id, form["login"])} if may else set()
            if outcome(answer) != expected or await logins(world) - before != added:
                wrong.append((role, answer.status_code, await logins(world) - before))

    assert wrong == []


async def logins(world: World) -> set[tuple[str, str]]:
    return {
        (member.organization, member.login)
        for district in (world.ours, world.theirs)
        for member in await world.service.desks.directory.members(district.organization.id)
    }


async def ask_team(world: World, role: Role, act: str, target: SignedIn | None) -> httpx2.Response:
    signin = world.service.desks.signin
    form = {
        "do": act,
        "member": target.member.id if target else "made-up",
        "fingerprint": signin.fingerprint(target.member) if target else "0000 0000 0000",
        "password": PASSWORD,
    }
    return await world.service.request("POST", "/console/team", world.cookies[role], data=form)


async def test_nobody_disables_or_resets_themselves(tmp_path: Path) -> None:
    async with world_in(tmp_path) as world:
        me = world.members[Role.MEMBER]
        for act in ("disable", "reset"):
            assert outcome(await ask_team(world, Role.MEMBER, act, me)) == "not there"
        assert await world.service.desks.signin.find(me.token) is not None
