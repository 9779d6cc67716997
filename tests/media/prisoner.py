"""A program that confines itself as a worker does, and then tries to get out. Tells what it got."""

import errno
import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from messenger.media.confinement import Filter, close_in, leave_the_world
from messenger.media.limits import Limits

LIMITS = Limits(pixels=1)

_ACTS: dict[str, Callable[[], object]] = {
    "read a file": lambda: Path("/etc/passwd").read_bytes(),
    "read this program": lambda: Path(__file__).read_bytes(),
    "write a file": lambda: Path("/tmp/prisoner").write_bytes(b""),
    "list a folder": lambda: list(Path("/").iterdir()),
    "open a socket": lambda: socket.socket(socket.AF_INET),
    "open a local socket": lambda: socket.socket(socket.AF_UNIX),
    "start a process": os.fork,
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "signal the parent": lambda: os.kill(os.getppid(), 0),
    "become root": lambda: os.setresuid(0, 0, 0),
    "raise a limit": lambda: os.nice(-1),
    "take much memory": lambda: bytearray(LIMITS.memory),
    "compute": lambda: sum(range(1000)),
    "use a thread": lambda: threading.Thread(target=int).start(),
}
ACTS = tuple(_ACTS)


def _try(act: Callable[[], object]) -> str:
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    except (MemoryError, ValueError, RuntimeError) as error:
        return type(error).__name__
    return "done"


def main(user: int) -> None:
    """Be that user, be confined, try everything, and say how it went."""
    if os.geteuid() != user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    calls = Filter()
    leave_the_world()
    # What is told goes out by what was open before, as a worker's does.
    close_in(LIMITS, calls)
    told = {name: _try(act) for name, act in _ACTS.items()}
    os.write(1, json.dumps(told).encode())
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
