"""A real S3-compatible server for tests: moto's, on a port of loopback, empty, gone afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlsplit

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


@contextmanager
def keys_are_checked(url: str) -> Iterator[None]:
    """Have the server take nobody's key, since it knows none."""
    port = _port_of(url)
    _ask(port, "POST", "/moto-api/reset-auth", "0")
    try:
        yield
    finally:
        _ask(port, "POST", "/moto-api/reset-auth", "inf")


def names_in(url: str) -> str:
    """Return what the server says is in the bucket."""
    return _ask(_port_of(url), "GET", f"/{BUCKET}?list-type=2")


def _port_of(url: str) -> int:
    endpoint = dict(parse_qsl(urlsplit(url).query))["endpoint"]
    return urlsplit(endpoint).port or 0


def _make_bucket(port: int) -> None:
    _ask(port, "PUT", f"/{BUCKET}")


def _ask(port: int, method: str, path: str, body: str = "") -> str:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body)
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    assert answer.status == 200, told
    return told
