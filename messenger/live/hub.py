"""This process's watches: what happens in a room or a queue goes into each one's bounded mailbox.

Nothing here waits: `put` never blocks, and a mailbox that is full ends its connection, which then
resumes from the store.
"""

from collections import deque
from collections.abc import Callable, Collection
from typing import TypeVar

from messenger.domain.events import Role
from messenger.domain.ids import MemberId
from messenger.ports.live import Seat, Viewer, Watch, room_topic
from messenger.protocol.closing import Close
from messenger.protocol.connection import Push

Key = TypeVar("Key")

MAILBOX_LIMIT = 256
"""Pushes one socket may be behind. A reader that slow resumes from the store for less."""
REPORTER_LIMIT = 32
"""Sockets of a room's reporter. More than tabs and lines that broke just now; what is said costs us for each."""


class Mailbox:
    """A watch. Instead of a task asleep for each idle socket, `wake` is called when news arrives."""

    __slots__ = (
        "away",
        "closing",
        "member",
        "pending",
        "role",
        "room",
        "session",
        "topic",
        "wake",
    )

    def __init__(self, viewer: Viewer, wake: Callable[[], None]) -> None:
        self.topic = viewer.topic
        self.role = viewer.role
        self.session = viewer.session
        self.room = viewer.room
        self.member = viewer.member
        self.away = False
        self.wake = wake
        self.pending: deque[Push] = deque()
        self.closing: Close | None = None

    def put(self, push: Push) -> None:
        if self.closing is not None:
            return  # Perhaps revoked: nothing that happens from now on is for them.
        if len(self.pending) >= MAILBOX_LIMIT:
            self.end(Close.SLOW_READER)
            return
        self.pending.append(push)
        self.wake()

    def end(self, why: Close) -> None:
        if self.closing is None:
            self.closing = why
            self.pending.clear()
        self.wake()


class Hub:
    """The one-process bus."""

    def __init__(self) -> None:
        self._topics: dict[str, dict[Mailbox, None]] = {}
        self._members: dict[MemberId, dict[Mailbox, None]] = {}

    def join(self, viewer: Viewer, wake: Callable[[], None]) -> Mailbox:
        mailbox = Mailbox(viewer, wake)
        there = self._topics.setdefault(viewer.topic, {})
        if viewer.member is None:
            _make_room(there)
        else:
            self._members.setdefault(viewer.member, {})[mailbox] = None
        there[mailbox] = None
        return mailbox

    def leave(self, watch: Watch) -> None:
        if not isinstance(watch, Mailbox):
            raise TypeError(watch)
        _discard(self._topics, watch.topic, watch)
        if watch.member is not None:
            _discard(self._members, watch.member, watch)

    def tell(self, topic: str, push: Push, role: Role | None = None) -> None:
        for mailbox in self._topics.get(topic, ()):
            if role is None or mailbox.role is role:
                mailbox.put(push)

    def end(self, topic: str, why: Close) -> None:
        for mailbox in self._topics.get(topic, ()):
            mailbox.end(why)

    def tell_news(self) -> None:
        """Nobody else to tell."""

    def is_watched(self, topic: str) -> bool:
        return topic in self._topics

    def is_held(self, seat: Seat) -> bool:
        if seat.room is None:
            return seat.member in self._members
        there = self._topics.get(room_topic(seat.room), ())
        return any(mailbox.member == seat.member for mailbox in there)

    def watches(self) -> list[Watch]:
        return [mailbox for mailboxes in self._topics.values() for mailbox in mailboxes]


def _make_room(there: Collection[Mailbox]) -> None:
    """Before one more of the reporter's comes: the one that has been there longest goes."""
    theirs = [each for each in there if each.member is None and each.closing is None]
    for mailbox in theirs[: max(0, len(theirs) + 1 - REPORTER_LIMIT)]:
        mailbox.end(Close.COME_BACK_LATER)


def _discard(index: dict[Key, dict[Mailbox, None]], key: Key, mailbox: Mailbox) -> None:
    """Take it out; what is empty is not kept."""
    mailboxes = index.get(key, {})
    mailboxes.pop(mailbox, None)
    if not mailboxes:
        index.pop(key, None)
