"""The program that has the libraries ready, and forks a worker for each file.

It is started by the service with an empty environment, two arguments (a socket and the limits) and
nothing else; it never reads a byte of an upload. Over the socket comes one byte and, beside it, the
worker's own socket; back goes a handle (pidfd) of the worker, for the service to end it by.
"""

import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from msgspec import json

from messenger.media import cleaning
from messenger.media.confinement import Filter, Unconfined, close_in, leave_the_world
from messenger.media.limits import Limits
from messenger.media.piping import Hangup, Line


class Nursery:
    """Where workers come from, and are buried."""

    def __init__(self, control: socket.socket, limits: Limits, calls: Filter) -> None:
        self._control = control
        self._limits = limits
        self._calls = calls
        self._workers: set[int] = set()

    def serve(self) -> None:
        """Go on until the service is gone."""
        while True:
            control = self._control.fileno()
            ready, _, _ = select.select([control, *self._workers], [], [])
            for worker in self._workers.intersection(ready):
                self._bury(worker)
            if control in ready and not self._take():
                return

    def _take(self) -> bool:
        told, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not told:
            return False
        (connection,) = descriptors
        child = os.fork()
        if not child:
            _work(connection, self._limits, self._calls)
        os.close(connection)
        # Nobody else waits for it, so that its number can't be another's by now.
        worker = os.pidfd_open(child)
        self._workers.add(worker)
        socket.send_fds(self._control, [b"\0"], [worker])
        return True

    def _bury(self, worker: int) -> None:
        os.waitid(os.P_PIDFD, worker, os.WEXITED)
        os.close(worker)
        self._workers.remove(worker)


def _work(connection: int, limits: Limits, calls: Filter) -> NoReturn:
    """Be the worker of one file."""
    try:
        os.dup2(connection, 0)
        os.closerange(1, os.sysconf("SC_OPEN_MAX"))
        line = Line(socket.socket(fileno=0))
        close_in(limits, calls)
        cleaning.serve(line, limits)
    except Hangup:
        pass
    finally:
        os._exit(0)


def main(control: socket.socket, limits: Limits) -> None:
    """Get ready, say what this kernel refused, and serve."""
    cleaning.get_ready(limits)
    try:
        calls = Filter()
        refused = leave_the_world()
    except Unconfined as unconfined:
        control.send(json.encode({"lacks": str(unconfined)}))
        return
    gc.freeze()
    control.send(json.encode({"refused": refused}))
    Nursery(control, limits, calls).serve()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    main(socket.socket(fileno=int(sys.argv[1])), json.decode(sys.argv[2], type=Limits))
