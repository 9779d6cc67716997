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
    """The mail server did not take it. Tried again at the next round."""


class Mailer(Protocol):
    """Sends mail, or raises `MailDown` within its deadline."""

    async def send(self, mail: Mail) -> None: ...
