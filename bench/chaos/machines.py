"""Machines on one kernel: network namespaces, joined two by two by links that can be broken.

All of it is made inside the namespaces of one process (`isolated`), and goes with it.
"""

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

WAIT_SECONDS = 10
NOBODY = "02:00:00:00:00:ff"
"""A hardware address that no machine has: what is sent to it vanishes without a word."""
TRIES = 20
_MARK = "MESSENGER_CHAOS"


class CannotIsolate(Exception):
    """This process may not make machines; says what it needs."""


def is_isolated() -> bool:
    """Whether this process has network, mounts and processes of its own."""
    return _MARK in os.environ


def isolated(module: str, arguments: Sequence[str]) -> list[str]:
    """Return the command that runs a module apart from everything else; raises `CannotIsolate`.

    It ends with whoever started it, and whatever it leaves behind ends with it.
    """
    missing = [name for name in ("unshare", "nsenter", "ip", "tc") if not shutil.which(name)]
    if missing:
        raise CannotIsolate(f"Chaos needs {', '.join(missing)}: bin/setup installs iproute2.")
    unshare = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    tried = subprocess.run(
        [*unshare, "sh", "-c", "ip link add try0 type veth peer name try1 && mount -t tmpfs none /mnt"],
        capture_output=True, text=True, timeout=WAIT_SECONDS, check=False,
    )  # fmt: skip
    if tried.returncode:
        raise CannotIsolate(
            "Chaos makes network namespaces, links and mounts of its own, and may not here: "
            f"run it as root, with CAP_NET_ADMIN and CAP_SYS_ADMIN. ({tried.stderr.strip()})"
        )
    # Not Python as the first process: somebody has to take leave of orphans that have ended.
    first = ["sh", "-c", '"$@"; exit $?', "sh", "env", f"{_MARK}=1"]
    return [*unshare, *first, sys.executable, "-m", module, *arguments]


class Machine:
    """A network namespace; lasts as long as a process sleeps in it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.enter: list[str] = []
        self.pid = os.getpid()

    def __enter__(self) -> Self:
        self._keeper = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.pid = self._keeper.pid
        deadline = time.monotonic() + WAIT_SECONDS
        while _network(self.pid) == _network(os.getpid()):
            assert time.monotonic() < deadline, "No namespace was made."
            time.sleep(0.01)
        self.enter = ["nsenter", f"--net=/proc/{self.pid}/ns/net"]
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        self._keeper.kill()
        self._keeper.wait(WAIT_SECONDS)

    def run(self, *command: str) -> None:
        """Run a command there."""
        _run(*self.enter, *command)


class Outside(Machine):
    """Where the people are: the namespace of this process itself."""

    def __enter__(self) -> Self:
        self.run("ip", "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        pass


class Link:
    """A cable between two machines, with an address at each end."""

    def __init__(self, number: int, one: Machine, other: Machine) -> None:
        self.name = f"{one.name}-{other.name}"
        self.near, self.far = f"10.77.{number}.1", f"10.77.{number}.2"
        self._ends = [
            _End(one, f"link{number}a", self.near, self.far),
            _End(other, f"link{number}b", self.far, self.near),
        ]

    def __enter__(self) -> Self:
        near, far = (end.device for end in self._ends)
        _run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
        for end in self._ends:
            if end.machine.enter:
                _run("ip", "link", "set", end.device, "netns", str(end.machine.pid))
            end.run("ip", "address", "add", f"{end.address}/30", "dev", end.device)
            end.run("ip", "link", "set", end.device, "up")
        return self

    def __exit__(self, *_: object) -> None:
        self._ends[0].run("ip", "link", "delete", self._ends[0].device)

    def cut(self) -> None:
        """Pull the plug: whoever sends is told that there is no way."""
        self._ends[0].run("ip", "link", "set", self._ends[0].device, "down")

    def swallow(self, *ends: int) -> None:
        """Have what these ends send vanish, and nobody told: 0 is the first machine, 1 the other."""
        for end in (self._ends[number] for number in ends):
            end.run(
                "ip", "neighbour", "replace", end.peer, "lladdr", NOBODY, "nud", "permanent",
                "dev", end.device,
            )  # fmt: skip

    def slow_down(self, rate: str) -> None:
        """Let so much through, `400kbit` for example, and keep the rest waiting."""
        for end in self._ends:
            end.run(
                "tc", "qdisc", "replace", "dev", end.device, "root", "tbf", "rate", rate,
                "burst", "16kb", "latency", "1s",
            )  # fmt: skip

    def mend(self) -> None:
        """Make it as it was, whatever was done to it."""
        self._ends[0].run("ip", "link", "set", self._ends[0].device, "up")
        for end in self._ends:
            end.run("ip", "neighbour", "flush", "nud", "permanent", "dev", end.device)
            end.run("tc", "qdisc", "replace", "dev", end.device, "root", "pfifo")


@dataclass(frozen=True, slots=True)
class _End:
    machine: Machine
    device: str
    address: str
    peer: str
    """The address at the other end."""

    def run(self, *command: str) -> None:
        self.machine.run(*command)


class Clock:
    """What time a program believes it is; may be stepped while it runs. Needs libfaketime."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.step(0)
        libraries = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
        if not libraries:
            raise CannotIsolate("Chaos needs libfaketime: bin/setup installs it.")
        self.enter = [
            "env", f"LD_PRELOAD={libraries[0]}", f"FAKETIME_TIMESTAMP_FILE={file}",
            "FAKETIME_CACHE_DURATION=1", "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ]  # fmt: skip

    def step(self, seconds: int) -> None:
        """Be so many seconds ahead of the true time; negative: behind."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)


class Disk:
    """A place for files that can be full: in memory, so `size` is taken only as it is used."""

    def __init__(self, path: Path, size: str) -> None:
        self.path = path
        self._size = size

    def __enter__(self) -> Self:
        self.path.mkdir()
        options = f"size={self._size},mode=755"
        _run("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path))
        return self

    def __exit__(self, *_: object) -> None:
        _run("umount", "--lazy", str(self.path))

    def fill(self) -> None:
        """Leave no room for anything more."""
        for _ in range(TRIES):
            space = os.statvfs(self.path)
            try:
                self._resize(str((space.f_blocks - space.f_bfree) * space.f_frsize))
            except subprocess.CalledProcessError:
                continue  # Somebody has just written.
            if self._is_full():
                return
        raise CannotIsolate("The disk could not be made full.")

    def make_room(self) -> None:
        self._resize(self._size)

    def _is_full(self) -> bool:
        try:
            with tempfile.TemporaryFile(dir=self.path, buffering=0) as file:
                file.write(b"?")
        except OSError as error:
            return error.errno == errno.ENOSPC
        return False

    def _resize(self, size: str) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self.path))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, timeout=WAIT_SECONDS)


def _network(pid: int) -> str:
    return str(Path(f"/proc/{pid}/ns/net").readlink())
