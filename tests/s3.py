"""A real S3-compatible server for tests: moto's, on a port of loopback, empty, gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection

from moto.server import ThreadedMotoServer

from tests.server import free_port

BUCKET = "evidence"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "messenger",
    "AWS_SECRET_ACCESS_KEY": "not a secret",
    "AWS_REGION": "us-east-1",
}


@contextmanager
def s3_server() -> Iterator[str]:
    """Return the URL of an empty bucket, for MESSENGER_FILES."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        _make_bucket(port)
        yield f"s3://{BUCKET}/sealed?endpoint=http://127.0.0.1:{port}&region=us-east-1"
    finally:
        server.stop()


def _make_bucket(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("PUT", f"/{BUCKET}")
    assert connection.getresponse().status == 200
    connection.close()
