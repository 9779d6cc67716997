"""What a reporter submits: categories, the fields of a report, and whether it is life safety."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from messenger.domain.errors import ContainsReceipt, EmptyText, Refusal
from messenger.domain.marking import marked as _
from messenger.domain.text import check_body, check_line


class Urgency(StrEnum):
    """How the queue ranks a room."""

    LIFE_SAFETY = "life_safety"
    NORMAL = "normal"


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of thing people report. `starred` starts as life safety until a person lowers it."""

    id: str
    label: str
    example: str
    starred: bool = False


CATEGORIES = (
    Category("bullying", _("Bullying"), _("Someone keeps being mean to someone")),
    Category("cyberbullying", _("Bullying online"), _("Mean posts, messages or pictures")),
    Category("harassment", _("Harassment"), _("Someone won't leave a person alone")),
    Category("discrimination", _("Discrimination"), _("Treated badly for who they are")),
    Category("hazing", _("Hazing"), _("Made to do things to belong to a group")),
    Category("fighting_assault", _("Fighting"), _("Someone was hit, or is going to be")),
    Category("threat", _("A threat"), _("Someone says they will hurt people")),
    Category("planned_school_attack", _("A planned attack"), _("Someone plans to attack a school"), starred=True),
    Category("weapon", _("A weapon"), _("A gun, a knife or something like it"), starred=True),
    Category("suicide", _("Suicide"), _("Someone wants to end their life"), starred=True),
    Category("self_harm", _("Self-harm"), _("Someone hurts themselves"), starred=True),
    Category("depression_anxiety", _("Feeling very low or afraid"), _("Sad, anxious or hopeless for a while")),
    Category("abuse_neglect", _("Abuse or neglect"), _("Someone is hurt or not cared for at home"), starred=True),
    Category("sexual_misconduct", _("Sexual touching or words"), _("Unwanted touching or comments"), starred=True),
    Category("dating_violence", _("Hurt by a boyfriend or girlfriend"), _("Hitting, control or fear in dating")),
    Category("sexting_images", _("Private pictures shared"), _("Nude or private pictures passed around")),
    Category("trafficking", _("Forced to work or have sex"), _("Someone controls and uses a person"), starred=True),
    Category("stalking", _("Stalking"), _("Someone follows or watches a person")),
    Category("alcohol_tobacco_vaping", _("Alcohol, smoking or vaping"), _("At school or near it")),
    Category("drugs", _("Drugs"), _("Someone uses, sells or has drugs")),
    Category("gang_activity", _("Gangs"), _("Gang signs, fights or recruiting")),
    Category("theft_vandalism", _("Stealing or damage"), _("Things taken or broken")),
    Category("staff_concern", _("Something about a grown-up at school"), _("A teacher, coach or other staff")),
    Category("school_complaint", _("A complaint about the school"), _("Rules, places or how things are done")),
    Category("welfare_concern", _("Worried about someone"), _("Someone is not okay")),
    Category("other", _("Something else"), _("It does not fit above")),
)  # fmt: skip
"""The default set (field research; children's words). Stars start as life safety."""

TALK = Category("talk", _("Just talk"), "")
"""What a room is called that began with a message instead of a report."""

_BY_ID = {category.id: category for category in (*CATEGORIES, TALK)}


class Relation(StrEnum):
    """Who the reporter is to what happened."""

    IT_HAPPENED_TO_ME = "it_happened_to_me"
    I_SAW_IT = "i_saw_it"
    FRIEND = "friend"
    PARENT = "parent"
    STAFF = "staff"
    OTHER = "other"
    RATHER_NOT_SAY = "rather_not_say"


class Danger(StrEnum):
    """Is anyone in danger right now?"""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class BadReport(Refusal):
    """Some fields need another look. `fields` says which and what to do."""

    code = "bad_report"
    text = _("Nothing is lost. Please look at the marked places.")
    status = 422

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields


class ReportContainsReceipt(ContainsReceipt):
    """Six words in a report open a conversation that is there already. `fields` says where they are."""

    text = _(
        "Six words in here open a conversation. Keep them to yourself: take them out. "
        "Or open your conversation with them, and go on there."
    )

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__()
        self.fields = tuple(fields)


@dataclass(frozen=True, slots=True)
class Report:
    """What happened, in the reporter's words. Only `category` and the urgency are ever in clear."""

    category: str
    what: str = field(repr=False)
    danger: Danger | None = None
    where: str = field(default="", repr=False)
    when: str = field(default="", repr=False)
    who: str = field(default="", repr=False)
    relation: Relation = Relation.RATHER_NOT_SAY
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)

    @property
    def urgency(self) -> Urgency:
        """Life safety for danger now or a starred category, until a person lowers it."""
        if self.danger is Danger.YES or _BY_ID[self.category].starred:
            return Urgency.LIFE_SAFETY
        return Urgency.NORMAL

    def typed(self) -> dict[str, str]:
        """Return what is in the reporter's own words, by field."""
        names = ("what", "where", "when", "who", "name", "contact")
        return {name: getattr(self, name) for name in names}

    def details(self) -> dict[str, str]:
        """Return the answers beside `what` that were given."""
        names = ("category", "danger", "where", "when", "who", "relation", "name", "contact")
        return {name: str(value) for name in names if (value := getattr(self, name))}


def category_of(id: str) -> Category:
    """Return the category of that id; anything unknown is `other`."""
    return _BY_ID.get(id, _BY_ID["other"])


def parse_report(raw: dict[str, str]) -> Report:
    """Turn a form into a report, or refuse with every field that needs another look."""
    errors: dict[str, str] = {}
    category = raw.get("category", "")
    if category not in _BY_ID or category == TALK.id:
        errors["category"] = _("Choose what it is about. “Something else” is fine.")
    what = _words(raw, errors, _("Write what happened. A few words are enough."))
    lines = {
        name: _checked(raw, name, errors) for name in ("where", "when", "who", "name", "contact")
    }
    if errors:
        raise BadReport(errors)
    danger, relation = raw.get("danger"), raw.get("relation")
    return Report(
        category,
        what,
        danger=Danger(danger) if danger in set(Danger) else None,
        relation=Relation(relation) if relation in set(Relation) else Relation.RATHER_NOT_SAY,
        **lines,
    )


def parse_talk(raw: dict[str, str]) -> Report:
    """Turn the first message of a conversation into the smallest report there is."""
    errors: dict[str, str] = {}
    what = _words(raw, errors, _("Write something. “Hi” is enough."))
    if errors:
        raise BadReport(errors)
    return Report(TALK.id, what)


def _words(raw: dict[str, str], errors: dict[str, str], missing: str) -> str:
    try:
        return check_body(raw.get("what", ""))
    except EmptyText:
        errors["what"] = missing
    except Refusal as refusal:
        errors["what"] = refusal.text
    return ""


def _checked(raw: dict[str, str], name: str, errors: dict[str, str]) -> str:
    try:
        return check_line(raw.get(name, ""))
    except Refusal as refusal:
        errors[name] = refusal.text
    return ""
