"""What the log keeps of an outage."""

import logging
from pathlib import Path

import pytest
from starlette.requests import Request

from messenger.domain.errors import StoreDown
from messenger.logs import Line
from messenger.web.errors import refused
from tests.proofs.service import Service, open_service

SECRET = "s3://riverbend/7/knife.jpg"


def asking(service: Service, path: str) -> Request:
    scope = {"type": "http", "method": "GET", "path": path, "headers": [], "state": service.state}
    return Request(scope)


def outage() -> StoreDown:
    with pytest.raises(StoreDown) as raised:
        raise StoreDown from OSError(SECRET)
    return raised.value


async def test_of_an_outage_the_kind_and_the_places_are_told_and_not_what_its_cause_says(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_service(tmp_path) as service:
        answer = await refused(asking(service, "/api/reports"), outage())

    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    told = Line().format(record)
    assert answer.status_code == 503
    assert "refused store_down" in told
    assert "StoreDown" in told and "builtins.OSError at " in told
    assert SECRET not in told and "knife" not in told
