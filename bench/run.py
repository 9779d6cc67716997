"""`make bench`: seed, serve, drive, tell. Three interleaved rounds; medians; ratios in one run.

    bench/run                      our own figures: saturation, latency at 1,000/s, idle memory
    bench/run --peers FOLDER       and, in the same rounds, the peers of a bench folder that has
                                   `bench.py` (its `list` names them); latency is compared with theirs

The server is pinned to the first processor, the load generator to the second. Only ratios between
rows of one run mean anything on a shared machine.
"""

import argparse
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import cpu

HERE = Path(__file__).resolve().parent.parent
SERVER_CPU, LOAD_CPU = "0", "1"
READY_WITHIN = 30.0


def pinned(processor: str, command: list[str]) -> list[str]:
    """Keep a command on one processor, where the machine has two."""
    return ["taskset", "-c", processor, *command] if (os.cpu_count() or 1) > 1 else command


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(data: Path) -> Iterator[tuple[int, int]]:
    """Serve `data` as it ships; yields (port, process id)."""
    port = free_port()
    environ = {
        **os.environ, "MESSENGER_DATA": str(data), "MESSENGER_PORT": str(port),
        "MESSENGER_LOG_LEVEL": "warning",
    }  # fmt: skip
    command = pinned(SERVER_CPU, [sys.executable, "-m", "messenger", "serve"])
    process = subprocess.Popen(command, cwd=HERE, env=environ, stdout=subprocess.DEVNULL)
    try:
        wait_until_ready(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def peer(command: list[str], environ: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Run somebody else's server; `{port}` in the command is filled in."""
    port = free_port()
    filled = pinned(SERVER_CPU, [part.replace("{port}", str(port)) for part in command])
    process = subprocess.Popen(filled, env={**os.environ, **environ}, stdout=subprocess.DEVNULL)
    try:
        wait_until_open(port)
        yield port, process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_until_ready(port: int) -> None:
    """Wait until the service says it can do its work."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not get ready")


def wait_until_open(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the peer did not open its port")


def load(port: int, mode: str, *more: str) -> dict[str, float]:
    """Drive a server and return the generator's figures."""
    command = [sys.executable, "-m", "bench.load", mode, "--port", str(port), *more]
    done = subprocess.run(
        pinned(LOAD_CPU, command), cwd=HERE, check=True, capture_output=True, text=True, timeout=300
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def seed(folder: Path, rooms: int, idle: int) -> None:
    """Fill a data folder, in a process of its own."""
    command = [sys.executable, "-m", "bench.seed", str(folder), "--rooms", str(rooms)]
    subprocess.run([*command, "--idle", str(idle)], cwd=HERE, check=True, timeout=600)


def measure(data: Path, seconds: float) -> dict[str, float]:
    """Saturation, then latency at 1,000 a second."""
    sessions = ("--sessions", str(data / "active.json"), "--seconds", str(seconds))
    with server(data) as (port, pid):
        before = cpu.seconds(pid)
        full = load(port, "closed", *sessions)
        used = cpu.seconds(pid) - before
        paced = load(port, "open", "--rate", "1000", *sessions)
    return rows(full, paced) | {"cpu_us_per_message": used / max(1, full["total"]) * 1e6}


def measure_peer(command: list[str], environ: dict[str, str], seconds: float) -> dict[str, float]:
    """The same of a peer that speaks plain frames."""
    plain = ("--wire", "plain", "--seconds", str(seconds))
    with peer(command, environ) as (port, _):
        full = load(port, "closed", *plain)
        paced = load(port, "open", "--rate", "1000", *plain)
    return rows(full, paced)


def rows(full: dict[str, float], paced: dict[str, float]) -> dict[str, float]:
    """Pick what is compared."""
    return {
        "per_second": full["per_second"],
        "p50_ms": paced["delivery_p50_ms"],
        "p99_ms": paced["delivery_p99_ms"],
    }


def measure_idle(data: Path, sockets: int) -> float:
    """Bytes of server memory for each idle connection, each with a session of its own."""
    with server(data) as (port, pid):
        load(
            port, "idle", "--sessions", str(data / "idle.json"), "--sockets", "50", "--seconds", "1"
        )
        before = cpu.resident(pid)
        command = [
            sys.executable, "-m", "bench.load", "idle", "--port", str(port),
            "--sessions", str(data / "idle.json"), "--sockets", str(sockets), "--seconds", "25",
        ]  # fmt: skip
        with subprocess.Popen(
            pinned(LOAD_CPU, command), cwd=HERE, stdout=subprocess.PIPE
        ) as client:
            if client.stdout is None or b"connected" not in client.stdout.readline():
                raise RuntimeError("not all sockets connected")
            time.sleep(5)
            after = cpu.resident(pid)
    return (after - before) / sockets


def prototype(folder: Path) -> tuple[list[str], dict[str, str]]:
    """The bench folder's prototype of the same path, on uvicorn with SQLite FULL, sealed."""
    home = os.environ.get("BENCH_HOME", str(Path(tempfile.gettempdir()) / "messenger-bench"))
    (Path(home) / "run" / "proto.sqlite").unlink(missing_ok=True)
    command = [
        f"{home}/venv/bin/uvicorn", "proto:app", "--app-dir", str(folder / "apps"),
        "--host", "127.0.0.1", "--port", "{port}", "--ws", "websockets-sansio",
        "--ws-per-message-deflate", "false", "--loop", "uvloop", "--http", "httptools",
        "--log-level", "warning", "--no-access-log", "--backlog", "4096",
    ]  # fmt: skip
    return command, {"BENCH_HOME": home, "STORE": "sqlite", "BACKEND": "mem"}


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each figure."""
    return {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}


def main() -> None:
    """Run it all and print a table; `--json FILE` keeps the figures."""
    parser = argparse.ArgumentParser(description="Measure Messenger on this machine.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rooms", type=int, default=100)
    parser.add_argument("--idle", type=int, default=5000)
    parser.add_argument("--peers", type=Path, help="a bench folder with the prototype")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    ours: list[dict[str, float]] = []
    theirs: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="messenger-bench-") as temporary:
        data = Path(temporary) / "data"
        for _ in range(options.rounds):
            shutil.rmtree(data, ignore_errors=True)
            seed(data, options.rooms, 0)
            ours.append(measure(data, options.seconds))
            if options.peers:
                theirs.append(measure_peer(*prototype(options.peers), options.seconds))
        shutil.rmtree(data, ignore_errors=True)
        seed(data, 1, options.idle)
        idle = measure_idle(data, options.idle)
    report(medians(ours), medians(theirs) if theirs else {}, idle, options.json)


def report(
    ours: dict[str, float], theirs: dict[str, float], idle: float, keep: Path | None
) -> None:
    """Print the table."""
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    )
    print(f"{'':32}{'Messenger':>12}{'prototype':>12}{'ratio':>8}")
    for name, value in ours.items():
        other = theirs.get(name)
        compared = f"{other:12.2f}{value / other:8.2f}" if other else ""
        print(f"{name:32}{value:12.2f}{compared}")
    print(f"{'idle_bytes_per_socket':32}{idle:12.0f}")
    if keep:
        keep.write_text(json.dumps({"ours": ours, "prototype": theirs, "idle": idle}, indent=2))


if __name__ == "__main__":
    main()
