"""The snippets of an access code, and the page to look at them."""

from pathlib import Path

import pytest

from messenger.app import HERE
from messenger.web.loaders import current_loader
from tests.commands.conftest import CommandLine

LOADER = current_loader(HERE / "static")


@pytest.fixture
def lincoln(messenger: CommandLine) -> CommandLine:
    messenger.add_riverbend()
    messenger.done("add-school", "riverbend", "<b>Lincoln</b>")
    messenger.done("add-code", "riverbend", "LINCOLN", "--school", "<b>Lincoln</b>")
    return messenger


def test_the_snippets_of_a_code_are_told(lincoln: CommandLine) -> None:
    said = lincoln.done("widget", "LINCOLN", "--label", "Tell us", "--status")

    assert 'href="http://127.0.0.1:8000/c/LINCOLN"' in said
    assert ">Tell us</a>" in said
    assert f'src="http://127.0.0.1:8000{LOADER.path}" integrity="{LOADER.integrity}"' in said
    assert 'data-label="Tell us" data-status></script>' in said


def test_a_page_to_look_at_has_each_of_them_and_its_text(
    lincoln: CommandLine, tmp_path: Path
) -> None:
    lincoln.done("widget", "LINCOLN", "--preview", str(tmp_path / "preview.html"))

    page = (tmp_path / "preview.html").read_text()
    assert page.count("<script async") == page.count("&lt;script async") == 1
    assert "&lt;b&gt;Lincoln&lt;/b&gt;" in page


def test_there_are_none_for_a_code_that_leads_nowhere_or_a_look_that_can_not_be(
    lincoln: CommandLine, tmp_path: Path
) -> None:
    assert "no access code “OAK”" in lincoln.refused("widget", "OAK")
    assert "no colour" in lincoln.refused("widget", "LINCOLN", "--colour", "red")


def test_sites_that_may_show_a_frame_are_listed_and_taken_back(lincoln: CommandLine) -> None:
    origin = "https://www.lincoln.example.org"
    assert "None may" in lincoln.done("list-frames", "riverbend")
    assert "not an origin" in lincoln.refused("allow-frame", "riverbend", f"{origin}/")

    lincoln.done("allow-frame", "riverbend", origin)
    lincoln.done("allow-frame", "riverbend", origin)

    assert lincoln.done("list-frames", "riverbend") == f"{origin}\n"
    assert "Did you mean" in lincoln.refused("forbid-frame", "riverbend", origin + "x")
    lincoln.done("forbid-frame", "riverbend", origin)
    assert "None may" in lincoln.done("list-frames", "riverbend")


def test_a_frame_is_offered_where_a_site_may_have_one(lincoln: CommandLine) -> None:
    assert "messenger allow-frame riverbend" in lincoln.refused("widget", "LINCOLN", "--frame")
    lincoln.done("allow-frame", "riverbend", "https://www.lincoln.example.org")

    tab = lincoln.done("widget", "LINCOLN")
    framed = lincoln.done("widget", "LINCOLN", "--frame")

    assert 'data-code="LINCOLN"></script>' in tab
    assert 'data-code="LINCOLN" data-frame></script>' in framed
    for said in (tab, framed):
        assert "on https://www.lincoln.example.org alone:" in said
        assert '<iframe src="http://127.0.0.1:8000/frame/LINCOLN" title="Report anon' in said


def test_where_no_site_may_have_a_frame_it_says_how_one_gets_it(lincoln: CommandLine) -> None:
    said = lincoln.done("widget", "LINCOLN")

    assert "<iframe" not in said
    assert "messenger allow-frame riverbend https://" in said


def test_a_page_to_look_at_shows_no_frame_since_it_is_no_page_of_a_site(
    lincoln: CommandLine, tmp_path: Path
) -> None:
    lincoln.done("allow-frame", "riverbend", "https://www.lincoln.example.org")
    lincoln.done("widget", "LINCOLN", "--preview", str(tmp_path / "preview.html"))

    page = (tmp_path / "preview.html").read_text()
    assert page.count("&lt;iframe") == 1
    assert "<iframe" not in page
