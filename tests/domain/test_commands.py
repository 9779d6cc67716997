"""Commands: values that name who asks, of which room, under which id."""

from typing import get_args

import pytest

from messenger.domain import commands
from messenger.domain.commands import Command, LapseClaim, MarkMailed, MarkSeen
from messenger.domain.events import SYSTEM
from messenger.domain.ids import ClientId, MemberId, RoomId
from messenger.domain.values import Value


@pytest.mark.parametrize("kind", get_args(Command))
def test_every_command_names_its_room_and_all_but_marks_an_author_and_an_id(
    kind: type[Value],
) -> None:
    names = {*kind.__struct_fields__}

    assert "room" in names
    assert kind in (MarkSeen, MarkMailed) or {"author", "client_id"} <= names


def test_every_command_of_the_module_is_one_that_rooms_decide() -> None:
    ours = [value for name, value in vars(commands).items() if name[0] != "_" and is_ours(value)]

    assert {*ours} - {commands.Said} == set(get_args(Command))


def is_ours(value: object) -> bool:
    is_value = isinstance(value, type) and issubclass(value, Value)
    return is_value and value.__module__ == commands.__name__


def test_a_command_cannot_be_changed_on_its_way() -> None:
    command = LapseClaim(RoomId("room"), ClientId("id"), MemberId("ana"))

    with pytest.raises(AttributeError):
        command.holder = MemberId("ben")  # type: ignore[misc]
    assert command.author == SYSTEM
