"""Messenger in a language nobody speaks: letters with accents in brackets, longer by two fifths.

What is not in brackets has missed gettext; several pairs of them in a sentence are one put together from pieces.
Plurals and dates are those of Polish, which has three forms and puts the day first.
"""

import re
from gettext import NullTranslations

from babel.messages.pofile import read_po

from messenger import app
from messenger.__main__ import main
from messenger.web import pages
from tests.swapping import swap

PLAIN = "acegijlnorstuwyzACDEGIJLNORSTUWYZ"
MARKED = "áćéğíĵĺńóŕšťúŵýžÁĆĎÉĞÍĴĹŃÓŔŠŤÚŴÝŽ"
ACCENTS = str.maketrans(PLAIN, MARKED)
KEPT = re.compile(r"(%\(\w+\)[sd]|%%|\{\w+\}|R-)")


class Pseudo(NullTranslations):
    """The catalogue: all that translators were given (bin/words). What they were not stays in English."""

    def __init__(self) -> None:
        super().__init__()
        with (app.HERE / "messenger" / "locale" / "messenger.pot").open("rb") as words:
            ids = [each.id for each in read_po(words)]
        self._given = {text for id in ids for text in ([id] if isinstance(id, str) else id)}

    def gettext(self, message: str) -> str:
        return pseudo(message) if message in self._given else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        form = 0 if n == 1 else 1 if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else 2
        return self.gettext(msgid1 if form == 0 else msgid2) + str(form)


def pseudo(text: str) -> str:
    """Return `text` in that language. What a program fills in stays as it is."""
    accented = "".join(
        part if KEPT.fullmatch(part) else part.translate(ACCENTS) for part in KEPT.split(text)
    )
    longer = "~" * max(1, len(text) * 2 // 5)
    more = " ".join(longer[at : at + 7] for at in range(0, len(longer), 7))
    return f"[{accented}{' ' if ' ' in text else ''}{more}]"


if __name__ == "__main__":
    swap(app, translation=lambda *_, **__: Pseudo())
    swap(pages, LANGUAGE="pl")
    main()
