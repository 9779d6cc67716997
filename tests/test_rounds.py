"""Nothing that happens in a round ends the rounds."""

import anyio
import pytest

from messenger import rounds
from messenger.domain.errors import Refusal, StoreDown, TooBusy


@pytest.mark.parametrize("failure", [StoreDown(), TooBusy(), ZeroDivisionError("a secret")])
async def test_whatever_fails_is_tried_again(
    failure: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds, "PAUSE", 0.0)
    tried, again = 0, anyio.Event()

    async def once() -> None:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise failure
        again.set()
        await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(rounds._rounds, once)
        with anyio.fail_after(10):
            await again.wait()
        tasks.cancel_scope.cancel()

    assert tried == 2
    assert bool(caplog.records) is not isinstance(failure, Refusal), "A bug is told."
