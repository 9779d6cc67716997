"""An act leads back to `/`; a script is given what stands there in the same answer.

A browser goes there by itself, so that a page loaded again does not act again. A script has no page to load
again, and over a slow line each way there and back is half a second in which nothing seems to happen.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOME = "/"


class Onward:
    """Answers a script with the page that its act leads to."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_act_of_a_script(scope):
            await self._app(scope, receive, send)
            return
        led: list[Headers] = []

        async def send_or_keep(message: Message) -> None:
            if message["type"] == "http.response.start" and _leads_home(message):
                led.append(Headers(raw=message["headers"]))
            if not led:
                await send(message)

        await self._app(scope, receive, send_or_keep)
        if not led:
            return
        given = led[0].getlist("set-cookie")

        async def send_with_cookies(message: Message) -> None:
            if message["type"] == "http.response.start":
                first = [(b"set-cookie", cookie.encode("latin-1")) for cookie in given]
                message["headers"] = [*first, *message["headers"]]
            await send(message)

        await self._app(_to_home(scope, given), receive, send_with_cookies)


def _is_act_of_a_script(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and (scope["method"], scope["path"]) == ("POST", HOME)
        and Headers(scope=scope).get("sec-fetch-dest") == "empty"
    )


def _leads_home(message: Message) -> bool:
    return message["status"] == 303 and Headers(raw=message["headers"]).get("location") == HOME


def _to_home(scope: Scope, given: list[str]) -> Scope:
    """What the browser would ask next, with the cookies it would have been `given`.

    Each is passed on as it was written: taken apart and put together again, one could become two.
    """
    headers = MutableHeaders(raw=list(scope["headers"]))
    for name in ("content-type", "content-length", "transfer-encoding"):
        del headers[name]
    now = [cookie.partition(";")[0] for cookie in given]
    replaced = {_name(cookie) for cookie in now}
    held = [cookie.strip() for line in headers.getlist("cookie") for cookie in line.split(";")]
    headers["cookie"] = "; ".join([*(each for each in held if _name(each) not in replaced), *now])
    return {**scope, "method": "GET", "headers": headers.raw}


def _name(cookie: str) -> str:
    return cookie.partition("=")[0].strip()
