"""Argon2id behind a bounded door."""

import asyncio
import threading
from collections import Counter
from datetime import timedelta
from time import process_time

import anyio
import pytest
from anyio import to_thread
from argon2.low_level import Type, hash_secret_raw
from hypothesis import given
from hypothesis import strategies as st

from messenger.domain.errors import TooBusy, Unreadable
from messenger.ports.security import Stretcher
from messenger.security import passwords
from messenger.security.passwords import (
    PASSWORD_COST,
    PASSWORD_LINES,
    RECEIPT_COST,
    Cost,
    ThreadedStretcher,
)

CHEAP = "argon2id:t=1,m=64,p=1"
SALT, OTHER_SALT = bytes(16), b"1" * 16


def cheap(waiting: int = 64, patience: timedelta = timedelta(seconds=20)) -> ThreadedStretcher:
    return ThreadedStretcher(CHEAP, CHEAP, waiting=waiting, patience=patience)


async def test_it_is_a_stretcher() -> None:
    stretcher: Stretcher = cheap()

    assert stretcher.cost == CHEAP


async def test_the_same_password_gives_the_same_key_and_another_another() -> None:
    stretcher = cheap()
    key = await stretcher.password("correct horse", SALT, CHEAP)

    assert key == await stretcher.password("correct horse", SALT, CHEAP)
    assert key == hash_secret_raw(b"correct horse", SALT, 1, 64, 1, 32, Type.ID)
    assert key != await stretcher.password("correct house", SALT, CHEAP)
    assert key != await stretcher.password("correct horse", OTHER_SALT, CHEAP)
    assert key != await stretcher.password("correct horse", SALT, "argon2id:t=2,m=64,p=1")


async def test_a_password_typed_on_another_machine_is_the_same_password() -> None:
    stretcher = cheap()

    composed = await stretcher.password("caf\u00e9", SALT, CHEAP)

    assert composed == await stretcher.password("cafe\u0301", SALT, CHEAP)


async def test_a_receipt_gives_a_look_up_id_and_a_key_that_tell_nothing_of_each_other() -> None:
    lookup, wrap = await cheap().receipt("six plain words", SALT)

    assert (len(lookup), len(wrap)) == (16, 32)
    assert lookup not in wrap
    assert (lookup, wrap) == await cheap().receipt("six plain words", SALT)


async def test_another_receipt_or_another_deployment_gives_others() -> None:
    lookup, wrap = await cheap().receipt("six plain words", SALT)

    for words, salt in (("six other words", SALT), ("six plain words", OTHER_SALT)):
        other_lookup, other_wrap = await cheap().receipt(words, salt)
        assert other_lookup != lookup
        assert other_wrap != wrap


@pytest.mark.parametrize(
    "text",
    [PASSWORD_COST, RECEIPT_COST, CHEAP, "argon2id:t=1,m=8,p=1", "argon2id:t=10,m=262144,p=4"],
)
def test_a_reasonable_cost_is_read(text: str) -> None:
    cost = Cost.parse(text)

    assert f"argon2id:t={cost.passes},m={cost.memory},p={cost.lanes}" == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "argon2id",
        "argon2i:t=3,m=65536,p=1",
        "argon2id:t=3,m=9999999,p=1",
        "argon2id:t=3,m=262145,p=1",
        "argon2id:t=11,m=65536,p=1",
        "argon2id:t=0,m=65536,p=1",
        "argon2id:t=3,m=65536,p=5",
        "argon2id:t=3,m=31,p=4",
        "argon2id:t=3,m=65536,p=1\n",
        "argon2id:t=٣,m=65536,p=1",
        "argon2id:t=3, m=65536, p=1",
        "argon2id:t=3,m=10000000000,p=1",
    ],
)
async def test_another_cost_is_refused_before_any_work(text: str) -> None:
    with pytest.raises(Unreadable):
        await cheap().password("correct horse", SALT, text)


@given(st.text(st.characters(), max_size=60))
def test_whatever_stands_in_the_database_is_a_cost_or_a_refusal(text: str) -> None:
    with pytest.raises(Unreadable):
        Cost.parse(text)


@pytest.mark.parametrize("size", [0, 7, 65])
async def test_a_salt_of_a_strange_size_is_refused(size: int) -> None:
    with pytest.raises(Unreadable):
        await cheap().password("correct horse", bytes(size), CHEAP)


async def test_no_password_keeps_us_busy() -> None:
    accents = "\u0315\u0316" * 32_000
    began = process_time()

    key = await cheap().password(accents, SALT, CHEAP)

    assert process_time() - began < 1
    assert key != await cheap().password(accents[:-1], SALT, CHEAP)


async def test_any_text_can_be_a_password() -> None:
    assert await cheap().password("\ud800\0 " * 100, SALT, CHEAP)


class Gate:
    """Work that waits until it is let through."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.inside = 0
        self.most = 0
        self._counting = threading.Lock()

    def work(self) -> bytes:
        with self._counting:
            self.inside += 1
            self.most = max(self.most, self.inside)
        self.opened.wait(10)
        with self._counting:
            self.inside -= 1
        return b"done"

    async def until(self, inside: int) -> None:
        while self.inside < inside:
            await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("password", "is_guessable"),
    [
        ("password1234", True),
        ("qwertyuiop123", True),
        ("iloveyouiloveyou", True),
        ("ｐａｓｓｗｏｒｄ1234", True),
        ("rosalind.lopez1", True),
        ("Rosalind!1234", True),
        ("correct horse", False),
        ("correct horse battery", False),
        ("x7Gk2mPq9LzR", False),
        ("\ud800" * 12, True),
        ("4@8({[<369&#!1|I7|7tT+%2zZ" * 100, False),
    ],
)
async def test_what_is_soon_guessed_is_known(password: str, is_guessable: bool) -> None:
    judged = cheap().is_guessable(password, ["rosalind.lopez", "rosalind", "lopez"])

    assert await judged is is_guessable


async def test_two_work_some_wait_and_the_next_is_too_many() -> None:
    stretcher, gate = cheap(waiting=3), Gate()

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(stretcher._run, "", gate.work)
        await gate.until(2)
        with pytest.raises(TooBusy):
            await stretcher._run("", gate.work)
        gate.opened.set()

    assert gate.most == 2
    assert await stretcher.password("correct horse", SALT, CHEAP)


async def test_who_waits_too_long_is_told_so_and_leaves_the_place_to_others() -> None:
    stretcher, gate = cheap(waiting=1, patience=timedelta(milliseconds=20)), Gate()

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(stretcher._run, "", gate.work)
        await gate.until(2)
        for _ in range(2):
            with pytest.raises(TooBusy):
                await stretcher._run("", gate.work)
        gate.opened.set()

    assert gate.most == 2


async def test_who_fills_the_room_is_sent_away_and_others_are_let_in() -> None:
    stretcher, gate = cheap(waiting=4), Gate()
    told = list[str]()

    async def ask(line: str) -> None:
        try:
            await stretcher._run(line, gate.work)
        except TooBusy:
            told.append(f"{line} sent away")
        else:
            told.append(f"{line} done")

    async with anyio.create_task_group() as tasks:
        for line in ["guess"] * 6 + ["report"] * 2:
            tasks.start_soon(ask, line)
        await gate.until(2)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()

    assert Counter(told) == {"guess sent away": 2, "guess done": 4, "report done": 2}


async def test_a_guesser_at_one_login_waits_behind_themselves() -> None:
    stretcher, seen = cheap(waiting=20), list[str]()
    # One thread stays taken: two would be as quick as the machine has them be.
    gate, other_gate = Gate(), Gate()

    async def sign_in(login: str) -> None:
        await stretcher.password("correct horse", SALT, CHEAP, login)
        seen.append(login)
        if len(seen) == 11:
            other_gate.opened.set()

    other = next(
        name
        for name in map(str, range(100))
        if hash(name) % PASSWORD_LINES != hash("ana") % PASSWORD_LINES
    )
    async with anyio.create_task_group() as tasks:
        for each in (gate, other_gate):
            tasks.start_soon(stretcher._run, "", each.work)
            await each.until(1)
        for login in ["ana"] * 10 + [other]:
            tasks.start_soon(sign_in, login)
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()

    assert seen.index(other) < 4


async def test_who_leaves_when_let_in_passes_the_thread_on() -> None:
    stretcher, gate, other_gate = cheap(), Gate(), Gate()

    async def work_and_send_away() -> None:
        await stretcher._run("", gate.work)
        leaving.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(work_and_send_away)
        tasks.start_soon(stretcher._run, "", other_gate.work)
        await gate.until(1)
        await other_gate.until(1)
        leaving = asyncio.create_task(stretcher._run("", gate.work))
        await anyio.wait_all_tasks_blocked()
        gate.opened.set()
        with pytest.raises(asyncio.CancelledError):
            await leaving

        with anyio.fail_after(10):
            assert await stretcher.password("correct horse", SALT, CHEAP)
        other_gate.opened.set()


async def test_no_memory_is_a_refusal_to_come_back_from() -> None:
    impossible = Cost(1, 1, 4)

    with pytest.raises(TooBusy):
        await to_thread.run_sync(passwords._stretched, b"correct horse", SALT, impossible)
