"""Origins that may frame the tip line: exact, and as browsers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import BadSetting
from messenger.domain.origins import check_origin

TRICKS = [
    "", "*", "https://*", "https://*.example.org", "https:", "https://", "//www.example.org",
    "www.example.org", "http://www.example.org", "ftp://www.example.org", "javascript://a.example.org",
    "HTTPS://www.example.org", "https://WWW.example.org", "https://www.example.org/",
    "https://www.example.org/lincoln", "https://www.example.org?x", "https://www.example.org#x",
    "https://www.example.org.", "https://.example.org", "https://www..example.org",
    "https://user@www.example.org", "https://www.example.org@evil.example", "https://www.example.org:443",
    "https://www.example.org:0", "https://www.example.org:08443", "https://www.example.org:65536",
    "https://www.example.org:", "https://www.example.org:80:80", "https://-www.example.org",
    "https://www-.example.org", "https://www_x.example.org", "https://wwẉ.example.org",
    "https://www。example。org", "https://www.exаmple.org", "https://www.example.org\u200b",
    " https://www.example.org", "https://www.example.org\n", "https://www.example.org; script-src *",
    "https://www.example.org https://evil.example", "https://www.example.org,https://evil.example",
    "https://www.example.org\\@evil.example", "https://www.example.org%2eevil.example",
    "https://[::1]", "https://2130706433", "https://0x7f000001", "https://10.0.0.1", "https://a.0x7f",
    "https://intranet", "https://www.example.١", "null", "'self'", "https://data:", "blob:https://a.org",
    "https://sites.google.com", "https://x.googleusercontent.com", "https://github.io",
    "https://lincoln.github.io", "https://" + "a" * 64 + ".org", "https://" + "a." * 130 + "org",
]  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
def test_whatever_is_not_the_very_origin_is_refused(trick: str) -> None:
    with pytest.raises(BadSetting):
        check_origin(trick)


@pytest.mark.parametrize(
    "origin",
    [
        "https://www.lincoln.example.org", "https://lincoln.org", "https://xn--eqr924e.example",
        "https://www.example.org:8443", "https://a-b.c-d.example", "https://1st.example.org",
        "http://localhost:8000", "http://lincoln.localhost:9", "http://127.0.0.1:8000",
    ],
)  # fmt: skip
def test_what_a_browser_would_send_is_taken_as_it_is(origin: str) -> None:
    assert check_origin(origin) == origin


@given(st.text(max_size=80))
def test_what_is_taken_can_add_nothing_to_a_policy(text: str) -> None:
    for raw in (text, f"https://{text}", f"https://www.example.org{text}"):
        try:
            origin = check_origin(raw)
        except BadSetting:
            continue
        assert origin == raw
        assert origin.isascii() and not set(origin) & set(" ;,*'\"\\/@?#%\r\n\t") - set("/")
        assert origin.count("/") == 2
