"""Every URL on one page."""

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from messenger.protocol.closing import Close
from messenger.web import accounts, api, attachments, console, health, journey, widget
from messenger.web.admission import Admission
from messenger.web.bodies import BODY_LIMIT, is_streamed
from messenger.web.call import BrokenOff, Call
from messenger.web.desks import desks_of
from messenger.web.errors import no_place
from messenger.web.ready import Ready
from messenger.web.socket import socket
from messenger.web.statics import FOLDER, Statics

SOCKET = "/ws"


class Front:
    """Where every connection comes in: sockets go straight to ours, what lies ready is sent, pages get the rest.

    Each layer that a sleeping socket passes through costs memory for as long as it sleeps.
    """

    def __init__(self, pages: ASGIApp, statics: Statics, admission: Admission) -> None:
        self._pages = pages
        self._statics = statics
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith("/health/"):
            await (self._ready(scope) or self._answer)(scope, receive, send)
        elif scope["type"] != "websocket":
            await self._pages(scope, receive, send)
        elif scope["path"] == SOCKET:
            await socket(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": Close.NOT_FOUND})

    def _ready(self, scope: Scope) -> Ready | None:
        path: str = scope["path"]
        if path.startswith(FOLDER):
            return self._statics.find(scope)
        # The script, at each address it was published at, and most statuses never get further.
        return desks_of(scope).shelf.find(scope) if path.startswith("/widget/") else None

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        admission, path = self._admission, scope["path"]
        call = Call(admission, scope, receive, send)
        # What comes slowly takes no place until it is there; what is too long for that, as it comes.
        has_come = is_streamed(scope) or await call.read_ahead(BODY_LIMIT)
        if not (has_come or call.is_cut):
            return  # They left.
        answer = self._pages
        if not (has_come and admission.has_place_for_request(path)):
            answer = no_place(Request(scope), admission.seconds_to_stay_away())
        with admission.inside():
            try:
                await answer(scope, call.receive, call.send)
            except BrokenOff:
                await call.break_off()


def routes() -> list[Route]:
    """Return the route table; the socket's address is `SOCKET`, and static files are in `Statics`."""
    return [
        Route("/", journey.show, methods=["GET"]),
        Route("/", journey.move, methods=["POST"]),
        Route("/c/{code}", journey.arrive, methods=["GET"]),
        Route("/history", journey.history, methods=["GET"]),
        Route("/leave", journey.leave, methods=["POST"]),
        Route("/lock", journey.lock, methods=["POST"]),
        *_attachments(""),
        Route("/console", console.queue, methods=["GET"]),
        Route("/console/rooms/{room}", console.room, methods=["GET"]),
        Route("/console/rooms/{room}", console.act, methods=["POST"]),
        Route("/console/rooms/{room}/newer", console.newer, methods=["GET"]),
        Route("/console/quarantine", console.quarantine, methods=["GET"]),
        Route("/console/duty", console.duty, methods=["POST"]),
        Route("/console/sign-in", accounts.sign_in_form, methods=["GET"]),
        Route("/console/sign-in", accounts.sign_in, methods=["POST"]),
        Route("/console/sign-out", accounts.sign_out, methods=["POST"]),
        Route("/console/join", accounts.join_page, methods=["GET"]),
        Route("/console/join", accounts.join, methods=["POST"]),
        Route("/console/second-factor", accounts.second_factor_page, methods=["GET"]),
        Route("/console/second-factor", accounts.second_factor, methods=["POST"]),
        Route("/console/waiting", accounts.waiting, methods=["GET"]),
        Route("/console/team", accounts.team, methods=["GET"]),
        Route("/console/team", accounts.change_team, methods=["POST"]),
        Route("/console/account", accounts.account, methods=["GET"]),
        Route("/console/account", accounts.change_account, methods=["POST"]),
        *_attachments("/console/rooms/{room}"),
        Route(
            "/console/rooms/{room}/attachments/{attachment}/break-glass",
            attachments.break_glass,
            methods=["POST"],
        ),
        Route("/api/organizations/{code}", api.organization, methods=["GET"]),
        Route("/api/tokens", api.token, methods=["POST"]),
        Route("/api/reports", api.report, methods=["POST"]),
        Route("/api/receipts/kept", api.keep, methods=["POST"]),
        Route("/api/return", api.come_back, methods=["POST"]),
        Route("/api/leave", api.leave, methods=["POST"]),
        Route("/frame/{code}", widget.frame, methods=["GET"]),
        Route("/widget/status/{code}", widget.status, methods=["GET"]),
        Route("/health/live", health.live, methods=["GET"]),
        Route("/health/ready", health.ready, methods=["GET"]),
        Route("/health/metrics", health.metrics, methods=["GET"]),
    ]


def _attachments(side: str) -> list[Route]:
    """What both sides may do with files."""
    every, one = f"{side}/attachments", f"{side}/attachments/{{attachment}}"
    return [
        Route(every, attachments.unfinished, methods=["GET"]),
        Route(every, attachments.announce, methods=["POST"]),
        Route(one, attachments.find, methods=["GET"]),
        Route(one, attachments.receive, methods=["PATCH"]),
        Route(one, attachments.cancel, methods=["DELETE"]),
        Route(f"{one}/finish", attachments.finish, methods=["POST"]),
        Route(f"{one}/content", attachments.content, methods=["GET"]),
        Route(f"{one}/preview", attachments.preview, methods=["GET"]),
    ]
