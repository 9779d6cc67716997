"""The demo: a made-up organization to look around in. Public passwords, loopback only, nothing real."""

from dataclasses import dataclass

import typer

from messenger.commands import serve
from messenger.commands.lock import serving
from messenger.commands.running import read_settings, with_parts
from messenger.domain.errors import BadSetting
from messenger.domain.people import Organization, Standing
from messenger.parts import Parts
from messenger.settings import Settings
from messenger.storage.stores import Purpose

SLUG = "riverbend"
SCHOOLS = (("Lincoln High", "LINCOLN"), ("Oak Elementary", "OAK"))
CODE = "MetroED"


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody in the demo. The password is on every screen: it protects nothing."""

    login: str
    name: str
    shown_name: str
    password: str


PLAYERS = (
    Player("ana", "Ana Ruiz", "Ms. Ruiz", "river-otter-lantern"),
    Player("ben", "Ben Carter", "", "maple-canoe-button"),
)


def demo() -> None:
    """Try Messenger out on this machine, with a made-up organization. Never for real reports."""
    settings = read_settings()
    if not (settings.listens_on_loopback and settings.origin_is_loopback):
        raise BadSetting(
            "The demo's passwords are public, so it listens on this machine only: leave "
            "MESSENGER_HOST, MESSENGER_ORIGIN and MESSENGER_EXTRA_ORIGINS unset."
        )
    with serving(settings.data):
        with_parts(set_up, settings, Purpose.UPGRADE)
        typer.echo(_welcome(settings))
        serve.run(settings)


async def set_up(parts: Parts) -> None:
    """Make the demo unless it is there; refuse to stand beside anything real."""
    organizations = await parts.directory.organizations()
    if not organizations:
        await _make(parts)
        return
    if not all(organization.demo for organization in organizations):
        raise BadSetting(
            "This data folder holds a real organization. Set MESSENGER_DATA to another folder for "
            "the demo, like var-demo."
        )
    members = await parts.membership.members(SLUG)
    if sum(member.standing is Standing.ACTIVE for member in members) < len(PLAYERS):
        raise BadSetting("The demo is not whole. Delete its data folder, and start it again.")


async def _make(parts: Parts) -> None:
    administration = parts.administration
    organization, recovery_key = await administration.add_organization(
        "Riverbend Schools", SLUG, "America/Chicago", demo=True
    )
    await administration.add_code(SLUG, CODE)
    for school, code in SCHOOLS:
        await administration.add_school(SLUG, school)
        await administration.add_code(SLUG, code, school)
    await parts.practice.set_duty_hours(SLUG, "always")
    await parts.practice.set_wording(SLUG, emergency=["Riverbend police: 555-0100"])
    for player in PLAYERS:
        await _bring_in(parts, organization, player, recovery_key)


async def _bring_in(
    parts: Parts, organization: Organization, player: Player, recovery_key: str
) -> None:
    code = await parts.membership.invite(organization.slug, player.login, player.name)
    signed_in = await parts.signin.accept(code, player.password)
    await parts.signin.sign_out(signed_in)
    await parts.membership.approve_with_recovery(organization.slug, player.login, recovery_key)
    member = await parts.membership.rename(
        organization.slug, player.login, shown_name=player.shown_name
    )
    await parts.directory.change_member(member, on_duty=True)


def _welcome(settings: Settings) -> str:
    schools = [f"  {name:<20} {settings.origin}/c/{code}" for name, code in SCHOOLS]
    players = [f"  {player.login:<6} {player.password}" for player in PLAYERS]
    return "\n".join(
        [
            "This is a demo. Passwords are public and there is no second factor: never use it for",
            "real reports. A real organization: messenger add-organization",
            "",
            "Tell someone, as a student:",
            f"  {'Riverbend Schools':<20} {settings.origin}/c/{CODE}",
            *schools,
            "",
            f"Answer, as the team: {settings.origin}/console",
            *players,
            "",
        ]
    )
