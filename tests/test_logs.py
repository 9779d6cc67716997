"""The log: what is written, and what never is. A real server is asked, too."""

import asyncio
import logging
import logging.config
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect

from messenger.domain.errors import BadForm, BadSetting
from messenger.logs import Line, Telling, log_config
from messenger.web.multipart import MultipartForm
from tests.records import logging_put_back

SECRET = "I saw a knife in locker 12"
TOKEN = "q9Xc3vGm1Zt7Rk5Lw2Bn8Hf4Yd6Js0PaVbNcMdXe"


def record(name: str, text: str, *args: object, level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord(name, level, "/x/site-packages/uvicorn/server.py", 7, text, args, None)


def line(name: str, text: str, *args: object) -> str:
    return Line().format(record(name, text, *args))


def line_of(error: BaseException) -> str:
    def fail() -> None:
        raise error

    made = record("messenger.web", "bug")
    try:
        fail()
    except BaseException:  # noqa: BLE001 (what the server does with a bug)
        made.exc_info = sys.exc_info()
    return Line().format(made)


async def test_a_form_that_is_none_is_no_news(capsys: pytest.CaptureFixture[str]) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"not a form at all"

    with logging_put_back():
        logging.config.dictConfig(log_config("info"))
        with pytest.raises(BadForm):
            await MultipartForm(b"x", body()).read_fields()

    assert capsys.readouterr().err == ""


def test_our_own_words_are_written_with_their_values() -> None:
    told = line("messenger.app", "%d rooms are open", 3)

    assert told.endswith("Z warning messenger.app: 3 rooms are open")


@pytest.mark.parametrize(
    ("value", "mask"),
    [
        ("203.0.113.9", "[address]"),
        ("203.0.113.9:51312", "[address]"),
        ("2001:db8::7", "[address]"),
        ("[::1]:51312", "[address]"),
        ("/room?token=abc", "/room?[query]"),
        ("ann@example.org", "[mail address]"),
        (TOKEN, "[secret]"),
        (f"__Host-m={TOKEN}.{TOKEN}", "[secret]"),
    ],
)
def test_what_could_tell_on_somebody_is_masked_even_in_our_own_words(value: str, mask: str) -> None:
    told = line("messenger.app", "seen: %s", value)

    assert value not in told
    assert mask in told


def test_other_words_are_left_alone() -> None:
    text = "12:30:05 version 3.11.2 of retention_of_deleted_rooms took 4 s"

    assert text in line("messenger.app", text)


@given(st.text())
def test_an_event_is_one_line(text: str) -> None:
    assert len(line("messenger.app", "%s", text).splitlines()) == 1


def test_arguments_that_do_not_fit_are_not_written() -> None:
    assert SECRET not in line("messenger.app", "%d rooms", SECRET)


@pytest.mark.parametrize("name", ["uvicorn.error", "asyncio", "websockets.server", "messengers"])
def test_of_a_library_that_says_something_new_only_the_place_is_told(name: str) -> None:
    told = line(name, f"{SECRET} %s", TOKEN)

    assert "something at uvicorn/server.py:7" in told
    assert "knife" not in told
    assert TOKEN not in told


def test_what_a_library_is_known_to_say_is_told_without_its_values() -> None:
    assert line("uvicorn.error", "Started server process [%d]", 42).endswith(
        "uvicorn.error: started"
    )


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ('%s - "WebSocket %s" [accepted]', logging.INFO),
        ("connection open", logging.INFO),
        ("Invalid HTTP request received.", logging.WARNING),
        ("Invalid UTF-8 sequence received from client.", logging.ERROR),
    ],
)
def test_what_a_stranger_can_cause_is_not_written(text: str, level: int) -> None:
    assert not Telling().filter(record("uvicorn.error", text, level=level))


def test_what_went_wrong_is() -> None:
    assert Telling().filter(record("uvicorn.error", "anything", level=logging.ERROR))
    assert Telling().filter(record("messenger.app", "anything", level=logging.DEBUG))


def test_of_a_bug_the_kind_and_the_places_are_told_and_no_value() -> None:
    told = line_of(ValueError(SECRET))

    assert "builtins.ValueError at " in told
    assert "tests/test_logs.py:" in told
    assert "line_of" in told
    assert SECRET not in told


def test_a_refusal_has_words_of_its_own() -> None:
    assert "BadSetting (Make room on the disk.) at " in line_of(
        BadSetting("Make room on the disk.")
    )


def test_causes_and_groups_are_followed_and_circles_left() -> None:
    cause = KeyError(SECRET)
    group = ExceptionGroup("both", [TypeError(SECRET), cause])
    cause.__cause__ = group

    told = line_of(group)

    assert "ExceptionGroup" in told
    assert "TypeError" in told
    assert "KeyError" in told
    assert SECRET not in told


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error"])
def test_no_library_is_ever_more_talkative_than_it_may_be(level: str) -> None:
    with logging_put_back():
        logging.config.dictConfig(log_config(level))

        for name in ("uvicorn", "uvicorn.error", "websockets", "websockets.server", "asyncio"):
            assert not logging.getLogger(name).isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("uvicorn.access").isEnabledFor(logging.CRITICAL)
        assert logging.getLogger("messenger.x").isEnabledFor(logging.DEBUG) == (level == "debug")


SERVER = """
import socket, uvicorn
from messenger.logs import log_config

async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        raise ValueError("I saw a knife in locker 12")
    if scope["type"] == "http":
        raise KeyError(scope["query_string"])
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
config = uvicorn.Config(app, ws="websockets-sansio", log_config=log_config("debug"))
uvicorn.Server(config).run([listener])
"""


async def visit(port: int) -> None:
    """Come as 127.0.0.77, by http and by socket, with a path that nobody should keep."""
    there: dict[str, Any] = {"local_addr": ("127.0.0.77", 0)}
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **there)
    writer.write(
        f"GET /c/{TOKEN}?{TOKEN}=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    )
    await reader.read()
    writer.close()
    async with connect(f"ws://127.0.0.1:{port}/{TOKEN}?{TOKEN}=1", **there) as ws:
        await ws.send(SECRET)
        await ws.wait_closed()


@pytest.mark.slow
async def test_a_real_server_writes_neither_who_came_nor_what_they_brought() -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, stdout=-1, stderr=-2
    )
    assert server.stdout is not None
    port = int(await server.stdout.readline())

    await visit(port)
    server.terminate()
    told = (await server.stdout.read()).decode()
    await server.wait()

    assert "uvicorn.error: ready" in told
    assert "builtins.ValueError at <string>:" in told
    assert "builtins.KeyError at <string>:" in told
    for trace in ("127.0.0.", TOKEN, "knife", "GET", "WebSocket", "/c/"):
        assert trace not in told
