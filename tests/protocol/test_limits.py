"""What our own pages send is within what the server takes."""

import pytest

from messenger.domain.errors import BadFrame
from messenger.live.shown import SHOWN_FOR
from messenger.protocol.frames import Shown, parse_frame, write_frame
from tests.javascript import answering


def test_a_console_tells_of_no_more_rooms_at_a_time_than_are_taken() -> None:
    with answering("queue.js", "SHOWN_AT_ONCE", "SHOWN_AT_ONCE") as ask:
        most = int(ask(None))

    room = "7J2Ij6MU3a735qnPSUO_ng"
    taken = parse_frame(write_frame(Shown([room] * most)))  # type: ignore[arg-type]

    assert taken == Shown([room] * most)
    with pytest.raises(BadFrame):
        parse_frame(write_frame(Shown([room] * (most + 1))))  # type: ignore[arg-type]


def test_of_a_room_that_it_shows_a_console_tells_again_before_the_server_forgets() -> None:
    with answering("queue.js", "SHOWN_EVERY_MS", "SHOWN_EVERY_MS") as ask:
        every = int(ask(None)) / 1000

    assert 2 * every < SHOWN_FOR, "one telling may be lost"
