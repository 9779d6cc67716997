"""What was made safe still plays: every planted file, cleaned, in a real browser."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anyio
import pytest
from playwright.sync_api import Browser, Page

from messenger.media.cleaner import ProcessCleaner
from tests.media.drawing import PICTURES
from tests.media.filming import SECONDS, SOUNDS, VIDEOS
from tests.media.planting import plant
from tests.media.washing import Washed, wash

_PLAY = """async ({address, kind}) => {
  const media = document.createElement(kind)
  const until = (name) => new Promise((resolve, reject) => {
    media.addEventListener(name, resolve, {once: true})
    media.addEventListener("error", () => reject(media.error?.message ?? "error"), {once: true})
  })
  const loaded = until(kind === "img" ? "load" : "loadeddata")
  media.muted = true
  media.src = address
  document.body.append(media)
  await loaded
  if (kind === "img") return {width: media.naturalWidth, seconds: 0}
  const seconds = media.duration
  const sought = until("seeked")
  media.currentTime = seconds / 2
  await sought
  const ended = until("ended")
  await media.play()
  await ended
  return {width: media.videoWidth ?? 0, seconds}
}"""
"""Shows a picture, or plays the second half of a recording to its end."""


class Shelf(ThreadingHTTPServer):
    """Serves what was cleaned, by name, with ranges as players ask for."""

    def __init__(self, washed: dict[str, Washed]) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.washed = washed

    def address_of(self, name: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{name}"


class _Answer(BaseHTTPRequestHandler):
    server: Shelf

    def do_GET(self) -> None:
        file = self.server.washed.get(self.path[1:])
        content = file.content if file else b"<!doctype html><title>Shelf</title>"
        first, _, last = self.headers.get("Range", "bytes=0-")[6:].partition("-")
        start, end = int(first), int(last or len(content) - 1)
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Type", file.told.media_type if file else "text/html")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        self.send_header("Content-Length", str(end + 1 - start))
        self.end_headers()
        self.wfile.write(content[start : end + 1])

    def log_message(self, *values: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    folder = tmp_path_factory.mktemp("dirty")
    plant(folder, tmp_path_factory.mktemp("workshop"))
    with Shelf(
        washed_in_a_thread({path.name: path.read_bytes() for path in folder.iterdir()})
    ) as shelf:
        serving = Thread(target=shelf.serve_forever)
        serving.start()
        yield shelf
        shelf.shutdown()
        serving.join()


def washed_in_a_thread(files: dict[str, bytes]) -> dict[str, Washed]:
    """Clean them where Playwright's event loop is not in the way."""
    washed: dict[str, Washed] = {}

    async def wash_all() -> None:
        cleaner = ProcessCleaner()
        for name, content in files.items():
            washed[name] = await wash(cleaner, content)
        cleaner.close()

    thread = Thread(target=anyio.run, args=[wash_all])
    thread.start()
    thread.join()
    return washed


@pytest.fixture(scope="module")
def page(browser: Browser, shelf: Shelf) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(shelf.address_of(""))
    yield page
    page.close()


@pytest.mark.parametrize("name", PICTURES)
def test_a_clean_picture_is_shown(name: str, page: Page, shelf: Shelf) -> None:
    shown = page.evaluate(_PLAY, {"address": shelf.address_of(name), "kind": "img"})

    assert shown["width"] == shelf.washed[name].told.width


@pytest.mark.parametrize("name", [*VIDEOS, *SOUNDS])
def test_a_clean_recording_has_a_length_can_be_sought_and_plays_to_its_end(
    name: str, page: Page, shelf: Shelf
) -> None:
    kind = "video" if name in VIDEOS else "audio"

    played = page.evaluate(_PLAY, {"address": shelf.address_of(name), "kind": kind})

    assert abs(played["seconds"] - SECONDS) < 0.25
    assert played["width"] == shelf.washed[name].told.width
