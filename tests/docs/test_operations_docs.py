"""docs/operations.md says what works when it is copied as it stands."""

import re
import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
GUIDE = (CHECKOUT / "docs/operations.md").read_text()


def listing(begins: str) -> str:
    """The indented lines after the one that begins so."""
    text = GUIDE.split(f"\n{begins}", 1)[1].split("\n\n", 1)[1]
    found = re.match(r"(?:    .*\n|\n)+", text)
    assert found is not None
    return dedent(found[0])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_knows_every_word_of_the_service_unit(tmp_path: Path) -> None:
    unit = tmp_path / "messenger.service"
    text = listing("`/etc/systemd/system/messenger.service`:")
    unit.write_text(re.sub("(?m)^ExecStart=.*", "ExecStart=/bin/true", text))

    told = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, timeout=60, check=False
    )

    assert "messenger.service" not in told.stderr
    assert "SystemCallFilter=" in text
