"""What every answer carries. (That no page does what its policy forbids: `test_accessibility`, where
all of them are opened, and a crowd that heard a browser complain fails the test.)
"""

import re
from collections.abc import Iterator

import httpx2
import pytest

from messenger.web.routes import routes
from tests.browser.people import Crowd
from tests.browser.seeding import Seeded
from tests.server import Server
from tests.web.test_headers import EXACT

TELLTALE = {"server", "x-powered-by", "etag", "access-control-allow-origin"}
FOR_ALL_SITES = {"cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*"}
"""What the pages of others fetch: the same for everybody, and kept for a while."""
FRAMED = {"/history", "/console/rooms/nowhere/newer"}
"""Stand in frames of our own pages."""
FORM = "application/x-www-form-urlencoded"
HTML = {"accept": "text/html"}


def every_request() -> list[tuple[str, str]]:
    """Return a request for each method of each route, and some that lead nowhere."""
    return [*_of_routes(), ("GET", "/nowhere"), ("PUT", "/"), ("GET", "/static/nothing.css")]


def _of_routes() -> Iterator[tuple[str, str]]:
    for route in routes():
        for method in sorted(route.methods or ()):
            if route.path.startswith(("/widget/", "/frame/")):
                continue  # Below.
            names = {"code": "LINCOLN", "room": "nowhere", "attachment": "nothing"}
            yield method, route.path.format(**names)


@pytest.fixture(scope="module")
def client(server: Server) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.origin, timeout=20, headers=HTML) as client:
        yield client


@pytest.mark.parametrize(("method", "path"), every_request(), ids=" ".join)
@pytest.mark.parametrize("login", ["", "ana"], ids=["signed out", "signed in"])
def test_every_answer_carries_the_policy(
    client: httpx2.Client, town: tuple[Server, Seeded], method: str, path: str, login: str
) -> None:
    cookies = {"cookie": f"responder={town[1].tokens[login]}"} if login else {}

    answer = client.request(
        method, path, content=b"do=nothing" if method == "POST" else None,
        headers={**cookies, "content-type": FORM, "origin": town[0].origin},
    )  # fmt: skip

    assert answer.status_code < 500
    assert {name: answer.headers.get(name) for name in EXACT} == EXACT
    assert TELLTALE & set(answer.headers) == set()
    assert "camera=()" in answer.headers["permissions-policy"]
    policy = policy_of(answer)
    framed = "'self'" if path in FRAMED else "'none'"
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == framed
    assert policy["base-uri"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert re.fullmatch(r"'nonce-[A-Za-z0-9+/=]{24,}'", policy["script-src"])
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert inline_scripts_without(policy["script-src"], answer.text) == []
    assert attributes_that_run(answer.text) == []


@pytest.mark.parametrize("path", ["/widget/status/LINCOLN", "/widget/loader.js"])
def test_what_other_sites_fetch_carries_all_but_what_would_keep_them_out(
    client: httpx2.Client, path: str
) -> None:
    for _ in range(2):  # From the database, then from memory.
        answer = client.get(path, headers={"origin": "https://lincoln.example.org"})
        assert answer.status_code == 200
        assert {
            **{name: answer.headers.get(name) for name in [*EXACT, *FOR_ALL_SITES]},
            "cache-control": None,
        } == {**EXACT, **FOR_ALL_SITES, "cache-control": None}
        assert answer.headers["cache-control"].startswith("public, max-age=")
        assert "set-cookie" not in answer.headers
        assert "etag" not in answer.headers
        assert policy_of(answer)["default-src"] == "'none'"
        assert policy_of(answer)["frame-ancestors"] == "'none'"


def test_a_frame_nobody_may_have_carries_the_policy_and_says_so(client: httpx2.Client) -> None:
    answer = client.get("/frame/LINCOLN")

    found = {name: answer.headers.get(name) for name in EXACT}
    assert found == {**EXACT, "cross-origin-resource-policy": "cross-origin"}
    assert policy_of(answer)["frame-ancestors"] == "'none'"
    assert inline_scripts_without(policy_of(answer)["script-src"], answer.text) == []
    assert "set-cookie" not in answer.headers


def test_a_body_that_is_too_large_is_turned_away_with_the_policy_too(client: httpx2.Client) -> None:
    answer = client.post("/", content=b"what=" + b"x" * 300_000, headers={"content-type": FORM})

    assert answer.status_code == 413
    assert {name: answer.headers.get(name) for name in EXACT} == EXACT


def test_a_static_file_is_kept_as_long_as_its_fingerprint_says_what_it_is(
    client: httpx2.Client,
) -> None:
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text)

    for address in addresses:
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert len(addresses) > 8


def test_no_two_answers_have_the_same_nonce(client: httpx2.Client) -> None:
    nonces = [policy_of(client.get("/"))["script-src"] for _ in range(50)]

    assert len(set(nonces)) == 50


def test_a_script_without_the_nonce_is_found() -> None:
    page = """<script nonce="good">1</script><script>2</script><script nonce="bad">3</script>
        <a href="javascript:go()" onclick="go()" style="color: red">x</a>"""

    assert inline_scripts_without("'nonce-good'", page) == ["<script>", '<script nonce="bad">']
    assert len(attributes_that_run(page)) == 3


def test_what_a_policy_stops_is_heard_of(crowd: Crowd) -> None:
    mia = crowd.reporter()
    mia.arrive()

    with crowd.trouble() as heard:
        mia.page.evaluate("document.body.setAttribute('style', 'color: red')")
        mia.page.evaluate("fetch('https://example.org/').catch(() => null)")

    assert len([problem for problem in heard if "Content Security Policy" in problem]) >= 2
    assert any("style-src" in problem for problem in heard)
    assert any("connect-src" in problem or "fetch" in problem.casefold() for problem in heard)


def policy_of(answer: httpx2.Response) -> dict[str, str]:
    """Return the answer's policy, by directive."""
    directives = answer.headers["content-security-policy"].split("; ")
    return {name: value for name, _, value in (each.partition(" ") for each in directives)}


def inline_scripts_without(source: str, html: str) -> list[str]:
    """Return the script tags that do not carry the nonce of `source`."""
    nonce = source.removeprefix("'nonce-").removesuffix("'")
    tags: list[str] = re.findall(r"<script\b[^>]*>", html)
    return [tag for tag in tags if f'nonce="{nonce}"' not in tag]


def attributes_that_run(html: str) -> list[str]:
    """Return attributes a policy without 'unsafe-inline' would stop: handlers, styles, javascript:."""
    tags = " ".join(re.findall(r"<[a-z][^>]*>", html))
    return re.findall(r"""\son\w+="|\sstyle="|="javascript:""", tags)
