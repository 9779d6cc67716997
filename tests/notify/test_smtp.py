"""Mail against a real SMTP server on a port of its own."""

import logging
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from messenger.notify.smtp import SmtpMailer
from messenger.ports.notify import Mail, MailDown, Mailer
from tests.server import free_port

MAIL = Mail("ana@riverbend.example", "Someone is waiting", "1 waiting at Riverbend Schools.\n")
FROM = "tips@riverbend.example"


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    encryption: str = "none"
    user: str = ""
    password: str = ""


class Inbox:
    """What the server took."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.signed_in = False
        self.over_tls = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=default)
        assert isinstance(mail, EmailMessage)
        self.signed_in = bool(session.authenticated)
        assert server.transport is not None
        self.over_tls = server.transport.get_extra_info("cipher") is not None
        self.mails.append(mail)
        return "250 taken"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        if address.startswith("nobody"):
            return f"550 {address} is not known here"
        envelope.rcpt_tos.append(address)
        return "250 known"


def let_in(_s: object, _c: object, _e: object, _mechanism: str, told: Any) -> AuthResult:
    assert isinstance(told, LoginPassword)
    return AuthResult(success=told == LoginPassword(b"ann", b"right"), handled=False)


@contextmanager
def running(inbox: Inbox, **options: Any) -> Iterator[Account]:
    controller = Controller(inbox, "127.0.0.1", free_port(), **options)
    controller.start()
    try:
        yield Account("127.0.0.1", controller.port)
    finally:
        controller.stop()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", path, "-out", path.with_suffix(".crt")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


def context_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_a_mail_arrives_as_it_was_written(inbox: Inbox) -> None:
    with running(inbox) as account:
        mailer: Mailer = SmtpMailer(account, FROM)
        await mailer.send(MAIL)

    (mail,) = inbox.mails
    assert (mail["To"], mail["From"], mail["Subject"]) == (MAIL.to, FROM, MAIL.subject)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().replace("\r\n", "\n") == MAIL.text


async def test_nothing_tells_the_name_of_this_machine(inbox: Inbox) -> None:
    with running(inbox) as account:
        await SmtpMailer(account, FROM).send(MAIL)

    assert socket.gethostname() not in inbox.mails[0].as_string()


@pytest.mark.parametrize("encryption", ["tls", "starttls"])
async def test_passwords_travel_encrypted(inbox: Inbox, certificate: Path, encryption: str) -> None:
    context = context_of(certificate)
    over = {"ssl_context": context} if encryption == "tls" else {"tls_context": context}
    options = {"authenticator": let_in, "auth_require_tls": False}
    trust = ssl.create_default_context(cafile=str(certificate.with_suffix(".crt")))

    with running(inbox, **over, **options) as account:
        ann = replace(account, encryption=encryption, user="ann", password="right")
        await SmtpMailer(ann, FROM, trust=trust).send(MAIL)

    assert inbox.signed_in and inbox.over_tls


@pytest.mark.parametrize("encryption", ["tls", "starttls"])
async def test_a_server_nobody_vouches_for_gets_no_password(
    inbox: Inbox, certificate: Path, encryption: str
) -> None:
    context = context_of(certificate)
    over = {"ssl_context": context} if encryption == "tls" else {"tls_context": context}
    with running(inbox, **over) as account:
        mailer = SmtpMailer(replace(account, encryption=encryption, user="ann"), FROM)

        with pytest.raises(MailDown, match="trusted"):
            await mailer.send(MAIL)

    assert inbox.mails == []


async def test_a_server_that_cannot_encrypt_gets_no_password(inbox: Inbox) -> None:
    with running(inbox) as account:
        mailer = SmtpMailer(replace(account, encryption="starttls", user="ann"), FROM)

        with pytest.raises(MailDown, match="does not offer"):
            await mailer.send(MAIL)


async def test_a_wrong_password_is_told_and_not_repeated(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "messenger")
    with running(inbox, authenticator=let_in, auth_require_tls=False) as account:
        mailer = SmtpMailer(replace(account, user="ann", password="hunter2"), FROM)

        with pytest.raises(MailDown, match="refused") as caught:
            await mailer.check()

    assert "hunter2" not in str(caught.value)
    assert caplog.text == ""


async def test_checking_sends_nothing(inbox: Inbox) -> None:
    with running(inbox) as account:
        await SmtpMailer(account, FROM).check()

    assert inbox.mails == []


async def test_a_refused_address_is_an_outage_that_does_not_name_it(inbox: Inbox) -> None:
    with running(inbox) as account:
        mailer = SmtpMailer(account, FROM)

        with pytest.raises(MailDown, match="refused an address") as caught:
            await mailer.send(replace(MAIL, to="nobody@riverbend.example"))

    assert "riverbend" not in str(caught.value)


async def test_a_server_that_is_not_there_is_an_outage() -> None:
    with pytest.raises(MailDown, match="reached"):
        await SmtpMailer(Account("127.0.0.1", free_port()), FROM).send(MAIL)


async def test_a_server_that_says_nothing_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = SmtpMailer(Account("127.0.0.1", silent.getsockname()[1]), FROM, deadline=0.05)

        with pytest.raises(MailDown, match="too long"):
            await mailer.send(MAIL)


@pytest.mark.parametrize(
    "mail", [replace(MAIL, to="a@b\nBcc: x@y"), replace(MAIL, subject="a\nB: c")]
)
async def test_nobody_adds_a_header(inbox: Inbox, mail: Mail) -> None:
    with running(inbox) as account, pytest.raises(MailDown, match="this side"):
        await SmtpMailer(account, FROM).send(mail)

    assert inbox.mails == []


async def test_an_address_that_cannot_be_written_is_an_outage_told_without_it(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    with running(inbox) as account:
        mailer = SmtpMailer(account, FROM)

        with pytest.raises(MailDown, match="this side") as caught:
            await mailer.send(replace(MAIL, to="amy@[riverbend.example"))
        await mailer.send(MAIL)

    assert [mail["To"] for mail in inbox.mails] == [MAIL.to]
    assert "bug in a mail" in caplog.text
    assert "amy" not in str(caught.value) + caplog.text
