"""How members get in: invitation, password and key pair, second factor, approval, sessions."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b

import anyio

from messenger.domain.access import Responder
from messenger.domain.errors import (
    BadCredentials,
    BadInvitation,
    NeedsSecondFactor,
    NotApproved,
    NotFound,
    Unreadable,
    WeakPassword,
)
from messenger.domain.events import Role
from messenger.domain.ids import MemberId, OrganizationId
from messenger.domain.keys import Credentials, Invitation, Label, Session
from messenger.domain.moments import seconds
from messenger.domain.naming import check_login, check_mail, check_name, check_shown_name
from messenger.domain.people import Member, Standing
from messenger.domain.text import check_line
from messenger.ports.live import Spent, Throttle
from messenger.ports.security import SecondFactor, Stretcher, Token, Tokens, Vault
from messenger.ports.storage import Directory, Keys, Sessions
from messenger.ports.world import Chance, Clock
from messenger.services.ids import new_id
from messenger.services.keyring import Keyring
from messenger.services.roster import Roster
from messenger.services.stay import expiry

Pause = Callable[[float], Awaitable[None]]
"""Waits for so many seconds."""

PURPOSE = "responder"
INVITATION_LASTS = timedelta(days=7)
PASSWORD_FLOOR = 12
_WORD = re.compile(r"\w+")
CODES, CODES_IN = 10, timedelta(minutes=5)
"""Codes that are looked at in that time: of a million, three are right."""
SALT_BYTES = 16
_KNOWN = "known"
_SEED = re.compile(r"[A-Z2-7]{32}")
"""20 bytes in base32."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A member with the token that got them in. Without approval they can only wait."""

    token: Token
    member: Member
    responder: Responder
    needs_second_factor: bool

    def check_approved(self) -> Responder:
        """Return the responder, or refuse who is not yet approved or has no second factor."""
        if self.member.standing is not Standing.ACTIVE:
            raise NotApproved
        if self.needs_second_factor:
            raise NeedsSecondFactor
        return self.responder


@dataclass(frozen=True, slots=True)
class _Factor:
    """What is sealed to a member: the seed of their codes and the recovery codes still unused."""

    seed: str = field(repr=False)
    recovery: tuple[str, ...] = field(repr=False)


class SignIn:
    """Lets members in, and nobody else."""

    def __init__(
        self,
        directory: Directory,
        keys: Keys,
        sessions: Sessions,
        keyring: Keyring,
        roster: Roster,
        tokens: Tokens,
        vault: Vault,
        stretcher: Stretcher,
        second_factor: SecondFactor,
        throttle: Throttle,
        spent: Spent,
        chance: Chance,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._sessions = sessions
        self._keyring = keyring
        self._roster = roster
        self._tokens = tokens
        self._vault = vault
        self._stretcher = stretcher
        self._second_factor = second_factor
        self._throttle = throttle
        self._spent = spent
        self._chance = chance
        self._clock = clock

    # Invitations

    async def invite(
        self, organization: OrganizationId, login: str, name: str, email: str = ""
    ) -> str:
        """Add a member and return the code of their invitation, which is told once and not kept."""
        code, code_hash = self._new_code()
        member = Member(
            MemberId(new_id(self._chance)), organization, check_login(login),
            check_name(name), check_mail(email),
        )  # fmt: skip
        await self._directory.add_member(member, self._invitation(code_hash, member.id))
        self._roster.forget()
        return code

    async def invite_again(self, organization: OrganizationId, member: MemberId) -> str:
        """A new way in for somebody who forgot theirs: new password, new key, new approval."""
        await self._of(organization, member)
        code, code_hash = self._new_code()
        await self._keys.invite_again(self._invitation(code_hash, member))
        self._changed()
        return code

    async def accept(self, code: str, password: str) -> SignedIn:
        """Set a password and make a key pair. The member then waits for approval."""
        code_hash = _hash_code(code)
        member_id = await self._keys.find_invitation(code_hash, seconds(self._clock()))
        member = await self._directory.find_member(member_id) if member_id else None
        if member is None:
            raise BadInvitation
        await self._check_password(password, member)
        pair = self._vault.new_pair()
        credentials = await self._wrap(member, pair.private, password)
        await self._keys.accept_invitation(code_hash, pair.public, credentials)
        self._changed()
        member = replace(member, standing=Standing.PENDING, public_key=pair.public)
        return await self._start_session(member, pair.private)

    # Second factor

    def new_seed(self) -> str:
        """Return a new seed for an authenticator app."""
        return self._second_factor.new_seed()

    def keep_seed(self, raw: str) -> str:
        """Return the seed that a page carried along, or a new one if it is none."""
        return raw if _SEED.fullmatch(raw) else self.new_seed()

    async def seed_uri(self, signed_in: SignedIn, seed: str) -> str:
        """Return what an authenticator app scans."""
        names = await self._roster.names(signed_in.member.organization)
        return self._second_factor.uri(seed, signed_in.member.login, names.organization.name)

    async def set_second_factor(self, signed_in: SignedIn, seed: str, code: str) -> tuple[str, ...]:
        """Turn on the second factor once a code proves it works; return the recovery codes."""
        is_seed = _SEED.fullmatch(seed) is not None
        step = self._second_factor.step_of(seed, code, self._clock()) if is_seed else None
        if step is None:
            raise BadCredentials
        recovery = tuple(self._second_factor.recovery_codes())
        member, private = signed_in.member, signed_in.responder.private_key
        sealed = self._seal_factor(member, private, _Factor(seed, recovery))
        if not await self._keys.change_second_factor(member.id, b"", sealed):
            raise NotFound  # It is set once; a new one comes with a new invitation.
        await self._keys.take_step(member.id, step)
        return recovery

    # Approval

    async def approve(self, approver: Responder, member_id: MemberId, fingerprint: str) -> None:
        """Vouch for a pending colleague's key, the one compared aloud, and hand on the team's."""
        member = await self._of(approver.organization, member_id)
        # The key may have been swapped in the database since it was shown.
        if member.standing is not Standing.PENDING or self.fingerprint(member) != fingerprint:
            raise NotFound
        team = await self._keyring.team_keys(approver)
        await self._keyring.approve(team, member.id, member.public_key)
        self._changed()

    def fingerprint(self, member: Member) -> str:
        """Return digits by which two people compare a public key aloud. Slow on purpose."""
        return self._vault.fingerprint(member.public_key)

    async def disable(self, organization: OrganizationId, member: MemberId) -> None:
        """End a member's access at once; the team's key turns with the next unlocked member."""
        await self._of(organization, member)
        await self._keys.disable(member)
        self._changed()

    # Sessions

    async def sign_in(
        self, login: str, password: str, code: str, known: str = "", pause: Pause = anyio.sleep
    ) -> SignedIn:
        """Open the member's key with the password, then ask for the code. Unknown logins do the
        same work, and which of the three was wrong is not said. A guesser waits in `pause`, and not
        in the way of a browser where this member has signed in before: that has a line of its own.
        """
        name = check_line(login).casefold()
        line = _known_line(name) if self._tokens.check_mark(_KNOWN, name, known) else name
        await pause(await self._throttle.turn(line))
        signed_in = await self._unlock(name, password, code, line)
        await self._throttle.succeeded(line)
        return signed_in

    def known(self, member: Member) -> str:
        """Return what a browser keeps of `member` having signed in there. It lets nobody in."""
        return self._tokens.mark(_KNOWN, member.login.casefold())

    async def find(self, token: Token) -> SignedIn | None:
        """Return whom this token lets in, if its session is still there."""
        found = await self._sessions.find_signed_in(token.session, seconds(self._clock()))
        if found is None:
            return None
        session, member, credentials = found
        private = self._vault.open(token.secret, _label("session", session), session.wrapped)
        return await self._signed_in(token, member, private, credentials)

    async def sign_out(self, signed_in: SignedIn) -> None:
        """End this session."""
        await self._sessions.revoke_session(signed_in.token.session)
        self._keyring.forget([signed_in.token.session])

    async def show_as(self, signed_in: SignedIn, raw: str) -> SignedIn:
        """Change the name that reporters see of the member; empty for none."""
        shown_name = check_shown_name(raw)
        await self._directory.change_member(signed_in.member, shown_name=shown_name)
        self._roster.forget()
        return replace(signed_in, member=replace(signed_in.member, shown_name=shown_name))

    async def change_password(
        self, signed_in: SignedIn, old: str, new: str, pause: Pause = anyio.sleep
    ) -> None:
        """Wrap the same key under a new password, and end the member's other sessions."""
        before, private = await self._confirm(signed_in, old, pause)
        await self._check_password(new, signed_in.member)
        after = await self._wrap(signed_in.member, private, new)
        if not await self._keys.change_password(before, after):
            raise BadCredentials  # The password is not the old one any more.
        await self._sessions.revoke_sessions_of(signed_in.member.id, signed_in.token.session)

    async def confirm(self, signed_in: SignedIn, password: str, pause: Pause = anyio.sleep) -> None:
        """Make sure that the member themselves sits there, for what would outlast their stay."""
        await self._confirm(signed_in, password, pause)

    async def _confirm(
        self, signed_in: SignedIn, password: str, pause: Pause
    ) -> tuple[Credentials, bytes]:
        """Whoever guesses, where a member left, waits as who signs in does."""
        member = signed_in.member
        credentials = await self._keys.find_credentials(member.id)
        if credentials is None:
            raise NotFound
        line = _known_line(member.login.casefold())
        await pause(await self._throttle.turn(line))
        private = await self._unwrap(credentials, member, password)
        await self._throttle.succeeded(line)
        return credentials, private

    async def _unlock(self, login: str, password: str, code: str, line: str) -> SignedIn:
        member = await self._directory.member_of_login(login)
        credentials = await self._keys.find_credentials(member.id) if member else None
        if member is None or credentials is None or member.standing is Standing.DISABLED:
            await self._stretcher.password(password, bytes(SALT_BYTES), self._stretcher.cost, login)
            raise BadCredentials
        private = await self._unwrap(credentials, member, password)
        await self._check_code(member, private, credentials, code, line)
        return await self._start_session(member, private)

    async def _check_code(
        self, member: Member, private: bytes, credentials: Credentials, code: str, line: str
    ) -> None:
        names = await self._roster.names(member.organization)
        if names.organization.demo or not credentials.second_factor:
            return
        if not await self._may_try_code(line):
            raise BadCredentials  # Nor is it said that the password was right.
        factor = self._open_factor(member, private, credentials)
        step = self._second_factor.step_of(factor.seed, code, self._clock())
        if step is not None and await self._keys.take_step(member.id, step):
            return
        await self._use_recovery_code(member, private, credentials, factor, code)

    async def _may_try_code(self, line: str) -> bool:
        """Whether one more is looked at. Not counted by failures: who guesses tries many at once."""
        lasts = int(CODES_IN.total_seconds())
        name = f"code {seconds(self._clock()) // lasts} {line}"
        for number in range(CODES):
            if await self._spent.spend(f"{number} {name}", lasts):
                return True
        return False

    async def _use_recovery_code(
        self,
        member: Member,
        private: bytes,
        credentials: Credentials,
        factor: _Factor,
        code: str,
    ) -> None:
        used = self._second_factor.find_recovery_code(code, factor.recovery)
        if used is None:
            raise BadCredentials
        left = tuple(known for known in factor.recovery if known != used)
        sealed = self._seal_factor(member, private, replace(factor, recovery=left))
        # Typed twice at once, it still works once.
        if not await self._keys.change_second_factor(member.id, credentials.second_factor, sealed):
            raise BadCredentials

    async def _start_session(self, member: Member, private: bytes) -> SignedIn:
        token = self._tokens.issue(PURPOSE)
        session = Session(
            token.session,
            member.organization,
            None,
            member.id,
            expiry(self._clock(), Role.TEAM),
            b"",
        )
        wrapped = self._vault.seal(token.secret, _label("session", session), private)
        await self._sessions.add_session(replace(session, wrapped=wrapped))
        credentials = await self._keys.find_credentials(member.id)
        if credentials is None:
            raise BadCredentials
        return await self._signed_in(token, member, private, credentials)

    async def _signed_in(
        self, token: Token, member: Member, private: bytes, credentials: Credentials
    ) -> SignedIn:
        names = await self._roster.names(member.organization)
        needs = not credentials.second_factor and not names.organization.demo
        responder = Responder(token.session, member.organization, member.id, private)
        return SignedIn(token, member, responder, needs)

    async def _of(self, organization: OrganizationId, member_id: MemberId) -> Member:
        member = await self._directory.find_member(member_id)
        if member is None or member.organization != organization:
            raise NotFound
        return member

    async def _wrap(self, member: Member, private: bytes, password: str) -> Credentials:
        salt, cost = self._chance(SALT_BYTES), self._stretcher.cost
        key = await self._stretcher.password(password, salt, cost, member.login)
        wrapped = self._vault.seal(key, _private_label(member), private)
        return Credentials(member.id, salt, cost, wrapped)

    async def _unwrap(self, credentials: Credentials, member: Member, password: str) -> bytes:
        """Opening the private key *is* checking the password."""
        key = await self._stretcher.password(
            password, credentials.salt, credentials.cost, member.login
        )
        try:
            return self._vault.open(key, _private_label(member), credentials.wrapped_private)
        except Unreadable:
            raise BadCredentials from None

    def _seal_factor(self, member: Member, private: bytes, factor: _Factor) -> bytes:
        raw = json.dumps({"seed": factor.seed, "recovery": factor.recovery}).encode()
        return self._vault.seal(private, _factor_label(member), raw)

    async def _check_password(self, password: str, member: Member) -> None:
        """Raise `WeakPassword`: a thief of the database would guess it, and read all that this key opens."""
        # A long login is more than is judged of a password.
        if len(password) < PASSWORD_FLOOR or password.casefold() == member.login.casefold():
            raise WeakPassword
        about = [member.login, *_WORD.findall(f"{member.login} {member.name}")]
        if await self._stretcher.is_guessable(password, about):
            raise WeakPassword

    def _open_factor(self, member: Member, private: bytes, credentials: Credentials) -> _Factor:
        raw = json.loads(
            self._vault.open(private, _factor_label(member), credentials.second_factor)
        )
        return _Factor(raw["seed"], tuple(raw["recovery"]))

    def _invitation(self, code_hash: bytes, member: MemberId) -> Invitation:
        expires = seconds(self._clock() + INVITATION_LASTS)
        return Invitation(code_hash, member, expires)

    def _new_code(self) -> tuple[str, bytes]:
        code = new_id(self._chance)
        return code, _hash_code(code)

    def _changed(self) -> None:
        self._roster.forget()
        self._keyring.forget()


def _known_line(login: str) -> str:
    """Where a member waits behind nobody who guesses elsewhere: a login that somebody types is one line."""
    return f"{login}\n"


def _hash_code(code: str) -> bytes:
    return blake2b(code.strip().encode(), digest_size=32, person=b"invitation").digest()


def _label(purpose: str, session: Session) -> Label:
    return Label(
        purpose, session.organization, author=session.member or "", recipient=session.id.hex()
    )


def _private_label(member: Member) -> Label:
    return Label("private_key", member.organization, recipient=member.id)


def _factor_label(member: Member) -> Label:
    return Label("second_factor", member.organization, recipient=member.id)
