"""Making ids: random and short, so that none tells a time or an order."""

from messenger.domain.ids import ID_BYTES, url_safe
from messenger.ports.world import Chance


def new_id(chance: Chance) -> str:
    """Return 22 URL-safe characters of 128 random bits."""
    return url_safe(chance(ID_BYTES))
