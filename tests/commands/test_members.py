"""Members from the command line: invited, approved with the recovery key, renamed, disabled."""

import anyio
import pytest

from messenger.domain.recovery_key import write_recovery_key
from messenger.parts import open_parts
from tests.cast import PASSWORD, cheap_stretcher
from tests.commands.conftest import CommandLine


def join(messenger: CommandLine, invited: str) -> None:
    """Open the link of an invitation and set a password."""
    code = invited.split("#", 1)[1].split(maxsplit=1)[0]

    async def accept() -> None:
        async with open_parts(messenger.settings, cheap_stretcher()) as parts:
            await parts.signin.accept(code, PASSWORD)

    anyio.run(accept)


def invite_ana(messenger: CommandLine) -> str:
    return messenger.done(
        "invite", "riverbend", "Ana", "Ana Ruiz", "--email", "ana@riverbend.example"
    )


def approve(messenger: CommandLine, login: str, recovery_key: str) -> str:
    command = ("approve-member", "riverbend", login, "--fingerprint", read_out(messenger, login))
    return messenger.done(*command, typed=recovery_key + "\n")


def read_out(messenger: CommandLine, login: str) -> str:
    """The digits on the screen of a member who waits."""

    async def find() -> str:
        async with open_parts(messenger.settings) as parts:
            return await parts.membership.fingerprint("riverbend", login)

    return anyio.run(find)


def test_a_member_is_invited_joins_and_is_approved_with_the_recovery_key(
    messenger: CommandLine,
) -> None:
    recovery_key = messenger.add_riverbend()

    invited = invite_ana(messenger)
    join(messenger, invited)
    approved = approve(messenger, "ana", recovery_key)

    assert "http://127.0.0.1:8000/console/join#" in invited
    assert approved.startswith("Ana Ruiz is approved.")
    assert messenger.done("list-members", "riverbend") == (
        "ana  Ana Ruiz  active  off duty  ana@riverbend.example\n"
    )


def test_the_recovery_key_is_never_taken_from_the_command_line(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))
    one_line = recovery_key.replace("\n", "-")

    for extra in ([one_line], ["--recovery-key", one_line]):
        for command in (["approve-member", "riverbend", "ana"], ["rehearse-recovery", "riverbend"]):
            told = messenger.refused(*command, *extra)

            assert "never typed there" in told
            assert one_line not in told


def test_a_typo_in_the_recovery_key_is_told(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))
    typo = ("2" if recovery_key[0] != "2" else "3") + recovery_key[1:]

    command = ("approve-member", "riverbend", "ana", "--fingerprint", read_out(messenger, "ana"))

    assert "typo" in messenger.refused(*command, typed=typo)
    assert "standard input" in messenger.refused(*command)
    assert "not that of Riverbend Schools" in messenger.refused(
        *command, typed=write_recovery_key(bytes(31) + b"\x01")
    )


def test_the_members_fingerprint_can_be_compared_before(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))
    command = ("approve-member", "riverbend", "ana", "--fingerprint")

    told = messenger.refused(*command, "0000 0000 0000", typed=recovery_key)
    digits = told.split("has ")[1][:14]

    assert "Approve nobody" in told
    assert digits in messenger.done(*command, digits.replace(" ", "-"), typed=recovery_key)


def test_without_a_terminal_nobody_is_approved_unseen(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))

    told = messenger.refused("approve-member", "riverbend", "ana", typed=recovery_key)

    assert "say --fingerprint" in told
    assert "pending" in messenger.done("list-members", "riverbend")


@pytest.mark.parametrize("typed", ["", "\n"])
def test_who_has_not_joined_or_is_in_already_is_not_approved(
    messenger: CommandLine, typed: str
) -> None:
    recovery_key = messenger.add_riverbend()
    invited = invite_ana(messenger)

    early = messenger.refused("approve-member", "riverbend", "ana", typed=typed)
    join(messenger, invited)
    approve(messenger, "ana", recovery_key)
    late = messenger.refused("approve-member", "riverbend", "ana", typed=typed)
    messenger.done("disable-member", "riverbend", "ana")
    gone = messenger.refused("approve-member", "riverbend", "ana", typed=typed)

    assert "has not opened the invitation" in early
    assert "approved already" in late
    assert "invite-again" in gone


def test_a_member_is_renamed(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    invite_ana(messenger)

    messenger.done("rename-member", "riverbend", "ANA", "--name", "Ana Vega", "--email", "")
    shown = messenger.done("rename-member", "riverbend", "ana", "--shown-name", "Ms. Vega")
    hidden = messenger.done("rename-member", "riverbend", "ana", "--shown-name", "")

    assert shown == "ana  Ana Vega  invited  off duty  shown as Ms. Vega\n"
    assert hidden == "ana  Ana Vega  invited  off duty\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["invite", "riverbend", "ana", "Another Ana"], "taken"),
        (["invite", "riverbend", "a b", "Ana"], "can't be a login"),
        (["invite", "riverbend", "ann", "Ann", "--email", "ann"], "not an e-mail address"),
        (["invite", "oak", "ann", "Ann"], "no organization “oak”"),
        (["invite-again", "riverbend", "anna"], "no member “anna”. Did you mean “ana”?"),
        (["rename-member", "riverbend", "ana"], "--shown-name"),
        (["rename-member", "riverbend", "ana", "--name", ""], "1 to 100"),
        (["disable-member", "riverbend", "ben"], "no member “ben”"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    messenger: CommandLine, arguments: list[str], told: str
) -> None:
    messenger.add_riverbend()
    invite_ana(messenger)

    assert told in messenger.refused(*arguments)


def test_who_lost_the_link_or_was_disabled_is_to_be_invited_again(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    messenger.done("add-organization", "Oak", "--slug", "oak", "--time-zone", "UTC")
    invite_ana(messenger)

    lost = messenger.refused("invite", "riverbend", " ANA ", "Ana Ruiz")
    messenger.done("disable-member", "riverbend", "ana")
    left = messenger.refused("invite", "riverbend", "ana", "Ana Ruiz")
    elsewhere = messenger.refused("invite", "oak", "ana", "Ana Oak")

    assert "Ana Ruiz has it (invited)" in lost
    assert "Ana Ruiz has it (disabled)" in left
    assert all("`messenger invite-again riverbend ana`" in told for told in (lost, left))
    assert elsewhere == "The login “ana” is taken. Choose another one.\n"


def test_who_leaves_is_out_at_once_and_may_be_invited_again(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    join(messenger, invite_ana(messenger))
    approve(messenger, "ana", recovery_key)

    left = messenger.done("disable-member", "riverbend", "ana")
    twice = messenger.refused("disable-member", "riverbend", "ana")
    join(messenger, messenger.done("invite-again", "riverbend", "ana"))
    approve(messenger, "ana", recovery_key)

    assert "Nobody is left in riverbend" in left
    assert "disabled already" in twice
    assert "active" in messenger.done("list-members", "riverbend")


def test_who_invites_the_only_member_again_is_told_that_nobody_is_left(
    messenger: CommandLine,
) -> None:
    recovery_key = messenger.add_riverbend()
    for login in ("ana", "ben"):
        join(messenger, messenger.done("invite", "riverbend", login, login.title()))
        approve(messenger, login, recovery_key)

    colleague_stays = messenger.done("invite-again", "riverbend", "ana")
    only_one = messenger.done("invite-again", "riverbend", "ben")
    nobody_was = messenger.done("invite-again", "riverbend", "ben")

    assert "Nobody is left" not in colleague_stays
    assert "Nobody is left in riverbend" in only_one
    assert "recovery key" in only_one.split("Nobody is left")[1]
    assert "Nobody is left" not in nobody_was


def test_while_a_colleague_stays_the_teams_key_turns_with_them(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()
    for login in ("ana", "ben"):
        join(messenger, messenger.done("invite", "riverbend", login, login.title()))
        approve(messenger, login, recovery_key)

    assert "next member signs in" in messenger.done("disable-member", "riverbend", "ana")


def test_the_rehearsal_says_what_the_recovery_key_opens(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()

    said = messenger.done("rehearse-recovery", "riverbend", typed=recovery_key)

    assert said == "The recovery key opens the team's key and 0 of 0 reports.\n"


def test_an_organization_without_members_says_how_to_invite(messenger: CommandLine) -> None:
    messenger.add_riverbend()

    assert "messenger invite riverbend" in messenger.done("list-members", "riverbend")
