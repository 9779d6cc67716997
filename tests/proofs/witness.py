"""What the kernel was asked to write, as strace saw it: which bytes are on disk, and what was told when.

Files are kept as a disk does that loses all it may at a power cut: what was written counts from the
next successful sync of that file that began after it, and is gone at a failed one. A file that was
there before the start counts as it was.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.proofs.faulty import FaultyServer
from tests.server import STOP_SECONDS

CALLS = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync,ftruncate"
FRAME_HEADER = 24
"""Bytes before each page in a write-ahead log (https://www.sqlite.org/fileformat2.html#walformat)."""
DETAIL = 20_000
"""Bytes of each written string that are kept: a page whole, and many small frames."""

_LINE = re.compile(r"(?P<thread>\d+) +(?P<rest>.*)", re.DOTALL)
_UNFINISHED = re.compile(r"(?P<begun>.*) <unfinished \.\.\.>$", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>(?P<ended>.*)$", re.DOTALL)
_CALL = re.compile(r"(?P<name>\w+)\((?P<file>\d+)<(?P<place>[^>]*)>(?P<rest>.*)", re.DOTALL)
_RESULT = re.compile(r"= (?P<result>-?\d+)")
_PWRITE = re.compile(r', "(?P<data>.*)", (?P<size>\d+), (?P<offset>\d+)', re.DOTALL)
_LENGTH = re.compile(r", (?P<length>\d+)\)")
_ACK = re.compile(r'\{\\"t\\":\\"ack\\",\\"id\\":\\"(?P<id>[\w-]+)\\"')
_ID = re.compile(rb"\d{3}[ab]\d?-\d{6}-[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Call:
    """A system call on a file or socket. `text` is what strace wrote of it up to there."""

    name: str
    file: int
    """The descriptor."""
    place: str
    text: str
    is_begun: bool = False
    result: int | None = None
    """None while it has not returned; below 0 if it failed."""


@dataclass(slots=True)
class Syncs:
    """Which writes to a file are sure. A write is a number; numbers grow.

    A sync covers what was written before it began. If it fails, that is gone, and no later success through the same
    descriptor brings it back. Linux tells of a failure once through each descriptor that was open
    (`errseq_t`, since 4.13): one of those that then succeeds was told of none, and its word counts.
    """

    underway: dict[int, set[int] | None] = field(default_factory=dict)
    """By write: the descriptors whose success still counts for it; None for every one."""
    _known: set[int] = field(default_factory=set)
    _covered: dict[int, list[int]] = field(default_factory=dict)

    def write(self, number: int, file: int) -> None:
        self._known.add(file)
        self.underway[number] = None

    def begin(self, file: int) -> None:
        self._known.add(file)
        self._covered[file] = list(self.underway)

    def end(self, file: int, *, succeeded: bool) -> list[int]:
        """Return the writes that became sure by it."""
        sure = []
        for number in self._covered.pop(file, []):
            if number not in self.underway:
                continue
            trusted = self.underway[number]
            if not succeeded:
                self.underway[number] = (self._known if trusted is None else trusted) - {file}
                continue
            del self.underway[number]
            if trusted is None or file in trusted:
                sure.append(number)
        return sure


@dataclass(slots=True)
class Disk:
    """One file: what is sure to be there, and what is on its way."""

    sure: bytearray = field(default_factory=bytearray)
    _syncs: Syncs = field(default_factory=Syncs)
    _written: list[tuple[int, bytes]] = field(default_factory=list)

    def write(self, file: int, offset: int, data: bytes) -> None:
        self._syncs.write(len(self._written), file)
        self._written.append((offset, data))

    def begin_sync(self, file: int) -> None:
        self._syncs.begin(file)

    def end_sync(self, file: int, *, succeeded: bool) -> None:
        for number in self._syncs.end(file, succeeded=succeeded):
            offset, data = self._written[number]
            if len(self.sure) < offset:
                self.sure += bytes(offset - len(self.sure))
            self.sure[offset : offset + len(data)] = data

    def cut(self, length: int) -> None:
        """Take away what stands behind `length`. What was on its way before that is no surer for it."""
        del self.sure[length:]
        self._written = [
            (offset, data[: length - offset]) if offset < length else (0, b"")
            for offset, data in self._written
        ]


class WatchedServer(FaultyServer):
    """A server under strace. `injected` is what strace should have fail, and in which file."""

    injected: tuple[str, ...] = ()
    _before: dict[Path, bytes]

    @property
    def trace(self) -> Path:
        return self.data.parent / "trace"

    @property
    def database(self) -> Path:
        return self.data / "messenger.db"

    @property
    def log(self) -> Path:
        """The write-ahead log."""
        return self.data / "messenger.db-wal"

    def command(self) -> list[str]:
        return [
            # -D: the server stays our child, with the process id that we know.
            "strace", "-D", "-f", "-y", "-v", "--seccomp-bpf", "--signal=SIGKILL",
            "-s", str(DETAIL), "-e", f"trace={CALLS}", "-o", str(self.trace), *self.injected,
            sys.executable, "-m", "tests.proofs.faulty", self.bug,
        ]  # fmt: skip

    def launch(self) -> None:
        self._before = {
            path: path.read_bytes() for path in (self.database, self.log) if path.exists()
        }
        super().launch()

    def lose_what_is_not_sure(self) -> None:
        """Do to the files what a power cut at the end of the trace does at its worst."""
        for path in (self.database, self.log):
            path.write_bytes(sure_bytes(self.trace, path, self._before.get(path, b"")))
        # An index of the log, in memory; SQLite makes it anew from the log.
        self.log.with_name("messenger.db-shm").unlink()

    def wait_for_the_witness(self) -> None:
        """Return once strace, which outlives a killed server by a moment, has written it all."""
        for _ in range(int(STOP_SECONDS / 0.05)):
            if re.search(rb"\+\+\+ (killed by|exited with)[^\n]*\n\Z", _tail(self.trace)):
                return
            self._pause.wait(0.05)
        raise TimeoutError(self.trace)


def calls(trace: Path) -> Iterator[Call]:
    """Yield every call at its beginning and again when it has returned, in the order of the kernel."""
    begun: dict[str, str] = {}
    with trace.open(encoding="latin-1", newline="\n") as lines:
        for line in lines:
            found = _LINE.match(line.rstrip("\n"))
            if found is None:
                continue
            thread, rest = found["thread"], found["rest"]
            if unfinished := _UNFINISHED.match(rest):
                begun[thread] = unfinished["begun"]
                yield from _call(begun[thread], None)
            elif resumed := _RESUMED.match(rest):
                yield from _call(begun.pop(thread, "") + resumed["ended"], resumed["ended"])
            else:
                yield from _call(rest, None)
                yield from _call(rest, rest)


def _call(text: str, ended: str | None) -> Iterator[Call]:
    found = _CALL.match(text)
    if found is None:
        return
    if ended is None:
        yield Call(found["name"], int(found["file"]), found["place"], found["rest"], is_begun=True)
        return
    results = _RESULT.findall(ended)
    result = int(results[-1]) if results else -1
    yield Call(found["name"], int(found["file"]), found["place"], found["rest"], result=result)


def sure_bytes(trace: Path, file: Path, before: bytes = b"") -> bytes:
    """Return what of `file` is on disk after a power cut at the end of the trace."""
    disk = Disk(bytearray(before))
    for call in calls(trace):
        if call.place == str(file):
            _happen(disk, call)
    return bytes(disk.sure)


def acknowledged_too_early(trace: Path, log: Path) -> tuple[set[str], int]:
    """Return the ids acknowledged before the log that holds them was synced; and how many were sure.

    Sure is an id whose page was followed by a commit frame, and that by a sync which succeeded.
    """
    written, sure, early, told = set[str](), set[str](), set[str](), set[str]()
    committed: dict[int, set[str]] = {}
    commits, syncs = count(), Syncs()
    last_header = b""
    for call in calls(trace):
        match call.name:
            case "pwrite64" if call.place == str(log) and not call.is_begun and call.result != -1:
                data, _ = _written(call)
                if len(data) == FRAME_HEADER:
                    last_header = data
                    continue
                written |= {id.decode() for id in _ID.findall(data)}
                if any(last_header[4:8]):
                    # Bytes 4 to 7 are zero but in the last frame of a commit.
                    number = next(commits)
                    committed[number], written = written, set()
                    syncs.write(number, call.file)
            case "fdatasync" | "fsync" if call.place == str(log):
                if call.is_begun:
                    syncs.begin(call.file)
                else:
                    for number in syncs.end(call.file, succeeded=call.result == 0):
                        sure |= committed.pop(number)
            case "write" | "writev" | "sendto" | "sendmsg" if call.is_begun:
                acked = set(_ACK.findall(call.text))
                early |= acked - sure
                told |= acked
            case _:
                pass
    return early, len(told - early)


def _happen(disk: Disk, call: Call) -> None:
    match call.name:
        case "fdatasync" | "fsync" if call.is_begun:
            disk.begin_sync(call.file)
        case "fdatasync" | "fsync":
            disk.end_sync(call.file, succeeded=call.result == 0)
        case "pwrite64" if call.result is not None and call.result >= 0:
            data, offset = _written(call)
            disk.write(call.file, offset, data[: call.result])
        case "ftruncate" if call.result == 0:
            length = _LENGTH.match(call.text)
            disk.cut(int(length["length"]) if length else 0)
        case _:
            pass


def _written(call: Call) -> tuple[bytes, int]:
    found = _PWRITE.match(call.text)
    if found is None:
        raise ValueError(call.text[:100])
    data = found["data"].encode("latin-1").decode("unicode_escape").encode("latin-1")
    if len(data) != int(found["size"]):
        raise ValueError("strace kept less than was written")
    return data, int(found["offset"])


def _tail(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 200))
        return file.read()
