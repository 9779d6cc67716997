"""What consoles are told of a room."""

from pathlib import Path

from messenger.services.telling import Teller
from tests.cast import TEASING, open_house


async def test_a_row_says_what_it_is_about_in_the_words_of_the_pages(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        mia = await house.report(TEASING)
        room = await house.parts.rooms.find_room(mia.reporter.room)
        names = await house.parts.roster.names(house.organization.id)
        teller = Teller(house.bus, house.presence, house.parts.roster, str.upper)

    assert room is not None
    assert teller.row(room, names).category_label == "BULLYING"
