"""Threads that stand back: how far, and that nobody cleans up while they are at it."""

import os
import threading
from pathlib import Path

import anyio
import pytest

from messenger import aside
from messenger.aside import KINDNESS, REST, Aside, with_rests


def kindness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


async def test_they_stand_back_and_we_do_not() -> None:
    ours = kindness()

    assert await Aside(1, "test").run(kindness) == min(ours + KINDNESS, 19)
    assert kindness() == ours


def test_long_work_rests_between_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[object] = []
    monkeypatch.setattr(aside, "sleep", done.append)

    for step in with_rests(["one", "two", "three"]):
        done.append(step)  # noqa: PERF402 (as it comes, among the rests)

    assert done == ["one", REST, "two", REST, "three"]


async def test_what_fails_there_fails_here() -> None:
    with pytest.raises(ZeroDivisionError):
        await Aside(1, "test").run(lambda: 1 // 0)


async def test_who_gives_up_waits_for_the_end_first(tmp_path: Path) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    def write() -> None:
        begun.set()
        goes_on.wait(10)
        (tmp_path / "written").touch()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Aside(1, "test").run, write)
        while not begun.is_set():
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
        goes_on.set()

    assert (tmp_path / "written").exists()
