"""The demo: there in one command, for this machine alone, and never beside anything real."""

import anyio
import pytest

from messenger.commands.demo import PLAYERS, SLUG, set_up
from messenger.domain.errors import BadSetting
from messenger.domain.people import Standing
from messenger.parts import Parts, open_parts
from messenger.settings import Settings
from tests.cast import cheap_stretcher
from tests.commands.conftest import CommandLine


def set_up_in(messenger: CommandLine) -> None:
    async def work() -> None:
        async with open_parts(Settings(data=messenger.data), cheap_stretcher()) as parts:
            await set_up(parts)

    anyio.run(work)


async def look(parts: Parts) -> None:
    (organization,) = await parts.directory.organizations()
    members = await parts.membership.members(SLUG)

    assert organization.demo
    assert [member.standing for member in members] == [Standing.ACTIVE] * 2
    assert all(member.on_duty for member in members)
    assert len(await parts.directory.canned(organization.id)) >= 5
    assert len(await parts.directory.codes(organization.id)) == 3


async def sign_in(parts: Parts) -> None:
    for player in PLAYERS:
        signed_in = await parts.signin.sign_in(player.login, player.password, "")

        assert not signed_in.needs_second_factor
        assert signed_in.check_approved().member == signed_in.member.id


def test_everybody_is_there_and_gets_in_without_a_second_factor(messenger: CommandLine) -> None:
    async def work() -> None:
        async with open_parts(Settings(data=messenger.data), cheap_stretcher()) as parts:
            await set_up(parts)
            await look(parts)
            await sign_in(parts)

    anyio.run(work)


def test_starting_it_again_changes_nothing(messenger: CommandLine) -> None:
    set_up_in(messenger)
    before = messenger.done("list-organizations") + messenger.done("list-members", SLUG)

    set_up_in(messenger)

    assert messenger.done("list-organizations") + messenger.done("list-members", SLUG) == before


def test_it_does_not_stand_beside_a_real_organization(messenger: CommandLine) -> None:
    messenger.add_riverbend()

    with pytest.raises(BadSetting, match="real organization"):
        set_up_in(messenger)


def test_half_a_demo_is_told(messenger: CommandLine) -> None:
    set_up_in(messenger)
    messenger.done("disable-member", SLUG, "ben")

    with pytest.raises(BadSetting, match="not whole"):
        set_up_in(messenger)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MESSENGER_HOST", "0.0.0.0"),
        ("MESSENGER_HOST", "::"),
        ("MESSENGER_HOST", "192.168.1.7"),
        ("MESSENGER_ORIGIN", "https://tips.example.org"),
        ("MESSENGER_EXTRA_ORIGINS", "https://tips.example.org"),
    ],
)
def test_nobody_else_ever_reaches_it(messenger: CommandLine, name: str, value: str) -> None:
    started = messenger.refused("demo", **{name: value})
    assert not messenger.data.exists()

    set_up_in(messenger)
    served = messenger.refused("serve", **{name: value})

    assert "public" in started
    assert "riverbend is a demo" in served


def test_nothing_real_is_made_beside_it(messenger: CommandLine) -> None:
    set_up_in(messenger)

    told = messenger.refused(
        "add-organization", "Oak", "--slug", "oak", "--time-zone", "America/Chicago"
    )

    assert "holds the demo" in told and "MESSENGER_DATA" in told
    assert "\noak  " not in "\n" + messenger.done("list-organizations")


def test_an_organization_made_by_hand_always_asks_for_a_second_factor(
    messenger: CommandLine,
) -> None:
    messenger.add_riverbend()

    assert "demo" not in messenger.done("list-organizations")
    assert "--demo" not in messenger.done("add-organization", "--help")
