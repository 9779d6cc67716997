"""Making ids: random and short, so that none tells a time or an order."""

from base64 import urlsafe_b64encode

from messenger.domain.ids import ID_BYTES
from messenger.ports.world import Chance


def new_id(chance: Chance) -> str:
    """Return 22 URL-safe characters of 128 random bits."""
    return urlsafe_b64encode(chance(ID_BYTES)).rstrip(b"=").decode()
