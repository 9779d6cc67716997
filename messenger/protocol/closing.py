"""Why a connection ends, and whether to come back: 4000-4499 yes, 4500-4999 no."""

from enum import IntEnum


class Close(IntEnum):
    """Our closing codes (RFC 6455 leaves 4000-4999 to applications)."""

    SLOW_READER = 4001
    """The mailbox was full or a send took too long. Come back and resume."""
    COME_BACK_LATER = 4002
    """Something behind us is down or full. Come back in a while."""
    IDLE = 4003
    """No `hello` came in time. Come back and say it."""
    BAD_FRAME = 4500
    """Not a frame of this protocol."""
    SIGNED_OUT = 4501
    """The session is over. Sign in again, or open the room with the receipt."""
    NOT_FOUND = 4502
    """No such room, or not yours."""
    FOREIGN_ORIGIN = 4503
    """A page of another site tried to connect."""
