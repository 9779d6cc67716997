"""Riverbend Schools as the browser tests find it: a team with second factors, one who waits, one invited."""

from dataclasses import dataclass, field
from pathlib import Path

import pyotp

from messenger.domain.people import Canned
from messenger.services.signin import SignedIn
from tests.cast import House, open_house
from tests.server import run_apart

NAMES = {"ana": ("Ana Ruiz", "Ms. Ruiz"), "ben": ("Ben Carter", ""), "cy": ("Cy Park", "")}
CANNED = (
    Canned("hello", "Hello", "Hello. I am here, and I have read what you wrote. Are you safe?"),
    Canned("thanks", "Thank you", "Thank you for telling us. That was not easy."),
)
LINES = (("Riverbend police", "555-0100"),)


@dataclass(slots=True)
class Seeded:
    """What a test needs to know to be one of them."""

    organization: str
    tokens: dict[str, str] = field(default_factory=dict)
    """What the session cookie holds, by sign-in name."""
    recovery: dict[str, list[str]] = field(default_factory=dict)
    """Codes that each sign in once, by sign-in name."""
    invitation: str = ""
    """Eva's, not used yet."""


def seed(folder: Path, database: str = "") -> Seeded:
    """Fill `folder`, or a database server, with Riverbend Schools. Nobody may be serving it."""
    return run_apart(lambda: _seed(folder, database))


async def _seed(folder: Path, database: str) -> Seeded:
    async with open_house(folder, database=database, emergency=LINES) as house:
        seeded = Seeded(house.organization.id)
        for login in ("ana", "ben"):
            await _bring_in(house, seeded, login, approved=True)
        await _bring_in(house, seeded, "cy", approved=False)
        # Dee has a password, and no second factor yet.
        seeded.tokens["dee"] = (await house.member("dee", approved=False)).token.text
        signin, organization = house.parts.signin, house.organization.id
        seeded.invitation = await signin.invite(organization, "eva", "Eva Stone", "eva@r.test")
        for canned in CANNED:
            await house.parts.directory.add_canned(organization, canned)
        await house.parts.practice.set_duty_hours(house.organization.slug, "always")
        return seeded


async def _bring_in(house: House, seeded: Seeded, login: str, *, approved: bool) -> None:
    signed_in = await house.member(login, approved=False)
    seeded.tokens[login] = signed_in.token.text
    seeded.recovery[login] = await _second_factor(house, signed_in)
    if approved:
        await house.approve(signed_in.member.id)
    name, shown_name = NAMES[login]
    await house.parts.directory.change_member(
        signed_in.member, name=name, shown_name=shown_name, on_duty=approved
    )
    house.parts.roster.forget()


async def _second_factor(house: House, signed_in: SignedIn) -> list[str]:
    signin = house.parts.signin
    factor = signin.new_seed()
    return list(await signin.set_second_factor(signed_in, factor, pyotp.TOTP(factor).now()))
