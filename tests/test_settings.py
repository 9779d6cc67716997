"""Settings: what they default to, and that every problem is told at once."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from messenger.settings import BadSettings, Encryption, Media, Settings, SmtpServer, is_loopback

DOCUMENT = Path(__file__).resolve().parent.parent / "docs/settings.md"


def problems(**environ: str) -> list[str]:
    with pytest.raises(BadSettings) as caught:
        Settings.read(environ)
    return caught.value.problems


def test_nothing_has_to_be_set() -> None:
    settings = Settings.read({"PATH": "/bin"})

    assert settings.origin == "http://127.0.0.1:8000"
    assert settings.origins == {"http://127.0.0.1:8000", "http://localhost:8000"}
    assert settings.database == Path("var/messenger.db")
    assert settings.smtp is None
    assert settings.listens_on_loopback


def test_a_database_server_takes_the_place_of_the_file_and_keeps_its_password() -> None:
    url = "postgresql://messenger:hunter2@db.example.org/messenger"
    settings = Settings.read({"MESSENGER_DATABASE": url})

    assert settings.database_url == url
    assert "hunter2" not in repr(settings)
    assert Settings().database_url == f"sqlite:///{Path('var/messenger.db').absolute()}"


@pytest.mark.parametrize("url", ["mysql://x@y/z", "db.example.org", "postgresql://db", "http://[x"])
def test_a_database_is_postgresql(url: str) -> None:
    (told,) = problems(MESSENGER_DATABASE=url)
    assert told.startswith("MESSENGER_DATABASE must look like postgresql://")


def test_shards_have_names_and_keep_their_passwords() -> None:
    north = "postgresql://messenger:hunter2@one.example.org,two.example.org/north?a=b"
    settings = Settings.read(
        {
            "MESSENGER_DATABASE": "postgresql://x@y/z",
            "MESSENGER_SHARDS": f"north={north}, south-2 = postgresql:///south?host=/run/south",
        }
    )

    assert settings.shards == {"north": north, "south-2": "postgresql:///south?host=/run/south"}
    assert "hunter2" not in repr(settings)
    assert Settings().shards == {}


@pytest.mark.parametrize(
    "raw",
    [
        "postgresql://x@y/z", "north", "North=postgresql://x@y/z", "north=mysql://x@y/z",
        "home=postgresql://x@y/z", "a=postgresql://x@y/z,a=postgresql://x@y/w", "a=postgresql://y",
    ],
)  # fmt: skip
def test_another_list_is_no_shards(raw: str) -> None:
    (told,) = problems(MESSENGER_DATABASE="postgresql://x@y/z", MESSENGER_SHARDS=raw)
    assert told.startswith("MESSENGER_SHARDS must look like north=postgresql://")
    assert "x@y" not in told


def test_shards_belong_to_a_database_server() -> None:
    (told,) = problems(MESSENGER_SHARDS="north=postgresql://x@y/z")
    assert told.startswith("MESSENGER_SHARDS needs MESSENGER_DATABASE")


@pytest.mark.parametrize(
    "url",
    [
        "redis://tips:hunter2@redis.example.org:6379/0",
        "rediss://redis.example.org",
        "unix:///run/redis.sock?password=hunter2",
        "redis+cluster://redis.example.org:7000",
    ],
)
def test_a_redis_is_named_by_its_address_and_keeps_its_password(url: str) -> None:
    settings = Settings.read({"MESSENGER_REDIS": url})

    assert settings.redis == url
    assert "hunter2" not in repr(settings)
    assert Settings().redis == ""


@pytest.mark.parametrize(
    "url", ["http://x", "redis://", "unix://", "redis.example.org", "http://[x"]
)
def test_another_address_is_no_redis(url: str) -> None:
    (told,) = problems(MESSENGER_REDIS=url)
    assert told.startswith("MESSENGER_REDIS must ")


def test_a_token_for_the_figures_is_long_and_does_not_show() -> None:
    token = "0123456789abcdef01234567"
    settings = Settings.read({"MESSENGER_METRICS_TOKEN": token})

    assert settings.metrics_token == token
    assert token not in repr(settings)
    for short in (token[1:], "é" * 24):
        (told,) = problems(MESSENGER_METRICS_TOKEN=short)
        assert told.startswith("MESSENGER_METRICS_TOKEN must be 24 letters")
        assert short not in told


def test_a_deployment_has_the_origins_it_names_and_no_other() -> None:
    settings = Settings.read(
        {
            "MESSENGER_ORIGIN": "https://tips.example.org",
            "MESSENGER_EXTRA_ORIGINS": "https://tips.example.net:8443, http://[::1]:8000",
        }
    )

    assert settings.origins == {
        "https://tips.example.org", "https://tips.example.net:8443", "http://[::1]:8000",
    }  # fmt: skip


def test_ceilings_are_numbers_or_left_to_us() -> None:
    settings = Settings.read({"MESSENGER_SOCKETS": "5000", "MESSENGER_MEMORY": "1024"})

    assert (settings.sockets, settings.memory) == (5000, 1024)
    assert (Settings.read({}).sockets, Settings.read({}).memory) == (None, None)
    sockets, memory = problems(MESSENGER_SOCKETS="many", MESSENGER_MEMORY="100")
    assert sockets == "MESSENGER_SOCKETS must be a number from 10 to 1000000."
    assert memory == "MESSENGER_MEMORY must be a number from 320 to 1000000."


def test_how_large_media_may_be_is_numbers_or_left_to_us() -> None:
    settings = Settings.read({"MESSENGER_MEDIA_PAGES": "9", "MESSENGER_MEDIA_WORKERS": "3"})

    assert settings.media == Media(pages=9, workers=3)
    assert Settings.read({}).media == Media(megapixels=50, minutes=30, frames=1000)
    (megapixels,) = problems(MESSENGER_MEDIA_MEGAPIXELS="0")
    assert megapixels == "MESSENGER_MEDIA_MEGAPIXELS must be a number from 1 to 500."


def test_the_plain_port_counts_until_ours_is_set() -> None:
    assert Settings.read({"PORT": "9000"}).origin == "http://127.0.0.1:9000"
    assert Settings.read({"PORT": "9000", "MESSENGER_PORT": "9001"}).port == 9001


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "８０００", "80.0"])
def test_a_port_is_a_port(port: str) -> None:
    assert problems(PORT=port) == ["PORT must be a number from 1 to 65535."]
    assert problems(MESSENGER_PORT=port) == ["MESSENGER_PORT must be a number from 1 to 65535."]


def test_every_problem_is_told_at_once() -> None:
    told = problems(
        MESSENGER_PORT="x",
        MESSENGER_ORIGIN="tips.example.org",
        MESSENGER_LEAVE_URL="ftp://example.org",
        MESSENGER_SMTP_URL="mail.example.org",
        MESSENGER_LOG_LEVEL="loud",
        MESSENGER_ORGIN="x",
    )

    assert len(told) == 7
    assert "Did you mean MESSENGER_ORIGIN?" in told[0]
    assert told[-2].startswith("MESSENGER_MAIL_FROM")


def test_a_name_like_none_of_ours_gets_the_list() -> None:
    assert "MESSENGER_SMTP_URL" in problems(MESSENGER_XYZZY="1")[0]


def test_what_is_asked_for_is_what_the_documents_list() -> None:
    (told,) = problems(MESSENGER_XYZZY="1")
    table = re.findall(r"^\| (`.*?) \| ", DOCUMENT.read_text(), re.MULTILINE)

    asked = re.findall(r"MESSENGER_\w+", told.partition("Known are ")[2])
    assert sorted(asked) == sorted(re.findall(r"MESSENGER_\w+", " ".join(table)))


@pytest.mark.parametrize(
    ("origin", "hint"),
    [
        ("http://tips.example.org", "must begin with https://"),
        ("https://tips.example.org/", "exactly what a browser sends: https://tips.example.org "),
        ("https://Tips.example.org:443", "sends: https://tips.example.org "),
        ("https://user@tips.example.org", "sends: https://tips.example.org "),
        ("https://tips.example.org/c/x?y#z", "sends: https://tips.example.org "),
        ("https://schüler.example", "letters beyond a-z"),
        ("tips.example.org", "an origin like"),
        ("wss://tips.example.org", "an origin like"),
        ("https://", "an origin like"),
        ("https://[", "an origin like"),
        ("https://tips.example.org:99999", "an origin like"),
        ("*", "an origin like"),
    ],
)
def test_an_origin_is_exact(origin: str, hint: str) -> None:
    for name in ("MESSENGER_ORIGIN", "MESSENGER_EXTRA_ORIGINS"):
        (told,) = problems(**{name: origin})

        assert told.startswith(name)
        assert hint in told


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://ann:p%40ss@h", SmtpServer("h", 465, Encryption.TLS, "ann", "p@ss")),
        ("smtp+starttls://h:2525", SmtpServer("h", 2525, Encryption.STARTTLS)),
        ("smtp+STARTTLS://h", SmtpServer("h", 587, Encryption.STARTTLS)),
        ("smtp://localhost", SmtpServer("localhost", 25, Encryption.NONE)),
    ],
)
def test_mail_goes_out_by_an_address(url: str, server: SmtpServer) -> None:
    environ = {"MESSENGER_SMTP_URL": url, "MESSENGER_MAIL_FROM": "tips@example.org"}

    assert Settings.read(environ).smtp == server


def test_a_mail_password_never_travels_in_clear() -> None:
    (told,) = problems(
        MESSENGER_SMTP_URL="smtp://ann:hunter2@mail.example.org", MESSENGER_MAIL_FROM="a@b.example"
    )

    assert "in clear" in told
    assert "hunter2" not in told


@pytest.mark.parametrize("url", ["smtp://", "smtps://h:x", "smtps://h/inbox", "imap://h"])
def test_another_address_is_no_mail_server(url: str) -> None:
    (told,) = problems(MESSENGER_SMTP_URL=url, MESSENGER_MAIL_FROM="a@b.example")

    assert told.startswith("MESSENGER_SMTP_URL must")


def test_no_password_shows_in_what_is_printed_of_the_settings() -> None:
    settings = Settings.read(
        {"MESSENGER_SMTP_URL": "smtps://ann:hunter2@h", "MESSENGER_MAIL_FROM": "a@b.example"}
    )

    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "address", ["", "tips", "tips@", "@h", "a b@h", "Tips <a@h>", "a@h\nBcc: x"]
)
def test_mail_comes_from_an_address(address: str) -> None:
    (told,) = problems(MESSENGER_SMTP_URL="smtps://h", MESSENGER_MAIL_FROM=address)

    assert told.startswith("MESSENGER_MAIL_FROM")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"])
def test_this_machine_is_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "", "tips.example.org"]
)
def test_every_other_host_is_not(host: str) -> None:
    assert not is_loopback(host)


NAMES = ["ORIGIN", "EXTRA_ORIGINS", "SMTP_URL", "LEAVE_URL", "HOST", "PORT"]
ODD = [
    "https://",
    "smtp://x:y",
    "https://[::1",
    "https://a..b",
    "https://é.example",
    "http://[::1]",
]


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=40) | st.sampled_from(ODD)))
def test_whatever_is_set_is_read_or_told(raw: dict[str, str]) -> None:
    try:
        settings = Settings.read({f"MESSENGER_{name}": value for name, value in raw.items()})
    except BadSettings as bad:
        told = bad.problems
    else:
        told = sorted(settings.origins)

    assert told
    assert all(told)
