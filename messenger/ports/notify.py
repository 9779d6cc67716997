"""Mail to those on duty."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Mail:
    """A notification: never any content of a report."""

    to: str
    subject: str
    text: str


class MailDown(Exception):
    """The mail server did not take it, or it could not be written. Tried again at the next round."""


class Mailer(Protocol):
    """Sends mail, or raises `MailDown` within its deadline, whatever the address."""

    async def send(self, mail: Mail) -> None: ...
