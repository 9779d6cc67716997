"""What pages of other sites fetch: the widget's script and its status, the same for every visitor.

The script is ready in memory, and so is a status for half a minute: a popular school page costs next
to nothing here. No cookie is read or set, and nothing depends on who asks.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.types import Scope

from messenger.ports.world import Clock
from messenger.web.headers import BARE, SECURE
from messenger.web.loaders import NEWEST, Loader
from messenger.web.ready import Ready, ready

STATUS_AGE = timedelta(seconds=30)
"""Half of what a status may be old: the other half it may lie in a browser or a proxy."""
_MOST = 10_000
"""Statuses remembered at a time. Codes are few, but anybody may write one in capitals or not."""
_LONGEST = 200
"""Characters of a path whose status is remembered. Blanks around a code don't count, and have no end."""
_PINNED, _NEWEST = "public, max-age=31536000, immutable", "public, max-age=3600"
# A pinned script is fetched by CORS, and a status is read by it.
_OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


class Shelf:
    """Answers that lie ready. Whoever finds one takes no place of those who wait for the database."""

    def __init__(self, loaders: Sequence[Loader], clock: Clock, *, is_https: bool) -> None:
        self._always = {**BARE, **(SECURE if is_https else {}), **_OPEN_TO_ALL}
        self._clock = clock
        self._scripts = {each.path: self._script(each, _PINNED) for each in loaders}
        self._scripts[NEWEST] = self._script(loaders[0], _NEWEST)
        self._statuses: dict[str, tuple[datetime, Ready]] = {}

    def find(self, scope: Scope) -> Ready | None:
        """Return the answer, if there is one and it still holds."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        path = scope["path"]
        known = self._statuses.get(path)
        if known is None:
            return self._scripts.get(path)
        since, answer = known
        # Since later than now: then the clock was put back, and who knows how old it is.
        return answer if timedelta() <= self._clock() - since < STATUS_AGE else None

    def put_status(self, path: str, content: bytes) -> Ready:
        """Keep a status for whoever comes next."""
        if len(self._statuses) >= _MOST:
            self._statuses.clear()
        cache = f"public, max-age={STATUS_AGE.seconds}"
        answer = self._ready(content, "application/json", cache)
        if len(path) <= _LONGEST:
            self._statuses[path] = self._clock(), answer
        return answer

    def _script(self, loader: Loader, cache: str) -> Ready:
        return self._ready(loader.content, "text/javascript; charset=utf-8", cache)

    def _ready(self, content: bytes, kind: str, cache: str) -> Ready:
        return ready(content, {**self._always, "Content-Type": kind, "Cache-Control": cache})
