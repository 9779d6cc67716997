"""Rendering: every page gets its nonce, its words and the addresses of static files."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache, partial
from gettext import NullTranslations
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from jinja2 import Environment, FileSystemLoader
from jinja2.utils import htmlsafe_json_dumps
from starlette.requests import Request
from starlette.responses import HTMLResponse

from messenger.unhurried import unhurried
from messenger.web import moments
from messenger.web.statics import Statics

LANGUAGE = "en"
"""What the pages are written in."""


class Pages:
    """The templates, in one language."""

    def __init__(self, templates: Path, statics: Statics, translations: NullTranslations) -> None:
        self.translations = translations
        self.edition = _edition(templates, statics)
        """A fingerprint of all that pages are made of: a page of another one is older, or newer."""
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,  # Templates name static files, and those are as they were at the start.
        )
        self._environment.globals.update(
            _of_files(statics), edition=self.edition, forms=cache(self.forms), age=self.age
        )
        self._environment.policies["json.dumps_function"] = _dumps
        self._install(translations)

    def render(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        """Return the page."""
        page = self._environment.get_template(template)
        return HTMLResponse(page.render({**_common(request), **context}), status)

    async def render_unhurried(
        self, request: Request, template: str, context: Mapping[str, object], status: int = 200
    ) -> HTMLResponse:
        """Return a page with hundreds of lines: others have their turn while it is made."""
        page = self._environment.get_template(template)
        pieces = await unhurried(page.generate({**_common(request), **context}))
        return HTMLResponse("".join(pieces), status)

    def say(self, text: str) -> str:
        """Translate one source string."""
        return self.translations.gettext(text) if text else text

    def forms(self, one: str, several: str) -> dict[str, str]:
        """Return all forms of a sentence, for a script that learns the number: by what Unicode calls such numbers."""
        return forms_of(partial(self.translations.ngettext, one, several), LANGUAGE)

    def moment(self, now: datetime, time_zone: str, at: int) -> str:
        """Write a unix second the way people say it, in the school's time."""
        return say_moment(now, datetime.fromtimestamp(at, ZoneInfo(time_zone)))

    def time_in_words(self, now: datetime, time_zone: str, at: int) -> str:
        """Write a unix second softly, in the school's time, as scripts do (elements/words.js)."""
        return moments.softly(now, datetime.fromtimestamp(at, ZoneInfo(time_zone)), LANGUAGE)

    def age(self, seconds: int) -> str:
        """Write how long ago, as scripts do (elements/time-since.js)."""
        return moments.age(seconds, LANGUAGE)

    def day(self, on: date) -> str:
        """Write a date: "December 1"."""
        return moments.day_of_year(on, LANGUAGE)

    def _install(self, translations: NullTranslations) -> None:
        install: Callable[..., None] = self._environment.install_gettext_translations  # type: ignore[attr-defined]
        install(translations, newstyle=True)


def _common(request: Request) -> dict[str, object]:
    """Return what every page is given. The nonce was made with the policy header, in the middleware."""
    return {
        "nonce": request.scope["nonce"],
        # Asked for by a script, it comes to stand in a page that has what all pages have in common.
        "within": request.headers.get("sec-fetch-dest") == "empty",
        "lang": LANGUAGE,
        "direction": Locale.parse(LANGUAGE).text_direction,
        "csrf": "",
        "org": None,
    }


def _edition(templates: Path, statics: Statics) -> str:
    print_of_all = blake2b(statics.mark.encode(), digest_size=6)
    for path in sorted(templates.rglob("*.html")):
        print_of_all.update(path.read_bytes())
    return print_of_all.hexdigest()


def _of_files(statics: Statics) -> dict[str, Callable[..., object]]:
    """Return what templates ask of static files; what takes longer than to render the rest of a page, once."""

    @cache
    def import_map(*entries: str) -> str:
        addresses = map(statics.address, statics.modules(*entries))
        return htmlsafe_json_dumps(
            {"imports": {each.partition("?")[0]: each for each in addresses}}
        )

    @cache
    def addresses(*paths: str) -> str:
        return htmlsafe_json_dumps([statics.address(path) for path in paths])

    return {
        "static": statics.address,
        "modules_of": cache(statics.modules),
        "import_map": import_map,
        "addresses": addresses,
    }


def say_moment(now: datetime, at: datetime) -> str:
    """Write a local moment: "Monday, 7:00 AM", or "Monday, January 4, 7:00 AM" if that is not this week's."""
    return moments.in_full(now, at, LANGUAGE)


def forms_of(sentence: Callable[[int], str], language: str) -> dict[str, str]:
    """Return a sentence for each kind of number that a language tells apart."""
    kind = Locale.parse(language).plural_form
    # Downwards, so that the lowest number of a kind stays. Arabic has one that begins at 100.
    return {kind(n): sentence(n) for n in range(100, -1, -1)}


def _dumps(value: object, **_options: object) -> str:
    return json.dumps(value, ensure_ascii=False)
