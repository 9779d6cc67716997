"""Cookies as browsers send them, and as strangers do."""

from pathlib import Path
from time import process_time

import pytest

from messenger.web.identity import find_cookie
from tests.proofs.service import open_service

TOKEN = "Zm9v-_.YmFy"


@pytest.mark.parametrize(
    ("cookies", "value"),
    [
        (f"reporter={TOKEN}", TOKEN),
        (f"school=a.b; reporter={TOKEN}; left=", TOKEN),
        (f"school=a.b;reporter = {TOKEN} ;left=", TOKEN),
        (f"reporter=older; reporter={TOKEN}", TOKEN),
        ('reporter=""', ""),
        (f"__Host-reporter={TOKEN}; not-reporter={TOKEN}; school=reporter={TOKEN}", ""),
        ("reporter", ""),
        ("", ""),
    ],
)
def test_a_cookie_is_found_among_others(cookies: str, value: str) -> None:
    assert find_cookie(cookies, "reporter") == value


@pytest.mark.parametrize("path", ["/", "/console", "/attachments"])
@pytest.mark.parametrize(
    "cookies",
    ['reporter="' + '\\"' * 30_000 + '"', ";" * 60_000, "; " * 30_000, ";" + " " * 60_000],
    ids=["quoted", "empty", "blank", "one blank"],
)
async def test_no_cookies_keep_us_busy(tmp_path: Path, path: str, cookies: str) -> None:
    async with open_service(tmp_path) as service:
        await service.request("GET", path)
        began = process_time()

        await service.request("GET", path, cookies)

        assert process_time() - began < 1


async def test_no_cookies_of_a_socket_keep_us_busy(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        socket = service.connect('reporter="' + '\\"' * 30_000 + '"')
        began = process_time()

        socket.say({"t": "hello", "v": 1})
        await socket.closed()

        assert process_time() - began < 1
