"""Static files in memory: addresses that change with what they hold, and answers that may be kept."""

import gzip
import re
from pathlib import Path

import pytest
from starlette.types import Message

from messenger.web.ready import Ready
from messenger.web.statics import Statics

FILES = {
    "css/fonts.css": '@font-face { src: url("../fonts/sans.woff2") format("woff2") }',
    "fonts/sans.woff2": "a font",
    "js/pages/room.js": 'import { a,\n  b } from "../net/line.js"\nimport "./keys.js"\n' + "go(a, b)\n" * 99,
    "js/pages/keys.js": '/** @typedef {import("../net/frames.js").Frame} Frame */\nimport "../net/line.js"\n',
    "js/net/line.js": 'export const a = "./nothing.js"\n',
    "js/net/frames.js": "",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return tmp_path


def ask(statics: Statics, address: str, method: str = "GET") -> Ready | None:
    path, _, query = address.partition("?")
    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode()}
    return statics.find(scope)


async def receive() -> Message:
    return {"type": "http.request"}


def kept(ready: Ready | None) -> str:
    assert ready is not None
    return dict(ready.plain[0])[b"cache-control"].decode()


def test_a_file_may_be_kept_under_the_address_of_what_it_holds_alone(folder: Path) -> None:
    before = Statics(folder)
    address = before.address("js/net/line.js")
    (folder / "js/net/line.js").write_text("export const a = 2\n")
    after = Statics(folder)

    assert after.address("js/net/line.js") != address
    assert kept(ask(before, address)) == "public, max-age=31536000, immutable"
    # While some run the version before: it would lie under the new address for a year.
    for other in (address, "/static/js/net/line.js", address + "0"):
        assert kept(ask(after, other)) == "no-store"


def test_what_a_style_names_is_at_an_address_that_may_be_kept_too(folder: Path) -> None:
    before = Statics(folder)
    ready = ask(before, before.address("css/fonts.css"))
    assert ready is not None
    named = re.findall(r'url\("([^"]+)"\)', ready.plain[1].decode())
    (folder / "fonts/sans.woff2").write_text("another font")

    assert named == [before.address("fonts/sans.woff2")]
    assert Statics(folder).address("css/fonts.css") != before.address("css/fonts.css")


def test_modules_are_found_with_all_they_import(folder: Path) -> None:
    found = Statics(folder).modules("js/pages/room.js")

    assert found == ["js/pages/room.js", "js/net/line.js", "js/pages/keys.js"]


def test_what_gets_smaller_is_compressed(folder: Path) -> None:
    statics = Statics(folder)
    script, font = (
        ask(statics, statics.address(path)) for path in ("js/pages/room.js", "fonts/sans.woff2")
    )

    assert script is not None and font is not None
    headers, content = script.packed
    assert gzip.decompress(content) == FILES["js/pages/room.js"].encode()
    assert dict(headers)[b"content-encoding"] == b"gzip"
    assert dict(headers)[b"content-length"] == str(len(content)).encode()
    assert dict(script.plain[0])[b"vary"] == b"Accept-Encoding"
    assert font.packed == font.plain


@pytest.mark.parametrize(
    ("takes", "is_packed"),
    [
        (b"gzip, deflate, br", True),
        (b"br;q=1.0, GZIP;q=0.8, *;q=0", True),
        (b"gzip;q=0.001", True),
        (b"gzip;q=0", False),
        (b"gzip ; q=0.000, br", False),
        (b"br", False),
        (b"", False),
    ],
)
async def test_whoever_does_not_take_it_compressed_gets_it_as_it_is(
    folder: Path, takes: bytes, is_packed: bool
) -> None:
    statics, sent = Statics(folder), list[Message]()
    script = ask(statics, statics.address("js/pages/room.js"))
    assert script is not None

    async def send(message: Message) -> None:
        sent.append(message)

    await script({"method": "GET", "headers": [(b"accept-encoding", takes)]}, receive, send)

    assert (sent[1]["body"] == script.packed[1]) == is_packed


@pytest.mark.parametrize(
    "path", ["/static/", "/static/js", "/static/../pyproject.toml", "/static//css/fonts.css"]
)
def test_nothing_else_is_a_file(folder: Path, path: str) -> None:
    assert ask(Statics(folder), path) is None


def test_a_file_can_only_be_read(folder: Path) -> None:
    statics = Statics(folder)
    address = statics.address("css/fonts.css")

    assert ask(statics, address, "HEAD") is not None
    assert ask(statics, address, "POST") is None
