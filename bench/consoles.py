"""Open consoles, and reports that come in: how long until each console has the row.

    python -m bench.consoles --port 8000 --sessions FOLDER/consoles.json --sockets 5000

From the moment a report is sent to the moment a console got it. Consoles do what the page does: they
say which of the waiting rooms they show. With `--one-by-one` a report waits
until every console has the one before it.
"""

import argparse
import asyncio
import json
import time

import anyio
import httpx2
import msgspec
import uvloop

from bench.seed import SLUG
from bench.visitor import QUEUE, Names, Visitor, connect_all, percentile, read_names

WITHIN = 60.0
"""Seconds one report may take, answer and row."""
REDRAWN_AFTER = 0.016
"""Seconds until a page has drawn what it shows."""


class Words(msgspec.Struct):
    """The newest words of a row."""

    text: str


class Row(msgspec.Struct):
    """What counts here of a row."""

    room: str
    last: Words | None = None


class Frame(msgspec.Struct):
    """What counts here of any frame."""

    t: str
    row: Row | None = None


class Alerts:
    """When each report was sent, and how long each console waited for it, in seconds."""

    def __init__(self, consoles: int) -> None:
        self.waits: list[float] = []
        self._consoles = consoles
        self._begun: dict[str, float] = {}
        self._missing: dict[str, int] = {}
        self._all = asyncio.Event()

    def sent(self, text: str) -> None:
        self._begun[text] = time.monotonic()
        self._missing[text] = self._consoles
        self._all.clear()

    def got(self, text: str) -> None:
        if text not in self._begun:
            return
        self.waits.append(time.monotonic() - self._begun[text])
        self._missing[text] -= 1
        if not self._missing[text]:
            del self._missing[text], self._begun[text]
        if not self._missing:
            self._all.set()

    async def all(self) -> None:
        """Return when each console has each report."""
        with anyio.fail_after(WITHIN):
            await self._all.wait()


class Console(Visitor):
    """A member's page, open at the queue."""

    def __init__(self, names: Names, alerts: Alerts) -> None:
        super().__init__(QUEUE, names)
        self._alerts = alerts

    def heard(self, payload: bytes) -> None:
        row = msgspec.json.decode(payload, type=Frame).row
        if row is None or row.last is None:
            return
        self._alerts.got(row.last.text)
        shown = msgspec.json.encode({"t": "shown", "rooms": [row.room]}).decode()
        asyncio.get_running_loop().call_later(REDRAWN_AFTER, self.write, shown)


class Reporters:
    """Everybody who reports, from one address. Remembers what they got."""

    def __init__(self, client: httpx2.AsyncClient, alerts: Alerts) -> None:
        self.receipts: set[tuple[str, ...]] = set()
        self.refused = 0
        self._client = client
        self._alerts = alerts

    async def report(self, number: int) -> None:
        """Report, and note the receipt."""
        text = f"Report {number}: he has a knife in his bag."
        token = await self._client.post("/api/tokens", json={})
        self._alerts.sent(text)
        answer = await self._client.post(
            "/api/reports",
            json={"token": token.json()["token"], "code": SLUG, "id": f"report-{number:06}",
                  "what": text, "category": "weapon", "danger": "yes"},
        )  # fmt: skip
        if answer.status_code == 201:
            self.receipts.add(tuple(answer.json()["receipt"]))
        else:
            self.refused += 1


async def main(options: argparse.Namespace) -> None:
    """Open the consoles, report, print one JSON line."""
    names = read_names(options.sessions, options.sockets)
    alerts = Alerts(len(names))
    await connect_all([Console(one, alerts) for one in names], options.port)
    limits = httpx2.Limits(max_connections=None)
    origin = f"http://127.0.0.1:{options.port}"
    async with httpx2.AsyncClient(base_url=origin, timeout=WITHIN, limits=limits) as client:
        reporters = Reporters(client, alerts)
        await asyncio.sleep(1)
        async with anyio.create_task_group() as tasks:
            for number in range(-options.uncounted, options.reports):
                if number == 0:
                    alerts.waits.clear()
                tasks.start_soon(reporters.report, number)
                await asyncio.sleep(options.seconds / options.reports)
                if options.one_by_one:
                    await alerts.all()
        await alerts.all()
    print(
        json.dumps(
            {
                "alert_p50_ms": round(percentile(alerts.waits, 0.50) * 1e3, 1),
                "alert_p99_ms": round(percentile(alerts.waits, 0.99) * 1e3, 1),
                "alerts": len(alerts.waits),
                "receipts": len(reporters.receipts),
                "refused": reporters.refused,
            }
        )
    )


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sessions", required=True)
    parser.add_argument("--sockets", type=int, default=1, help="consoles")
    parser.add_argument("--reports", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=60.0, help="for all reports")
    parser.add_argument("--uncounted", type=int, default=0, help="reports before, to warm up")
    parser.add_argument("--one-by-one", action="store_true", help="each waits for the last")
    return parser.parse_args()


if __name__ == "__main__":
    uvloop.run(main(parse()))
