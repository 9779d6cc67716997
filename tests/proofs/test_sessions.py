"""Where requests may come from, what a cookie is worth, and how fast a right ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf
from pathlib import Path
from time import monotonic

import anyio
import pytest
from pyotp import TOTP

from messenger.parts import open_parts
from messenger.settings import Settings
from messenger.web.forms import FORM_MARK
from messenger.web.routes import routes
from tests.cast import ORIGIN, PASSWORD, cheap_stretcher
from tests.proofs.service import (
    District,
    Service,
    Socket,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)
from tests.server import run_apart

FOREIGN = [
    "http://127.0.0.1:8000.evil.example", "http://127.0.0.1:80000", "http://127.0.0.1:8001",
    "http://127.0.0.1", "https://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/x",
    "http://127.0.0.1:8000?", "http://127.0.0.1:8000#", "HTTP://127.0.0.1:8000", "Http://127.0.0.1:8000",
    "http://evil.example@127.0.0.1:8000", "http://127.0.0.1:8000@evil.example",
    "http://evil.example/http://127.0.0.1:8000", "http://evil.example?http://127.0.0.1:8000",
    "http://evil.example", "http://localhost.evil.example:8000", "http://127.0.0.1.:8000",
    "http://[::1]:8000", "http://[::ffff:127.0.0.1]:8000", "http://[::ffff:7f00:1]:8000",
    "http://2130706433:8000", "http://0x7f000001:8000", "http://0177.0.0.1:8000", "http://127.1:8000",
    "http://0.0.0.0:8000", "http://xn--127-0-0-1.example:8000", "http://127。0。0。1:8000",
    "null", "NULL", "file://", "chrome-extension://127.0.0.1:8000", "ws://127.0.0.1:8000",
    "http://127.0.0.1:8000, http://evil.example", "http://evil.example http://127.0.0.1:8000",
    "127.0.0.1:8000", "//127.0.0.1:8000", "http://127.0.0.1:8000\t", " http://127.0.0.1:8000",
]  # fmt: skip
POSTS = sorted(
    route.path.format(room="x", attachment="x") for route in routes()
    if "POST" in (route.methods or ()) and "/api/" not in route.path
)  # fmt: skip


@asynccontextmanager
async def district_in(folder: Path) -> AsyncIterator[District]:
    async with open_service(folder) as service:
        yield await open_district(service)


async def join(service: Service, cookie: str, origin: str | None, **hello: object) -> Socket:
    socket = service.connect(cookie, origin)
    socket.say({"t": "hello", "v": 1, **hello})
    return socket


# Origins


async def test_no_page_of_another_site_gets_a_socket(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        cookie = reporter_cookie(await ours.report())
        for origin in FOREIGN:
            socket = ours.service.connect(cookie, origin.encode().decode("latin-1"))
            await socket.closed()
            assert not socket.accepted and socket.frames == [], origin
        for origin in (ORIGIN,):
            assert await (await join(ours.service, cookie, origin)).until("welcome")

    assert len(FOREIGN) >= 30


@pytest.mark.parametrize("path", POSTS)
async def test_no_page_of_another_site_posts_a_form(tmp_path: Path, path: str) -> None:
    async with district_in(tmp_path) as ours:
        mia, ana = await ours.report(), await ours.member()
        cookie = f"{reporter_cookie(mia)}; {member_cookie(ana)}"
        for origin in FOREIGN:
            headers = {"origin": origin.strip(), "sec-fetch-site": "cross-site"}
            if origin.strip() == ORIGIN:
                continue  # The header cannot carry the space around it.
            answer = await ours.service.request(
                "POST", path, cookie, data={"do": "delete", "sure": "yes"},
                headers={name: value.encode() for name, value in headers.items()},
            )  # fmt: skip
            assert answer.status_code == 403, (origin, answer.status_code)
            assert "set-cookie" not in answer.headers
        assert await ours.service.desks.reporting.find(mia.token)
        assert await ours.service.desks.signin.find(ana.token)


async def test_a_null_origin_needs_the_browsers_word_or_the_right_mark(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        mia, noa = await ours.report(), await ours.report()
        cookie, desks = reporter_cookie(mia), ours.service.desks
        mark = desks.tokens.mark(FORM_MARK, mia.token.text)
        others = desks.tokens.mark(FORM_MARK, noa.token.text)

        async def status(origin: str | None, site: str | None, csrf: str, cookie: str) -> int:
            headers = {"origin": origin, "sec-fetch-site": site}
            answer = await ours.service.request(
                "POST", "/", cookie, data={"go": "start", "csrf": csrf}, headers=headers
            )
            return answer.status_code

        for origin in ("null", None):
            assert await status(origin, "same-origin", "", cookie) == 200
            assert await status(origin, None, mark, cookie) == 200
            for site in (None, "none", "same-site", "cross-site", "same-origin, x"):
                for wrong in ("", "x", others, mark[:-1], mark + "x", mark.swapcase()):
                    assert await status(origin, site, wrong, cookie) == 403
            assert await status(origin, None, mark, "") == 403
            assert await status(origin, None, mark, reporter_cookie(noa)) == 403


async def test_without_an_origin_a_cookie_opens_no_socket_and_a_token_does(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        mia, ana = await ours.report(), await ours.member()
        for origin in (None, ""):
            bare = await join(ours.service, reporter_cookie(mia), origin)
            assert await bare.closed() == 4501
            queue = await join(ours.service, member_cookie(ana), origin, queue=True)
            assert await queue.closed() == 4501
            told = await join(ours.service, "", origin, token=mia.token.text)
            assert await told.until("welcome")


async def test_a_program_speaks_json_and_no_form_is_taken_for_it(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        mia = await ours.report()
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = await ours.service.request(
                "POST", "/api/leave", content=f'{{"token": "{mia.token.text}"}}',
                headers={"content-type": kind, "origin": "http://evil.example"},
            )  # fmt: skip
            assert answer.status_code == 422 and "access-control-allow-origin" not in answer.headers
        assert await ours.service.desks.reporting.find(mia.token)


# Cookies


async def test_cookies_are_for_this_host_no_script_and_this_session_only(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        await ours.member("ana-cookie")
        answers = [
            await ours.service.request("GET", f"/c/{ours.code}"),
            await ours.service.request(
                "POST", "/", f"school={ours.organization.id}.", data={"go": "report"}
            ),
            await ours.service.request(
                "POST", "/console/sign-in", data={"login": "ana-cookie", "password": PASSWORD}
            ),
        ]
    for cookie in [each for answer in answers for each in answer.headers.get_list("set-cookie")]:
        flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
        assert flags == {"httponly", "path=/", "samesite=lax"}


async def test_a_cookie_planted_before_signing_in_is_worth_nothing_after(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        await ours.member("ana-fixed")
        planted = ours.service.desks.tokens.issue("responder").text
        answer = await ours.service.request(
            "POST", "/console/sign-in", f"responder={planted}",
            data={"login": "ana-fixed", "password": PASSWORD},
        )  # fmt: skip
        given = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
        console = await ours.service.request("GET", "/console", f"responder={planted}")

    assert answer.status_code == 303 and given != planted
    assert console.headers["location"] == "/console/sign-in"


async def test_six_words_give_a_new_token_whatever_cookie_was_there(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        mia, noa = await ours.report(), await ours.report()
        words = await ours.service.desks.reporting.ready_receipt(mia)
        answer = await ours.service.request(
            "POST", "/", reporter_cookie(noa), data={"do": "open", "words": " ".join(words)}
        )
        given = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]

    assert given not in {mia.token.text, noa.token.text}


# What is not asked for


async def test_fields_nobody_asked_for_have_no_effect_in_forms_and_are_refused_in_json(
    tmp_path: Path,
) -> None:
    async with district_in(tmp_path) as ours:
        theirs = await open_district(ours.service)
        ana, desks = await ours.member(), ours.service.desks
        extra = {
            "standing": "disabled", "on_duty": "1", "organization": theirs.organization.id,
            "login": "root", "public_key": "x", "id": "x", "email": "evil@example.org", "name": "Root",
            "member": "x", "role": "team", "number": "1", "urgency": "life_safety", "status": "closed",
        }  # fmt: skip
        await ours.service.request(
            "POST", "/console/account", member_cookie(ana), data={"shown_name": "Ana", **extra}
        )
        after = await desks.directory.find_member(ana.member.id)
        assert after is not None and after.shown_name == "Ana"
        assert (after.login, after.organization, after.email, after.standing, after.on_duty) == (
            ana.member.login, ours.organization.id, ana.member.email, ana.member.standing, False,
        )  # fmt: skip

        token = desks.reporting.new_token().text
        body = {"token": token, "code": ours.code, "id": "draft-0001", "what": "x"}
        for field, value in extra.items():
            if field not in {"id", "name"}:
                answer = await ours.service.request(
                    "POST", "/api/reports", json=body | {field: value}
                )
                assert answer.status_code == 422, field
        for field in ("author", "role", "seq", "at", "by", "kind", "room"):
            socket = await join(ours.service, reporter_cookie(await ours.report()), ORIGIN)
            socket.say({"t": "say", "id": "act-000001", "body": "x", field: "x"})
            assert await socket.closed() == 4500, field


async def test_pressing_twice_is_pressing_once(tmp_path: Path) -> None:
    async with district_in(tmp_path) as ours:
        service, ana = ours.service, await ours.member()
        mia = await ours.report()
        form = {"do": "say", "id": "press-0001", "body": "once"}
        room = f"/console/rooms/{mia.reporter.room}"

        async with anyio.create_task_group() as presses:
            for _ in range(4):
                presses.start_soon(
                    lambda: service.request("POST", "/", reporter_cookie(mia), data=form)
                )
                presses.start_soon(
                    lambda: service.request(
                        "POST", room, member_cookie(ana), data={"do": "claim", "id": "press-0002"}
                    )
                )
        found = await service.desks.rooms.find_room(mia.reporter.room)

    assert found is not None and found.head == 3


async def test_a_second_factor_is_enrolled_once_and_only_ones_own(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        ours = await open_district(service, demo=False)
        ana, ben = await ours.member(), await ours.member()
        seeds = [service.desks.signin.new_seed() for _ in range(2)]

        async def enrol(cookie: str, seed: str) -> int:
            form = {"seed": seed, "code": TOTP(seed).now(), "member": ben.member.id, "login": "ben"}
            answer = await service.request("POST", "/console/second-factor", cookie, data=form)
            return answer.status_code

        assert await enrol("", seeds[0]) == 303
        assert await enrol(member_cookie(ana), seeds[0]) == 200
        assert await enrol(member_cookie(ana), seeds[1]) == 303
        again, other = [await service.desks.signin.find(one.token) for one in (ana, ben)]

    assert again is not None and not again.needs_second_factor
    assert other is not None and other.needs_second_factor


# How fast a right ends


async def sockets_of(ours: District, cookie: str, room: str) -> list[Socket]:
    queue = await join(ours.service, cookie, ORIGIN, queue=True)
    inside = await join(ours.service, cookie, ORIGIN, room=room)
    assert await queue.until("queue") and await inside.until("welcome")
    return [queue, inside]


async def quickest(try_once: Callable[[], Awaitable[float]]) -> float:
    """The fewest seconds of up to three tries: what is slow is slow each time, a machine is not."""
    fewest = inf
    for _ in range(3):
        fewest = min(fewest, await try_once())
        if fewest < 2:
            break
    return fewest


async def test_a_member_disabled_by_a_colleague_is_out_of_every_socket_within_two_seconds(
    tmp_path: Path,
) -> None:
    async with district_in(tmp_path) as ours:
        ana, mia = await ours.member(), await ours.report()
        colleagues = await sockets_of(ours, member_cookie(ana), mia.reporter.room)

        async def disable_one() -> float:
            ben = await ours.member()
            sockets = await sockets_of(ours, member_cookie(ben), mia.reporter.room)
            began = monotonic()
            await ours.service.request(
                "POST",
                "/console/team",
                member_cookie(ana),
                data={"do": "disable", "member": ben.member.id},
            )
            assert [await socket.closed() for socket in sockets] == [4501, 4501]
            return monotonic() - began

        assert await quickest(disable_one) < 2
        assert all(socket.code is None for socket in colleagues)


async def test_a_member_disabled_from_another_process_is_out_within_two_seconds(
    tmp_path: Path,
) -> None:
    async with district_in(tmp_path) as ours:
        mia = await ours.report()

        async def disable_one() -> float:
            ben = await ours.member()
            sockets = await sockets_of(ours, member_cookie(ben), mia.reporter.room)

            async def disable() -> None:
                async with open_parts(Settings(data=tmp_path), cheap_stretcher()) as parts:
                    await parts.signin.disable(ours.organization.id, ben.member.id)

            await anyio.to_thread.run_sync(run_apart, disable)
            began = monotonic()
            assert [await socket.closed() for socket in sockets] == [4501, 4501]
            return monotonic() - began

        assert await quickest(disable_one) < 2


async def test_whoever_signs_out_leaves_or_deletes_is_out_of_the_open_sockets_at_once(
    tmp_path: Path,
) -> None:
    async with district_in(tmp_path) as ours:
        ana, mia, noa = await ours.member(), await ours.report(), await ours.report()
        staff = await sockets_of(ours, member_cookie(ana), mia.reporter.room)
        left = await join(ours.service, reporter_cookie(mia), ORIGIN)
        deleted = await join(ours.service, reporter_cookie(noa), ORIGIN)
        assert await left.until("welcome") and await deleted.until("welcome")

        await ours.service.request("POST", "/console/sign-out", member_cookie(ana), data={"x": ""})
        await ours.service.request("POST", "/leave", reporter_cookie(mia), data={"x": ""})
        form = {"do": "delete", "sure": "yes"}
        await ours.service.request("POST", "/", reporter_cookie(noa), data=form)

        for socket in (*staff, left, deleted):
            assert await socket.closed() == 4501


async def test_another_password_closes_the_sockets_of_the_other_stays_and_forgets_their_keys(
    tmp_path: Path,
) -> None:
    async with district_in(tmp_path) as ours:
        here, mia = await ours.member("ana-twice"), await ours.report()
        there = await ours.service.desks.signin.sign_in("ana-twice", PASSWORD, "")
        kept = await sockets_of(ours, member_cookie(here), mia.reporter.room)
        ended = await sockets_of(ours, member_cookie(there), mia.reporter.room)
        new = "another battery staple"
        form = {"do": "password", "old": PASSWORD, "password": new, "password2": new}
        keyring = ours.service.desks.keyring
        assert {here.token.session, there.token.session} <= {*keyring.sessions()}

        await ours.service.request("POST", "/console/account", member_cookie(here), data=form)

        assert there.token.session not in keyring.sessions()
        assert here.token.session in keyring.sessions()
        assert [await socket.closed() for socket in ended] == [4501, 4501]
        assert all(socket.code is None for socket in kept)
