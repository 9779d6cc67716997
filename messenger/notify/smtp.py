"""Mail over SMTP: the standard library's client in a thread. Nothing of a mail is ever logged."""

import logging
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Protocol

import anyio
from anyio import to_thread

from messenger.ports.notify import Mail, MailDown

DEADLINE = 20.0
"""Seconds for one mail, all of it."""
_ANSWER = 10.0
"""Seconds for one answer of the server."""
_THREADS = 8
"""Two are needed, for a mail and an urgent one; the others may be left behind at a deadline."""

_log = logging.getLogger("messenger.notify")


class Server(Protocol):
    """Where mail is handed in, as settings give it. `encryption` is `tls`, `starttls` or `none`."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def encryption(self) -> str: ...
    @property
    def user(self) -> str: ...
    @property
    def password(self) -> str: ...


class SmtpMailer:
    """The `Mailer`: one connection a mail."""

    def __init__(
        self,
        server: Server,
        sender: str,
        *,
        deadline: float = DEADLINE,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._deadline = deadline
        self._trust = trust or ssl.create_default_context()
        self._threads = anyio.CapacityLimiter(_THREADS)

    async def send(self, mail: Mail) -> None:
        await self._run(lambda connection: connection.send_message(_message(mail, self._sender)))

    async def check(self) -> None:
        """Sign in and send nothing; raises `MailDown` with a word about what went wrong."""
        await self._run(lambda connection: connection.noop())

    async def _run(self, work: Callable[[smtplib.SMTP], object]) -> None:
        try:
            with anyio.fail_after(self._deadline):
                # The thread is left behind at the deadline; its own time-outs end it soon.
                await to_thread.run_sync(
                    self._work, work, limiter=self._threads, abandon_on_cancel=True
                )
        except TimeoutError:
            raise MailDown("it took too long") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailDown(_reason(error)) from None
        except Exception as bug:  # noqa: BLE001 (told; one odd address keeps no other mail waiting)
            _log.error("bug in a mail", exc_info=bug)
            raise MailDown("something went wrong on this side") from None

    def _work(self, work: Callable[[smtplib.SMTP], object]) -> None:
        with self._connected() as connection:
            work(connection)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        with self._connect() as connection:
            if self._server.encryption == "starttls":
                connection.starttls(context=self._trust)
            if self._server.user:
                connection.login(self._server.user, self._server.password)
            yield connection

    def _connect(self) -> smtplib.SMTP:
        host, port = self._server.host, self._server.port
        # "localhost": the default would tell the name of this machine.
        if self._server.encryption == "tls":
            return smtplib.SMTP_SSL(host, port, "localhost", timeout=_ANSWER, context=self._trust)
        return smtplib.SMTP(host, port, "localhost", timeout=_ANSWER)


def _message(mail: Mail, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, mail.to, mail.subject
    message["Date"] = formatdate(usegmt=True)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # Nobody's holiday note should come back to a tip line (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


def _reason(error: Exception) -> str:
    """Say what went wrong in words of ours: the server's may repeat addresses or passwords."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return "user and password were refused"
        case smtplib.SMTPNotSupportedError():
            return "it does not offer what the settings ask for (encryption or signing in)"
        case smtplib.SMTPRecipientsRefused() | smtplib.SMTPSenderRefused():
            return "it refused an address"
        case ssl.SSLError():
            return "its certificate or encryption cannot be trusted"
        case smtplib.SMTPException():
            return "it did not take the mail"
        case _:
            return "it cannot be reached"
