"""How many people one process has room for: what the system allows it, and what it was told."""

import os
import resource
from pathlib import Path

from messenger.settings import Settings
from messenger.web.admission import Places

OTHER_FILES = 64
"""Descriptors for the database, the mail server, the log and what Python opens."""
BASE = 300
"""Megabytes it takes with nobody there, two passwords being checked included."""
EACH = 64
"""Kilobytes for a socket: one that sleeps has 24 (docs/performance.md), one that reads slowly more."""
_SHARE_OF_MEMORY = 0.75
_CGROUPS = Path("/sys/fs/cgroup")


def find_places(settings: Settings, workers: int = 1) -> Places:
    """Return the places of each of so many processes with these settings, on this machine."""
    return places_of(settings, descriptor_limit(), memory_of(settings, workers))


def places_of(settings: Settings, descriptors: int, megabytes: int) -> Places:
    """Return as many sockets as is wanted, or as fit into so many descriptors and so much memory."""
    most = Places()
    free = max(8, descriptors - OTHER_FILES)
    requests = min(most.requests, free // 4)
    fit = min(free - 2 * requests, max(1, (megabytes - BASE) * 1024 // EACH))
    return Places(min(settings.sockets or most.sockets, fit), requests)


def descriptors_for(sockets: int) -> int:
    """Return how many descriptors it takes to have that many sockets."""
    return sockets + 2 * Places().requests + OTHER_FILES


def megabytes_for(sockets: int) -> int:
    """Return how much memory it takes to have that many sockets."""
    return BASE + -(-sockets * EACH // 1024)


def raise_descriptor_limit() -> None:
    """Take as many as we may: the soft limit is low for programs that use select(2)."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def descriptor_limit() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]


def memory_of(settings: Settings, workers: int = 1) -> int:
    """Return the megabytes of each process: as told, or its part of three quarters of all."""
    if settings.memory is not None:
        return settings.memory
    machine = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return int(min([machine, *_group_limits()]) * _SHARE_OF_MEMORY) // 1_048_576 // workers


def _group_limits() -> list[int]:
    """`memory.max` of our control group and those above it (cgroup v2); none is no limit."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    ours = [_CGROUPS / line[4:] for line in lines if line.startswith("0::/")]
    files = [above / "memory.max" for group in ours for above in (group, *group.parents)]
    found = [file.read_text().strip() for file in files if file.is_file()]
    return [int(limit) for limit in found if limit.isdigit()]
