"""Setting up an organization from the command line."""

import pytest

from messenger.domain.recovery_key import parse_recovery_key
from tests.commands.conftest import CommandLine
from tests.commands.test_members import approve, join


def test_an_organization_is_set_up_in_a_few_commands(messenger: CommandLine) -> None:
    messenger.add_riverbend()

    messenger.done("add-school", "riverbend", "Lincoln High")
    code = messenger.done("add-code", "riverbend", "LINCOLN", "--school", "lincoln  high")
    messenger.done("add-code", "riverbend", "MetroED")
    hours = messenger.done("set-hours", "riverbend", "mon-fri 7:30-16:00; sat 9-12")
    messenger.done("add-holiday", "riverbend", "2099-12-25")

    assert "http://127.0.0.1:8000/c/LINCOLN" in code
    assert "mon-fri 07:30-16:00; sat 09:00-12:00 (America/Chicago)" in hours
    assert messenger.done("list-organizations").splitlines() == [
        "riverbend  Riverbend Schools",
        "  hours    mon-fri 07:30-16:00; sat 09:00-12:00 (America/Chicago); not on 2099-12-25",
        "  school   Lincoln High",
        "  code     lincoln  Lincoln High",
        "  code     metroed",
    ]


def test_the_recovery_key_is_told_once_and_kept_nowhere(messenger: CommandLine) -> None:
    recovery_key = messenger.add_riverbend()

    private = parse_recovery_key(recovery_key)
    files = [path.read_bytes() for path in messenger.data.iterdir()]
    assert files
    assert not any(private in content for content in files)
    assert not any(recovery_key[:14].encode() in content for content in files)


def test_a_recovery_key_that_was_never_told_is_told_anew_before_anybody_is_approved(
    messenger: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("typer.echo", _hang_up)
        with pytest.raises(BrokenPipeError):
            messenger.add_riverbend()

    join(messenger, messenger.done("invite", "riverbend", "ana", "Ana"))
    add = ("add-organization", "X", "--slug", "riverbend", "--time-zone", "UTC")
    assert "`messenger renew-recovery-key riverbend`" in messenger.refused(*add)
    renewed = messenger.done("renew-recovery-key", "riverbend").split("\n\n")[1]
    again = messenger.done("renew-recovery-key", "riverbend").split("\n\n")[1]

    opens_nothing = messenger("rehearse-recovery", "riverbend", typed=renewed + "\n")
    approve(messenger, "ana", again)
    assert opens_nothing.code == 2
    assert "opens the team's key" in messenger.done(
        "rehearse-recovery", "riverbend", typed=again + "\n"
    )
    assert "keeps its recovery key" in messenger.refused("renew-recovery-key", "riverbend")


def _hang_up(*_: object, **__: object) -> None:
    raise BrokenPipeError


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["add-school", "riverbent", "Oak"],
            "no organization “riverbent”. Did you mean “riverbend”?",
        ),
        (["add-school", "riverbend", "lincoln high"], "has a school “lincoln high” already"),
        (["add-school", "riverbend", " "], "1 to 100 characters"),
        (["add-code", "riverbend", "a b"], "“a b” can't be an access code"),
        (["add-code", "riverbend", "OAK", "--school", "Lincoln"], "Did you mean “Lincoln High”?"),
        (["add-code", "riverbend", "OAK", "--school", "xyz"], "There is Lincoln High."),
        (["set-hours", "riverbend", "mon 9"], "“9” has no end"),
        (["add-holiday", "riverbend", "25.12.2099"], "like 2026-12-25"),
        (["add-holiday", "riverbend", "2020-12-25"], "2020-12-25 is over"),
        (["set-wording", "riverbend"], "--greeting"),
        (["set-wording", "riverbend", "--emergency", "police"], "“police” is not a number"),
        (["set-wording", "riverbend", "--greeting", "x" * 601], "at most 600"),
        (["add-canned", "riverbend", "Title", " "], "Write a few words first."),
        (["add-canned", "riverbend", "Tell me more", "And?"], "“Tell me more” already"),
        (["remove-canned", "riverbend", "Tell me mor"], "Did you mean “Tell me more”?"),
        (["rename-school", "riverbend", "Lincoln", "Oak"], "Did you mean “Lincoln High”?"),
        (["rename-school", "riverbend", "Lincoln High", " "], "1 to 100 characters"),
        (["remove-school", "riverbend", "Oak"], "has no school “Oak”"),
        (["remove-code", "riverbend", "OAK"], "has no code “OAK”. There is none yet."),
        (["remove-holiday", "riverbend", "2099-12-25"], "2099-12-25 is no holiday"),
        (["remove-holiday", "riverbend", "25.12."], "like 2026-12-25"),
        (["renew-recovery-key", "riverbent"], "Did you mean “riverbend”?"),
        (["change-organization", "riverbend"], "--time-zone"),
        (["change-organization", "riverbend", "--time-zone", "CST"], "by its city"),
        (["add-organization", "X", "--slug", "Riverbend!", "--time-zone", "UTC"], "short name"),
        (["add-organization", "X", "--slug", "riverbend", "--time-zone", "UTC"], "already"),
        (["add-organization", "X", "--slug", "xx", "--time-zone", "America/Chicaco"], "Chicago"),
        (["add-organization", "", "--slug", "xx", "--time-zone", "UTC"], "1 to 100 characters"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(
    messenger: CommandLine, arguments: list[str], told: str
) -> None:
    messenger.add_riverbend()
    messenger.done("add-school", "riverbend", "Lincoln High")

    assert told in messenger.refused(*arguments)


def test_a_code_is_taken_from_its_school_only_when_that_is_said(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    messenger.done("add-school", "riverbend", "Lincoln High")
    messenger.done("add-code", "riverbend", "LINCOLN", "--school", "Lincoln High")

    again = messenger.done("add-code", "riverbend", "lincoln", "--school", "lincoln high")
    told = messenger.refused("add-code", "riverbend", "LINCOLN")
    kept = messenger.done("list-organizations")
    taken = messenger.done("add-code", "riverbend", "LINCOLN", "--replace")
    back = messenger.refused("add-code", "riverbend", "LINCOLN", "--school", "Lincoln High")

    assert "Before" not in again
    assert "leads to Lincoln High" in told and "--replace" in told
    assert "lincoln  Lincoln High" in kept
    assert "Before, it led to Lincoln High." in taken
    assert "leads to all of riverbend" in back


def test_another_organizations_code_is_taken(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    messenger.done("add-organization", "Oak", "--slug", "oak", "--time-zone", "UTC")
    messenger.done("add-code", "riverbend", "MetroED")

    assert "Another organization" in messenger.refused("add-code", "oak", "metroed")


def test_without_an_organization_there_is_a_word_on_how_to_begin(messenger: CommandLine) -> None:
    assert "messenger add-organization" in messenger.done("list-organizations")
    assert "There is none yet." in messenger.refused("add-school", "riverbend", "Oak")


def test_wrong_settings_are_all_told_before_anything_is_made(messenger: CommandLine) -> None:
    told = messenger.refused("list-organizations", MESSENGER_PORT="x", MESSENGER_ORIGIN="y")

    assert len(told.splitlines()) == 2
    assert not messenger.data.exists()


def test_wording_changes_and_goes_back(messenger: CommandLine) -> None:
    messenger.add_riverbend()

    changed = messenger.done(
        "set-wording", "riverbend", "--greeting", "Hello.", "--emergency", "Police: 555-0100"
    )
    back = messenger.done("set-wording", "riverbend", "--greeting", "", "--emergency", "")

    assert changed == back == "Reporters read it from now on.\n"


def test_its_help_says_which_numbers_stay(messenger: CommandLine) -> None:
    told = " ".join(messenger.done("set-wording", "--help").split())

    assert "911 and 988 always stay" in told and "may be repeated" in told
    assert "Replaces the numbers set before" in told


def test_what_reporters_read_is_listed(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    messenger.done(
        "set-wording", "riverbend", "--greeting", "Hello.\nWe listen.", "--who-reads", "Two of us.",
        "--emergency", "Town police: 555-0100",
    )  # fmt: skip

    assert messenger.done("list-organizations").splitlines()[2:] == [
        "  greeting Hello. We listen.",
        "  read by  Two of us.",
        "  number   Town police: 555-0100",
    ]


def test_what_was_set_up_can_be_changed_and_taken_back(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    messenger.done("add-school", "riverbend", "Lincon High")
    messenger.done("add-code", "riverbend", "LINCOLN", "--school", "Lincon High")
    messenger.done("add-code", "riverbend", "OAK")
    messenger.done("add-school", "riverbend", "Oak")
    messenger.done("set-hours", "riverbend", "always")
    messenger.done("add-holiday", "riverbend", "2099-12-25")

    named = messenger.done("rename-school", "riverbend", "lincon high", "Lincoln High")
    held = messenger.refused("remove-school", "riverbend", "Lincoln High")
    messenger.done("remove-school", "riverbend", "oak")
    nowhere = messenger.done("remove-code", "riverbend", "oak")
    hours = messenger.done("remove-holiday", "riverbend", "2099-12-25")
    changed = messenger.done(
        "change-organization", "riverbend", "--name", "Riverbend", "--time-zone", "America/Denver"
    )

    assert named == "It is Lincoln High now.\n"
    assert "The code “lincoln” leads to Lincoln High: `messenger remove-code` first" in held
    assert nowhere.startswith("oak leads nowhere.")
    assert hours == "On duty: daily always (America/Chicago)\n"
    assert changed == "riverbend is Riverbend now, in America/Denver.\n"
    assert messenger.done("list-organizations").splitlines() == [
        "riverbend  Riverbend",
        "  hours    daily always (America/Denver)",
        "  school   Lincoln High",
        "  code     lincoln  Lincoln High",
    ]


def test_responses_are_listed_and_removed(messenger: CommandLine) -> None:
    messenger.add_riverbend()
    before = messenger.done("list-canned", "riverbend")
    messenger.done("add-canned", "riverbend", "Bus office", "They open\nat 8.")

    listed = messenger.done("list-canned", "riverbend")
    gone = messenger.done("remove-canned", "riverbend", "bus office")

    assert "Bus office\n  They open at 8.\n" in listed
    assert gone == "“bus office” is gone.\n"
    assert messenger.done("list-canned", "riverbend") == before
