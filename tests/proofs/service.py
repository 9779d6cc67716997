"""The real ASGI application in this process, with the people of two organizations to try it on.

No sockets and no threads: requests and websockets are driven by hand, and every wait has an end.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Any

import anyio
import httpx2
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from messenger.app import build
from messenger.domain.ids import OrganizationId, SchoolId
from messenger.domain.keys import KeyPair, Recipient
from messenger.domain.people import Organization, School
from messenger.domain.report import Report
from messenger.security.passwords import ThreadedStretcher
from messenger.security.vault import SealedVault
from messenger.services.ids import new_id
from messenger.services.keyring import first_generation
from messenger.services.reporting import WayIn
from messenger.services.signin import SignedIn
from messenger.settings import Settings
from messenger.web.desks import Desks
from tests.cast import ORIGIN, PASSWORD, TEASING, cheap_stretcher
from tests.fakes.plain import PlainCleaner
from tests.prepared import prepare

PATIENCE = 10.0
"""Seconds any one wait may take."""


@dataclass(slots=True)
class Socket:
    """One websocket: what was sent to it, and how it ended."""

    frames: list[dict[str, Any]] = field(default_factory=list)
    accepted: bool = False
    code: int | None = None
    """The closing code; None while it is open."""
    inbox: "asyncio.Queue[Message]" = field(default_factory=asyncio.Queue)
    changed: anyio.Event = field(default_factory=anyio.Event)

    async def receive(self) -> Message:
        return await self.inbox.get()

    async def send(self, message: Message) -> None:
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.send":
                self.frames.append(json.loads(message["text"]))
            case "websocket.close":
                self.code = message["code"]
                self.inbox.put_nowait({"type": "websocket.disconnect", "code": self.code})
            case other:
                raise AssertionError(other)
        changed, self.changed = self.changed, anyio.Event()
        changed.set()

    def say(self, frame: dict[str, object] | str) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        self.inbox.put_nowait({"type": "websocket.receive", "text": text})

    async def until(self, kind: str = "", id: str = "") -> dict[str, Any]:
        """Wait for a frame of that kind or id; an empty one if it closes first."""
        with anyio.fail_after(PATIENCE):
            while True:
                for frame in self.frames:
                    if (kind and frame["t"] == kind) or (
                        id and frame.get("id") == id and frame["t"] != "event"
                    ):
                        return frame
                if self.code is not None:
                    return {}
                await self.changed.wait()

    async def closed(self) -> int:
        with anyio.fail_after(PATIENCE):
            while self.code is None:
                await self.changed.wait()
        return self.code


@dataclass(slots=True)
class Service:
    """The application, and its insides for setting the stage and for looking behind it."""

    app: ASGIApp
    state: dict[str, Any]
    tasks: Any

    @property
    def desks(self) -> Desks:
        desks = self.state["desks"]
        assert isinstance(desks, Desks)
        return desks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = dict(self.state)
        await self.app(scope, receive, send)

    async def request(
        self, method: str, path: str, cookie: str = "", **options: Any
    ) -> httpx2.Response:
        """Ask as a browser on one of our own pages does, unless told otherwise."""
        headers: dict[str, Any] = {"origin": ORIGIN} | ({"cookie": cookie} if cookie else {})
        headers |= options.pop("headers", {})
        headers = {name: value for name, value in headers.items() if value is not None}
        transport = httpx2.ASGITransport(self, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
            return await client.request(method, path, headers=headers, **options)

    def connect(self, cookie: str = "", origin: str | None = ORIGIN) -> Socket:
        """Open a websocket; it runs until one side ends it."""
        socket = Socket()
        headers = [(b"host", b"127.0.0.1:8000")]
        if origin is not None:
            headers.append((b"origin", origin.encode("latin-1")))
        if cookie:
            headers.append((b"cookie", cookie.encode("latin-1")))
        scope: Scope = {
            "type": "websocket", "path": "/ws", "raw_path": b"/ws", "query_string": b"",
            "headers": headers, "scheme": "ws", "client": ("127.0.0.1", 1), "subprotocols": [],
            "server": ("127.0.0.1", 8000), "root_path": "", "extensions": {},
        }  # fmt: skip
        socket.inbox.put_nowait({"type": "websocket.connect"})
        self.tasks.start_soon(self._serve, scope, socket)
        return socket

    async def _serve(self, scope: Scope, socket: Socket) -> None:
        await self(scope, socket.receive, socket.send)
        if socket.code is None:
            socket.code = 1006
        socket.changed.set()


@asynccontextmanager
async def open_service(
    folder: Path, database: str = "", stretcher: ThreadedStretcher | None = None, **more: Any
) -> AsyncIterator[Service]:
    """Start it by the lifespan protocol, as a server does, and stop it in the end."""
    settings = Settings(data=folder, database_server=database, **more)
    prepare(settings)
    app = build(settings, stretcher or cheap_stretcher(), cleaner=PlainCleaner())
    life = Life()
    scope: Scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_live, app, scope, life)
        await life.until("lifespan.startup")
        async with anyio.create_task_group() as sockets:
            yield Service(app, scope["state"], sockets)
            sockets.cancel_scope.cancel()
        await life.until("lifespan.shutdown")


async def _live(app: ASGIApp, scope: Scope, life: "Life") -> None:
    await app(scope, life.receive, life.send)


class Life:
    """The server's side of the lifespan protocol."""

    def __init__(self) -> None:
        self._asked: asyncio.Queue[Message] = asyncio.Queue()
        self._told: asyncio.Queue[Message] = asyncio.Queue()
        self.receive = self._asked.get

    async def send(self, message: Message) -> None:
        self._told.put_nowait(message)

    async def until(self, what: str) -> None:
        self._asked.put_nowait({"type": what})
        with anyio.fail_after(PATIENCE):
            told = await self._told.get()
        assert told["type"] == f"{what}.complete", told


@dataclass(slots=True)
class District:
    """An organization made for a test, with what is needed to bring people into it."""

    service: Service
    organization: Organization
    school: School
    code: str
    recovery: KeyPair

    async def member(self, login: str = "", *, approved: bool = True) -> SignedIn:
        signin = self.service.desks.signin
        login = login or f"m-{new_id(token_bytes).lower().replace('_', 'x').strip('-')}x"
        invitation = await signin.invite(self.organization.id, login, f"Member {login}")
        signed_in = await signin.accept(invitation, PASSWORD)
        if not approved:
            return signed_in
        team = await self.service.desks.keyring.unlock(
            self.organization.id, Recipient.RECOVERY, "", self.recovery
        )
        await self.service.desks.keyring.approve(
            team, signed_in.member.id, signed_in.member.public_key
        )
        self.service.desks.roster.forget()
        again = await signin.find(signed_in.token)
        assert again is not None
        return again

    async def report(self, report: Report = TEASING) -> WayIn:
        reporting = self.service.desks.reporting
        return await reporting.submit(
            reporting.new_token(), self.organization.id, self.school.id, "draft-0001", report
        )


async def open_district(service: Service, *, demo: bool = True) -> District:
    vault = SealedVault(token_bytes)
    recovery, id = vault.new_pair(), OrganizationId(new_id(token_bytes))
    code = f"C{id[:16].replace('_', 'x')}"
    organization = Organization(
        id,
        code.lower(),
        f"District {code}",
        "America/New_York",
        recovery_key=recovery.public,
        demo=demo,
    )
    school = School(SchoolId(new_id(token_bytes)), id, f"School {code}")
    directory = service.desks.directory
    await directory.add_organization(organization, *first_generation(vault, id, recovery.public))
    await directory.add_school(school)
    await directory.add_code(code, id, school.id)
    return District(service, organization, school, code, recovery)


def reporter_cookie(way_in: WayIn) -> str:
    return f"reporter={way_in.token.text}"


def member_cookie(signed_in: SignedIn) -> str:
    return f"responder={signed_in.token.text}"
