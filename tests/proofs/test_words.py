"""Every word that people read goes through gettext: in a language nobody speaks, nothing is left in English."""

import re
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import httpx2
import pypdfium2
import pytest

from tests.browser.seeding import CANNED, Seeded, seed
from tests.server import CHECKOUT, Server

TOLD = "They call her names."
NAMES = re.compile(
    "|".join(re.escape(each.title + each.body) for each in CANNED)
    + r"|Riverbend (Schools|police)|Lincoln High|Messenger|(Ana|Ms\.) Ruiz|Ben Carter|Cy Park|Eva Stone"
    rf"|\b(ana|ben|cy|[Dd]ee|eva)\b|{re.escape(TOLD)}"
)
AGE = re.compile(r"<?\d+ min")
"""Of Unicode's words, which are the same in Polish."""
IN_BRACKETS = re.compile(r"\[([^\[\]]|\[[^\[\]]*\])*\]\d?")
"""Also where a sentence stands in another, as "in a new tab" does."""
ATTRIBUTE = re.compile(r'\b(?:aria-label|title|placeholder|alt)="([^"]+)"')
UNREAD = re.compile(r"<(script|style|kbd|textarea)\b.*?</\1>|\bR-\d+", re.DOTALL)
WITHIN_A_LINE = re.compile(r"</?(span|strong|a|svg|use|time-since)\b[^>]*>")


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Seeded]]:
    server = Server(tmp_path_factory.mktemp("town"), program="tests.pseudo")
    seeded = seed(server.data)
    with server:
        yield server, seeded


def test_a_reporter_reads_no_word_that_is_not_translated(town: tuple[Server, Seeded]) -> None:
    server, _ = town
    with httpx2.Client(base_url=server.origin, timeout=20, follow_redirects=True) as client:
        pages = {"find": client.get("/"), "nowhere": client.get("/nowhere")}
        pages["start"] = client.get("/c/LINCOLN")
        for view in ("report", "talk", "return", "privacy"):
            pages[view] = go(client, view)
        token = report(client)
        client.cookies.set("reporter", token)
        for view in ("room", "introduce", "held"):
            pages[view] = go(client, view)
        pages["history"] = client.get("/history")

    assert [(name, word) for name, page in pages.items() for word in bare(page.text)] == []


def test_the_team_reads_none_either(town: tuple[Server, Seeded]) -> None:
    server, seeded = town
    with httpx2.Client(base_url=server.origin, timeout=20) as client:
        report(client)
        pages = {name: client.get(f"/console/{name}") for name in ("sign-in", "join")}
        client.cookies.set("responder", seeded.tokens["ana"])
        queue = client.get("/console")
        room = re.search(r"/console/rooms/[\w-]+", queue.text)
        assert room is not None
        pages |= {"queue": queue, "room": client.get(room[0])}
        for name in ("team", "account", "quarantine"):
            pages[name] = client.get(f"/console/{name}")
        for login, email in (("ben", ""), ("a b", ""), ("flo", "nowhere")):
            asked = {"do": "invite", "name": "Eva Stone", "login": login, "email": email}
            pages[login] = post(client, "/console/team", pages["team"], asked)
            assert pages[login].status_code == 422

    assert [(name, word) for name, page in pages.items() for word in bare(page.text)] == []


def test_what_is_printed_and_what_shows_the_widget_are_in_that_language_too(
    town: tuple[Server, Seeded], tmp_path: Path
) -> None:
    server, _ = town
    pdf, page = tmp_path / "poster.pdf", tmp_path / "widget.html"

    for words in (("poster", "--out", str(pdf)), ("widget", "--preview", str(page))):
        command = [sys.executable, "-m", "tests.pseudo", words[0], "LINCOLN", *words[1:]]
        subprocess.run(
            command, check=True, timeout=60, cwd=CHECKOUT, env=server.environment(), stdout=subprocess.DEVNULL
        )  # fmt: skip

    [poster] = pypdfium2.PdfDocument(pdf)
    assert "[Ťéĺĺ šóméóńé." in poster.get_textpage().get_text_bounded()
    assert '<html lang="pl">' in page.read_text()
    assert "[Á páğé óf ýóúŕš" in page.read_text()


def test_a_word_in_english_is_found() -> None:
    assert bare("<p>[Ńó ~] yes</p>") == ["yes"]
    assert bare('<p aria-label="Yes">[Ńó ~]</p>') == ["Yes"]
    assert bare("<p>Lincoln High [7 ďáýš ~]2 R-1001</p>") == []


def bare(page: str) -> list[str]:
    """Return the words of a page that are neither in brackets nor names."""
    page = UNREAD.sub("", page)
    said = [unescape(each) for each in ATTRIBUTE.findall(page)]
    lines = re.sub(r"<[^>]*>", "\n\n", WITHIN_A_LINE.sub("", page))
    said += [" ".join(line.split()) for line in unescape(lines).split("\n\n")]
    rests = [AGE.sub("", NAMES.sub("", IN_BRACKETS.sub("", each))).strip() for each in said]
    return [rest for rest in rests if re.search(r"[^\W\d_]{2}", rest)]


def go(client: httpx2.Client, view: str) -> httpx2.Response:
    return post(client, "/", client.get("/"), {"go": view})


def post(
    client: httpx2.Client, path: str, page: httpx2.Response, fields: dict[str, str]
) -> httpx2.Response:
    """Send a form of that page."""
    token = re.search(r'name="csrf" value="([^"]*)"', page.text)
    assert token is not None
    origin = {"origin": str(client.base_url).rstrip("/")}
    return client.post(path, data={"csrf": token[1], **fields}, headers=origin)


def report(client: httpx2.Client) -> str:
    """Have Mia report; return her token."""
    token = client.post("/api/tokens", json={}).json()["token"]
    told = {"what": TOLD, "category": "bullying", "danger": "no"}
    sent = {**told, "token": token, "code": "LINCOLN", "id": token[:16]}
    return str(client.post("/api/reports", json=sent).raise_for_status().json()["token"])
