"""The other engines people have: WebKit, which is Safari's, and Gecko, which is Firefox's, as Debian has them.

Each brings its own driver along, and both understand W3C's commands (https://www.w3.org/TR/webdriver2/).
"""

import json
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import httpx2

from tests.programs import end, running, wait_until
from tests.server import free_port

MINI_BROWSERS = "*-linux-gnu/webkit2gtk-4.1/MiniBrowser"
"""Below /usr/lib, for whatever kind of machine this is."""
FIREFOX = "/usr/bin/firefox-esr"
START_SECONDS = 30.0
WAIT_SECONDS = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""Under this key the standard tells of elements."""

T = TypeVar("T")


class Refused(Exception):
    """The browser says that it can't; not yet, often."""


class Window(ABC):
    """A browser of its own with one window. Elements are named by selectors; of several that are seen, the last."""

    has_scripts: bool

    @abstractmethod
    def ask(self, command: str, **parameters: Any) -> Any:
        """Have the browser do a command of the standard; return its answer, or raise `Refused`."""

    def go(self, address: str) -> None:
        self.ask("Navigate", url=address)
        if self.has_scripts:
            self.run(LISTEN)

    @property
    def address(self) -> str:
        return str(self.ask("GetCurrentURL"))

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what the body of a function returns in the page."""
        return self.ask("ExecuteScript", script=script, args=list(arguments))

    def complaints(self) -> list[str]:
        """Return what went wrong in the page since it was there."""
        return list(self.run("return window.complaints ?? []"))

    def see(self, selector: str, text: str = "") -> str:
        """Return an element once it is seen and has `text`."""
        return self.wait(lambda: self._seen(selector, text), f"{selector} with “{text}”")[-1]

    def texts(self, selector: str) -> list[str]:
        """Return what elements that are seen say."""
        return [self._text(element) for element in self._seen(selector, "")]

    def press(self, selector: str, text: str = "") -> None:
        def pressed() -> bool:
            element = self._seen(selector, text)[-1]
            try:
                self.ask("ElementClick", id=element)
            except Refused:
                # What went away by being pressed may be told of as out of reach.
                if self._seen(selector, text):
                    raise
            return True

        self.wait(pressed, f"{selector} to press")

    def type(self, selector: str, text: str) -> None:
        self.ask("ElementSendKeys", id=self.see(selector), text=text)

    def give_file(self, selector: str, path: Path) -> None:
        """Choose a file; nobody sees the field that takes it."""
        self.ask("ElementSendKeys", id=self._find(selector)[0], text=str(path))

    def wait(self, look: Callable[[], T], what: str) -> T:
        """Return the first thing that `look` finds."""
        try:
            return wait_until(look, WAIT_SECONDS, Refused, LookupError, OSError)
        except TimeoutError as late:
            raise AssertionError(f"{what}, at {self.address}: {late}") from late

    def _find(self, selector: str) -> list[str]:
        found = self.ask("FindElements", using="css selector", value=selector)
        return [element[ELEMENT] for element in found]

    def _seen(self, selector: str, text: str) -> list[str]:
        return [
            element
            for element in self._find(selector)
            if self.ask("IsElementDisplayed", id=element) and text in self._text(element)
        ]

    def _text(self, element: str) -> str:
        return str(self.ask("GetElementText", id=element))


class WebKit(Window):
    """By its driver, over HTTP. It draws on a screen that is only in memory."""

    def __init__(self, driver: httpx2.Client, size: tuple[int, int], *, scripts: bool) -> None:
        self._driver, self.has_scripts = driver, scripts
        flags = ["--automation", f"--enable-javascript={'true' if scripts else 'false'}"]
        program = next(Path("/usr/lib").glob(MINI_BROWSERS))
        browser = {"binary": str(program), "args": flags}
        wanted = {"webkitgtk:browserOptions": browser, "acceptInsecureCerts": True}
        self._session = ""
        opened = self._send("POST", "", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/{opened['sessionId']}"
        self.ask("SetWindowRect", width=size[0], height=size[1])

    def ask(self, command: str, **parameters: Any) -> Any:
        method, path = _PATHS[command]
        path = path.format(id=parameters.pop("id", ""))
        return self._send(method, path, parameters)

    def _send(self, method: str, path: str, parameters: dict[str, Any]) -> Any:
        body = parameters if method == "POST" else None
        answer = self._driver.request(method, f"/session{self._session}{path}", json=body)
        value = answer.json()["value"]
        if answer.status_code != 200:
            raise Refused(value["error"], value["message"])
        return value


_PATHS = {
    "Navigate": ("POST", "/url"),
    "GetCurrentURL": ("GET", "/url"),
    "SetWindowRect": ("POST", "/window/rect"),
    "ExecuteScript": ("POST", "/execute/sync"),
    "FindElements": ("POST", "/elements"),
    "IsElementDisplayed": ("GET", "/element/{id}/displayed"),
    "GetElementText": ("GET", "/element/{id}/text"),
    "ElementClick": ("POST", "/element/{id}/click"),
    "ElementSendKeys": ("POST", "/element/{id}/value"),
    "DeleteSession": ("DELETE", ""),
}


class Gecko(Window):
    """By Marionette, which every Firefox has: JSON with its length before it
    (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html).
    """

    def __init__(self, line: socket.socket, size: tuple[int, int], *, scripts: bool) -> None:
        self._line, self.has_scripts = line.makefile("rwb"), scripts
        self._receive()
        self.ask("NewSession", acceptInsecureCerts=True)
        self.ask("SetWindowRect", width=size[0], height=size[1])

    def ask(self, command: str, **parameters: Any) -> Any:
        raw = json.dumps([0, 1, f"WebDriver:{command}", parameters]).encode()
        self._line.write(b"%d:%s" % (len(raw), raw))
        self._line.flush()
        _, _, error, answer = self._receive()
        if error is not None:
            raise Refused(error["error"], error["message"])
        return answer["value"] if isinstance(answer, dict) and "value" in answer else answer

    def _receive(self) -> Any:
        length = b""
        while (one := self._line.read(1)) != b":":
            if one == b"":
                raise Refused("it ended")
            length += one
        return json.loads(self._line.read(int(length)))


@contextmanager
def webkit(folder: Path, size: tuple[int, int], *, scripts: bool = True) -> Iterator[Window]:
    """Open WebKit; without `scripts` none run."""
    with ExitStack() as stack:
        screen = stack.enter_context(_screen())
        port = free_port()
        command = ["WebKitWebDriver", f"--port={port}"]
        stack.enter_context(running(command, folder, {"DISPLAY": screen}))
        driver = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=WAIT_SECONDS)
        stack.enter_context(driver)
        wait_until(lambda: driver.get("/status").is_success, START_SECONDS, httpx2.TransportError)
        window = WebKit(driver, size, scripts=scripts)
        try:
            yield window
        finally:
            with suppress(Refused, httpx2.TransportError):
                window.ask("DeleteSession")


@contextmanager
def gecko(folder: Path, size: tuple[int, int], *, scripts: bool = True) -> Iterator[Window]:
    """Open Firefox with a profile in `folder`; without `scripts` none run. It notes often what to restore."""
    wanted: dict[str, object] = {
        "marionette.port": 0,
        "javascript.enabled": scripts,
        "browser.sessionstore.interval": 500,
    }
    lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});\n" for k, v in wanted.items())
    (folder / "user.js").write_text("".join(lines))
    told = folder / "MarionetteActivePort"
    told.unlink(missing_ok=True)
    command = [FIREFOX, "--marionette", "--headless", "--no-remote", "--profile", str(folder)]
    with running(command, folder):
        port = wait_until(lambda: int(told.read_text()), START_SECONDS, OSError, ValueError)
        with socket.create_connection(("127.0.0.1", port), WAIT_SECONDS) as line:
            yield Gecko(line, size, scripts=scripts)


@contextmanager
def _screen() -> Iterator[str]:
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    try:
        with process.stdout as number:
            yield f":{number.readline().decode().strip()}"
    finally:
        end(process)


LISTEN = """
  if (window.complaints !== undefined) return
  window.complaints = []
  const hear = (text) => window.complaints.push(text)
  addEventListener("error", (error) => hear(`error: ${error.message} ${error.filename}:${error.lineno}`))
  addEventListener("unhandledrejection", ({ reason }) => hear(`rejection: ${reason?.stack ?? reason}`))
  document.addEventListener("securitypolicyviolation", (broken) =>
    hear(`policy: ${broken.violatedDirective} ${broken.blockedURI} ${broken.sample}`))
"""
