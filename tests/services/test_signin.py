"""How members get in, what works once, and what ends whose stay."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import anyio
import pytest
from pyotp import TOTP

from messenger.domain.errors import (
    BadCredentials,
    BadInvitation,
    BadSetting,
    NeedsSecondFactor,
    NoSuchColleague,
    NotApproved,
    NotFound,
    NothingChanges,
    WeakPassword,
)
from messenger.domain.events import Role
from messenger.domain.ids import MemberId
from messenger.domain.keys import Credentials
from messenger.domain.people import Member, Standing
from messenger.services.signin import SignedIn
from tests.cast import PASSWORD, House
from tests.clocks import StoppedClock

OTHER = "another battery staple"


def code(seed: str, clock: StoppedClock, step: int = 0) -> str:
    return TOTP(seed).at(clock.at + timedelta(seconds=30 * step))


async def enrol(house: House, signed_in: SignedIn, clock: StoppedClock) -> tuple[str, list[str]]:
    """Turn on the second factor; the code used is that of the step before this one."""
    seed = house.parts.signin.new_seed()
    recovery = await house.parts.signin.set_second_factor(signed_in, seed, code(seed, clock, -1))
    return seed, list(recovery)


async def is_in(house: House, signed_in: SignedIn) -> bool:
    return await house.parts.signin.find(signed_in.token) is not None


# Invitations


async def test_an_invitation_lets_one_person_in_once(house: House) -> None:
    signin = house.parts.signin
    invitation = await signin.invite(house.organization.id, "ana", "Ana")

    signed_in = await signin.accept(invitation, PASSWORD)

    assert signed_in.member.standing is Standing.PENDING
    for again in (invitation, invitation + "x", "", "x" * 22):
        with pytest.raises(BadInvitation):
            await signin.accept(again, PASSWORD)


async def test_of_two_who_use_an_invitation_at_once_one_gets_in(house: House) -> None:
    signin = house.parts.signin
    invitation = await signin.invite(house.organization.id, "ana", "Ana")

    both = await asyncio.gather(
        *(signin.accept(invitation, password) for password in (PASSWORD, OTHER)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in both) == ["BadInvitation", "SignedIn"]


async def test_an_invitation_lasts_seven_days(house: House, clock: StoppedClock) -> None:
    signin = house.parts.signin
    in_time = await signin.invite(house.organization.id, "ana", "Ana")
    late = await signin.invite(house.organization.id, "ben", "Ben")

    clock.pass_by(days=7, seconds=-1)
    await signin.accept(in_time, PASSWORD)
    clock.pass_by(seconds=1)
    with pytest.raises(BadInvitation):
        await signin.accept(late, PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "ana@riverbend.test",
        "ANA@riverbend.test",
        "password1234",
        "Riverbend2026!",
    ],
)
async def test_a_weak_password_is_refused_and_the_invitation_still_good(
    house: House, password: str
) -> None:
    signin = house.parts.signin
    invitation = await signin.invite(house.organization.id, "ana@riverbend.test", "Ana")

    with pytest.raises(WeakPassword):
        await signin.accept(invitation, password)
    await signin.accept(invitation, PASSWORD)


async def test_twelve_characters_that_nobody_guesses_are_enough(house: House) -> None:
    invitation = await house.parts.signin.invite(house.organization.id, "ana", "Ana")

    await house.parts.signin.accept(invitation, "qz7 mulch wy")


async def test_the_login_is_no_password_however_long_it_is(house: House) -> None:
    login = "verylonglogin.of.some.person@district-school.example.org"
    invitation = await house.parts.signin.invite(house.organization.id, login, "Ana")

    with pytest.raises(WeakPassword):
        await house.parts.signin.accept(invitation, login.title())


async def test_a_login_in_use_is_refused_whatever_its_case(house: House) -> None:
    await house.member("ana", second_factor=False)

    with pytest.raises(BadSetting):
        await house.parts.signin.invite(house.organization.id, "ANA", "Other Ana")


@pytest.mark.parametrize(
    ("login", "name", "email"),
    [("ana ruiz", "Ana", ""), ("ana", "", ""), ("ana", "A" * 101, ""), ("ana", "Ana", "ana@")],
)
async def test_nobody_is_invited_by_what_is_no_login_name_or_mail_address(
    house: House, login: str, name: str, email: str
) -> None:
    with pytest.raises(BadSetting):
        await house.parts.signin.invite(house.organization.id, login, name, email)

    assert await house.parts.membership.members("riverbend") == []


async def test_a_name_may_have_a_hundred_characters(house: House) -> None:
    await house.parts.signin.invite(house.organization.id, "ana", "A" * 100)

    (ana,) = await house.parts.membership.members("riverbend")
    assert ana.name == "A" * 100


# Signing in


async def test_the_password_opens_and_any_other_does_not(house: House) -> None:
    await house.member("ana", second_factor=False)
    signin = house.parts.signin

    again = await signin.sign_in(" ANA ", PASSWORD, "")

    assert again.member.login == "ana" and await is_in(house, again)
    for login, password in (("ana", PASSWORD + "x"), ("ana", ""), ("nobody", PASSWORD)):
        with pytest.raises(BadCredentials):
            await signin.sign_in(login, password, "")


async def test_who_is_not_there_costs_the_same_work_as_who_is(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    signin, stretcher, costs = house.parts.signin, house.parts.stretcher, list[str]()
    await house.member("ana", second_factor=False)
    gone = await house.member("ben", second_factor=False)
    await signin.disable(house.organization.id, gone.member.id)
    await signin.invite(house.organization.id, "cleo", "Cleo")
    stretch = stretcher.password

    async def counted(password: str, salt: bytes, cost: str, login: str = "") -> bytes:
        costs.append(cost)
        return await stretch(password, salt, cost, login)

    monkeypatch.setattr(stretcher, "password", counted)
    for login in ("ana", "ben", "cleo", "nobody"):
        with pytest.raises(BadCredentials):
            await signin.sign_in(login, "a wrong password", "")

    assert costs == [stretcher.cost] * 4


async def guess(house: House, times: int) -> list[float]:
    """Guess Ana's password so often, all at once; how long each try had to wait."""
    waits = list[float]()

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    async def one() -> None:
        with pytest.raises(BadCredentials):
            await house.parts.signin.sign_in("ana", "guess", "", pause=pause)

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(one)
    return waits


async def test_who_guesses_in_parallel_waits_for_each_try(house: House) -> None:
    await house.member("ana", second_factor=False)

    waits = await guess(house, 10)

    assert waits[:4] == [0, 0, 0, 0]
    assert all(sooner < later for sooner, later in pairwise(waits[3:]))


async def test_a_browser_where_a_member_signed_in_before_waits_behind_no_guesser(
    house: House,
) -> None:
    ana = await house.member("ana", second_factor=False)
    ben = await house.member("ben", second_factor=False)
    signin, waits = house.parts.signin, list[float]()

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    await guess(house, 10)
    for known in (signin.known(ana.member), signin.known(ben.member), "", "ana\n"):
        await signin.sign_in("Ana", PASSWORD, "", known, pause)
        await guess(house, 10)

    assert waits[0] == 0
    assert min(waits[1:]) > 0


async def test_a_member_disabled_is_out_at_once_and_does_not_get_in(house: House) -> None:
    ana = await house.member("ana", second_factor=False)
    await house.parts.keyring.team_keys(ana.responder)

    await house.parts.signin.disable(house.organization.id, ana.member.id)

    assert not await is_in(house, ana) and house.parts.keyring.sessions() == []
    with pytest.raises(BadCredentials):
        await house.parts.signin.sign_in("ana", PASSWORD, "")


async def test_a_stay_ends_after_a_long_shift(house: House, clock: StoppedClock) -> None:
    ana = await house.member("ana", second_factor=False)

    clock.pass_by(hours=12)
    assert await is_in(house, ana)
    clock.pass_by(hours=1)
    assert not await is_in(house, ana)


async def test_signing_out_ends_this_stay_and_no_other(house: House) -> None:
    here = await house.member("ana", second_factor=False)
    there = await house.parts.signin.sign_in("ana", PASSWORD, "")

    for signed_in in (here, there):
        await house.parts.keyring.team_keys(signed_in.responder)

    await house.parts.signin.sign_out(here)

    assert not await is_in(house, here) and await is_in(house, there)
    assert house.parts.keyring.sessions() == [there.token.session]


async def test_a_reporters_token_signs_nobody_in(house: House) -> None:
    mia = await house.report()

    assert await house.parts.signin.find(mia.token) is None
    assert house.parts.tokens.read("responder", mia.token.text) is None
    ana = await house.member("ana", second_factor=False)
    assert house.parts.tokens.read("reporter", ana.token.text) is None
    assert await house.desks.reporting.find(ana.token) is None


async def test_who_is_shown_by_another_name_keeps_the_address_given_meanwhile(house: House) -> None:
    ana = await house.member("ana")
    await house.parts.membership.rename("riverbend", "ana", email="new@r.test")

    await house.parts.roster.names(house.organization.id)
    after = await house.parts.signin.show_as(ana, "Ms. Ruiz")

    member = await house.parts.directory.find_member(ana.member.id)
    assert member is not None and (member.shown_name, member.email) == ("Ms. Ruiz", "new@r.test")
    assert after.member.shown_name == "Ms. Ruiz"
    names = await house.parts.roster.names(house.organization.id)
    assert names.person(ana.responder.author, Role.REPORTER).name == "Ms. Ruiz"


# Second factor


async def test_a_code_is_asked_for_and_works_once(house: House, clock: StoppedClock) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, _ = await enrol(house, ana, clock)
    now = code(seed, clock)

    for wrong in ("", "12345", code(seed, clock, -2)):
        with pytest.raises(BadCredentials):
            await house.parts.signin.sign_in("ana", PASSWORD, wrong)
    await house.parts.signin.sign_in("ana", PASSWORD, now)
    with pytest.raises(BadCredentials):
        await house.parts.signin.sign_in("ana", PASSWORD, now)


async def test_the_code_that_enrolled_and_any_earlier_one_do_not_work_again(
    house: House, clock: StoppedClock
) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, _ = await enrol(house, ana, clock)
    later = code(seed, clock, 1)

    await house.parts.signin.sign_in("ana", PASSWORD, later)
    for used in (code(seed, clock, -1), code(seed, clock)):
        with pytest.raises(BadCredentials):
            await house.parts.signin.sign_in("ana", PASSWORD, used)


async def test_of_two_who_type_a_code_at_once_one_gets_in(
    house: House, clock: StoppedClock
) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, _ = await enrol(house, ana, clock)
    now = code(seed, clock)

    both = await asyncio.gather(
        *(house.parts.signin.sign_in("ana", PASSWORD, now) for _ in range(2)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in both) == ["BadCredentials", "SignedIn"]


async def test_who_knows_the_password_is_heard_out_for_ten_codes_in_five_minutes(
    house: House, clock: StoppedClock
) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, recovery = await enrol(house, ana, clock)
    signin = house.parts.signin

    async def go_on(seconds: float) -> None:
        """Wait for nothing."""

    async def try_all_at_once(times: int) -> None:
        guesses = (signin.sign_in("ana", PASSWORD, "guess", pause=go_on) for _ in range(times))
        for guessed in await asyncio.gather(*guesses, return_exceptions=True):
            assert isinstance(guessed, BadCredentials)

    await try_all_at_once(9)
    await signin.sign_in("ana", PASSWORD, recovery[0], pause=go_on)
    for unheard in (recovery[1], code(seed, clock, 1)):
        with pytest.raises(BadCredentials):
            await signin.sign_in("ana", PASSWORD, unheard, pause=go_on)
    await signin.sign_in("ana", PASSWORD, recovery[1], signin.known(ana.member), go_on)

    clock.pass_by(minutes=5)
    await signin.sign_in("ana", PASSWORD, code(seed, clock), pause=go_on)


async def test_a_recovery_code_works_once_and_the_others_stay_good(
    house: House, clock: StoppedClock
) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, recovery = await enrol(house, ana, clock)
    assert len(set(recovery)) == 10

    await house.parts.signin.sign_in("ana", PASSWORD, recovery[0].upper())
    with pytest.raises(BadCredentials):
        await house.parts.signin.sign_in("ana", PASSWORD, recovery[0])
    await house.parts.signin.sign_in("ana", PASSWORD, recovery[1])
    await house.parts.signin.sign_in("ana", PASSWORD, code(seed, clock))


async def test_of_two_who_type_a_recovery_code_at_once_one_gets_in(
    house: House, clock: StoppedClock
) -> None:
    ana = await house.member("ana", second_factor=False)
    _, recovery = await enrol(house, ana, clock)

    both = await asyncio.gather(
        *(house.parts.signin.sign_in("ana", PASSWORD, recovery[0]) for _ in range(2)),
        return_exceptions=True,
    )

    assert sorted(type(one).__name__ for one in both) == ["BadCredentials", "SignedIn"]


async def test_the_second_factor_is_set_once(house: House, clock: StoppedClock) -> None:
    ana = await house.member("ana", second_factor=False)
    seed, _ = await enrol(house, ana, clock)

    with pytest.raises(NotFound):
        await enrol(house, ana, clock)

    await house.parts.signin.sign_in("ana", PASSWORD, code(seed, clock))


async def test_of_two_who_enrol_at_once_one_does(house: House, clock: StoppedClock) -> None:
    ana = await house.member("ana", second_factor=False)

    both = await asyncio.gather(
        *(enrol(house, ana, clock) for _ in range(2)), return_exceptions=True
    )

    enrolled = [one for one in both if not isinstance(one, BaseException)]
    assert len(enrolled) == 1
    await house.parts.signin.sign_in("ana", PASSWORD, code(enrolled[0][0], clock))


async def test_a_code_that_does_not_fit_turns_nothing_on(house: House, clock: StoppedClock) -> None:
    ana = await house.member("ana", second_factor=False)
    seed = house.parts.signin.new_seed()

    for wrong, typed in (
        (seed, "12345"),
        ("", "123456"),
        ("no seed", "123456"),
        ("A" * 31, "123456"),
    ):
        with pytest.raises(BadCredentials):
            await house.parts.signin.set_second_factor(ana, wrong, typed)
        assert (house.parts.signin.keep_seed(wrong) == wrong) == (wrong == seed)
    found = await house.parts.signin.find(ana.token)
    assert found is not None and found.needs_second_factor
    await enrol(house, ana, clock)
    found = await house.parts.signin.find(ana.token)
    assert found is not None and not found.needs_second_factor


# Approval


async def test_approval_takes_the_fingerprint_of_the_key_that_is_there(house: House) -> None:
    ana = await house.responder("ana")
    cleo = (await house.member("cleo", approved=False)).member
    signin = house.parts.signin

    for wrong in ("", "0000 0000 0000", signin.fingerprint(cleo)[:-1]):
        with pytest.raises(NotFound):
            await signin.approve(ana, cleo.id, wrong)
    await signin.approve(ana, cleo.id, signin.fingerprint(cleo))
    with pytest.raises((NotFound, NothingChanges)):
        await signin.approve(ana, cleo.id, signin.fingerprint(cleo))
    found = await house.parts.directory.find_member(cleo.id)
    assert found is not None and found.standing is Standing.ACTIVE


async def test_who_waits_for_approval_approves_nobody(house: House) -> None:
    cleo, dora = [await house.member(login, approved=False) for login in ("cleo", "dora")]

    with pytest.raises(NotApproved):
        cleo.check_approved()
    with pytest.raises(NotApproved):
        await house.parts.signin.approve(
            cleo.responder, dora.member.id, house.parts.signin.fingerprint(dora.member)
        )


async def test_who_has_no_second_factor_is_let_in_and_no_further(house: House) -> None:
    ana = await house.member("ana", second_factor=False)

    assert await is_in(house, ana)
    with pytest.raises(NeedsSecondFactor):
        ana.check_approved()


async def test_who_was_just_approved_may_be_asked_to_join_and_who_was_disabled_no_more(
    house: House,
) -> None:
    ana, ben = await house.responder("ana"), await house.member("ben")
    cleo = (await house.member("cleo", approved=False)).member
    signin, chat = house.parts.signin, house.desks.chat
    here, _ = await chat.enter(ana, (await house.report()).reporter.room)
    await chat.claim(here, "claim-0001")

    with pytest.raises(NoSuchColleague):
        await chat.bring_in(here, "bring-0001", cleo.id)
    await signin.approve(ana, cleo.id, signin.fingerprint(cleo))
    await chat.bring_in(here, "bring-0002", cleo.id)

    await signin.invite_again(house.organization.id, ben.member.id)
    with pytest.raises(NoSuchColleague):
        await chat.bring_in(here, "bring-0003", ben.member.id)
    await signin.disable(house.organization.id, cleo.id)
    with pytest.raises(NoSuchColleague):
        await chat.bring_in(here, "bring-0004", cleo.id)


# Forgotten and changed passwords


async def test_who_forgot_the_password_begins_anew_and_waits_for_approval(house: House) -> None:
    ana, ben = await house.responder("ana"), await house.member("ben")
    room = (await house.report()).reporter.room
    signin = house.parts.signin

    invitation = await signin.invite_again(house.organization.id, ben.member.id)
    assert not await is_in(house, ben)
    with pytest.raises(BadCredentials):
        await signin.sign_in("ben", PASSWORD, "")
    again = await signin.accept(invitation, OTHER)
    with pytest.raises(NotApproved):
        await house.desks.chat.enter(again.responder, room)

    await signin.approve(ana, again.member.id, signin.fingerprint(again.member))
    assert again.member.public_key != ben.member.public_key
    here, _ = await house.desks.chat.enter(again.responder, room)
    assert (await house.desks.history.stretch(here, 1)).events


async def test_another_password_keeps_the_rooms_and_ends_the_other_stays(
    house: House, clock: StoppedClock
) -> None:
    here = await house.member("ana", second_factor=False)
    seed, recovery = await enrol(house, here, clock)
    there = await house.parts.signin.sign_in("ana", PASSWORD, recovery[0])
    room = (await house.report()).reporter.room
    signin = house.parts.signin

    with pytest.raises(BadCredentials):
        await signin.change_password(here, OTHER, PASSWORD)
    with pytest.raises(WeakPassword):
        await signin.change_password(here, PASSWORD, "short")
    await signin.change_password(here, PASSWORD, OTHER)

    assert await is_in(house, here) and not await is_in(house, there)
    with pytest.raises(BadCredentials):
        await signin.sign_in("ana", PASSWORD, code(seed, clock))
    again = await signin.sign_in("ana", OTHER, code(seed, clock))
    inside, _ = await house.desks.chat.enter(again.responder, room)
    assert (await house.desks.history.stretch(inside, 1)).events


async def test_who_guesses_from_a_place_that_was_left_waits_for_each_try(house: House) -> None:
    ana = await house.member("ana", second_factor=False)
    waits = list[float]()

    async def pause(seconds: float) -> None:
        waits.append(seconds)

    for _ in range(6):
        with pytest.raises(BadCredentials):
            await house.parts.signin.change_password(ana, "guess", OTHER, pause)
    await house.parts.signin.change_password(ana, PASSWORD, OTHER, pause)
    await house.parts.signin.change_password(ana, OTHER, PASSWORD, pause)

    assert waits[:4] == [0, 0, 0, 0]
    assert all(sooner < later for sooner, later in pairwise(waits[3:7]))
    assert waits[7] == 0


async def test_a_password_that_is_changed_while_its_member_begins_anew_changes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await house.member("ana", second_factor=False)
    signin, wrap = house.parts.signin, house.parts.signin._wrap

    async def wrap_while_they_begin_anew(member: Member, private: bytes, new: str) -> Credentials:
        monkeypatch.setattr(signin, "_wrap", wrap)
        invitation = await signin.invite_again(house.organization.id, member.id)
        await signin.accept(invitation, OTHER)
        return await wrap(member, private, new)

    monkeypatch.setattr(signin, "_wrap", wrap_while_they_begin_anew)
    with pytest.raises(BadCredentials):
        await signin.change_password(ana, PASSWORD, "whoever had the old one")

    await signin.sign_in("ana", OTHER, "")


async def test_what_concerns_another_organizations_member_is_not_there(
    house: House, tmp_path: Path
) -> None:
    ben = (await house.member("ben")).member
    administration = house.parts.administration
    other, _ = await administration.add_organization("Elm", "elm", "America/New_York")

    for act in (house.parts.signin.disable, house.parts.signin.invite_again):
        with pytest.raises(NotFound):
            await act(other.id, ben.id)
        with pytest.raises(NotFound):
            await act(house.organization.id, MemberId("nobody"))
    found = await house.parts.directory.find_member(ben.id)
    assert found is not None and found.standing is Standing.ACTIVE
