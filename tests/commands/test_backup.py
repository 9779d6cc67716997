"""Backup and restore: everything comes back, or nothing is touched."""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from stat import S_IMODE

import pytest

from messenger.commands import archive
from messenger.commands.unfinished import BACKUP, MARK, RESTORE, clear_unfinished, making
from messenger.domain.errors import BadSetting
from tests.commands.conftest import CommandLine
from tests.commands.test_check import as_nobody, mend, needs_root, notes
from tests.disks import full_disk

pytestmark = pytest.mark.slow
"""Each opens or makes a backup or two, and a passphrase takes a second on purpose."""

WORDS = "six plain words in a row"


@pytest.fixture
def riverbend(messenger: CommandLine) -> CommandLine:
    messenger.add_riverbend()
    return messenger


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "riverbend.backup"


def back_up(messenger: CommandLine, file: Path) -> str:
    return messenger.done("backup", str(file), typed=WORDS + "\n")


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_everything_comes_back(riverbend: CommandLine, file: Path) -> None:
    listed = riverbend.done("list-organizations")
    secrets = (riverbend.data / "secrets.json").read_bytes()

    said = back_up(riverbend, file)
    shutil.rmtree(riverbend.data)
    restored = riverbend.done("restore", str(file), typed=WORDS)

    assert riverbend.done("list-organizations") == listed
    assert (riverbend.data / "secrets.json").read_bytes() == secrets
    assert "receipts" in said
    assert "sessions" in said
    assert "Receipts work" in restored


SEGMENT = "files/oak/room/photo/cleaned/000000"


@pytest.mark.parametrize("name", ["000000", "000000-000003"], ids=["alone", "shared"])
def test_sealed_files_come_back_and_what_is_half_written_does_not(
    riverbend: CommandLine, file: Path, name: str
) -> None:
    segment = (riverbend.data / SEGMENT).with_name(name)
    segment.parent.mkdir(parents=True, mode=0o700)
    segment.write_bytes(b"sealed")
    segment.with_name(".half").write_bytes(b"half")

    back_up(riverbend, file)
    shutil.rmtree(riverbend.data)
    riverbend.done("restore", str(file), typed=WORDS)

    assert segment.read_bytes() == b"sealed"
    assert S_IMODE(segment.stat().st_mode) == 0o600
    assert {S_IMODE(path.stat().st_mode) for path in segment.parents[:4]} == {0o700}
    assert not segment.with_name(".half").exists()


def test_files_in_a_store_elsewhere_are_not_in_it_and_it_says_so(
    riverbend: CommandLine, file: Path
) -> None:
    riverbend.environ["MESSENGER_FILES"] = "s3://evidence?region=us-east-1"

    said = back_up(riverbend, file)

    assert "not in it" in said
    assert f"{file} holds everything else: organizations, members, reports, the receipts" in said


def test_what_comes_back_is_private_and_nothing_is_left_lying_about(
    riverbend: CommandLine, file: Path
) -> None:
    back_up(riverbend, file)
    shutil.rmtree(riverbend.data)
    riverbend.done("restore", str(file), typed=WORDS)

    for path in (file, *riverbend.data.iterdir()):
        assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(riverbend.data.stat().st_mode) == 0o700
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == [file.name]


@pytest.mark.parametrize("prefix", [BACKUP, RESTORE])
def test_what_a_killed_backup_left_is_gone_with_the_next_one(
    riverbend: CommandLine, file: Path, prefix: str
) -> None:
    left = riverbend.data / f"{prefix}killed"
    left.mkdir()
    (left / "messenger.db").write_text("what Mia deleted since")
    os.utime(left, (0, 0))

    back_up(riverbend, file)

    assert not left.exists()


def test_backups_that_are_not_made_any_more_are_told(riverbend: CommandLine, file: Path) -> None:
    assert "No backup was made here yet" in notes(riverbend)
    back_up(riverbend, file)
    before = mend(riverbend)
    assert "No backup was made here yet" not in notes(riverbend)

    os.utime(riverbend.data / MARK, (0, 0))

    (told,) = set(mend(riverbend)) - set(before)
    assert told.startswith("The last backup was made on 1970-01-01")


def test_what_is_being_backed_up_is_left_alone(riverbend: CommandLine) -> None:
    with making(riverbend.data, BACKUP) as folder:
        os.utime(folder, (0, 0))
        clear_unfinished(riverbend.data)
        assert folder.is_dir()
    assert not folder.exists()


def test_too_little_room_for_the_copy_is_told_before_it_is_made(
    riverbend: CommandLine, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(riverbend.data)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))

    assert "0 MB are free" in riverbend.refused("backup", str(file), typed=WORDS)
    assert not file.exists()


def test_without_the_passphrase_nothing_of_it_can_be_read(
    riverbend: CommandLine, file: Path
) -> None:
    back_up(riverbend, file)

    content = file.read_bytes()
    assert b"Riverbend" not in content
    assert b"SQLite" not in content
    assert b"secrets.json" not in content


def test_a_backup_replaces_nothing(riverbend: CommandLine, file: Path) -> None:
    file.write_text("mine")

    assert "is there already" in riverbend.refused("backup", str(file), typed=WORDS)
    assert file.read_text() == "mine"


def test_restoring_replaces_nothing(riverbend: CommandLine, file: Path) -> None:
    back_up(riverbend, file)
    before = content_of(riverbend.data)

    told = riverbend.refused("restore", str(file), typed=WORDS)

    assert "replaces nothing" in told
    after = content_of(riverbend.data)
    assert {name: after[name] for name in before} == before


@pytest.mark.parametrize(
    ("typed", "change", "told"),
    [
        ("other words in a row", lambda raw: raw, "passphrase"),
        (WORDS, lambda raw: raw[:-1], "does not open"),
        (WORDS, lambda raw: raw[:200] + b"x" + raw[201:], "does not open"),
        (WORDS, lambda _: b"", "not a backup"),
        (WORDS, lambda _: b"SQLite format 3\0", "not a backup"),
    ],
)
def test_what_is_not_the_whole_genuine_backup_leaves_the_folder_empty(
    riverbend: CommandLine, file: Path, typed: str, change: object, told: str
) -> None:
    back_up(riverbend, file)
    shutil.rmtree(riverbend.data)
    assert callable(change)
    file.write_bytes(change(file.read_bytes()))

    assert told in riverbend.refused("restore", str(file), typed=typed)
    assert [path.name for path in riverbend.data.iterdir()] == ["serving.lock"]


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_put_in_place(
    riverbend: CommandLine, file: Path
) -> None:
    with closing(sqlite3.connect(riverbend.data / "messenger.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    back_up(riverbend, file)
    shutil.rmtree(riverbend.data)

    told = riverbend.refused("restore", str(file), typed=WORDS)

    assert "of a newer Messenger (its tables are at “9999”): install that version" in told
    assert [path.name for path in riverbend.data.iterdir()] == ["serving.lock"]


def test_a_file_that_is_not_there_is_told(messenger: CommandLine, file: Path) -> None:
    assert "could not be read" in messenger.refused("restore", str(file), typed=WORDS)


def test_a_place_that_cannot_be_written_is_told(riverbend: CommandLine, tmp_path: Path) -> None:
    file = str(tmp_path / "no" / "folder")

    assert "could not be written" in riverbend.refused("backup", file, typed=WORDS)


@needs_root
def test_what_only_root_may_read_or_write_is_told_with_what_to_do(
    riverbend: CommandLine, file: Path, tmp_path: Path
) -> None:
    back_up(riverbend, file)
    (tmp_path / "roots").mkdir(mode=0o700)
    shutil.rmtree(riverbend.data)
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    new = replace(riverbend, data=tmp_path / "open" / "var")
    beside = replace(riverbend, data=tmp_path / "var")

    with as_nobody(tmp_path):
        unread = new.refused("restore", str(file), typed=WORDS)
        unmade = beside.refused("restore", str(file), typed=WORDS)

    assert unread == (
        f"{file} could not be read: Permission denied. Put it where the user that serves may read it, "
        "and give it to them.\n"
    )
    assert f"install -d -m 700 -o USER {beside.data}" in unmade


def test_a_disk_without_room_for_what_comes_back_is_told_as_such(
    riverbend: CommandLine, file: Path
) -> None:
    back_up(riverbend, file)
    shutil.rmtree(riverbend.data)

    with full_disk():
        told = riverbend.refused("restore", str(file), typed=WORDS)

    assert f"There is no room for what is in {file}" in told and "Nothing was put in place" in told
    assert [path.name for path in riverbend.data.iterdir()] == ["serving.lock"]


def test_there_must_be_something_to_back_up(messenger: CommandLine, file: Path) -> None:
    assert "nothing to back up" in messenger.refused("backup", str(file), typed=WORDS)


def test_a_short_passphrase_is_refused(riverbend: CommandLine, file: Path) -> None:
    assert "12 characters" in riverbend.refused("backup", str(file), typed="short\n")
    assert not file.exists()


def test_the_passphrase_is_never_taken_from_the_command_line(
    riverbend: CommandLine, file: Path
) -> None:
    for extra in ([WORDS], ["--passphrase", WORDS]):
        for command in ("backup", "restore"):
            told = riverbend.refused(command, str(file), *extra)

            assert WORDS not in told
            assert "never typed there" in told


# What is inside


def damaged(tmp_path: Path, statement: str) -> Path:
    path = tmp_path / "messenger.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT);"
            "CREATE TABLE a (id INTEGER PRIMARY KEY);"
            f"CREATE TABLE b (a REFERENCES a(id)); {statement}"
        )
    return path


def test_a_sound_database_is_taken(tmp_path: Path) -> None:
    archive.check_database(damaged(tmp_path, ""))


@pytest.mark.parametrize("statement", ["INSERT INTO b VALUES (7);", "DROP TABLE alembic_version;"])
def test_a_database_that_does_not_hang_together_is_not(tmp_path: Path, statement: str) -> None:
    with pytest.raises(BadSetting, match="damaged"):
        archive.check_database(damaged(tmp_path, statement))


def test_a_file_that_is_no_database_is_not(tmp_path: Path) -> None:
    (tmp_path / "messenger.db").write_bytes(b"x" * 5000)

    with pytest.raises(BadSetting, match="damaged"):
        archive.check_database(tmp_path / "messenger.db")


def test_a_backup_that_lacks_a_file_is_not_restored(tmp_path: Path, file: Path) -> None:
    (tmp_path / "secrets.json").write_text("{}")
    archive.write(file, [tmp_path / "secrets.json"], WORDS)
    (tmp_path / "into").mkdir()

    with pytest.raises(BadSetting, match="does not hold all"):
        archive.read(file, tmp_path / "into", {"secrets.json", "messenger.db"}, WORDS)


def test_a_name_that_leads_out_of_the_folder_is_written_nowhere(tmp_path: Path, file: Path) -> None:
    for name in ("files/../x", "files/a/../../x", "/files/x", "files/.x", "filesx/a"):
        assert not archive._SEALED.fullmatch(name)


def test_a_name_that_was_not_asked_for_is_written_nowhere(tmp_path: Path, file: Path) -> None:
    (tmp_path / "other").write_text("x")
    archive.write(file, [tmp_path / "other"], WORDS)
    (tmp_path / "into").mkdir()

    with pytest.raises(BadSetting, match="does not hold all"):
        archive.read(file, tmp_path / "into", {"secrets.json"}, WORDS)

    assert list((tmp_path / "into").iterdir()) == []
