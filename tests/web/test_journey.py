"""The reporter's journey over HTTP, as browsers of all kinds take it."""

from pathlib import Path

import anyio
import pytest

from tests.proofs.service import open_district, open_service

MOMENT = 2.0
"""Seconds in which an answer has to be there."""


@pytest.mark.parametrize(
    "typed", ["a " * 60_000, "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 14_000]
)
async def test_however_much_is_typed_to_find_a_school_the_answer_comes_at_once(
    tmp_path: Path, typed: str
) -> None:
    async with open_service(tmp_path) as service:
        await open_district(service)

        with anyio.fail_after(MOMENT):
            page = await service.request("POST", "/", data={"do": "find", "school": typed})

        assert page.status_code == 422
        assert "No school found. Try one word of its name." in page.text
