"""Messenger with its traces left in, to prove that the search would find them.

Pages may be kept by the cache, fields by the browser, a script keeps notes, and leaving clears nothing.
"""

from collections.abc import Mapping

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse

from messenger import app
from messenger.__main__ import main
from messenger.web.middleware import SecurityHeaders
from messenger.web.pages import Pages
from tests.swapping import swap

NOTE = """<script nonce="NONCE">
const note = () => localStorage.setItem(Date.now(), document.body.innerText)
document.addEventListener("page-shown", note)
note()
</script>"""


class KeepingHeaders(SecurityHeaders):
    """The policy, without what keeps words off the disk."""

    def _add(self, headers: MutableHeaders, nonce: str, path: str) -> None:
        super()._add(headers, nonce, path)
        headers["Cache-Control"] = "private, max-age=600"
        del headers["Clear-Site-Data"]


class KeepingPages(Pages):
    """The pages, with fields that a browser remembers."""

    def render(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        page = super().render(request, template, context, status)
        html = bytes(page.body).replace(b'autocomplete="off"', b"")
        script = NOTE.replace("NONCE", request.scope["nonce"]).encode()
        return HTMLResponse(html.replace(b"</body>", script + b"</body>"), status)


if __name__ == "__main__":
    swap(app, SecurityHeaders=KeepingHeaders, Pages=KeepingPages)
    main()
