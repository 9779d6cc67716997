"""What every answer tells the browser to allow, whole, and what changes where it comes by https."""

import re
from pathlib import Path

from messenger.web.loaders import NEWEST
from tests.cast import PASSWORD, STATICS
from tests.proofs.service import open_district, open_service

HTTPS = "https://tips.example.org"
EXACT = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "x-dns-prefetch-control": "off",
}
REFUSED = {
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
    "midi", "payment", "usb", "browsing-topics", "interest-cohort", "idle-detection",
    "screen-wake-lock",
}  # fmt: skip
FOR_FILES = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
STYLE = STATICS.address("css/base.css")
TWO_YEARS = "max-age=63072000; includeSubDomains"


async def test_a_page_may_do_what_is_named_here_and_nothing_else(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request("GET", "/")

    policy = dict(
        part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; ")
    )
    assert re.fullmatch(r"'nonce-[A-Za-z0-9+/=]{24}'", policy.pop("script-src"))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "media-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": "'self' ws://127.0.0.1:8000",
        "form-action": "'self' https://www.weather.gov",
        "frame-src": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    assert {name: answer.headers.get(name) for name in EXACT} == EXACT
    allowed = answer.headers["permissions-policy"].split(", ")
    assert set(allowed) == {f"{name}=()" for name in REFUSED} | {"microphone=(self)"}


async def test_in_a_frame_stands_what_is_made_for_one_and_beside_our_own_pages_alone(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        framed = [
            re.findall("frame-ancestors ([^;]*)", answer.headers["content-security-policy"])
            for answer in [
                await service.request("GET", path)
                for path in ("/history", "/console/rooms/x/newer", "/", "/console/sign-in", "/x")
            ]
        ]

    assert framed == [["'self'"], ["'self'"], ["'none'"], ["'none'"], ["'none'"]]


async def test_a_file_of_a_page_says_the_same_and_may_do_nothing_by_itself(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        answer = await service.request("GET", STYLE)

    assert answer.status_code == 200
    assert {name: answer.headers.get(name) for name in FOR_FILES} == FOR_FILES


async def test_what_pages_of_others_fetch_is_for_all_of_them_and_nothing_else_is(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        status = f"/widget/status/{district.code}"
        for_others = [await service.request("GET", path) for path in (NEWEST, status, status)]
        paths = ("/", "/nowhere", f"/api/organizations/{district.code}", "/widget/x", STYLE)
        ours = [await service.request("GET", path) for path in paths]

    for answer in for_others:
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert answer.headers["content-security-policy"] == FOR_FILES["content-security-policy"]
    for answer in ours:
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_by_https_whatever_is_answered_says_to_come_by_https_alone(tmp_path: Path) -> None:
    paths = ("/", "/nowhere", "/console", "/health/live", "/api/organizations/X", NEWEST, STYLE)
    async with open_service(tmp_path / "https", origin=HTTPS) as service:
        by_https = [await service.request("GET", path) for path in paths]
    async with open_service(tmp_path / "http") as service:
        by_http = [await service.request("GET", path) for path in paths]

    told = [answer.headers.get("strict-transport-security") for answer in by_https]
    assert told == [TWO_YEARS] * len(paths)
    assert not any("strict-transport-security" in answer.headers for answer in by_http)
    assert (
        f"connect-src 'self' {HTTPS.replace('https', 'wss')};"
        in (by_https[0].headers["content-security-policy"])
    )


async def test_by_https_each_cookie_is_for_this_host_alone_and_so_is_its_end(
    tmp_path: Path,
) -> None:
    """Browsers don't listen to one that is named so and not as strict: it would not end either."""
    ours = {"origin": HTTPS}
    async with open_service(tmp_path, origin=HTTPS) as service:
        district = await open_district(service)
        await district.member("ana")
        login = {"login": "ana", "password": PASSWORD}
        asked = [
            await service.request("GET", f"/c/{district.code}", headers=ours),
            await service.request("POST", "/", data={"go": "report"}, headers=ours),
            await service.request("POST", "/console/sign-in", data=login, headers=ours),
            await service.request("POST", "/console/sign-out", data={"x": ""}, headers=ours),
            await service.request("POST", "/lock", data={"x": ""}, headers=ours),
            await service.request(
                "POST", "/leave", "__Host-left=left", data={"x": ""}, headers=ours
            ),
        ]

    cookies = [each for answer in asked for each in answer.headers.get_list("set-cookie")]
    for cookie in cookies:
        name, *flags = (part.strip().lower() for part in cookie.split(";"))
        lasting = {flag for flag in flags if flag.startswith(("max-age=", "expires="))}
        is_over = name.partition("=")[2] in {"", '""'}
        strict = {"secure", "httponly", "path=/", "samesite=lax"}
        assert name.startswith("__host-")
        # A script says so before the server has heard of it.
        by_script = {"httponly"} if name == "__host-left=locked" else set[str]()
        assert set(flags) - lasting == strict - by_script
        assert is_over == bool(lasting)
        assert "max-age=0" in flags or not is_over
    assert {cookie.partition("=")[0] for cookie in cookies} == {
        f"__Host-{name}" for name in ("reporter", "school", "left", "responder", "known")
    }
