"""The lines that are pasted into a school's page: whole, pinned, and safe with any words in them."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadSetting
from messenger.web.loaders import Loader
from messenger.web.snippets import Look, button_snippet, check_look, link_snippet

ORIGIN = "https://tips.example.org"
LOADER = Loader(b"void 0")


class Tags(HTMLParser):
    """Every tag with its attributes, as a browser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_link_tells_nobody_where_it_was_pressed() -> None:
    [(tag, attributes)] = Tags(link_snippet(f"{ORIGIN}/c/LINCOLN", "Tell us")).found

    assert tag == "a"
    assert attributes == {
        "href": f"{ORIGIN}/c/LINCOLN",
        "target": "_blank",
        "rel": "noopener noreferrer",
        "referrerpolicy": "no-referrer",
    }


def test_a_button_is_pinned_to_its_content() -> None:
    [(tag, attributes)] = Tags(button_snippet(ORIGIN, "LINCOLN", LOADER, Look())).found

    assert tag == "script"
    assert attributes == {
        "async": None,
        "src": f"{ORIGIN}{LOADER.path}",
        "integrity": LOADER.integrity,
        "crossorigin": "anonymous",
        "referrerpolicy": "no-referrer",
        "data-code": "LINCOLN",
    }


def test_a_button_is_told_how_to_look() -> None:
    look = Look("Tell us", "left", "#FFCC00", "es", "/staff*, /lunch", status=True)

    [(_, attributes)] = Tags(button_snippet(ORIGIN, "LINCOLN", LOADER, look)).found

    assert {name: value for name, value in attributes.items() if name.startswith("data-")} == {
        "data-code": "LINCOLN",
        "data-label": "Tell us",
        "data-position": "left",
        "data-colour": "#ffcc00",
        "data-lang": "es",
        "data-hide-on": "/staff*, /lunch",
        "data-status": None,
    }


@given(st.text(min_size=1, max_size=60))
def test_whatever_the_label_says_it_stays_a_label(label: str) -> None:
    [(_, attributes)] = Tags(button_snippet(ORIGIN, "X", LOADER, Look(label))).found
    tags = [tag for tag, _ in Tags(link_snippet(ORIGIN, label)).found]

    assert set(attributes) == {
        "async", "src", "integrity", "crossorigin", "referrerpolicy", "data-code", "data-label",
    }  # fmt: skip
    assert tags == ["a"]


@pytest.mark.parametrize(
    ("look", "hint"),
    [
        (Look(label="x" * 61), "60 characters"),
        (Look(position="top"), "right, left, here"),
        (Look(colour="red"), "#0b4d54"),
        (Look(language="Spanish"), "pt-BR"),
        (Look(hide_on="staff"), "/staff"),
        (Look(hide_on="/staff,"), "/staff"),
    ],
)
def test_what_the_script_could_not_do_is_refused(look: Look, hint: str) -> None:
    with pytest.raises(BadSetting, match=hint):
        check_look(look)


def test_what_it_can_do_is_taken() -> None:
    look = Look("Tell us", "here", "#FFcc00", "pt-BR", "/staff*, /lunch", status=True)

    assert check_look(look) == look
