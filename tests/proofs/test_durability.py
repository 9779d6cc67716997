"""Acknowledged is on disk: the kernel says so, and so does a disk that loses all it may."""

from functools import partial
from pathlib import Path

import pytest

from bench.history.check import Kind, check
from bench.history.client import Plan
from bench.history.crowd import Crowd
from bench.history.record import Acked, Read, SentAway
from bench.seed import seed
from tests.proofs.test_history import crowd_of, show
from tests.proofs.witness import WatchedServer, acknowledged_too_early
from tests.server import run_apart

pytestmark = pytest.mark.slow

PATIENCE = 60.0


def test_every_acknowledgement_of_a_thousand_follows_the_sync_that_covers_it(
    tmp_path: Path,
) -> None:
    server = WatchedServer(tmp_path)

    crowd = talk_until_the_power_goes(server, messages=125)

    early, sure = acknowledged_too_early(server.trace, server.log)
    assert early == set()
    assert sure == len(acknowledged(crowd)) == 1000


def test_a_server_that_does_not_wait_for_the_disk_acknowledges_too_early(tmp_path: Path) -> None:
    server = WatchedServer(tmp_path)
    server.bug = "does not wait for the disk"

    crowd = talk_until_the_power_goes(server, messages=20)

    early, sure = acknowledged_too_early(server.trace, server.log)
    assert early == acknowledged(crowd)
    assert (len(early), sure) == (160, 0)


def test_after_a_power_cut_everything_acknowledged_is_there(tmp_path: Path) -> None:
    server = WatchedServer(tmp_path)
    crowd = talk_until_the_power_goes(server, messages=40)

    read_after_the_power_cut(server, crowd)

    assert check(crowd.history) == [], show(check(crowd.history))
    assert len(acknowledged(crowd)) == 320


def test_after_a_power_cut_a_server_that_does_not_wait_for_the_disk_has_lost_something(
    tmp_path: Path,
) -> None:
    server = WatchedServer(tmp_path)
    server.bug = "does not wait for the disk"
    crowd = talk_until_the_power_goes(server, messages=40)

    read_after_the_power_cut(server, crowd)

    assert Kind.LOST in {finding.kind for finding in check(crowd.history)}


@pytest.mark.parametrize(
    "fault", ["fdatasync:error=EIO:when=25..27", "pwrite64:error=ENOSPC:when=150..152"]
)
def test_what_the_disk_does_not_take_is_never_acknowledged_and_said_again(
    tmp_path: Path, fault: str
) -> None:
    server = WatchedServer(tmp_path)
    server.injected = ("-e", f"inject={fault}")

    crowd = talk_until_the_power_goes(server, messages=40)

    early, sure = acknowledged_too_early(server.trace, server.log)
    assert (early, sure) == (set(), 320)
    assert any(isinstance(record, SentAway) for record in crowd.history)
    read_after_the_power_cut(server, crowd)
    assert check(crowd.history) == [], show(check(crowd.history))


def talk_until_the_power_goes(server: WatchedServer, messages: int) -> Crowd:
    """Have eight people say that much each, under the eyes of strace; then kill the server."""
    run_apart(partial(seed, server.data, 4, 0))
    crowd = crowd_of(server, Plan(messages), devices=2)
    with server:
        run_apart(partial(crowd.run, PATIENCE))
        server.kill()
    server.wait_for_the_witness()
    return crowd


def read_after_the_power_cut(server: WatchedServer, crowd: Crowd) -> None:
    """Leave of the files what was sure, start a sound server on that, and read every room anew."""
    server.lose_what_is_not_sure()
    server.bug, server.injected = "none", ()
    records = crowd.history.records
    records[:] = [record for record in records if not isinstance(record, Read)]
    with server:
        run_apart(crowd.read_rooms)


def acknowledged(crowd: Crowd) -> set[str]:
    return {record.id for record in crowd.history if isinstance(record, Acked)}
