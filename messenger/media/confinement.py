"""Gives up, for good, all that a process may do but compute and talk over a socket it has.

These are the kernel's own doors (prctl, unshare, Landlock; seccomp by way of libseccomp), reached
with ctypes. Rights given up can't be had back, and those forked have none of them either.
"""

import ctypes
import errno
import os
import resource
import signal

from messenger.media.limits import Limits

NOBODY = 64_913
"""User and group of a worker of a service that runs as root. No account should have it."""
_NEW_USER, _NEW_NETWORK, _NEW_IPC, _NEW_NAME = 0x10000000, 0x40000000, 0x08000000, 0x04000000
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_LANDLOCK_CREATE, _LANDLOCK_RESTRICT = 444, 446
_LANDLOCK_FILES = (1 << 13) - 1
"""Every right to files and folders that the first version of Landlock knows."""
_CAPABILITIES = 0x20080522
"""The version of the kernel's structure (linux/capability.h)."""
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000
"""What libseccomp (seccomp.h) calls SCMP_ACT_ALLOW and SCMP_ACT_ERRNO(0)."""
_MASKED_EQUAL = 7
_THREAD = 0x00010000
"""The flag of clone(2) for what shares all with us, and so is no new process."""
_CALLS = (
    *("read", "write", "readv", "writev", "recvfrom", "sendto", "close", "fstat", "lseek", "poll"),
    *("mmap", "munmap", "mremap", "mprotect", "madvise", "brk", "futex", "sched_yield"),
    *("clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("getpid", "gettid", "getrusage", "getrandom", "sched_getaffinity", "sysinfo"),
    *("rseq", "set_robust_list", "exit", "exit_group"),
)
"""All that a worker may ask of the kernel, beside threads of its own. Not among them: open, socket,
connect, execve, kill, ptrace, ioctl.
"""

_libc = ctypes.CDLL(None, use_errno=True)


class Unconfined(Exception):
    """The kernel, or this machine, does not give what a worker needs to be harmless."""


class _Compared(ctypes.Structure):
    """libseccomp's `scmp_arg_cmp`: what an argument of a call must be."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


class Filter:
    """A list of system calls (seccomp), made ahead, since a worker could not load a library."""

    def __init__(self) -> None:
        try:
            self._library = ctypes.CDLL("libseccomp.so.2")
        except OSError:
            raise Unconfined("libseccomp (Debian: libseccomp2) is not installed") from None
        self._library.seccomp_init.restype = ctypes.c_void_p
        self._rules = ctypes.c_void_p(self._library.seccomp_init(_FAIL | errno.EPERM))
        for call in _CALLS:
            self._add(_ALLOW, call)
        self._add(_ALLOW, "clone", _Compared(0, _MASKED_EQUAL, _THREAD, _THREAD))
        # Its flags are out of a filter's sight: programs then fall back to clone.
        self._add(_FAIL | errno.ENOSYS, "clone3")

    def close_in(self) -> None:
        """Allow this process the listed calls, and no other from now on."""
        if self._library.seccomp_load(self._rules) < 0:
            raise Unconfined("the kernel takes no filter of system calls (seccomp)")

    def _add(self, action: int, call: str, *compared: _Compared) -> None:
        number = self._library.seccomp_syscall_resolve_name(call.encode())
        array = (_Compared * len(compared))(*compared)
        if self._library.seccomp_rule_add_array(self._rules, action, number, len(array), array) < 0:
            raise Unconfined(f"libseccomp does not know {call}")


def leave_the_world() -> list[str]:
    """Give up users, privileges, files and network; return those of it that this kernel refused.

    What is refused here a worker's filter refuses as well: these are walls behind a wall.
    """
    _libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    spaces = _NEW_NETWORK | _NEW_IPC | _NEW_NAME
    refused = []
    if _libc.unshare(spaces | (0 if os.geteuid() == 0 else _NEW_USER)) < 0:
        refused.append("namespaces")
    if not _close_files():
        refused.append("Landlock")
    _become_nobody()
    # Otherwise one worker could look into another, or into the nursery.
    _libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    return refused


def close_in(limits: Limits, calls: Filter) -> None:
    """Confine a worker: to `limits`, to the descriptor it has, and to `calls`.

    Processes have no limit of their own: that one counts all of a user's, and the filter lets none be
    made.
    """
    _libc.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    os.nice(10)  # People who talk come first.
    seconds = int(limits.deadline) + 1
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(what, (most, most))
    calls.close_in()


def _close_files() -> bool:
    """Forbid this process every file by its path: rights are handled, and no rule grants one."""
    handled = ctypes.c_uint64(_LANDLOCK_FILES)
    rules = _libc.syscall(_LANDLOCK_CREATE, ctypes.byref(handled), ctypes.sizeof(handled), 0)
    if rules < 0:
        return False
    refused: int = _libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)
    return refused == 0


def _become_nobody() -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    head, none = (ctypes.c_uint32 * 2)(_CAPABILITIES, 0), (ctypes.c_uint32 * 6)()
    if _libc.capset(head, none) < 0:
        raise Unconfined("capabilities can't be given up")
