"""What an operator types to name things: checked, with a sentence that says what to type instead."""

import re
from difflib import get_close_matches
from functools import cache
from zoneinfo import available_timezones

from messenger.domain.errors import BadSetting, Refusal
from messenger.domain.marking import marked as _
from messenger.domain.text import check_line, check_optional

NAME_LIMIT = 100
WORDING_LIMIT = 600
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9-]{3,40}", re.ASCII)
_LOGIN = re.compile(r"[a-z0-9]([a-z0-9._@+-]{0,60}[a-z0-9])?", re.ASCII)
# Nothing that RFC 5322 gives a meaning: it would have to be quoted, or is another address.
_PLAIN = r"[^\s()<>\[\]:;@\\,\"']+"
_MAIL = re.compile(rf"{_PLAIN}@{_PLAIN}\.{_PLAIN}")
_NUMBER = re.compile(r"[0-9 ()+*#-]*[0-9][0-9 ()+*#-]*", re.ASCII)

_UTC = {"utc", "gmt", "zulu", "etc/utc", "etc/gmt"}
_BY_CITY = "Write it by its city, like America/Chicago, Europe/Berlin or Asia/Manila."


def check_name(raw: str) -> str:
    """Return a name of an organization, a school or a person: one line, 1 to 100 characters."""
    name = _line(raw)
    if not 1 <= len(name) <= NAME_LIMIT:
        raise BadSetting(_("A name has 1 to %(most)s characters."), most=NAME_LIMIT)
    return name


def check_shown_name(raw: str) -> str:
    """Return the name that reporters see of a member; empty if they see none."""
    return check_name(raw) if raw.strip() else ""


def check_slug(raw: str) -> str:
    """Return the short name that commands call an organization by."""
    if not 2 <= len(raw) <= 40 or _SLUG.fullmatch(raw) is None:
        raise BadSetting(
            f"“{raw}” can't be a short name. Use 2 to 40 small letters and digits, "
            "with hyphens between, like “riverbend”."
        )
    return raw


def check_code(raw: str) -> str:
    """Return an access code: it stands on posters and in links."""
    if _CODE.fullmatch(raw) is None or not raw.strip("-"):
        raise BadSetting(
            f"“{raw}” can't be an access code. Use 3 to 40 letters, digits and hyphens: “LINCOLN”."
        )
    return raw


def check_time_zone(raw: str) -> str:
    """Return an IANA time zone that belongs to a place, like America/Chicago; or UTC."""
    zones = _zones()
    if raw in zones:
        return raw
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in zones}
    names = {zone.casefold(): zone for zone in zones}
    typed = raw.strip().replace(" ", "_").casefold()
    if typed in _UTC:
        return "UTC"
    near = get_close_matches(typed, names if "/" in typed else cities, 1, 0.9)
    hint = f"Did you mean “{(names | cities)[near[0]]}”?" if near else _BY_CITY
    raise BadSetting(f"“{raw}” is not a time zone. {hint}")


def check_login(raw: str) -> str:
    """Return a login, folded to small letters; an e-mail address will do."""
    login = raw.strip().casefold()
    if _LOGIN.fullmatch(login) is None:
        raise BadSetting(
            _(
                "“%(typed)s” can't be a login. Use 1 to 62 letters and digits, with . _ - + @ between."
            ),
            typed=raw,
        )
    return login


def check_mail(raw: str) -> str:
    """Return an e-mail address, or nothing for nothing."""
    mail = _line(raw)
    if mail and _MAIL.fullmatch(mail) is None:
        raise BadSetting(_("“%(typed)s” is not an e-mail address like ana@example.org."), typed=raw)
    return mail


def check_wording(raw: str) -> str:
    """Return a few sentences of an organization's own; empty goes back to the usual ones."""
    try:
        return check_optional(raw, WORDING_LIMIT)
    except Refusal:
        raise BadSetting(f"Use at most {WORDING_LIMIT} plain characters.") from None


def parse_emergency(raw: str) -> tuple[str, str]:
    """Read "Riverbend Police: 555-0100" as a label and a number."""
    label, _, number = _line(raw).rpartition(":")
    if not label.strip() or _NUMBER.fullmatch(number.strip()) is None:
        raise BadSetting(f"“{raw}” is not a number with its name, like “Town police: 555-0100”.")
    return check_name(label.strip()), number.strip()


@cache
def _zones() -> list[str]:
    """Without those that never change to summer time, as EST, or count backwards, as Etc/GMT+1."""
    zones = available_timezones()
    return sorted(zone for zone in zones if "/" in zone and not zone.startswith("Etc/"))


def _line(raw: str) -> str:
    try:
        return check_line(raw)
    except Refusal:
        raise BadSetting(_("Use plain characters, and fewer of them.")) from None
