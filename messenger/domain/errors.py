"""Refusals: answers that say no. Each has a code for programs and words for people.

A refusal is raised in the domain, carried untouched through services, and mapped once, at the edge.
The texts are English source strings; the edge passes them through gettext.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import ClassVar

from messenger.domain.marking import marked as _


class Refusal(Exception):
    """Something may not be done, or not now. Nothing has changed."""

    code = "refused"
    text = _("That did not work. Nothing was lost. Please try again.")
    status = 409

    def words(self, say: Callable[[str], str]) -> str:
        """Return what to tell people, translated by `say`."""
        return say(self.text)


class NotFound(Refusal):
    """No such thing, or not yours: the two must look alike, or rooms can be probed for."""

    code = "not_found"
    text = _("We can't find that conversation.")
    status = 404


class NoSuchCode(NotFound):
    """An access code that leads nowhere. Codes are public, so it may say that of them."""

    text = _("We don't know this code. Look at each letter of it again.")


class NoSuchColleague(NotFound):
    """Nobody of that id is on the team, or not any more."""

    text = _("That colleague is not on the team. Choose somebody else.")


class SignedOut(Refusal):
    """The session is over: expired, revoked, or never there."""

    code = "signed_out"
    text = _("You are signed out. Sign in again to go on. What you typed is still here.")
    status = 401


class BadId(Refusal):
    """An id of the wrong shape."""

    code = "bad_id"
    text = _("That was not sent in a form we understand. Reload the page and try again.")
    status = 422


class BadFrame(Refusal):
    """A frame that is not of the protocol. The connection is over."""

    code = "bad_frame"
    text = _("That was not sent in a form we understand.")
    status = 422


class Conflict(Refusal):
    """The same id was already used for something else."""

    code = "conflict"
    text = _("That was already sent with other words. Copy what you typed and send it anew.")


class AnotherRoom(Refusal):
    """It names a conversation, and who sends it is in another one since."""

    code = "another_room"
    text = _("Another conversation was opened in this browser. This was not sent to it.")


class KeyTurned(Refusal):
    """The team has a newer key than the one that was just sealed to."""

    code = "key_turned"


class RoomIsTaken(Refusal):
    """Somebody else holds the claim."""

    code = "room_is_taken"
    text = _("A colleague has this conversation already.")


class RoomIsClosed(Refusal):
    """The conversation is closed; a responder reopens it first."""

    code = "room_is_closed"
    text = _("This conversation is closed. Reopen it to go on.")


class RoomIsOpen(Refusal):
    """Only what is closed can be reopened."""

    code = "room_is_open"
    text = _("This conversation is open already.")


class RoomIsDeleted(Refusal):
    """The reporter deleted it: nobody would read what is said there."""

    code = "room_is_deleted"
    text = _("The reporter deleted this conversation, and can't read answers any more.")


class NotYourClaim(Refusal):
    """Only who holds the claim may do this."""

    code = "not_your_claim"
    text = _("Claim this conversation first.")


class NothingChanges(Refusal):
    """The state asked for is the state there is."""

    code = "nothing_changes"
    text = _("It is that way already.")


class BadUrgency(Refusal):
    """There is no such urgency."""

    code = "bad_urgency"
    text = _("We don't know this urgency. Choose life safety or normal.")
    status = 422


class EmptyText(Refusal):
    """There was nothing to send."""

    code = "empty"
    text = _("Write a few words first.")
    status = 422


class TextTooLong(Refusal):
    """More than 10,000 code points."""

    code = "too_long"
    text = _("That is longer than 10,000 letters. Send it in two parts.")
    status = 422


class LineTooLong(TextTooLong):
    """More than 500 code points, of what is a line."""

    text = _("That is longer than 500 letters. Make it shorter.")


class UnreadableText(Refusal):
    """Lone surrogates or other things that are not text."""

    code = "unreadable"
    text = _("Some of those characters can't be sent. Take them out and try again.")
    status = 422


class ContainsReceipt(Refusal):
    """Six words in a message are the way back in: they must not reach anyone else."""

    code = "contains_receipt"
    text = _("Your six words are in this message. Keep them to yourself: take them out, then send.")
    status = 422


class BadReceipt(Refusal):
    """No conversation opens with these words."""

    code = "bad_receipt"
    text = _("No conversation opens with these words. Check each word and try again.")
    status = 422


class WrongWord(Refusal):
    """The word typed back is not the one asked for."""

    code = "wrong_word"
    text = _("That is not the word. Look at your six words once more.")
    status = 422


class KeptForSafety(Refusal):
    """The team needs it: it is life safety or somebody works on it."""

    code = "kept_for_safety"
    text = _("The team is working on this, so it can't be deleted now. You can still leave.")


class TooBusy(Refusal):
    """The bounded queue in front of slow work is full."""

    code = "too_busy"
    text = _("Many people are here right now. Wait a few seconds and try again. Nothing was lost.")
    status = 503


class OthersFirst(Refusal):
    """Files that take minutes to clean are before this one."""

    code = "others_first"
    text = _(
        "Other videos or sounds are being made safe first. That can take some minutes. Then try again."
    )
    status = 503


class Reason(StrEnum):
    """Why a file could not be made safe."""

    UNKNOWN_KIND = "unknown_kind"
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    TOO_MANY_PAGES = "too_many_pages"
    LOCKED = "locked"
    TOO_SLOW = "too_slow"
    GAVE_UP = "gave_up"


class CannotClean(Refusal):
    """A file that can't be made safe, whosever fault it is. Nothing of it is kept."""

    code = "cannot_clean"
    text = _("We could not make this file safe to open. Send a photo or a screenshot instead.")
    status = 422
    _texts: ClassVar[Mapping[Reason, str]] = {
        Reason.UNKNOWN_KIND: _(
            "We can't take this kind of file. Send a photo, a video, a sound or a PDF instead."
        ),
        Reason.DAMAGED: _(
            "This file looks damaged. Open it yourself to see if it works, then send it again, or "
            "send a screenshot of it."
        ),
        Reason.TOO_LARGE: _("This picture is too big for us. Send a screenshot of it instead."),
        Reason.TOO_LONG: _("This is too long for us. Cut it into shorter parts and send those."),
        Reason.TOO_MANY_PAGES: _(
            "This PDF has too many pages for us. Send screenshots of the pages that matter."
        ),
        Reason.LOCKED: _("This PDF is locked. Send screenshots of its pages instead."),
        Reason.TOO_SLOW: _(
            "Making this file safe took too long. Send a shorter or a smaller one instead."
        ),
    }

    def __init__(self, reason: Reason = Reason.GAVE_UP) -> None:
        super().__init__(reason)
        self.reason = reason
        self.text = self._texts.get(reason, CannotClean.text)


class FileTooLarge(Refusal):
    """More bytes than a file of its kind may have."""

    code = "file_too_large"
    text = _("This file is larger than %(most)s MB. Send a shorter one, or a smaller copy of it.")
    status = 413

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self._most = most

    def words(self, say: Callable[[str], str]) -> str:
        return say(self.text) % {"most": self._most}


class EmptyFile(Refusal):
    """A file with nothing in it."""

    code = "empty_file"
    text = _("There is nothing in this file. Choose it again, or choose another one.")
    status = 422


class TooManyFiles(Refusal):
    """A room has as many files as it may have."""

    code = "too_many_files"
    text = _("This conversation has as many files as it can hold. You can still write.")


class WrongOffset(Refusal):
    """The bytes sent do not follow the last ones that are safe."""

    code = "wrong_offset"
    text = _("Some of this file is here already. Ask how much, and go on from there.")


class StillArriving(Refusal):
    """Something of the file is missing."""

    code = "still_arriving"
    text = _("Some of this file is still missing. Choose it again to go on.")


class StoreDown(Refusal):
    """The database did not take it. Nothing was acknowledged."""

    code = "store_down"
    text = _("We can't save anything right now. Keep this page open and try again in a minute.")
    status = 503


class NoPlaceForFiles(StoreDown):
    """What is left of the disk is kept for words."""

    text = _("There is no room for files right now. What you write still gets in. Try again later.")


class PerhapsElsewhere(StoreDown):
    """No database that answers has it; one that does not answer may."""


PASSING = (StoreDown, TooBusy)
"""Not now, and nothing is settled: the same again, unchanged, may get in later."""


class Unreadable(Refusal):
    """What was sealed does not open: the wrong key, or somebody changed it."""

    code = "unreadable_seal"
    text = _("This can't be opened. Tell the person who runs this service.")
    status = 500


class BadCredentials(Refusal):
    """Login, password or code: which of them is not said."""

    code = "bad_credentials"
    text = _(
        "That sign-in name, password and code do not go together. Check all three, and your phone's clock."
    )
    status = 401


class BadInvitation(Refusal):
    """Used, expired, or never there."""

    code = "bad_invitation"
    text = _(
        "This invitation does not work any more. If you chose a password with it before, sign in. "
        "If not, ask for a new one."
    )
    status = 404


class WeakPassword(Refusal):
    """Shorter than 12, the login again, or soon guessed."""

    code = "weak_password"
    text = _(
        "Use at least 12 characters that are hard to guess: no common password, name or login. "
        "Four random words work well."
    )
    status = 422


class NotApproved(Refusal):
    """Nobody has handed this member the team's key yet."""

    code = "not_approved"
    text = _("A colleague has to approve you first.")
    status = 403


class NeedsSecondFactor(Refusal):
    """A password alone does not open the queue."""

    code = "needs_second_factor"
    text = _("Set up the codes from your phone first.")
    status = 403


class BadForm(Refusal):
    """A form that did not come from our page."""

    code = "bad_form"
    text = _(
        "This page was open too long or came from somewhere else. Go back, reload, send again."
    )
    status = 403


class BadSetting(Refusal):
    """Something typed at the command line, or about a member, cannot be used; the text says what and how to mend it.

    What can be read on a page is marked for translation; `values` go where it names them.
    """

    code = "bad_setting"

    def __init__(self, text: str, **values: object) -> None:
        self._sentence, self._values = text, values
        self.text = self.words(str)
        super().__init__(self.text)

    def words(self, say: Callable[[str], str]) -> str:
        sentence = say(self._sentence)
        return sentence % self._values if self._values else sentence
