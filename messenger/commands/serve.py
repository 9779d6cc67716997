"""Serving: one port, one process or several, and nothing said about who comes."""

import errno
import gc
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from functools import partial
from typing import Annotated, Any

import typer
import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from messenger.app import build
from messenger.commands.lock import serving
from messenger.commands.places import find_places, raise_descriptor_limit
from messenger.commands.running import check_copied, read_settings, with_parts
from messenger.commands.unfinished import clear_unfinished
from messenger.domain.errors import BadSetting
from messenger.domain.people import Organization
from messenger.logs import OURS, log_config
from messenger.parts import Parts
from messenger.protocol.frames import FRAME_LIMIT
from messenger.settings import Settings
from messenger.storage.leases import StoredLeases
from messenger.storage.stores import Purpose
from messenger.web.admission import Places
from messenger.web.door import Door, InTurns
from messenger.web.transport import LeanWebSocket

BACKLOG = 4096
"""Connections the system holds for us: after a restart, every console comes at once."""
NOT_OURS = {errno.EADDRNOTAVAIL, socket.EAI_NONAME, socket.EAI_AGAIN}
"""What is wrong with an address of another machine, or a name that stands for none."""
WORKER_PATIENCE = 30
"""Seconds a new worker may take to serve, before the old one is kept instead."""
SWITCH = 0.0005
"""Seconds a thread may keep the interpreter while another wants it. The writer gives it up at every
row it writes and, with Python's 5 ms, would wait that long to go on: measured 30 times slower.
"""

GARBAGE = (20_000, 20, 50)
"""How much is made before Python looks for circles in it. A message in flight is some forty things
that end by themselves; looking at all of them every 700 took a twelfth of the time.
"""

_NOT_ALONE = (
    "Another process serves this database, or was killed a moment ago. Beside another, what people say "
    "comes many seconds late, and nobody sees who is there: set MESSENGER_REDIS, the same on every host."
)

_log = logging.getLogger(OURS)


def serve(
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that share the work; see the operations.")
    ] = 1,
) -> None:
    """Serve until stopped. Makes the data folder, its secrets and the database at the first start."""
    settings = read_settings()
    check_workers_meet(settings, workers)
    with serving(settings.data):
        clear_unfinished(settings.data)
        organizations, is_served = with_parts(_look, settings, Purpose.UPGRADE)
        check_demo_stays_here(settings, organizations)
        if is_served and settings.database_server and not settings.redis:
            typer.echo(_NOT_ALONE, err=True)
        if not organizations:
            check_copied(settings)
            typer.echo("There is no organization yet: messenger add-organization", err=True)
        run(settings, workers)


def check_workers_meet(settings: Settings, workers: int) -> None:
    """Several processes need a database that takes several, and a bus to hear one another by."""
    if workers > 1 and not (settings.database_server and settings.redis):
        raise BadSetting(
            "Several workers need a database server and a Redis between them: set MESSENGER_DATABASE "
            "and MESSENGER_REDIS, or serve with one worker."
        )


def check_demo_stays_here(settings: Settings, organizations: list[Organization]) -> None:
    """The demo's passwords are public and nobody is asked for a code: for this machine alone."""
    demo = [organization.slug for organization in organizations if organization.demo]
    beyond = not (settings.listens_on_loopback and settings.origin_is_loopback)
    if demo and beyond:
        raise BadSetting(
            f"{demo[0]} is a demo: its passwords are public, so it is served on loopback only. "
            "Set MESSENGER_HOST=127.0.0.1 and no MESSENGER_ORIGIN, or MESSENGER_DATA to a new folder."
        )


def run(settings: Settings, workers: int = 1) -> None:
    """Listen, and serve until stopped."""
    raise_descriptor_limit()
    places = find_places(settings, workers)
    with listen(settings.host, settings.port) as listener:
        typer.echo(f"Messenger is at {whereabouts(settings)} (Ctrl+C stops it)")
        try:
            if workers == 1:
                uvicorn.Server(config(settings, places)).run([listener])
            else:
                _run_workers(config(settings, places, workers), listener)
        except KeyboardInterrupt:
            typer.echo("Stopped.")


def _run_workers(config: uvicorn.Config, listener: socket.socket) -> None:
    """Start again who dies; on SIGHUP one after the other, each once its successor serves."""
    workers = Multiprocess(config, [listener])
    workers.run()
    if any(worker.exitcode == STARTUP_FAILURE for worker in workers.processes):
        # It gives up then, and says nothing of it: a system that restarts what failed must hear.
        raise typer.Exit(STARTUP_FAILURE)


def whereabouts(settings: Settings) -> str:
    """Say where people find it, and where the proxy does if that is somewhere else."""
    listens = f"{settings.host}:{settings.port}"
    if settings.origin == f"http://{listens}":
        return settings.origin
    return f"{settings.origin}, and listens on {listens}"


def application(settings: Settings, places: Places) -> ASGIApp:
    """Make the application, in the process that serves it."""
    sys.setswitchinterval(SWITCH)
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    logging.captureWarnings(capture=True)
    threading.excepthook = _log_thread
    _end_with_parent()
    _log.info("room for %d sockets and %d requests", places.sockets, places.requests)
    return build(settings, places=places)


def _end_with_parent() -> None:
    """A worker whose parent was killed would serve on, and nobody could start another."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent,), name="parent", daemon=True).start()


def _end_after(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def config(settings: Settings, places: Places, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        partial(application, settings, places),
        factory=True,
        workers=workers,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=partial(Door, places.connections, InTurns()),  # type: ignore[arg-type]
        ws=LeanWebSocket,
        ws_max_size=FRAME_LIMIT,
        # Compressed sizes tell what is written, and each connection would cost its window.
        ws_per_message_deflate=False,
        lifespan="on",
        server_header=False,
        # Addresses are of no use to us, so none is believed.
        proxy_headers=False,
        access_log=False,
        log_config=log_config(settings.log_level),
        timeout_graceful_shutdown=5,
        timeout_worker_healthcheck=WORKER_PATIENCE,
        backlog=BACKLOG,
    )


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is opened, and say plainly when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno in NOT_OURS:
            raise BadSetting(
                f"{host} is no address of this machine ({error.strerror}). Set MESSENGER_HOST to one, "
                "like 127.0.0.1."
            ) from None
        raise BadSetting(
            f"Port {port} on {host} can't be used ({error.strerror}). Stop what uses it, or set "
            "MESSENGER_PORT to another one."
        ) from None


async def _look(parts: Parts) -> tuple[list[Organization], bool]:
    """Return who is there, and whether somebody serves them already."""
    leases = StoredLeases(parts.database, parts.clock)
    return await parts.directory.organizations(), await leases.is_served()


def _log_thread(args: threading.ExceptHookArgs) -> None:
    error = args.exc_value
    _log.error("bug in a thread", exc_info=error if error is not None else True)
