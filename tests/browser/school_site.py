"""A school's own site: pages of somebody else, on another origin and another site than ours."""

import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

PAGE = """<!doctype html><html lang="en" dir="{direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Lincoln High</title></head>
<body><main><h1>Lincoln High</h1><p>Lunch is at noon.</p>{snippet}</main></body></html>"""


@dataclass
class SchoolSite:
    """Serves the pages it is given, by any name of this machine: by https, if it has a certificate."""

    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    certificate: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        if self.certificate is not None:
            socket = self._server.socket
            self._server.socket = self.certificate.wrap_socket(socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        return self.origin_of("lincoln.localhost")

    def origin_of(self, name: str) -> str:
        """Return its origin by another name: browsers take every *.localhost to this machine."""
        return f"http://{name}:{self.port}"

    def put(
        self, snippet: str, path: str = "/", *, policy: str = "", direction: str = "ltr"
    ) -> str:
        """Publish a page with a snippet on it; return its address."""
        headers = {"Content-Security-Policy": policy} if policy else {}
        self.pages[path] = PAGE.format(snippet=snippet, direction=direction), headers
        return f"{self.origin}{path}"

    def put_redirect(self, path: str, to: str) -> None:
        """Lead from there to another address."""
        self.pages[path] = "", {"Location": to}

    def put_script(self, path: str, code: str) -> None:
        """Publish a script as it is."""
        self.pages[path] = code, {"Content-Type": "text/javascript"}


def _handler_for(site: SchoolSite) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            page, headers = site.pages.get(self.path.partition("?")[0], ("", {}))
            content = page.encode()
            self.send_response(302 if "Location" in headers else 200 if page else 404)
            always = {"Content-Type": "text/html; charset=utf-8", "Connection": "close"}
            for name, value in {**always, **headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Who asks is of no interest."""

    return Handler
