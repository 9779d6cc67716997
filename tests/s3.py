"""A real S3-compatible server for tests: rclone's, on a port of loopback, its buckets folders of its own."""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.server import free_port

WAIT_SECONDS = 20

BUCKET = "evidence"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "messenger",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_REGION": "us-east-1",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """An empty one, that only who has `CREDENTIALS` may use."""

    url: str
    """For MESSENGER_FILES."""
    folder: Path

    def names(self) -> list[str]:
        """Return what is in it."""
        files = (path for path in self.folder.rglob("*") if path.is_file())
        return [str(file.relative_to(self.folder)) for file in files]


@contextmanager
def s3_server() -> Iterator[Bucket]:
    """Start the server with one bucket."""
    rclone = shutil.which("rclone", path=str(Path(sys.executable).parent))
    assert rclone, "bin/setup installs rclone; it is not here."
    port = free_port()
    key = f"{CREDENTIALS['AWS_ACCESS_KEY_ID']},{CREDENTIALS['AWS_SECRET_ACCESS_KEY']}"
    with tempfile.TemporaryDirectory(prefix="messenger-s3-") as root:
        folder = Path(root, BUCKET)
        folder.mkdir()
        command = [rclone, "--config=", "serve", "s3", f"--addr=127.0.0.1:{port}"]
        with subprocess.Popen([*command, f"--auth-key={key}", root]) as process:
            try:
                _wait_for(port)
                url = f"s3://{BUCKET}/sealed?endpoint=http://127.0.0.1:{port}&region=us-east-1"
                yield Bucket(url, folder)
            finally:
                process.kill()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("rclone does not answer")
