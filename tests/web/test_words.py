"""Every word that people read can be translated."""

import re
import subprocess
from pathlib import Path

from messenger.app import HERE

POT = HERE / "messenger" / "locale" / "messenger.pot"


def test_the_list_of_words_is_current(tmp_path: Path) -> None:
    fresh = tmp_path / "messenger.pot"

    subprocess.run([HERE / "bin" / "words", fresh], check=True, timeout=60)

    assert fresh.read_text() == POT.read_text(), "run bin/words"


def test_no_template_has_words_outside_gettext() -> None:
    bare = [
        f"{path.relative_to(HERE)}: {text.strip()}"
        for path in sorted((HERE / "templates").rglob("*.html"))
        for text in bare_words(path.read_text())
    ]

    assert bare == []


def test_bare_words_are_found() -> None:
    assert bare_words("<p>Hello there</p>") == ["Hello there"]
    assert bare_words('<p>{{ _("Hello there") }}</p>') == []


def bare_words(template: str) -> list[str]:
    """Return text between tags that stands in no expression."""
    text = re.sub(
        r"{#.*?#}|{%-?\s*trans.*?endtrans\s*-?%}|{{.*?}}|{%.*?%}", "", template, flags=re.DOTALL
    )
    text = re.sub(r"<(script|style|kbd)\b.*?</\1>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"<(\"[^\"]*\"|'[^']*'|[^'\">])*>", "\n", text)
    text = re.sub(r"&[a-z]+;", "", text)
    return [
        line.strip()
        for line in text.split("\n")
        if re.search(r"[A-Za-z]{2,}", line) and not _is_markup(line)
    ]


def _is_markup(line: str) -> bool:
    """Class names and attributes that stand in a block or a macro."""
    return re.fullmatch(r"[a-z -]+", line.strip()) is not None or '=""' in line or '="true"' in line
