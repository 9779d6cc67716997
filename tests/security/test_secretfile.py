"""The server's secrets: made at the first start, for the server's eyes only."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE
from threading import Barrier

import pytest

from messenger.domain.errors import BadSetting
from messenger.security.secretfile import NAME, open_secrets, read_secrets, rotate_secrets


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var"


def test_the_first_start_makes_them_and_the_next_one_finds_them(folder: Path) -> None:
    keys = open_secrets(folder)

    assert open_secrets(folder) == keys == read_secrets(folder)
    assert len(keys) == 1
    assert len(keys[0]) == 64


def test_first_starts_at_once_all_use_the_same_key(folder: Path) -> None:
    together = Barrier(4)

    def start(name: str) -> list[str]:
        together.wait(10)
        return open_secrets(folder / name)

    with ThreadPoolExecutor(4) as hosts:
        for name in map(str, range(10)):
            assert [*hosts.map(start, [name] * 4)] == [read_secrets(folder / name)] * 4


def test_nobody_else_may_read_them(folder: Path) -> None:
    open_secrets(folder)

    assert S_IMODE(folder.stat().st_mode) == 0o700
    assert S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == [NAME]


@pytest.mark.parametrize(("name", "mode", "mend"), [(NAME, 0o640, "600"), (".", 0o750, "700")])
def test_what_others_may_read_is_refused_with_the_way_to_mend_it(
    folder: Path, name: str, mode: int, mend: str
) -> None:
    open_secrets(folder)
    (folder / name).chmod(mode)

    with pytest.raises(BadSetting) as refused:
        open_secrets(folder)

    assert f"chmod {mend} {folder / name}" in refused.value.text


def test_turning_them_keeps_the_last_key_and_no_older_one(folder: Path) -> None:
    (first,) = open_secrets(folder)

    rotate_secrets(folder)
    second = open_secrets(folder)
    rotate_secrets(folder)
    third = open_secrets(folder)

    assert second[0] == first
    assert third[0] == second[1]
    assert len(third) == 2
    assert S_IMODE((folder / NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "null", '{"version": 1, "signing_keys": []}',
        '{"version": 1, "signing_keys": ["short"]}', '{"version": 1, "signing_keys": [1]}',
        json.dumps({"version": 1, "signing_keys": ["a" * 64, "a" * 63]}),
        json.dumps({"version": 2, "signing_keys": ["a" * 64]}),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_and_left_alone(folder: Path, content: str) -> None:
    open_secrets(folder)
    (folder / NAME).write_text(content)

    with pytest.raises(BadSetting, match="damaged"):
        open_secrets(folder)

    assert (folder / NAME).read_text() == content


def test_only_looking_makes_nothing(folder: Path) -> None:
    with pytest.raises(BadSetting, match="cannot be read"):
        read_secrets(folder)

    assert not folder.exists()


def test_a_place_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(BadSetting, match="cannot be made"):
        open_secrets(tmp_path / "file" / "var")
