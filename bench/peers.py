"""The peers of a bench folder: its `apps`, run from its BENCH_HOME, with its Redis and PostgreSQL.

Their ports are fixed by their settings. All of them are driven by our own generator.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.servers import Peer, is_open

REDIS_PORT = 6399


@contextmanager
def peers_of(folder: Path) -> Iterator[dict[str, Peer]]:
    """Start what the peers lean on, unless it runs already; yields them by name."""
    home = Path(os.environ.get("BENCH_HOME", Path(tempfile.gettempdir()) / "messenger-bench"))
    if not (home / "venv").exists():
        raise SystemExit(f"{home} has no peers: run {folder}/setup.sh first.")
    was_running = is_open(REDIS_PORT)
    _aux(folder, "start")
    try:
        yield {peer.name: peer for peer in _all(folder / "apps", home)}
    finally:
        if not was_running:
            _aux(folder, "stop")


def _aux(folder: Path, what: str) -> None:
    subprocess.run([sys.executable, str(folder / "bench.py"), "aux", what], check=True, timeout=120)


def _all(apps: Path, home: Path) -> Iterator[Peer]:
    base = {"BENCH_HOME": str(home), "REDIS_PORT": str(REDIS_PORT)}
    django = apps / "dj"
    for name, database in (("Channels, SQLite", "sqlite"), ("Channels, PostgreSQL", "pg")):
        environ = {**base, "DURABLE": database}
        prepare = partial(_set_up_django, home, django, environ)
        yield Peer(name, _uvicorn(home, "asgi:application"), "channels", django, environ, prepare)
    redis = {**base, "BACKEND": "redis", "NODE_PATH": str(home / "node" / "node_modules")}
    yield Peer("python-socketio, Redis", _uvicorn(home, "sio:app"), "socketio", apps, redis)
    for name, script, wire in (
        ("socket.io, Redis", "sio.js", "socketio"),
        ("node ws, ioredis", "ws.js", "plain"),
    ):
        command = ["node", str(apps / script), "{port}"]
        yield Peer(name, command, wire, home / "node", redis)
    forget = partial(_forget_prototype, home)
    for name, bus in (("prototype", "mem"), ("prototype, Redis", "redis")):
        environ = {**base, "STORE": "sqlite", "BACKEND": bus}
        yield Peer(name, _uvicorn(home, "proto:app"), "plain", apps, environ, forget)


def _uvicorn(home: Path, app: str) -> list[str]:
    return [
        str(home / "venv" / "bin" / "uvicorn"), app, "--host", "127.0.0.1", "--port", "{port}",
        "--ws", "websockets-sansio", "--ws-per-message-deflate", "false", "--loop", "uvloop",
        "--http", "httptools", "--log-level", "warning", "--no-access-log", "--backlog", "4096",
    ]  # fmt: skip


def _set_up_django(home: Path, folder: Path, environ: dict[str, str]) -> None:
    for file in (home / "run").glob("dj.sqlite*"):
        file.unlink()
    command = [str(home / "venv" / "bin" / "python"), "setup_db.py"]
    subprocess.run(command, cwd=folder, env={**os.environ, **environ}, check=True, timeout=60)


def _forget_prototype(home: Path) -> None:
    for file in (home / "run").glob("proto.sqlite*"):
        file.unlink()
