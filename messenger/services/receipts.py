"""The receipt: six plain words, the reporter's only way back. We keep what they derive, not them."""

from collections.abc import Sequence

from messenger.domain.errors import ContainsReceipt
from messenger.domain.ids import RoomId
from messenger.domain.receipt import UNKIND, Wordlist
from messenger.ports.security import Stretcher
from messenger.ports.storage import Keys, Sessions
from messenger.ports.world import Chance

SEED_BYTES = 32


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
