"""A frame's cookies in a header: they come and go like cookies, on the reporter's journey alone."""

from pathlib import Path

import pytest

from messenger.web.jar import JAR
from tests.proofs.service import (
    Service,
    member_cookie,
    open_district,
    open_service,
    reporter_cookie,
)

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def ask(service: Service, held: str, path: str = "/", cookie: str = "") -> str:
    answer = await service.request("GET", path, cookie, headers={JAR: held})
    return f"{answer.status_code} {answer.text}"


async def test_what_is_held_lets_in_and_a_cookie_beside_it_counts_for_nothing(
    tmp_path: Path,
) -> None:
    async with open_service(tmp_path) as service:
        ours, theirs = await open_district(service), await open_district(service)
        mine, other = await ours.report(), await theirs.report()

        held = await ask(service, reporter_cookie(mine), cookie=reporter_cookie(other))
        nothing = await ask(service, "code=X", cookie=reporter_cookie(other))

    assert ours.organization.name in held and theirs.organization.name not in held
    assert theirs.organization.name not in nothing


async def test_what_would_be_set_as_a_cookie_is_handed_over(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        held = f"code={district.code}; school={district.organization.id}.{district.school.id}"
        form = await service.request("POST", "/", data={"go": "talk"}, headers={JAR: held})
        given = form.headers[JAR]
        fields = {"do": "send_talk", "what": "Hi", "draft_id": "draft-0001"}
        sent = await service.request("POST", "/", data=fields, headers={JAR: f"{held}; {given}"})
        room = await ask(service, f"{held}; {sent.headers[JAR]}")
        left = await service.request(
            "POST", "/leave", data={"x": ""}, headers={JAR: f"{held}; {sent.headers[JAR]}"}
        )
        after = await ask(service, f"{held}; {sent.headers[JAR]}")

    assert given.startswith("reporter=")
    assert sent.status_code == left.status_code == 204
    assert "location" not in sent.headers and "location" not in left.headers
    assert "composer__field" in room
    assert left.headers[JAR] == "reporter=, school="
    assert "composer__field" not in after
    for answer in (form, sent, left):
        assert "set-cookie" not in answer.headers


async def test_the_conversation_and_the_lock_of_a_page_go_by_it_too(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        mine = await (await open_district(service)).report()
        held = reporter_cookie(mine)

        conversation = await ask(service, held, "/history")
        locked = await service.request("POST", "/lock", data={"x": ""}, headers={JAR: held})

        assert conversation.startswith("200")
        assert locked.headers[JAR] == "reporter=, school=, left=locked"
        assert "set-cookie" not in locked.headers
        assert await service.desks.reporting.find(mine.token) is None


@pytest.mark.parametrize("path", ["/console", "/console/team", "/console/account"])
async def test_a_member_can_not_be_held_in_it(tmp_path: Path, path: str) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        held = member_cookie(await district.member())

        as_jar = await ask(service, held, path)
        as_cookie = await service.request("GET", path, held)

    assert as_jar.startswith("303")
    assert as_cookie.status_code == 200


async def test_a_form_of_another_site_is_refused_with_a_jar_too(tmp_path: Path) -> None:
    async with open_service(tmp_path) as service:
        district = await open_district(service)
        mine = await district.report()
        headers = {JAR: reporter_cookie(mine), "origin": "https://www.lincoln.example.org"}

        refused = await service.request("POST", "/leave", data={"x": ""}, headers=headers)
        asked = await service.request(
            "OPTIONS", "/", headers=headers | {"access-control-request-headers": JAR}
        )

        assert refused.status_code == 403
        assert await service.desks.reporting.find(mine.token) is not None
        assert not [name for name in asked.headers if name.startswith("access-control")]
