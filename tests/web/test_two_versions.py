"""Pages and forms of one version, and a server or a database of another."""

import shutil
import sqlite3
from contextlib import closing
from gettext import NullTranslations
from pathlib import Path

import pytest

from messenger.app import HERE
from messenger.web.pages import Pages
from messenger.web.statics import Statics
from tests.proofs.service import member_cookie, open_district, open_service, reporter_cookie
from tests.web.test_destination import hidden


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"sealed": b"\x02".ljust(300)},
            (
                "be opened right now. Everything else is here.",
                "be opened. Tell the person who runs this",
            ),
        ),
        ({"kind": "renamed", "sealed": b""}, ("The team changed", "Something changed here.")),
    ],
)
async def test_both_sides_see_what_was_said_beside_what_this_version_can_not_show(
    tmp_path: Path, change: dict[str, object], said: tuple[str, str]
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        way_in, member = await district.report(), await district.member()
        here, _ = await service.desks.chat.enter(way_in.reporter, way_in.reporter.room)
        for number in (2, 3):
            await service.desks.chat.say(here, f"said-{number:04}", f"Line {number}.")
        with closing(sqlite3.connect(tmp_path / "messenger.db", timeout=10)) as database, database:
            names = ", ".join(f"{name} = ?" for name in change)
            database.execute(f"UPDATE event SET {names} WHERE seq = 2", [*change.values()])

        console = f"/console/rooms/{way_in.reporter.room}"
        sides = {"/": reporter_cookie(way_in), console: member_cookie(member)}
        for (path, cookie), words in zip(sides.items(), said, strict=True):
            page = await service.request("GET", path, cookie)
            assert page.status_code == 200
            lines = page.text.partition('data-slot="list"')[2].partition("</ol>")[0]
            assert "Line 3." in lines and "Line 2." not in lines
            assert words in lines


async def test_a_console_hears_of_which_edition_the_pages_are_now(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookie = member_cookie(await district.member())
        page = await service.request("GET", "/console", cookie)
        socket = service.connect(cookie)
        socket.say({"t": "hello", "v": 1, "queue": True})
        told = await socket.until("queue")

    assert f'data-edition="{told["edition"]}"' in page.text


@pytest.mark.parametrize("changed", ["static/css/base.css", "templates/base.html"])
def test_another_edition_is_one_in_which_any_file_or_template_is_another(
    tmp_path: Path, changed: str
) -> None:
    for folder in ("static", "templates"):
        shutil.copytree(HERE / folder, tmp_path / folder)

    before = edition(tmp_path)
    again = edition(tmp_path)
    with (tmp_path / changed).open("a") as file:
        file.write(" ")

    assert before == again != edition(tmp_path)


def edition(root: Path) -> str:
    return Pages(root / "templates", Statics(root / "static"), NullTranslations()).edition


@pytest.mark.parametrize("asked", [{"do": "send_all"}, {"go": "map"}])
async def test_what_only_the_page_of_another_version_asks_for_loses_nothing_that_was_typed_in_it(
    tmp_path: Path, asked: dict[str, str]
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        way_in = await district.report()
        cookie = reporter_cookie(way_in)
        before = await service.request("POST", "/", cookie, data={"go": "report"})
        to = hidden(before)["to"]

        report = await service.request(
            "POST", "/", data=asked | {"what": "He has a knife.", "where": "Bus 12", "to": to}
        )
        message = await service.request("POST", "/", cookie, data=asked | {"body": "In the gym."})
        nothing = await service.request("POST", "/", data=asked)

    assert (report.status_code, message.status_code, nothing.status_code) == (404, 404, 404)
    assert "\nHe has a knife.</textarea>" in report.text and 'value="Bus 12"' in report.text
    assert "In the gym.</textarea>" in message.text
    for page in (report, message):
        assert "That could not be done just now. Try it again." in page.text


async def test_what_it_asks_for_in_a_conversation_that_is_over_leads_to_the_six_words_with_it(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        cookie = reporter_cookie(await district.report())
        other = {"do": "shout", "body": "In the gym.", "room": "another", "csrf": ""}

        elsewhere = await service.request("POST", "/", cookie, data=other)

    assert 'name="words"' in elsewhere.text
    assert hidden(elsewhere)["body"] == "In the gym."
