"""What `messenger check` finds, and that it says what to do."""

import os
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread

import anyio
import pytest
from aiosmtpd.controller import Controller

from messenger.commands.unfinished import BACKUP, clear_unfinished, making
from messenger.domain.attachment import Attachment, Progress
from messenger.domain.commands import Attach
from messenger.domain.events import REPORTER
from messenger.domain.ids import AttachmentId, ClientId
from messenger.storage.trial import find_problem
from tests.cast import open_house
from tests.commands.conftest import CommandLine
from tests.commands.test_members import approve, join
from tests.contracts.world import said
from tests.disks import full_disk
from tests.s3 import BUCKET, CREDENTIALS, Bucket, s3_server
from tests.server import free_port

NOBODY = 65534
needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root becomes somebody else, or gives files away"
)


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Be another user, who may get to `folder`, but perhaps not to Python."""
    for command in ("backup", "copying"):
        import_module(f"messenger.commands.{command}")
    for above in (folder, *folder.parents[:-2]):
        above.chmod(above.stat().st_mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def mend(messenger: CommandLine, **environ: str) -> list[str]:
    """Return what must be mended; the exit code says so, too."""
    told = messenger("check", **environ)
    lines = [line[6:] for line in told.out.splitlines() if line.startswith("MEND")]
    assert told.code == (1 if lines else 0)
    assert ("Nothing has to be mended." in told.out) == (not lines)
    return lines


def notes(messenger: CommandLine, **environ: str) -> str:
    told = messenger("check", **environ)
    return "\n".join(line for line in told.out.splitlines() if line.startswith("note"))


@pytest.fixture
def recovery_key(messenger: CommandLine) -> str:
    return messenger.add_riverbend()


@pytest.fixture
def whole(messenger: CommandLine, recovery_key: str) -> CommandLine:
    """An organization with all it needs."""
    messenger.done("add-code", "riverbend", "MetroED")
    messenger.done("set-hours", "riverbend", "always")
    join(messenger, messenger.done("invite", "riverbend", "ana", "Ana"))
    approve(messenger, "ana", recovery_key)
    return messenger


def test_a_whole_deployment_has_nothing_to_mend(whole: CommandLine) -> None:
    assert mend(whole) == []
    assert "messenger rehearse-recovery riverbend" in notes(whole)


def test_every_wrong_setting_is_told(messenger: CommandLine) -> None:
    found = mend(messenger, MESSENGER_PORT="x", MESSENGER_SMTP_URL="y", MESSENGER_DATE="z")

    assert len(found) == 4
    assert "Did you mean MESSENGER_DATA?" in found[0]


def test_before_the_first_start_nothing_is_made(messenger: CommandLine) -> None:
    assert mend(messenger) == []
    assert "messenger serve" in notes(messenger) and "Restore" in notes(messenger)
    assert not messenger.data.exists()


def test_a_new_folder_that_others_can_open_is_told_before_the_first_start(
    messenger: CommandLine,
) -> None:
    messenger.data.mkdir(mode=0o755)

    (told,) = mend(messenger)

    assert "chmod 700" in told
    messenger.data.chmod(0o700)
    assert mend(messenger) == []


def test_without_an_organization_there_is_nothing_to_serve(messenger: CommandLine) -> None:
    messenger.done("list-organizations")

    assert mend(messenger) == ["There is no organization: `messenger add-organization`."]


def test_what_an_organization_lacks_is_told_with_the_command_for_it(messenger: CommandLine) -> None:
    messenger.add_riverbend()

    member, code, hours = mend(messenger)
    assert "no active member" in member
    assert "messenger add-code" in code
    assert "messenger set-hours" in hours


def test_a_mail_server_that_is_down_hides_nothing_that_an_organization_lacks(
    messenger: CommandLine, recovery_key: str
) -> None:
    environ = {
        "MESSENGER_SMTP_URL": f"smtp://127.0.0.1:{free_port()}",
        "MESSENGER_MAIL_FROM": "tips@example.org",
    }

    found = "\n".join(mend(messenger, **environ))

    assert "does not take mail" in found
    assert "nobody can read its reports" in found


def test_a_team_that_no_mail_reaches_is_told(whole: CommandLine) -> None:
    before = notes(whole)
    whole.done("rename-member", "riverbend", "ana", "--email", "ana@riverbend.example")

    assert "Nobody of riverbend has an e-mail address" in before
    assert "e-mail address" not in notes(whole)


def test_before_anybody_is_active_no_address_is_missed(
    messenger: CommandLine, recovery_key: str
) -> None:
    messenger.done("invite", "riverbend", "ana", "Ana")

    assert "e-mail address" not in notes(messenger)


def test_what_brings_the_first_member_in_is_told_as_far_as_they_are(
    messenger: CommandLine, recovery_key: str
) -> None:
    steps = [mend(messenger)[0]]
    invited = messenger.done("invite", "riverbend", "ana", "Ana")
    steps.append(mend(messenger)[0])
    join(messenger, invited)
    steps.append(mend(messenger)[0])

    wanted = [
        "`messenger invite`.",
        "`messenger invite-again` makes",
        "ana waits for `messenger approve",
    ]
    assert all(words in step for words, step in zip(wanted, steps, strict=True))


def test_a_team_key_that_waits_to_be_changed_is_told(whole: CommandLine, recovery_key: str) -> None:
    join(whole, whole.done("invite", "riverbend", "ben", "Ben"))
    approve(whole, "ben", recovery_key)
    whole.done("disable-member", "riverbend", "ben")

    (found,) = mend(whole)
    assert "new team key since somebody left: have any member open the console" in found


@pytest.mark.parametrize("name", [".", "messenger.db", "secrets.json"])
def test_what_others_may_read_is_told(whole: CommandLine, name: str) -> None:
    path = whole.data / name
    path.chmod(0o755 if path.is_dir() else 0o644)

    found = mend(whole)
    assert any(f"chmod {'700' if path.is_dir() else '600'} {path}" in text for text in found)


@needs_root
def test_what_belongs_to_somebody_else_is_told(whole: CommandLine) -> None:
    os.chown(whole.data / "messenger.db", 65534, 65534)

    (found,) = mend(whole)
    assert "belongs to user 65534" in found


def test_damaged_secrets_are_told(whole: CommandLine) -> None:
    (whole.data / "secrets.json").write_text("{}")

    (found,) = mend(whole)
    assert "secrets.json is damaged" in found


def test_secrets_that_are_gone_are_not_made_anew_without_a_word(whole: CommandLine) -> None:
    (whole.data / "secrets.json").unlink()

    (found,) = mend(whole)
    assert "Put back the one of a backup, or of another host" in found
    for command in ("list-organizations", "serve"):
        assert whole.refused(command) == f"{found}\n"
    assert not (whole.data / "secrets.json").exists()

    assert "There was none: everybody signs in anew" in whole.done("rotate-secrets")
    assert mend(whole) == []


def test_secrets_of_another_deployment_are_told_and_nothing_starts_with_them(
    whole: CommandLine, tmp_path: Path
) -> None:
    theirs = replace(whole, data=tmp_path / "theirs")
    theirs.done("list-organizations")
    ours = (whole.data / "secrets.json").read_bytes()
    shutil.copy2(theirs.data / "secrets.json", whole.data)

    (found,) = mend(whole)

    assert "is not the one that this database belongs with" in found
    for command in ("serve", "list-organizations", "rotate-secrets"):
        assert whole.refused(command) == f"{found}\n"
    (whole.data / "secrets.json").write_bytes(ours)
    assert mend(whole) == []


def test_secrets_that_are_lost_for_good_are_given_up_as_the_sentence_says(
    whole: CommandLine, tmp_path: Path
) -> None:
    (whole.data / "secrets.json").rename(tmp_path / "moved away")
    whole.done("rotate-secrets")

    assert mend(whole) == []
    (tmp_path / "moved away").rename(whole.data / "secrets.json")
    assert "is not the one that this database belongs with" in mend(whole)[0]


def test_a_database_of_before_there_were_marks_belongs_with_the_secrets_it_is_opened_with(
    whole: CommandLine,
) -> None:
    with closing(sqlite3.connect(whole.data / "messenger.db")) as connection, connection:
        connection.execute("UPDATE deployment SET secrets_mark = NULL")

    assert mend(whole) == []
    (whole.data / "secrets.json").unlink()
    whole.done("rotate-secrets")
    assert mend(whole) == []


def test_a_database_of_before_the_last_turn_of_the_secrets_is_opened_with_them(
    whole: CommandLine,
) -> None:
    database = whole.data / "messenger.db"
    before = database.read_bytes()
    whole.done("rotate-secrets")
    database.write_bytes(before)

    assert mend(whole) == []
    whole.done("rotate-secrets")
    assert mend(whole) == []


def test_check_keeps_nothing_in_a_database(whole: CommandLine) -> None:
    """Which secrets a database belongs with is for the service to say, and for other commands."""
    with closing(sqlite3.connect(whole.data / "messenger.db")) as connection, connection:
        connection.execute("UPDATE deployment SET secrets_mark = NULL")
        before = list(connection.iterdump())

    assert mend(whole) == []

    with closing(sqlite3.connect(whole.data / "messenger.db")) as connection:
        assert list(connection.iterdump()) == before


def test_a_file_that_is_no_database_is_told(whole: CommandLine) -> None:
    (whole.data / "messenger.db").write_bytes(b"x" * 5000)

    (found,) = mend(whole)
    assert "restore a backup" in found


@needs_root
def test_a_folder_of_another_user_is_told_by_every_command(
    whole: CommandLine, tmp_path: Path
) -> None:
    with as_nobody(tmp_path):
        (found,) = mend(whole)
        told = [
            whole.refused("backup", str(tmp_path / "b"), typed="six plain words in a row"),
            whole.refused("list-organizations"),
            whole.refused("rotate-secrets"),
            whole.refused("copy-database", MESSENGER_DATABASE="postgresql://x@127.0.0.1:1/x"),
        ]

    assert found == f"{whole.data} is closed to you: run commands as the user who owns it."
    assert told == [found + "\n"] * 4


@needs_root
def test_a_folder_that_nobody_may_write_in_is_told_for_what_it_is(
    whole: CommandLine, tmp_path: Path
) -> None:
    for path in (whole.data, *whole.data.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    whole.data.chmod(0o500)

    with as_nobody(tmp_path):
        found = "\n".join(mend(whole))
        backup = whole.refused("backup", str(tmp_path / "b"), typed="six plain words in a row")
        rotate = whole.refused("rotate-secrets")

    assert f"let that user write in {whole.data}" in found and "restore" not in found
    assert f"{whole.data} can't be written (Permission denied)" in backup
    assert "secrets.json cannot be written: Permission denied." in rotate


def test_a_database_of_another_version_is_told_and_left_alone(whole: CommandLine) -> None:
    with closing(sqlite3.connect(whole.data / "messenger.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")

    (found,) = mend(whole)
    assert "at “0000”" in found
    assert "messenger upgrade" in found
    assert mend(whole) == [found]


def test_a_database_of_a_newer_version_is_told_for_what_it_is(whole: CommandLine) -> None:
    with closing(sqlite3.connect(whole.data / "messenger.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    (found,) = mend(whole)
    assert "at “9999”" in found
    assert "newer Messenger, so install that one again" in found
    assert "upgrade" not in found


def test_what_a_killed_backup_left_is_told_until_it_is_gone(whole: CommandLine) -> None:
    left = whole.data / f"{BACKUP}killed"
    left.mkdir()
    assert mend(whole) == []  # It may just have begun.
    os.utime(left, (0, 0))

    (found,) = mend(whole)

    assert found.startswith(f"{left} is the copy of a backup")
    with making(whole.data, BACKUP) as folder:
        os.utime(folder, (0, 0))
        assert mend(whole) == [found]


@needs_root
def test_what_another_user_left_keeps_nobody_from_serving(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (left := tmp_path / f"{BACKUP}killed").mkdir(mode=0o700)
    os.utime(left, (0, 0))

    with as_nobody(tmp_path):
        clear_unfinished(tmp_path)

    assert left.is_dir()


def test_a_clock_that_runs_behind_is_told(whole: CommandLine) -> None:
    later = time.time() + 86_400
    os.utime(whole.data / "messenger.db", (later, later))

    (found,) = mend(whole)
    assert "switch NTP on" in found


def test_an_address_nobody_reaches_is_told(whole: CommandLine) -> None:
    (found,) = mend(whole, MESSENGER_HOST="0.0.0.0")
    assert "set MESSENGER_ORIGIN" in found

    environ = {"MESSENGER_HOST": "0.0.0.0", "MESSENGER_ORIGIN": "https://tips.example.org"}
    assert mend(whole, **environ) == []
    assert "TLS proxy" in notes(whole, **environ)


def test_too_few_files_or_too_little_memory_for_what_was_set_is_told(whole: CommandLine) -> None:
    (found,) = mend(whole, MESSENGER_SOCKETS="20000", MESSENGER_MEMORY="512")
    assert "room for 3392 sockets, not 20000" in found
    assert "1550 MB" in found and "21064 open files" in found

    assert mend(whole, MESSENGER_SOCKETS="100", MESSENGER_MEMORY="512") == []


def test_little_room_that_nobody_asked_to_be_more_is_only_told(whole: CommandLine) -> None:
    assert mend(whole, MESSENGER_MEMORY="512") == []
    assert "room for 3392 sockets" in notes(whole, MESSENGER_MEMORY="512")


def test_files_are_tried_and_nothing_is_left_of_it(whole: CommandLine) -> None:
    files = whole.data / "files"
    files.mkdir(mode=0o700)

    assert mend(whole) == []
    assert list(files.iterdir()) == []


async def show_photos(messenger: CommandLine) -> None:
    """Have Mia send two."""
    async with open_house(messenger.data) as house:
        room, parts = (await house.report()).reporter.room, house.parts
        for name in ("photo1", "photo2"):
            id, client_id = AttachmentId(name), ClientId(f"client id of {name}")
            arriving = Attachment(id, room, REPORTER, client_id, until=9, announced=b"sealed")
            await parts.attachments.announce(arriving, 2)
            await parts.attachments.change(arriving, arriving.replace(progress=Progress.READY))
            await parts.journal.submit(Attach(room, REPORTER, client_id, said("a photo"), id))
        for folder in await parts.attachments.shown(2):
            await parts.files.put(folder, 0, [b"sealed"])


def test_a_database_that_came_back_without_its_files_is_told(messenger: CommandLine) -> None:
    anyio.run(show_photos, messenger)
    files = messenger.data / "files"
    whole = mend(messenger), notes(messenger)

    next(files.rglob("photo1")).rename(messenger.data / "lost")
    (one_lost,) = set(notes(messenger).splitlines()) - set(whole[1].splitlines())
    files.rename(messenger.data / "forgotten")
    (all_lost,) = set(mend(messenger)) - set(whole[0])

    assert f"Of 2 files of rooms that were looked for, 1 are not in {files}" in one_lost
    assert f"Of 2 files of rooms that were looked for, 2 are not in {files}" in all_lost


def test_a_folder_that_takes_no_files_is_told(whole: CommandLine) -> None:
    (whole.data / "files").symlink_to("/sys/kernel")

    assert any("Files can't be written in" in text for text in mend(whole))


def test_a_file_where_the_folder_should_be_is_told(whole: CommandLine) -> None:
    (whole.data / "files").touch(mode=0o600)

    (found,) = mend(whole)
    assert "make it a folder that belongs to the user that serves" in found


def test_where_there_is_no_room_for_files_it_is_told(tmp_path: Path) -> None:
    with full_disk():
        assert "There is no room for files" in anyio.run(find_problem, tmp_path)


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with s3_server() as bucket:
        yield bucket


@pytest.mark.slow
def test_a_store_is_tried_and_nothing_is_left_of_it(whole: CommandLine, s3: Bucket) -> None:
    assert mend(whole, MESSENGER_FILES=s3.url) == []
    assert s3.names() == []


@pytest.mark.slow
def test_a_bucket_that_is_not_there_is_told(whole: CommandLine, s3: Bucket) -> None:
    (found,) = mend(whole, MESSENGER_FILES=s3.url.replace(BUCKET, "elsewhere"))

    assert found.startswith("There is no bucket “elsewhere”: make it")


@pytest.mark.slow
def test_of_a_bucket_that_is_not_there_it_is_not_said_that_its_files_are_lost(
    messenger: CommandLine, s3: Bucket
) -> None:
    anyio.run(show_photos, messenger)

    found = mend(messenger, MESSENGER_FILES=s3.url.replace(BUCKET, "elsewhere"))

    assert "There is no bucket" in found[0]
    assert not any("looked for" in text for text in found)


@pytest.mark.slow
def test_files_that_stayed_in_the_folder_are_told_and_where_they_go(
    messenger: CommandLine, s3: Bucket
) -> None:
    anyio.run(show_photos, messenger)
    files = messenger.data / "files"

    (lost,) = [text for text in mend(messenger, MESSENGER_FILES=s3.url) if "looked for" in text]
    shutil.copytree(files, s3.folder / "sealed", dirs_exist_ok=True)
    copied = mend(messenger, MESSENGER_FILES=s3.url)
    left = notes(messenger, MESSENGER_FILES=s3.url)
    shutil.rmtree(files)

    assert f"Put them back from {files}, where they were before" in lost
    assert not any("looked for" in text for text in copied)
    assert f"{files} is not used any more" in left
    assert "not used any more" not in notes(messenger, MESSENGER_FILES=s3.url)


@pytest.mark.slow
def test_a_key_that_may_not_is_told(
    whole: CommandLine, s3: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "somebody-else-s")

    (found,) = mend(whole, MESSENGER_FILES=s3.url)

    assert "can't be written in the bucket “evidence” with this key" in found
    assert "mend AWS_ACCESS_KEY_ID" in found


def test_a_store_that_does_not_answer_is_told(
    whole: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    (found,) = mend(whole, MESSENGER_FILES=f"s3://evidence?endpoint=http://127.0.0.1:{free_port()}")

    assert "mend the endpoint" in found


class _Forbidding(BaseHTTPRequestHandler):
    """A store that answers as the bucket's name says; with 200, it forbids only that a thing is deleted."""

    def do_PUT(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """It has nothing to say."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        status, code = re.split(r"[/?]", self.path)[1].partition("-")[::2]
        body = f"<Error><Code>{code}</Code></Error>"
        if status == "200":
            kept = f"<Error><Key>x</Key><Code>{code}</Code><Message>No.</Message></Error>"
            body = _LISTED if "list-type" in self.path else f"<DeleteResult>{kept}</DeleteResult>"
        self.send_response(int(status))
        self.send_header("etag", "x")
        self.send_header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())


_LISTED = (
    "<ListBucketResult><Contents><Key>x</Key><Size>1</Size><ETag>x</ETag>"
    "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>"
)


@pytest.fixture
def forbidding(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a store that forbids each bucket's things in its own way."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Forbidding) as server:
        Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("bucket", "doing", "answer"),
    [
        ("405-MethodNotAllowed", "written", "405 MethodNotAllowed"),
        ("400-AccessDenied", "written", "400 AccessDenied"),
        ("400-InvalidAccessKeyId", "written", "400 InvalidAccessKeyId"),
        ("409-OperationAborted", "written", "409 OperationAborted"),
        ("412-PreconditionFailed", "written", "412 PreconditionFailed"),
        ("200-AccessDenied", "deleted", "AccessDenied"),
    ],
)
def test_what_a_store_forbids_is_told_as_it_says_it(
    forbidding: str, bucket: str, doing: str, answer: str
) -> None:
    told = anyio.run(find_problem, f"s3://{bucket}?endpoint={forbidding}")

    assert told.startswith(f"Files can't be {doing} in the bucket “{bucket}”: its store says no (")
    assert f"says no ({answer})" in told and "no policy, lock or quota" in told


@pytest.mark.parametrize("bucket", ["501-NotImplemented", "301-PermanentRedirect"])
def test_a_store_that_is_out_of_order_or_elsewhere_forbids_nothing(
    forbidding: str, bucket: str
) -> None:
    told = anyio.run(find_problem, f"s3://{bucket}?endpoint={forbidding}")

    assert "does not answer as it should" in told


@contextmanager
def mail_server() -> Iterator[str]:
    port = free_port()
    controller = Controller(object(), "127.0.0.1", port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


def test_a_mail_server_is_tried(whole: CommandLine) -> None:
    with mail_server() as url:
        environ = {"MESSENGER_SMTP_URL": url, "MESSENGER_MAIL_FROM": "tips@example.org"}
        assert mend(whole, **environ) == []
        assert "No mail goes out" not in notes(whole, **environ)

    (found,) = mend(whole, **environ)
    assert "it cannot be reached" in found
    assert "No mail goes out" in notes(whole)
