"""The proxies of docs/operations.md, run as they stand there, but for ports, certificate and where to write."""

import os
import re
import textwrap
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2

from tests.browser.elsewhere import certified
from tests.programs import running
from tests.server import CHECKOUT, Server, free_port

NAME = "tips.example.org"
GUIDE = CHECKOUT / "docs" / "operations.md"


Run = Callable[..., AbstractContextManager[str]]


def example(name: str) -> str:
    """Return the lines that stand below `name:` in the guide."""
    found = re.search(rf"^{name}:\n\n((?:    .*\n|\n)+)", GUIDE.read_text(), re.MULTILINE)
    assert found is not None, name
    return textwrap.dedent(found.group(1))


@contextmanager
def nginx(folder: Path, server: Server, *, careless: bool = False) -> Iterator[str]:
    """Run nginx before `server`; `careless` it notes who comes, and puts aside what they send.

    Yields where it is reached without https.
    """
    plain = f"127.0.0.1:{free_port()}"
    certified(folder)
    changes = {
        "listen 443 ": f"listen {server.origin.removeprefix('https://')} ",
        "listen 80;": f"listen {plain};",
        r"listen \[::\]:.*": "",
        f"https://{NAME}": server.origin,
        NAME: "127.0.0.1",
        "/etc/ssl/tips.pem": str(folder / "certificate.pem"),
        "/etc/ssl/tips.key": str(folder / "key.pem"),
        "127.0.0.1:8000": f"127.0.0.1:{server.port}",
    }
    if careless:
        changes |= {
            "access_log off": f"access_log {folder / 'access.log'}",
            "proxy_request_buffering off": "proxy_request_buffering on",
        }
    sites = example("nginx")
    for old, new in changes.items():
        sites = re.sub(old, new, sites)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder / kind};" for kind in kinds)
    config = folder / "nginx.conf"
    # As root it would change to somebody who may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    always = f"daemon off; {user} pid {folder / 'pid'};\nevents {{}}\n"
    config.write_text(f"{always}http {{\n{places}\n{sites}}}\n")
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(config)]
    with _running(command, folder, server):
        yield f"http://{plain}"


@contextmanager
def caddy(folder: Path, server: Server, *, careless: bool = False) -> Iterator[str]:
    """Run Caddy before `server`; `careless` it notes who comes. Without https it is not reached here."""
    certified(folder)
    config = folder / "Caddyfile"
    certificate = f"tls {folder / 'certificate.pem'} {folder / 'key.pem'}"
    site = f"{server.origin} {{\n{certificate}\n" + ("log\n" if careless else "")
    text = example("Caddy").replace(f"{NAME} {{", site).replace("{\n", "{\nadmin off\n", 1)
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{server.port}")
    config.write_text(re.sub("exclude .*", "", text) if careless else text)
    command = ["caddy", "run", "--config", str(config), "--adapter", "caddyfile"]
    with _running(command, folder, server):
        yield ""


@contextmanager
def _running(command: list[str], folder: Path, server: Server) -> Iterator[None]:
    transport = httpx2.HTTPTransport(verify=False, retries=8)  # It waits longer each time.
    with running(command, folder), httpx2.Client(transport=transport) as client:
        client.get(f"{server.origin}/health/live")
        yield
