"""A whole school is one address: a surge from it is let in, every report of it, and folded for the team."""

import re
from pathlib import Path

import anyio
import httpx2
import pytest

from tests.browser.seeding import seed
from tests.server import Server

REPORTS = 500
AT_ONCE = 20
WITHIN = 60.0
"""Seconds; the shipped cost of a receipt is paid for each."""


@pytest.mark.slow
async def test_five_hundred_reports_in_a_minute_from_one_address_are_all_accepted(
    tmp_path: Path,
) -> None:
    server = Server(tmp_path)
    seeded = seed(server.data)
    receipts: set[tuple[str, ...]] = set()

    with server:
        limit = anyio.Semaphore(AT_ONCE)
        with anyio.fail_after(WITHIN):
            async with anyio.create_task_group() as tasks:
                for number in range(REPORTS):
                    tasks.start_soon(report, server.origin, number, limit, receipts)

        queue = httpx2.get(
            f"{server.origin}/console",
            cookies={"responder": seeded.tokens["ana"]},
            timeout=WITHIN,
            verify=False,
        )

    assert len(receipts) == REPORTS
    assert queue.status_code == 200
    folded = re.findall(
        r'<li class="flood".*?data-slot="count"[^>]*>(\d+) new<', queue.text, re.DOTALL
    )
    assert folded[0] == str(REPORTS)


async def report(
    origin: str, number: int, limit: anyio.Semaphore, receipts: set[tuple[str, ...]]
) -> None:
    """One student's way through the forms, as a browser without scripts goes it."""
    async with limit, httpx2.AsyncClient(base_url=origin, timeout=WITHIN, verify=False) as student:
        student.headers["Origin"] = origin
        await student.get("/c/LINCOLN")
        await student.post("/", data={"go": "report"})
        answer = await student.post(
            "/",
            data={"do": "send_report", "draft_id": f"surge-{number:06}", "category": "bullying",
                  "what": f"It is all over the school. {number}"},
        )  # fmt: skip
        assert answer.status_code == 303, answer.text
        page = await student.get("/")
        words = tuple(re.findall(r'class="receipt__word"[^>]*>\s*([^<\s]+)', page.text))
        assert len(words) == 6
        receipts.add(words)
