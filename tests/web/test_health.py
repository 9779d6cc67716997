"""What a monitor is told: whether it works, and figures for who shows the token."""

from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import cast

import httpx2
import pytest

from messenger.domain.errors import StoreDown
from messenger.domain.people import Organization
from messenger.ports.live import Hearing
from messenger.ports.storage import Directory
from messenger.storage import writer
from messenger.storage.writer import REFUSES_FOR
from messenger.web.pulse import Pulse
from tests.clocks import StoppedClock
from tests.disks import full_disk
from tests.proofs.service import Service, open_district, open_service, reporter_cookie

TOKEN = "0123456789abcdef01234567"
KEY = {"authorization": f"Bearer {TOKEN}"}


async def test_figures_are_for_who_shows_the_token(tmp_path: Path) -> None:
    async with open_service(tmp_path, metrics_token=TOKEN) as service:
        for headers in ({}, {"authorization": TOKEN}, {"authorization": f"Bearer {TOKEN}x"}):
            answer = await service.request("GET", "/health/metrics", headers=headers)
            assert answer.status_code == 404
            assert "messenger_" not in answer.text
        answer = await service.request("GET", "/health/metrics", headers=KEY)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["cache-control"] == "no-store"
    assert "messenger_redis_up 1.0" in answer.text


@pytest.mark.parametrize("shown", ["", "Bearer ", "Bearer x"])
async def test_without_a_token_there_are_none(tmp_path: Path, shown: str) -> None:
    async with open_service(tmp_path) as service:
        headers = {"authorization": shown}
        answer = await service.request("GET", "/health/metrics", headers=headers)
    assert answer.status_code == 404


async def test_sockets_are_counted_by_role_and_nobody_is_named(tmp_path: Path) -> None:
    async with open_service(tmp_path, metrics_token=TOKEN) as service:
        district = await open_district(service)
        way_in = await district.report()
        socket = service.connect(reporter_cookie(way_in))
        socket.say({"t": "hello", "v": 1})
        await socket.until("welcome")

        told = (await service.request("GET", "/health/metrics", headers=KEY)).text

    assert 'messenger_sockets{role="reporter"} 1.0' in told
    assert 'messenger_sockets{role="team"} 0.0' in told
    for name in (district.organization.id, district.organization.slug, way_in.reporter.room):
        assert name not in told


async def test_what_others_say_may_come_late_and_it_is_ready_all_the_same(tmp_path: Path) -> None:
    async with open_service(tmp_path, metrics_token=TOKEN) as service:
        assert (await ready(service)).text == "ok\n"
        deaf = Hearing(is_connected=False, is_sure=False, others=1, readings=7)
        service.state["desks"] = replace(service.desks, hearing=lambda: deaf)
        answer = await ready(service)
        told = (await service.request("GET", "/health/metrics", headers=KEY)).text

    assert answer.status_code == 200
    assert "Redis does not answer" in answer.text
    for line in ("redis_up 0.0", "in_doubt 1.0", "other_workers 1.0", "readings_total 7.0"):
        assert f"messenger_{line}" in told


async def test_a_full_disk_is_told_until_a_while_after_it_was_last_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_service(tmp_path, metrics_token=TOKEN) as service:
        district = await open_district(service)
        with full_disk():
            with pytest.raises(StoreDown):
                await district.report()
            answer = await ready(service)
            figures = (await service.request("GET", "/health/metrics", headers=KEY)).text
        monkeypatch.setattr(writer, "monotonic", lambda: monotonic() + REFUSES_FOR)
        later = await ready(service)

    assert (answer.status_code, answer.text) == (503, "nothing can be saved: is the disk full?\n")
    assert "messenger_saving 0.0" in figures
    assert (later.status_code, later.text) == (200, "ok\n")


async def test_one_full_disk_of_two_is_told_and_keeps_nobody_from_the_other(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        pulse = Pulse(cast(Directory, Database()), StoppedClock(), lambda: [True, False])
        service.state["desks"] = replace(service.desks, pulse=pulse)
        answer = await ready(service)

    assert answer.status_code == 200
    assert answer.text.startswith("ok, but one of the databases takes nothing")


class Database:
    """One that counts how often it is asked, and may be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    async def organizations(self) -> list[Organization]:
        self.asked += 1
        if self.is_down:
            raise StoreDown
        return []


async def test_however_many_ask_the_database_is_asked_once_a_second() -> None:
    database, clock = Database(), StoppedClock()
    pulse = Pulse(cast(Directory, database), clock, list)

    told = [await pulse.is_well() for _ in range(100)]
    database.is_down = True
    told_too_soon = await pulse.is_well()
    clock.pass_by(seconds=1.1)
    told_later = [await pulse.is_well() for _ in range(100)]

    assert (set(told), told_too_soon, set(told_later)) == ({True}, True, {False})
    assert database.asked == 2


async def ready(service: Service) -> httpx2.Response:
    return await service.request("GET", "/health/ready")
