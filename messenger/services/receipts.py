"""The receipt: six plain words, the reporter's only way back. We keep what they derive, not them."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import islice

from anyio import move_on_after

from messenger.domain.errors import ContainsReceipt, TooBusy
from messenger.domain.ids import RoomId
from messenger.domain.receipt import CANDIDATES, UNKIND, Wordlist
from messenger.ports.security import Stretcher
from messenger.ports.storage import Keys, Sessions
from messenger.ports.world import Chance

SEED_BYTES = 32
PATIENCE = 5.0
"""Seconds a report waits to be looked through, if it holds what looks like a receipt."""


class Receipts:
    """Makes receipts, derives from them, and finds them where they should not be."""

    def __init__(
        self,
        wordlist: Wordlist,
        sessions: Sessions,
        keys: Keys,
        stretcher: Stretcher,
        chance: Chance,
    ) -> None:
        self._wordlist = wordlist
        self._sessions = sessions
        self._keys = keys
        self._stretcher = stretcher
        self._chance = chance

    def new(self) -> tuple[str, ...]:
        """Return six random words, none of them unkind."""
        while not UNKIND.isdisjoint(words := self._wordlist.from_bytes(self._chance(SEED_BYTES))):
            pass
        return words

    def parse(self, raw: str) -> tuple[str, ...]:
        """Return the six words somebody typed, small typos mended, or refuse naming the word."""
        return self._wordlist.parse(raw)

    async def derive(
        self, words: Sequence[str], share: str = "", *, worked: bool = False
    ) -> tuple[bytes, bytes]:
        """Return the look-up id and the wrap key of these words. Slow on purpose.

        `share` is the organization, where it is known. Who `worked` waits in a line of their own.
        """
        line = f"{share} worked" if worked else share
        return await self._stretcher.receipt(" ".join(words), await self._keys.salt(), line)

    def may_be_in(self, text: str) -> bool:
        """Whether `text` contains anybody's receipt, or what looks like one. Quick."""
        return bool(self._wordlist.candidate(text))

    async def check_not_in(self, text: str, room: RoomId, share: str) -> None:
        """Raise `ContainsReceipt` if `text` contains this room's, in words or in digits."""
        candidates = self._wordlist.candidate(text)
        if not candidates:
            return
        known = await self._sessions.receipt_of_room(room)
        if known is None:
            return
        for words in candidates:
            lookup, _ = await self.derive(words, share)
            if lookup == known.lookup:
                raise ContainsReceipt

    async def known_in(self, texts: Mapping[str, str]) -> list[str]:
        """Return the names of those texts that hold a receipt which opens a room, whichever.

        At most `CANDIDATES` of all the texts are looked up. What can't be told in time is not said:
        a report that waits, or is refused, because of a rush is worse than words in the team's hands.
        """
        suspects = [
            (name, words)
            for name, text in texts.items()
            for words in self._wordlist.candidate(text)
        ]
        known = dict[str, None]()
        with move_on_after(PATIENCE), suppress(TooBusy):
            for name, words in islice(suspects, CANDIDATES):
                # In the line of those who come back without having worked, whatever the organization:
                # whoever guesses by reports must not be served beside whoever guesses by returns.
                lookup, _ = await self.derive(words)
                if await self._sessions.find_receipt(lookup) is not None:
                    known[name] = None
        return list(known)
