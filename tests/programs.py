"""Programs that a test needs beside the service: started, ended for certain, and what they say in a file."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.server import LOOK_EVERY, STOP_SECONDS

SAID = "said"
"""The file, in the program's folder."""

T = TypeVar("T")


@contextmanager
def running(
    command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run it with `folder` as its home."""
    homes = {"HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
    env = {**os.environ, **{name: str(path) for name, path in homes.items()}, **(environment or {})}
    with (folder / SAID).open("ab") as said:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        yield
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """Ask it to end, and make sure."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def wait_until(look: Callable[[], T], seconds: float, *not_yet: type[Exception]) -> T:
    """Return the first thing that `look` finds; what it raises of `not_yet` is nothing found yet."""
    last = time.monotonic() + seconds
    why: Exception | None = None
    while time.monotonic() < last:
        try:
            if found := look():
                return found
        except not_yet as refused:
            why = refused
        time.sleep(LOOK_EVERY)
    raise TimeoutError(f"not within {seconds} s") from why
