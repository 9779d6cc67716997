"""What this worker tells the others and hears of them. Whoever carries it may lose it, and it shows.

Envelopes are numbered by sender and lane, and one goes out every half second even if there is
nothing to say. So a gap, a sender that fell silent, or our own voice that does not come back is
noticed within about a second; `doubt` is then set, and the truth is read from the database again.
"""

from collections.abc import Callable
from typing import TypeVar
from zlib import crc32

import anyio

from messenger.live.doubt import Doubt
from messenger.live.envelope import Asking, Envelope, Item, Leaving, pack, unpack
from messenger.live.presence import PRESENCE_LEASE
from messenger.ports.live import Hearing
from messenger.ports.security import Wrapping
from messenger.ports.world import Monotonic

BEAT = 0.5
"""Seconds between signs of life."""
SILENCE = 1.25
"""Seconds without one that make us doubt what we hear."""
OUTBOX_LIMIT = 20_000
"""Items waiting in a lane. More are dropped, which the others notice as a gap."""

_MARK_END = b"\n"
"""Before it stands the sender, in clear, so that nobody has to open what they said themselves."""

ItemKind = TypeVar("ItemKind", bound=Item)


class Peer:
    """Another worker, as heard in one lane."""

    __slots__ = ("heard", "number")

    def __init__(self, number: int, heard: float) -> None:
        self.number = number
        self.heard = heard


class Lane:
    """One channel: what waits to go out there, and who was heard on it."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.outbox: list[Item] = []
        self.work = anyio.Event()
        """Set when something waits; whoever carries puts a new one in its place."""
        self.number = 0
        self.sent_at = float("-inf")
        self.peers: dict[str, Peer] = {}

    def put(self, item: Item) -> None:
        if len(self.outbox) >= OUTBOX_LIMIT:
            self.outbox.clear()
            self.number += 1
        self.outbox.append(item)
        self.work.set()

    def is_well(self, me: str, now: float) -> bool:
        """Whether we hear ourselves, and everybody whom we heard lately."""
        return me in self.peers and all(now - peer.heard <= SILENCE for peer in self.peers.values())


class Relay:
    """The meeting point of all that is shared; `carry` and `hear` are for the line to Redis."""

    def __init__(
        self, me: str, lanes: list[Lane], wrapping: Wrapping, monotonic: Monotonic
    ) -> None:
        self.me = me
        self._mark = me.encode() + _MARK_END
        self.lanes = lanes
        self.doubt = Doubt()
        self.heard = anyio.Event()
        """Set when we first heard ourselves."""
        self._wrapping = wrapping
        self._monotonic = monotonic
        self._handlers: dict[type, Callable[..., None]] = {}
        self._well_since: float | None = None

    def on(self, kind: type[ItemKind], handler: Callable[[str, ItemKind], None]) -> None:
        """Have `handler(sender, item)` called for each item of that kind that others send."""
        self._handlers[kind] = handler

    def send(self, item: Item, key: str = "") -> None:
        """Tell the others, in order for each `key`. Never waits."""
        lanes = self.lanes
        lane = lanes[crc32(key.encode()) % len(lanes)] if len(lanes) > 1 else lanes[0]
        lane.put(item)

    @property
    def well_for(self) -> float:
        """Seconds for which nothing can have been missed unnoticed; 0 while we are in doubt."""
        return 0.0 if self._well_since is None else self._monotonic() - self._well_since

    @property
    def is_well(self) -> bool:
        return self._well_since is not None

    @property
    def hears_itself(self) -> bool:
        """Whether our own voice comes back on every lane."""
        now = self._monotonic()
        own = [lane.peers.get(self.me) for lane in self.lanes]
        return all(peer is not None and now - peer.heard <= SILENCE for peer in own)

    def others(self) -> int:
        """Workers known beside this one."""
        return len({name for lane in self.lanes for name in lane.peers} - {self.me})

    def hearing(self) -> Hearing:
        """Say how well we hear."""
        return Hearing(self.hears_itself, self.is_well, self.others(), self.doubt.readings)

    def is_alive(self, worker: str) -> bool:
        """Whether that worker was heard within a lease."""
        now = self._monotonic()
        peers = (lane.peers.get(worker) for lane in self.lanes)
        return any(peer is not None and now - peer.heard <= PRESENCE_LEASE for peer in peers)

    async def carried(self) -> None:
        """Return when nothing waits any more."""
        while any(lane.outbox for lane in self.lanes):  # noqa: ASYNC110 (once, at the end)
            await anyio.sleep(BEAT / 10)
        await anyio.sleep(BEAT / 10)

    # For the line.

    def carry(self, lane: Lane) -> bytes | None:
        """Return the next envelope of a lane; None if nothing waits and no sign of life is due.

        It is never sent again: if it gets lost, the next number tells.
        """
        now = self._monotonic()
        if not lane.outbox and now - lane.sent_at < BEAT:
            return None
        items, lane.outbox = lane.outbox, []
        lane.number += 1
        lane.sent_at = now
        return self._mark + self._wrapping.wrap(pack(Envelope(self.me, lane.number, items)))

    def hear(self, lane: Lane, raw: bytes) -> None:
        """Take what came in."""
        if raw.startswith(self._mark):
            self._note(lane, self.me, 0)  # What it says we know.
            return
        opened = self._wrapping.unwrap(raw.partition(_MARK_END)[2])
        try:
            envelope = unpack(opened) if opened is not None else None
        except ValueError:
            envelope = None
        if envelope is None:
            # Of a worker with other secrets, or a newer version: we miss what it says.
            self.doubt.set()
            self._well_since = None
            return
        self._note(lane, envelope.sender, envelope.number)
        for item in envelope.items:
            handler = self._handlers.get(type(item))
            if handler is not None:
                handler(envelope.sender, item)
            if isinstance(item, Leaving):
                self._forget(envelope.sender)

    def look(self) -> None:
        """Whether all is well now; to be called every little while."""
        now = self._monotonic()
        for lane in self.lanes:
            for name, peer in list(lane.peers.items()):
                # Gone, and with it whoever sat there.
                if name != self.me and now - peer.heard > PRESENCE_LEASE:
                    del lane.peers[name]
        if all(lane.is_well(self.me, now) for lane in self.lanes):
            if self._well_since is None:
                self._well_since = now
                self.heard.set()
                # What was said meanwhile is gone.
                self.doubt.set()
                self.send(Asking())
        else:
            self.doubt.set()
            self._well_since = None

    def lost(self) -> None:
        """The line broke: until we hear ourselves again, nothing is sure."""
        for lane in self.lanes:
            lane.peers.pop(self.me, None)
        self.look()

    def _note(self, lane: Lane, sender: str, number: int) -> None:
        now = self._monotonic()
        peer = lane.peers.get(sender)
        if peer is None:
            lane.peers[sender] = Peer(number, now)
            self._missed_some_of(sender)
            return
        if number != peer.number + 1:
            self._missed_some_of(sender)
        peer.number, peer.heard = number, now

    def _forget(self, worker: str) -> None:
        for lane in self.lanes:
            lane.peers.pop(worker, None)

    def _missed_some_of(self, worker: str) -> None:
        if worker != self.me:
            self.doubt.set()
            self.send(Asking(worker))
