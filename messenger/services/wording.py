"""Sentences the server makes itself, in the reader's language: duty, times, amounts."""

from collections.abc import Callable
from datetime import datetime
from gettext import NullTranslations

from messenger.domain.duty import Duty
from messenger.domain.people import Organization
from messenger.protocol.frames import DutyNow

FormatMoment = Callable[[datetime, datetime], str]


class Wording:
    """Words for one language. `say_moment` writes, as of now, a local time the way people say it."""

    def __init__(self, translations: NullTranslations, say_moment: FormatMoment) -> None:
        self._ = translations.gettext
        self._n = translations.ngettext
        self._say_moment = say_moment

    def duty(self, duty: Duty) -> DutyNow:
        """Say truthfully who is there, how long it takes, and what to do otherwise."""
        _ = self._
        call = _("If someone is in danger right now, call 911.")
        if duty.here:
            return DutyNow(
                here=True, text=_("Someone from the team is here now."), usual=self._usual(duty)
            )
        if duty.within_hours:
            text = _(
                "These are the team's hours, but nobody is at the screen this minute. Your message will wait for them."
            )
            return DutyNow(here=False, text=text, usual=self._usual(duty), call=call)
        if duty.next_start is None:
            text = _("Nobody is on duty right now. Your message will be waiting for them.")
            return DutyNow(here=False, text=text, call=call)
        text = _("Nobody is on duty until %(when)s. Your message will be waiting for them.")
        when = self._say_moment(duty.at, duty.next_start)
        return DutyNow(here=False, text=text % {"when": when}, next=when, call=call)

    def duty_in_short(self, duty: Duty) -> str:
        """Say the same in a few words, true for a minute: nothing where nobody can know."""
        if duty.here:
            return self._("Someone is here now")
        if duty.within_hours or duty.next_start is None:
            return ""
        when = self._say_moment(duty.at, duty.next_start)
        return self._("Answers from %(when)s") % {"when": when}

    def mail(self, organization: Organization, waiting: int, *, urgent: bool) -> tuple[str, str]:
        """Return subject and text of a mail: no content, not even a category. Mail is read on
        locked screens.
        """
        _ = self._
        subject = _("Someone is waiting - urgent") if urgent else _("Someone is waiting")
        text = self._n(
            "%(n)d conversation at %(name)s waits for somebody of the team.",
            "%(n)d conversations at %(name)s wait for somebody of the team.",
            waiting,
        )
        return subject, text % {"n": waiting, "name": organization.name}

    def _usual(self, duty: Duty) -> str:
        if duty.usual is None:
            return ""
        if duty.usual < 60:
            return self._("They usually answer in less than a minute.")
        minutes = round(duty.usual / 60)
        if minutes < 60:
            return self._n(
                "They usually answer in about %(n)d minute.",
                "They usually answer in about %(n)d minutes.",
                minutes,
            ) % {"n": minutes}
        hours = round(minutes / 60)
        return self._n(
            "They usually answer in about %(n)d hour.",
            "They usually answer in about %(n)d hours.",
            hours,
        ) % {"n": hours}
