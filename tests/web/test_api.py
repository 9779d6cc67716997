"""The HTTP API as a program meets it that was written from docs/protocol.md."""

from pathlib import Path

import pytest

from tests.proofs.service import open_service

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("path", "latin_1"),
    [("/api/reports", b'{"what": "\xe9"}'), ("/api/return", b'{"receipt": "\xe9"}')],
)
async def test_bytes_that_are_no_text_are_refused_as_any_other_bad_shape(
    tmp_path: Path, path: str, latin_1: bytes
) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request("POST", path, content=latin_1, headers=JSON)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_frame")
