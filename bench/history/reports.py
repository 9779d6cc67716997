"""People who report while things break, by the HTTP API.

Whoever gets no answer sends the same report again, by whatever address comes next. At the end every receipt that
was given out is tried, and the team's queue is read: each report is there, once, in its own words.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import anyio
import httpx2
import msgspec

from bench.history.check import Finding, Kind
from bench.history.client import FLOOR, OPENING, VERSION, Seat, next_frame, open_socket
from bench.history.crowd import read_whole

CREATED = 201
BROKEN = 500
"""From here on the server says that it can't, and not that it won't."""


@dataclass(frozen=True, slots=True)
class Filed:
    """A report that the server said it has, and the receipt for it."""

    text: str
    receipt: tuple[str, ...]


class Reporters:
    """One reports after another, every `pause` seconds on average. They come in by any of these sockets' addresses."""

    def __init__(self, addresses: Sequence[str], code: str, pause: float, seed: int = 0) -> None:
        self.filed: list[Filed] = []
        self._addresses = addresses
        self._code = code
        self._pause = pause
        self._chance = Random(f"{seed} reporters")
        self._salt = f"{self._chance.getrandbits(32):08x}"
        self._waiting: dict[str, anyio.Event] = {}
        self._is_hushed = anyio.Event()

    async def run(self, patience: float) -> None:
        """Report until `hush`, and wait so many seconds for the answers that are missing then."""
        async with anyio.create_task_group() as tasks:
            for number in count(1):
                with anyio.move_on_after(self._chance.expovariate(1 / self._pause)):
                    await self._is_hushed.wait()
                if self._is_hushed.is_set():
                    break
                tasks.start_soon(self._report, f"report-{number:05d}-{self._salt}")
            with anyio.move_on_after(patience):
                await self.be_answered()
            tasks.cancel_scope.cancel()

    def hush(self) -> None:
        """Report nothing new: `run` goes on to its end."""
        self._is_hushed.set()

    async def be_answered(self) -> None:
        """Return once each report that was sent so far is answered. Has no deadline of its own."""
        for answered in [*self._waiting.values()]:
            await answered.wait()

    async def judge(self, member: Seat) -> list[Finding]:
        """Try every receipt, read the queue as that member, and return every broken promise.

        For when nothing is broken any more: raises what goes wrong then.
        """
        opened = {filed.text: await self._open(filed.receipt) for filed in self.filed}
        silent = [Finding(Kind.GAP, "", id, "was never answered") for id in self._waiting]
        return [*silent, *judge(self.filed, opened, await self._queue(member))]

    async def _report(self, id: str) -> None:
        self._waiting[id] = anyio.Event()
        text = f"{id}: they call her names every day."
        token = (await self._post("/api/tokens", {}))["token"]
        report = {"token": token, "code": self._code, "id": id, "what": text}
        answer = await self._post("/api/reports", {**report, "category": "bullying"})
        self.filed.append(Filed(text, tuple(answer["receipt"])))
        self._waiting.pop(id).set()

    async def _open(self, receipt: Sequence[str]) -> list[str]:
        """Return what is said in the room that a receipt opens."""
        token = (await self._post("/api/return", {"receipt": " ".join(receipt)}))["token"]
        reads = await read_whole(self._chance.choice(self._addresses), "", Seat(0, 0, token))
        return [read.body for read in reads]

    async def _queue(self, member: Seat) -> Counter[str]:
        """Return how often each text stands there as the last that was said in a room."""
        hello = {"t": "hello", "v": VERSION, "queue": True, "token": member.token}
        async with await open_socket(self._chance.choice(self._addresses)) as socket:
            await socket.send(msgspec.json.encode(hello).decode())
            rows = (await next_frame(socket))["rows"]
        return Counter(row["last"]["text"] for row in rows if row["last"])

    async def _post(self, path: str, body: Mapping[str, str]) -> dict[str, Any]:
        """Ask until there is an answer."""
        while True:
            address = self._chance.choice(self._addresses)
            origin = address.replace("ws://", "http://").removesuffix("/ws")
            try:
                async with httpx2.AsyncClient(timeout=OPENING, trust_env=False) as client:
                    answer = await client.post(f"{origin}{path}", json=body)
                if answer.status_code == CREATED:
                    return dict(answer.json())
                if answer.status_code < BROKEN:
                    raise RuntimeError(f"{path} was refused: {answer.text}")
            except httpx2.TransportError:
                pass
            await anyio.sleep(self._chance.uniform(FLOOR / 2, FLOOR))


def judge(
    filed: Sequence[Filed], opened: Mapping[str, Sequence[str]], queue: Mapping[str, int]
) -> Iterator[Finding]:
    """Compare what was acknowledged with what each receipt opened, by the report's text, and with the queue's rows."""
    for text in (each.text for each in filed):
        in_room, in_queue = [*opened[text]].count(text), queue.get(text, 0)
        for place, times in (("room that its receipt opens", in_room), ("queue", in_queue)):
            if times != 1:
                kind = Kind.DUPLICATED if times else Kind.LOST
                yield Finding(kind, "", "", f"“{text}” stands {times} times in the {place}")
