"""While many come, a page solves its puzzle beside the typing, and nobody who reports notices."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.browser.people import Crowd, Reporter
from tests.browser.seeding import seed
from tests.crowds import come_in_crowds
from tests.server import Server

pytestmark = pytest.mark.slow


@pytest.fixture
def small_town(browser: Browser, tmp_path: Path) -> Iterator[Crowd]:
    server = Server(tmp_path, program="tests.crowds")
    seeded = seed(server.data)
    with server:
        crowd = Crowd(browser, server, seeded)
        yield crowd
        crowd.close()
    assert crowd.problems == []


def report_as_a_program(crowd: Crowd, work: str) -> int:
    with httpx2.Client(base_url=crowd.server.origin, timeout=20) as client:
        token = client.post("/api/tokens", json={}).json()["token"]
        body = {"token": token, "code": "LINCOLN", "id": "report-0001", "what": "A knife."}
        return client.post("/api/reports", json=body | {"work": work}).status_code


def worked(mia: Reporter) -> str:
    """Wait until her page has done its work."""
    field = mia.page.locator("input[name=work]")
    expect(field).not_to_have_value("")
    return field.input_value()


def test_a_report_is_typed_while_the_page_works_and_the_work_is_taken(small_town: Crowd) -> None:
    come_in_crowds(small_town.server.origin)
    mia, noa = small_town.reporter(), small_town.reporter()
    for reporter in (mia, noa):
        reporter.arrive()
        reporter.fill_report("")
        reporter.page.locator("[name=what]").press_sequentially("They call her names.")

    hers, unsent = worked(mia), worked(noa)
    mia.do("send_report")

    assert len(mia.words()) == 6
    assert report_as_a_program(small_town, hers) == 429, "It was taken with her report."
    assert report_as_a_program(small_town, unsent) == 201, "It is what a program would have to do."


def test_talking_has_it_too_and_calm_has_none(small_town: Crowd) -> None:
    mia = small_town.reporter()
    mia.arrive()
    mia.go("talk")
    expect(mia.page.locator("input[name=work]")).to_have_count(0)

    come_in_crowds(small_town.server.origin)
    mia.arrive()
    mia.go("talk")
    work = worked(mia)
    mia.page.fill("[name=what]", "Hi")
    mia.do("send_talk")

    mia.wait_until_live()
    assert report_as_a_program(small_town, work) == 429


@pytest.mark.parametrize("scripts", [True, False])
def test_whoever_sends_before_it_is_solved_or_without_scripts_reports_all_the_same(
    small_town: Crowd, *, scripts: bool
) -> None:
    come_in_crowds(small_town.server.origin)
    mia = small_town.reporter(java_script_enabled=scripts)
    mia.arrive()
    mia.fill_report()
    if scripts:
        mia.page.locator("input[name=work]").evaluate("field => field.remove()")

    mia.do("send_report")

    assert len(mia.words()) == 6
