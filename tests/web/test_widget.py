"""What the pages of schools fetch: one script and one status for everybody, from memory."""

import gzip
import json
import re
from base64 import b64encode
from hashlib import sha384
from pathlib import Path

import httpx2
import pytest

from messenger.app import HERE
from messenger.web.loaders import NEWEST, Loader, current_loader, published_loaders
from messenger.web.shelf import STATUS_AGE, Shelf
from tests.clocks import StoppedClock
from tests.proofs.service import Service, open_district, open_service

CURRENT = current_loader(HERE / "static")
DOCUMENT = HERE / "docs" / "widget.md"


async def ask(service: Service, path: str, **headers: str) -> httpx2.Response:
    return await service.request("GET", path, headers=headers)


# The script


def test_the_script_is_small() -> None:
    assert len(CURRENT.content) < 8 * 1024
    assert len(gzip.compress(CURRENT.content, 9)) < 4 * 1024
    assert f"The script has {len(CURRENT.content):,} bytes" in DOCUMENT.read_text()


def test_the_script_is_pinned_by_the_hash_of_what_is_sent() -> None:
    digest = sha384(CURRENT.content).digest()

    assert CURRENT.integrity == f"sha384-{b64encode(digest).decode()}"
    assert CURRENT.path == f"/widget/loader-{digest.hex()[:12]}.js"


def test_every_version_that_was_published_is_still_served() -> None:
    published = re.findall(r"`(/widget/loader-\w+\.js)` \| `(sha384-[^`]+)`", DOCUMENT.read_text())

    served = [(loader.path, loader.integrity) for loader in published_loaders(HERE / "static")]

    assert published == served


async def test_the_script_comes_compressed_or_not_and_is_kept(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        pinned = await ask(service, CURRENT.path, **{"accept-encoding": "gzip, br"})
        plain = await ask(service, CURRENT.path, **{"accept-encoding": "identity"})
        newest = await ask(service, NEWEST)
        head = await service.request("HEAD", CURRENT.path)

    assert pinned.content == plain.content == newest.content == CURRENT.content
    assert pinned.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert pinned.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert newest.headers["cache-control"] == "public, max-age=3600"
    assert pinned.headers["content-type"] == "text/javascript; charset=utf-8"
    assert head.content == b""


async def test_a_version_that_never_was_is_not_there_and_nothing_else_is_done_there(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        assert (await ask(service, "/widget/loader-000000000000.js")).status_code == 404
        assert (await ask(service, "/widget/../secrets.json")).status_code == 404
        assert (await service.request("POST", CURRENT.path)).status_code == 404


def test_versions_of_before_are_found_beside_the_current_one(tmp_path: Path) -> None:
    kept = tmp_path / "widget" / "kept"
    kept.mkdir(parents=True)
    (tmp_path / "widget" / "loader.js").write_text("new")
    (kept / "0.1.js").write_text("old")

    assert published_loaders(tmp_path) == [Loader(b"new"), Loader(b"old")]


# The status


async def test_the_status_says_who_is_there_and_asks_once_for_everybody(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        path = f"/widget/status/{district.code}"
        first = await ask(service, path)
        found = service.desks.shelf.find({"method": "GET", "path": path})

        again = await ask(service, path, cookie="reporter=x", origin="https://a.example.org")

    assert first.json() == {"here": False, "text": ""}
    assert first.headers["cache-control"] == f"public, max-age={STATUS_AGE.seconds}"
    assert found is not None
    assert again.content == first.content
    assert "set-cookie" not in again.headers


async def test_a_frame_stands_on_the_pages_of_its_organizations_own_origins_alone(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        ours, theirs = await open_district(service), await open_district(service)
        origin = "https://lincoln.example.org"
        await service.desks.directory.add_frame_origin(ours.organization.id, origin)
        service.desks.roster.forget()
        framed, of_others = [await ask(service, f"/frame/{each.code}") for each in (ours, theirs)]
        in_a_tab = await ask(service, f"/frame/{ours.code}", **{"sec-fetch-dest": "document"})
        nowhere = await ask(service, "/frame/NOWHERE")

    assert f"frame-ancestors {origin};" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none';" in of_others.headers["content-security-policy"]
    assert framed.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "set-cookie" not in framed.headers
    assert (in_a_tab.status_code, in_a_tab.headers["location"]) == (303, f"/c/{ours.code}")
    assert nowhere.status_code == 404


async def test_a_code_that_leads_nowhere_has_no_status_and_takes_no_memory(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        path = "/widget/status/NOWHERE"
        answer = await ask(service, path)
        found = service.desks.shelf.find({"method": "GET", "path": path})

    assert answer.status_code == 404
    assert found is None


def test_a_status_holds_for_half_a_minute() -> None:
    clock = StoppedClock()
    shelf = Shelf([Loader(b"x")], clock, is_https=True)
    asked = {"method": "GET", "path": "/widget/status/A"}

    shelf.put_status("/widget/status/A", json.dumps({"here": True}).encode())

    assert shelf.find(asked) is not None
    clock.pass_by(seconds=STATUS_AGE.seconds - 1)
    assert shelf.find(asked) is not None
    clock.pass_by(seconds=1)
    assert shelf.find(asked) is None


def test_a_status_does_not_outlast_a_clock_that_is_put_back() -> None:
    clock = StoppedClock()
    shelf = Shelf([Loader(b"x")], clock, is_https=True)
    path = "/widget/status/A"
    shelf.put_status(path, json.dumps({"here": True}).encode())

    clock.pass_by(seconds=-3600)

    assert shelf.find({"method": "GET", "path": path}) is None


def test_a_code_with_blanks_without_end_is_answered_and_not_remembered() -> None:
    shelf = Shelf([Loader(b"x")], StoppedClock(), is_https=True)
    path = "/widget/status/" + " " * 20_000 + "A"

    shelf.put_status(path, b"{}")

    assert shelf.find({"method": "GET", "path": path}) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_only_reading_is_answered_from_memory(method: str) -> None:
    shelf = Shelf([Loader(b"x")], StoppedClock(), is_https=True)

    assert shelf.find({"method": method, "path": NEWEST}) is None
