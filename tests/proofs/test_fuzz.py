"""Whatever strangers send, the application answers: no crash, no 5xx, no traceback in the log.

Each test counts what it sent and asserts that a stated share was accepted: noise that is all refused
at the door proves little.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from messenger.domain.report import CATEGORIES
from messenger.protocol.frames import Incoming
from messenger.web.journey import ACTS, VIEWS
from messenger.web.routes import routes
from tests.cast import ORIGIN
from tests.proofs.service import (
    District,
    Service,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)

pytestmark = pytest.mark.slow

many = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
EXPECTED = {200, 201, 204, 303, 307, 400, 401, 403, 404, 405, 409, 411, 413, 415, 422}

nasty = st.sampled_from(
    ["", "\0", "\r\n", "\ud800", "\u202e", "\ufeff", "%00", "%ff", "../..", "'\";--", "{{7*7}}", "<b>", "🧑‍🏫",
     "9" * 30, "x" * 600, "ß", "İ", "\U0010ffff", "-1", "1e999", "null", "true"]
)  # fmt: skip
words = st.text(max_size=30) | nasty
posts = [
    route.path for route in routes() if "POST" in (route.methods or ())
]  # fmt: skip


@dataclass(eq=False)
class Noise(logging.Handler):
    """Keeps every record of an error."""

    records: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(logging.ERROR)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))


@dataclass
class Target:
    """The application, with people whose cookies are good, and what it logged."""

    portal: BlockingPortal
    service: Service
    district: District
    cookies: dict[str, str]
    room: str
    log: Noise
    answers: Counter[str] = field(default_factory=Counter)

    def ask(self, method: str, path: str, cookie: str = "", **options: Any) -> httpx2.Response:
        def call() -> Any:
            return self.service.request(method, path, cookie, **options)

        answer: httpx2.Response = self.portal.call(call)
        assert answer.status_code in EXPECTED, (answer.status_code, answer.text[:500])
        assert self.log.records == []
        self.answers["accepted" if answer.status_code < 400 else "refused"] += 1
        return answer

    def share(self) -> float:
        return self.answers["accepted"] / self.answers.total()


@pytest.fixture
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder, log = tmp_path_factory.mktemp("fuzz"), Noise()
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())
        service = stack.enter_context(portal.wrap_async_context_manager(open_service(folder)))
        district = portal.call(open_district, service)
        mia, ana = portal.call(district.report), portal.call(district.member)
        pending = portal.call(lambda: district.member(approved=False))
        root = logging.getLogger()
        root.addHandler(log)
        stack.callback(root.removeHandler, log)
        cookies = {
            "nobody": "", "mia": reporter_cookie(mia), "ana": member_cookie(ana),
            "pending": member_cookie(pending),
            "visitor": f"school={district.organization.id}.{district.school.id}",
        }  # fmt: skip
        yield Target(portal, service, district, cookies, mia.reporter.room, log)


people = st.sampled_from(["nobody", "mia", "ana", "pending", "visitor"])


def test_addresses(target: Target) -> None:
    known = [route.path for route in routes()]
    methods = st.sampled_from(["GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE", "BREW"])
    tails = st.binary(max_size=20).map(quote_from_bytes)

    @many
    @given(
        methods, people, st.sampled_from(known), tails, tails, st.sampled_from([True, True, False])
    )
    def run(method: str, who: str, path: str, odd: str, query: str, good: bool) -> None:
        code = target.district.code if good else (odd or "x")
        room = target.room if good else (odd or "x")
        address = path.format(code=code, room=room, attachment=odd or "x") + ("" if good else odd)
        target.ask(method, f"{address}?{query}", target.cookies[who])
        assert target.ask("GET", f"/?{query}", target.cookies[who]).status_code == 200

    run()
    assert target.share() > 0.45


def test_forms(target: Target) -> None:
    acts = st.sampled_from([*ACTS, *VIEWS, "claim", "say", "close", "reopen", "triage", "hand_over",
                            "bring_in", "quarantine", "approve", "disable", "reset", "invite", "password",
                            "on"])  # fmt: skip
    good = st.fixed_dictionaries(
        {"do": acts} , optional={"go": acts},
    ) | st.fixed_dictionaries({"go": st.sampled_from(sorted(VIEWS))})  # fmt: skip
    values = words | st.sampled_from([c.id for c in CATEGORIES]) | st.just("draft-0001")
    names = st.sampled_from(
        ["what", "category", "danger", "where", "when", "who", "relation", "name", "contact", "identity",
         "draft_id", "code", "school", "pick", "words", "word", "ask", "body", "id", "sure", "login",
         "password", "password2", "old", "seed", "shown_name", "member", "fingerprint", "to", "summary",
         "note", "urgency", "email", "room", "csrf", "attachment", "reason", "part", "alt", "enclosing",
         "keep_original"]
    )  # fmt: skip
    fields = st.dictionaries(names | words, values, max_size=8)
    kinds = st.sampled_from(["urlencoded", "urlencoded", "multipart", "charset", "raw"])
    charsets = st.sampled_from(
        ["utf-8", "utf-16", "unicode_escape", "punycode", "idna", "rot13", "utf-7", "x"]
    )

    @settings(many, max_examples=400)
    @given(st.sampled_from(posts), people, good, fields, kinds, charsets, st.binary(max_size=300))
    def run(
        post: str, who: str, act: dict[str, str], fields: dict[str, str], kind: str,
        charset: str, raw: bytes,
    ) -> None:  # fmt: skip
        path = post.format(room=target.room, attachment="x")
        if path.startswith("/api/") or path in {"/leave", "/lock", "/console/sign-out"}:
            path = "/"
        form = fields | act
        form.pop("password", None) if who == "ana" and path.endswith("account") else None
        # Who fails again under one login is made to wait: another login each time.
        form["login"] = f"{form.get('login', '')}{target.answers.total()}"
        if form.get("do") in {"delete", "disable", "reset"}:
            form.pop("sure", None)
        send(target, path, target.cookies[who], form, kind, charset, raw)

    run()
    assert target.share() > 0.15


def whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def send(
    target: Target,
    path: str,
    cookie: str,
    form: dict[str, str],
    kind: str,
    charset: str,
    raw: bytes,
) -> None:
    encoded = {whole(name): whole(value) for name, value in form.items()}
    if kind == "urlencoded":
        target.ask("POST", path, cookie, data=encoded)
        return
    if kind == "raw":
        headers = {"content-type": "application/x-www-form-urlencoded; charset=" + charset}
        target.ask("POST", path, cookie, content=raw, headers=headers)
        return
    boundary = "b0undary"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + (value.encode("unicode_escape") if kind == "charset" else value.encode()) + b"\r\n"
        for name, value in encoded.items() if name.isidentifier()
    ]  # fmt: skip
    kind_of = f"multipart/form-data; boundary={boundary}" + (
        f"; charset={charset}" if kind == "charset" else ""
    )
    body = b"".join(parts) + f"--{boundary}--\r\n".encode() + (raw[:20] if charset == "x" else b"")
    target.ask("POST", path, cookie, content=body, headers={"content-type": kind_of})


def test_forms_in_an_odd_alphabet(target: Target) -> None:
    for charset in ("unicode_escape", "idna", "punycode", "utf-7", "rot13", "hex", "undefined"):
        for value in ("\\ud800", "xn--a-\\x80", "a" * 80, "-.-"):
            post_in(target, charset, value)


def post_in(target: Target, charset: str, value: str) -> None:
    for path, who, name in (
        ("/", "visitor", "what"), ("/", "nobody", "code"), ("/", "nobody", "pick"), ("/", "mia", "body"),
        ("/console/sign-in", "nobody", "login"), ("/console/sign-in", "nobody", "password"),
        ("/console/join", "nobody", "code"), ("/console/account", "ana", "shown_name"),
        (f"/console/rooms/{target.room}", "ana", "id"),
    ):  # fmt: skip
        for act in ("find", "send_report"):
            body = "".join(
                f'--b\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{text}\r\n'
                for field, text in (("do", act), ("category", "other"), (name, value))
            )
            headers = {"content-type": f"multipart/form-data; boundary=b; charset={charset}"}
            target.ask(
                "POST",
                path,
                target.cookies[who],
                content=body.encode() + b"--b--\r\n",
                headers=headers,
            )


def test_json_bodies(target: Target) -> None:
    anything = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | words,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=6,
    )  # fmt: skip
    paths = st.sampled_from(
        ["/api/tokens", "/api/reports", "/api/receipts/kept", "/api/return", "/api/leave"]
    )
    reports = st.fixed_dictionaries(
        {"what": words.map("I saw {}".format), "id": st.sampled_from(["draft-0001", "draft-0002", "x"])},
        optional=dict.fromkeys(("where", "name", "contact", "danger", "relation", "category", "work"), words),
    )  # fmt: skip

    often = st.sampled_from([True, True, True, False])

    @many
    @given(
        paths,
        reports | reports | reports | anything,
        often,
        st.binary(max_size=100),
        st.integers(0, 3),
    )
    def run(path: str, body: Any, good: bool, raw: bytes, way: int) -> None:
        if isinstance(body, dict) and good:
            token = target.service.desks.reporting.new_token().text
            path, body = "/api/reports", {"token": token, "code": target.district.code, **body}
        content = (
            raw if way == 0 and not good else json.dumps(body).encode("utf-8", "surrogatepass")
        )
        headers = {"content-type": "application/json"}
        target.ask("POST", path, content=content, headers=headers)
        # And between all that, a report like any other, with the same noise as its words.
        report = {
            "token": target.service.desks.reporting.new_token().text,
            "code": target.district.code,
            "id": "draft-0001",
            "what": f"I saw {raw!r}",
        }
        assert target.ask("POST", "/api/reports", json=report).status_code == 201

    run()
    assert target.share() > 0.45
    for content in (b"[" * 100_000, b'{"a":' * 50_000, b'"\\ud800"', b"\xff\xfe", b"1" * 5000):
        target.ask(
            "POST", "/api/return", content=content, headers={"content-type": "application/json"}
        )


def test_cookies_and_tokens(target: Target) -> None:
    @many
    @given(
        st.data(), st.sampled_from(["/", "/history", "/console", "/console/team", "/health/live"])
    )
    def run(data: st.DataObject, path: str) -> None:
        good = target.cookies[data.draw(people)]
        place = data.draw(st.integers(0, len(good)))
        odd = (
            data.draw(st.binary(max_size=30))
            .replace(b"\r", b"")
            .replace(b"\n", b"")
            .replace(b"\0", b"")
        )
        raw = data.draw(st.sampled_from([
            good.encode(), good.encode()[:place] + odd + good.encode()[place:],
            b"reporter=" + odd, b"responder=" + odd, b"school=" + odd, odd + b"; " + good.encode(),
        ]))  # fmt: skip
        target.ask("GET", path, headers={"cookie": raw.strip() or b"x"})

    run()
    assert target.share() > 0.3


def test_receipts(target: Target) -> None:
    listed = st.sampled_from(
        ["abacus", "drop-down", "quilt", "yo-yo", "zoom", "t-shirt", "abbacus"]
    )
    typed = st.lists(listed | words, max_size=8).map(" ".join) | st.text(
        "0123456789 -", max_size=40
    )
    way_in = target.portal.call(target.district.report)
    right = target.portal.call(target.service.desks.reporting.ready_receipt, way_in)

    @many
    @given(
        typed,
        st.sampled_from(["{}", " {} ", "{}", "{}.", "«{}»"]),
        st.sampled_from([True, True, False]),
    )
    def run(raw: str, around: str, good: bool) -> None:
        text = around.format(" ".join(right) if good else raw.replace("\ud800", ""))
        target.ask("POST", "/", data={"do": "open", "words": text})
        target.ask("POST", "/api/return", json={"receipt": text})

    run()
    assert target.share() > 0.3


def test_frames(target: Target) -> None:
    tags = [kind.__struct_config__.tag for kind in Incoming.__args__]
    names = st.sampled_from(["id", "body", "name", "contact", "to", "summary", "member", "note", "urgency",
                             "seq", "rooms", "room", "queue", "since", "token", "v"]) | words  # fmt: skip
    values = words | st.integers(-(2**64), 2**64) | st.lists(words, max_size=2) | st.booleans()
    good = st.one_of(
        st.fixed_dictionaries({"t": st.just("say"), "id": st.integers(10**8, 10**9).map(str), "body": words}),
        st.fixed_dictionaries({"t": st.just("introduce"), "id": st.integers(10**8, 10**9).map(str), "name": words}),
        st.fixed_dictionaries({"t": st.just("seen"), "seq": st.integers(0, 2**53)}),
        st.fixed_dictionaries({"t": st.sampled_from(["typing", "ping"])}),
        st.fixed_dictionaries({"t": st.sampled_from(["claim", "reopen"]), "id": st.just("claim-0001")}),
    )  # fmt: skip
    hostile = st.dictionaries(names, values, max_size=4).flatmap(
        lambda fields: st.sampled_from(tags).map(lambda tag: {"t": tag, **fields})
    )
    frames = good.map(json.dumps) | good.map(json.dumps) | hostile.map(json.dumps) | words
    ends = Counter[str]()

    async def converse(who: str, hello: dict[str, object], sent: list[str]) -> str:
        socket = target.service.connect(target.cookies[who], ORIGIN)
        socket.say(json.dumps({"t": "hello", "v": 1, **hello}))
        for frame in sent:
            socket.say(frame)
        socket.say('{"t":"ping"}')
        lived = await socket.until("pong")
        if socket.code is None:
            socket.inbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
            await socket.closed()
        return "accepted" if lived else str(socket.code)

    @many
    @given(people, st.sampled_from(["own", "room", "queue", "odd"]), st.lists(frames, max_size=5))
    def run(who: str, where: str, sent: list[str]) -> None:
        hello: dict[str, dict[str, object]] = {
            "own": {}, "room": {"room": target.room}, "queue": {"queue": True}, "odd": {"room": "x", "since": 9},
        }  # fmt: skip
        who = {"own": "mia", "room": "ana", "queue": "ana"}.get(where, who)
        end = target.portal.call(converse, who, hello[where], sent)
        assert end in {"accepted", "4500", "4501", "4502"}, end
        assert target.log.records == []
        ends["accepted" if end == "accepted" else "refused"] += 1

    run()
    assert ends["accepted"] / ends.total() > 0.15
