"""Joining the team and getting in again, as a member does who has a phone and nothing else."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect
from pyotp import TOTP

from tests.browser.people import PHONE, Crowd

PASSWORD = "violin anchor pepper moss"


def test_who_is_invited_joins_with_a_phone_alone_and_learns_by_what_name_to_sign_in(
    crowd: Crowd,
) -> None:
    page = crowd.context(viewport=PHONE, has_touch=True).new_page()
    page.goto(f"{crowd.server.origin}/console/join#{crowd.seeded.invitation}")
    for field in ("password", "password2"):
        page.fill(f"[name={field}]", PASSWORD)
    page.get_by_role("button", name="Go on").click()
    name = page.locator("main p").filter(has_text="Your sign-in name is: eva")

    expect(name).to_be_visible()
    assert is_whole(page.locator(".totp__square svg"))
    way = page.get_by_role("link", name="Open it in the app on this phone")
    (secret,) = parse_qs(urlsplit(way.get_attribute("href") or "").query)["secret"]
    assert page.locator(".secret").inner_text().replace(" ", "") == secret
    code = TOTP(secret).now()
    page.fill("[name=code]", f" {code[:3]} {code[3:]} ")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".codes li").all_inner_texts()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == "\n".join(codes)
    assert on_paper(page) == ["Recovery codes", *codes]
    page.get_by_text("I kept them").click()
    page.get_by_role("button", name="Go on").click()

    expect(page.get_by_role("heading", name="Waiting for a colleague")).to_be_visible()
    expect(name).to_be_visible()


def test_a_recovery_code_can_be_typed_wherever_one_signs_in(crowd: Crowd) -> None:
    ana = crowd.responder("ana")
    ana.open_console()
    again = ana.page.locator("#again-code")

    # A phone's keyboard for numbers has no letters.
    assert again.get_attribute("inputmode") is None
    expect(again).to_have_accessible_description(
        "Six digits from your authenticator app, or a recovery code."
    )


def on_paper(page: Page) -> list[str]:
    """Return the lines that are printed."""
    page.emulate_media(media="print")
    lines = page.locator("body").inner_text().splitlines()
    page.emulate_media(media="screen")
    return [line for line in lines if line]


def is_whole(square: Locator) -> bool:
    """Whether all that is drawn is inside what is seen of it, and as large as that but for its margin."""
    return bool(
        square.evaluate(
            """square => {
              const seen = square.getBoundingClientRect()
              const drawn = square.querySelector("path:last-of-type").getBoundingClientRect()
              const ends = drawn.right <= seen.right + 0.5 && drawn.bottom <= seen.bottom + 0.5
              return ends && drawn.width > 0.85 * seen.width
            }"""
        )
    )
