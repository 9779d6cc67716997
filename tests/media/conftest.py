"""One set of planted files, and what one cleaner made of them, for all tests here."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest

from messenger.media.cleaner import ProcessCleaner
from tests.media.filming import SOUNDS, VIDEOS
from tests.media.planting import plant
from tests.media.washing import Washed, wash

RECORDINGS = (*VIDEOS, *SOUNDS)
Told = dict[str, Any]
"""What exiftool or ffprobe tells of a file: tags by group and name."""


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of every planted file."""
    folder = tmp_path_factory.mktemp("dirty")
    plant(folder, tmp_path_factory.mktemp("workshop"))
    return folder


@pytest.fixture(scope="session")
def cleaner() -> Iterator[ProcessCleaner]:
    cleaner = ProcessCleaner()
    yield cleaner
    cleaner.close()


@pytest.fixture(scope="session")
def washed(dirty: Path, cleaner: ProcessCleaner) -> dict[str, Washed]:
    """What became of every planted file, by its name."""
    files = {path.name: path.read_bytes() for path in dirty.iterdir()}

    async def wash_all() -> dict[str, Washed]:
        return {name: await wash(cleaner, content) for name, content in files.items()}

    return anyio.run(wash_all)


@pytest.fixture(scope="session")
def told_of_dirty(dirty: Path) -> dict[str, Told]:
    return read_tags(dirty)


@pytest.fixture(scope="session")
def told_of_washed(
    washed: dict[str, Washed], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Told]:
    folder = tmp_path_factory.mktemp("washed")
    for name, file in washed.items():
        # By its own kind: exiftool looks at the ending, too.
        ending = file.told.media_type.rpartition("/")[2]
        (folder / f"{name}.{ending}").write_bytes(file.content)
    return {name.rpartition(".")[0]: told for name, told in read_tags(folder).items()}


@pytest.fixture(scope="session")
def probed_of_dirty(dirty: Path) -> dict[str, Told]:
    return {name: probe_tags((dirty / name).read_bytes()) for name in RECORDINGS}


@pytest.fixture(scope="session")
def probed_of_washed(washed: dict[str, Washed]) -> dict[str, Told]:
    return {name: probe_tags(washed[name].content) for name in RECORDINGS}


def probe_tags(recording: bytes) -> Told:
    """Return every tag that ffprobe finds, of the whole and of its streams."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(recording)
        file.flush()
        told = subprocess.run(
            ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", file.name],
            capture_output=True, check=True,
        )  # fmt: skip
    probed = json.loads(told.stdout)
    parts = {"format": probed["format"]} | {str(each["index"]): each for each in probed["streams"]}
    return {
        f"{part}:{tag}": value
        for part, each in parts.items()
        for tag, value in each.get("tags", {}).items()
    }


def read_tags(folder: Path) -> dict[str, Told]:
    """Return all that exiftool finds, in what is embedded, too, and unknown things included."""
    told = subprocess.run(
        ["exiftool", "-json", "-G1", "-a", "-u", "-ee", folder], capture_output=True, check=True
    )
    return {Path(file.pop("SourceFile")).name: file for file in json.loads(told.stdout)}
