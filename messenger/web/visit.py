"""One request of a reporter: what was typed, where they stand, and how to answer them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from messenger.domain.attachment import ACCEPTED, MEGABYTE, FileLimits
from messenger.domain.errors import NotFound, PerhapsElsewhere, Refusal
from messenger.domain.ids import SchoolId
from messenger.domain.room import Room
from messenger.services.reporting import WayIn
from messenger.services.roster import Names
from messenger.services.sealing import Unlocked
from messenger.web import identity
from messenger.web.desks import Desks
from messenger.web.forms import form_mark, is_of_reporter
from messenger.web.identity import cookie, cookies_of, find_cookie, school_value
from messenger.web.multipart import MultipartForm

DRAFT_FIELDS = (
    "danger", "category", "what", "where", "when", "who", "relation", "identity", "name",
    "contact", "draft_id", "code", "school", "to", "body", "unsent",
)  # fmt: skip
"""What a page carries along so that going back never loses a word: in the page, never on disk."""


@dataclass(slots=True)
class Visit:
    """A reporter's request; `names` and `school` say for whom they came, if that is known."""

    request: Request
    desks: Desks
    names: Names | None
    school: SchoolId | None
    way_in: WayIn | None
    form: dict[str, str] = field(default_factory=dict, repr=False)
    errors: dict[str, str] = field(default_factory=dict, repr=False)
    has_receipt: bool = False
    """Whether what was typed holds six words that open a conversation."""
    enclosed: MultipartForm | None = None
    """Files that follow the fields of the form."""
    new_token: str = field(default="", repr=False)
    """What the browser will hold once it has the answer, if not what it came with."""

    @property
    def draft(self) -> dict[str, str]:
        """What was typed so far, and for whom."""
        to = school_value(self.names.organization.id, self.school) if self.names else ""
        return {name: self.form.get(name, "") for name in DRAFT_FIELDS} | {"to": to}

    @property
    def is_over(self) -> bool:
        """Whether the session ended of itself while its page stayed open: nobody left or locked it."""
        mark = self.form.get("csrf", "")
        return self.way_in is None and is_of_reporter(self.request, self.desks, mark)

    @property
    def is_elsewhere(self) -> bool:
        """Whether another conversation was opened in this browser since, in another tab."""
        room = self.form.get("room", "")
        return bool(room) and self.way_in is not None and self.way_in.reporter.room != room

    @property
    def framed(self) -> str:
        """The access code of the frame this is shown in; empty in a tab of its own."""
        return (
            find_cookie(cookies_of(self.request), "code") if "framed" in self.request.scope else ""
        )

    @property
    def has_files(self) -> bool:
        """Whether files of the form are still to be taken."""
        return self.enclosed is not None and self.enclosed.has_files

    @property
    def left_files(self) -> bool:
        """Whether files were chosen that a page shown now can't hold: browsers give none back.

        Of a form that takes no files along, only their names came.
        """
        return self.has_files or bool(self.form.get("files"))

    def check_names(self) -> Names:
        """Return the organization this visit is for, or refuse."""
        if self.names is None:
            raise NotFound
        return self.names

    def check_way_in(self) -> WayIn:
        """Return the reporter's way into a room, or refuse."""
        if self.way_in is None:
            raise NotFound
        return self.way_in

    def enter(self) -> tuple[Unlocked, Room]:
        """Let the reporter into their room, or refuse."""
        way_in = self.check_way_in()
        return self.desks.chat.unlock(way_in.reporter, way_in.room), way_in.room

    async def stay(self) -> None:
        """The reporter is still here: the session goes on."""
        way_in = self.check_way_in()
        await self.desks.stays.extend(way_in.reporter, way_in.stays_until)

    def refuse(self, field_name: str, refusal: Refusal) -> None:
        """Put a refusal beside its field."""
        self.errors[field_name] = refusal.words(self.desks.pages.say)

    def page(self, template: str, **context: object) -> Response:
        """Return a page of the journey; 422 when something on it needs another look."""
        status = 422 if self.errors else 200
        return self.desks.pages.render(
            self.request, template, {**self._shared(), **context}, status
        )

    def home(self) -> Response:
        """Return to the one address of the journey."""
        return RedirectResponse("/", 303)

    def _shared(self) -> dict[str, object]:
        return {
            "csrf": form_mark(self.request, self.desks, "reporter", self.new_token),
            "org": self.names and organization_out(self.names, self.desks),
            "school": self.school and {"name": self.names.schools[self.school]}
            if self.names
            else None,
            "draft": self.draft,
            "errors": self.errors,
            "has_receipt": self.has_receipt,
            "receipt_pending": bool(self.way_in and self.way_in.pending),
            "files_at": "/attachments",
            "left_files": self.left_files,
            "limits": limits_out(self.desks.uploads.limits),
            "leave_url": self.desks.place.leave_url,
            "framed": self.framed,
            "clock": self.names
            and partial(
                self.desks.pages.time_in_words,
                self.desks.clock(),
                self.names.organization.time_zone,
            ),
        }


async def open_visit(request: Request, desks: Desks, form: dict[str, str] | None = None) -> Visit:
    """Find out where this browser stands."""
    form = form or {}
    # What is written on a page goes to the school named on it, whichever was opened elsewhere since.
    found = await identity.find_school(desks, form.get("to", ""))
    opened = cookie(request, desks, identity.SCHOOL)
    try:
        way_in = await identity.find_reporter(request, desks)
    except PerhapsElsewhere:
        # The database of another school is down: whoever is here for this one need not wait for it.
        here = found or await identity.find_school(desks, opened)
        if here is None:
            raise
        way_in = await identity.find_reporter(request, desks, here[0].organization.id)
    if found is None and way_in is not None:
        found = await _of_room(desks, way_in)
    names, school = found or await identity.find_school(desks, opened) or (None, None)
    return Visit(request, desks, names, school, way_in, form)


def end_of_stretch(request: Request, head: int) -> int:
    """Return up to which number to show a conversation: all, or less where `before` asks for it."""
    before = _number(request, "before")
    return min(before - 1, head) if before > 1 else head


def start_of_stretch(request: Request, head: int) -> int:
    """Return after which number to show a conversation: none of it, unless `after` asks for some."""
    return min(_number(request, "after"), head) if "after" in request.query_params else head


def time_of(request: Request, name: str, now: datetime) -> datetime:
    """Return the time that a page's own link names in seconds; now, if it names none."""
    named = _number(request, name)
    return min(datetime.fromtimestamp(named, UTC), now) if named else now


def limits_out(limits: FileLimits) -> dict[str, object]:
    """Return what may be sent, in megabytes, the way templates say it."""
    return {
        "image": limits.image // MEGABYTE,
        "video": limits.video // MEGABYTE,
        "audio": limits.audio // MEGABYTE,
        "pdf": limits.pdf // MEGABYTE,
        "files": limits.files,
        "accept": ACCEPTED,
    }


def organization_out(names: Names, desks: Desks) -> dict[str, object]:
    """Return an organization the way templates know it."""
    organization = names.organization
    say = desks.pages.say
    numbers = [(say("Emergency"), "911"), (say("Crisis line, call or text"), "988")]
    return {
        "name": organization.name,
        "greeting": organization.greeting,
        "who_reads": organization.who_reads,
        "demo": organization.demo,
        "emergency": [
            {"label": label, "number": number, "tel": _dialled(number)}
            for label, number in (*numbers, *organization.emergency)
        ],
    }


async def _of_room(desks: Desks, way_in: WayIn) -> tuple[Names, SchoolId | None]:
    return await desks.roster.names(way_in.reporter.organization), way_in.room.school


def _number(request: Request, name: str) -> int:
    raw = request.query_params.get(name, "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 10 else 0


def _dialled(number: str) -> str:
    return "".join(char for char in number if char.isdigit() or char == "+")
