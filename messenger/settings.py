"""What the environment asks for: read once, checked as a whole, frozen. Passwords stay untold."""

import difflib
import ipaddress
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from messenger.domain.attachment import COVERED, MEGABYTE, FileLimits
from messenger.domain.report import CATEGORIES

PREFIX = "MESSENGER_"
LEAVE_URL = "https://www.weather.gov/"
"""Where the leave button goes: dull, quick, and nobody wonders why it is open."""
METRICS_TOKEN_FLOOR = 24
LOG_LEVELS = ("debug", "info", "warning", "error")
_SHARD = re.compile(r"[a-z][a-z0-9-]{0,30}")
_BETWEEN_SHARDS = re.compile(r",(?=[^,=/]*=\s*postgresql://)")
"""An address may have commas: a server and those that stand in for it."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


class BadSettings(Exception):
    """Every problem of the settings at once, each a sentence that says what to do."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Encryption(StrEnum):
    """How the way to the mail server is closed to listeners."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


_ENCRYPTION = {
    "smtp": Encryption.NONE,
    "smtps": Encryption.TLS,
    "smtp+starttls": Encryption.STARTTLS,
}
_USUAL_PORT = {Encryption.TLS: 465, Encryption.STARTTLS: 587, Encryption.NONE: 25}


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail is handed in."""

    host: str
    port: int
    encryption: Encryption
    user: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Media:
    """How large a file may be to be made safe, and how many are at a time."""

    megapixels: int = 50
    minutes: int = 30
    frames: int = 1_000
    pages: int = 50
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment. Its origins are exact: scheme, host and port as browsers write them."""

    data: Path = Path("var")
    database_server: str = field(default="", repr=False)
    """The URL of a PostgreSQL; empty for the file in `data`."""
    shards: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The URLs of more PostgreSQLs that have organizations, by name."""
    redis: str = field(default="", repr=False)
    """The URL of a Redis, or of a cluster; empty for one process alone."""
    host: str = "127.0.0.1"
    port: int = 8000
    origin: str = "http://127.0.0.1:8000"
    extra_origins: tuple[str, ...] = ()
    leave_url: str = LEAVE_URL
    smtp: SmtpServer | None = None
    mail_from: str = ""
    log_level: str = "info"
    metrics_token: str = field(default="", repr=False)
    sockets: int | None = None
    """At most so many in one process; None for as many as it has room for."""
    memory: int | None = None
    """Megabytes one process may use; None for what the machine has."""
    file_server: str = field(default="", repr=False)
    """The URL of an object store; empty for a folder in `data`."""
    limits: FileLimits = field(default_factory=FileLimits)
    covered: tuple[str, ...] = COVERED
    """Categories whose files a responder sees only after choosing to."""
    media: Media = Media()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read every MESSENGER_ variable, and PORT; raises `BadSettings` with all that is wrong."""
        reader = _Reader(environ)
        host, port = reader.text("HOST", "127.0.0.1"), reader.port()
        settings = cls(
            data=Path(reader.text("DATA", "var")),
            database_server=reader.database_server(),
            shards=reader.shards(),
            redis=reader.redis(),
            host=host,
            port=port,
            origin=reader.origin(f"http://127.0.0.1:{port}"),
            extra_origins=reader.extra_origins(port),
            leave_url=reader.leave_url(),
            smtp=reader.smtp(),
            mail_from=reader.mail_from(),
            log_level=reader.log_level(),
            metrics_token=reader.metrics_token(),
            sockets=reader.count("SOCKETS", 10, 1_000_000),
            memory=reader.count("MEMORY", 320, 1_000_000),
            file_server=reader.file_server(),
            limits=reader.limits(),
            covered=reader.covered(),
            media=reader.media(),
        )
        reader.finish()
        return settings

    @property
    def database(self) -> Path:
        """The file of the embedded database."""
        return self.data / "messenger.db"

    @property
    def database_url(self) -> str:
        return self.database_server or f"sqlite:///{self.database.absolute()}"

    @property
    def files(self) -> Path | str:
        """Where sealed files lie."""
        return self.file_server or self.own_files

    @property
    def own_files(self) -> Path:
        """Where they lie as long as no store is set, and may have been left when one was."""
        return self.data / "files"

    @property
    def origins(self) -> frozenset[str]:
        """Every origin that pages of ours may have."""
        return frozenset((self.origin, *self.extra_origins))

    @property
    def listens_on_loopback(self) -> bool:
        return is_loopback(self.host)

    @property
    def origin_is_loopback(self) -> bool:
        return all(is_loopback(urlsplit(origin).hostname or "") for origin in self.origins)


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class _Reader:
    """Takes one variable after another and collects what is wrong.

    What it was never asked for by the end is not a setting.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()
        self._problems: list[str] = []

    def text(self, name: str, default: str = "") -> str:
        return (self._raw(name) or "").strip() or default

    def finish(self) -> None:
        problems = self._unknown() + self._problems
        if problems:
            raise BadSettings(problems)

    def port(self) -> int:
        name = PREFIX + "PORT" if self.text("PORT") else "PORT"
        raw = self._environ.get(name, "").strip() or "8000"
        if raw.isascii() and raw.isdigit() and 1 <= int(raw) <= 65535:
            return int(raw)
        self._problem(f"{name} must be a number from 1 to 65535.")
        return 8000

    def database_server(self) -> str:
        raw = self.text("DATABASE")
        if raw and not _is_server(raw):
            self._problem(
                f"{PREFIX}DATABASE must look like postgresql://user:password@db.example.org/name."
            )
        return raw

    def shards(self) -> dict[str, str]:
        raw = self.text("SHARDS")
        shards: dict[str, str] = {}
        for part in _BETWEEN_SHARDS.split(raw) if raw else ():
            name, _, url = (word.strip() for word in part.partition("="))
            if not _SHARD.fullmatch(name) or name in {"home", *shards} or not _is_server(url):
                self._problem(
                    f"{PREFIX}SHARDS must look like north=postgresql://...,south=postgresql://... "
                    "with names of small letters, each once, none of them home."
                )
                return {}
            shards[name] = url
        if shards and not self.text("DATABASE"):
            self._problem(f"{PREFIX}SHARDS needs {PREFIX}DATABASE: the PostgreSQL they belong to.")
        return shards

    def redis(self) -> str:
        raw = self.text("REDIS")
        if raw and not _is_redis(raw):
            self._problem(
                f"{PREFIX}REDIS must look like redis://user:password@redis.example.org:6379, "
                "rediss://... (encrypted), unix:///run/redis.sock or redis+cluster://..."
            )
        return raw

    def origin(self, default: str) -> str:
        return self._origin("ORIGIN", self.text("ORIGIN", default))

    def extra_origins(self, port: int) -> tuple[str, ...]:
        # Whoever tries it out types either; a deployment names its one origin.
        default = "" if self.text("ORIGIN") else f"http://localhost:{port}"
        raw = self.text("EXTRA_ORIGINS", default)
        parts = [part.strip() for part in raw.split(",")]
        return tuple(self._origin("EXTRA_ORIGINS", part) for part in parts if part)

    def leave_url(self) -> str:
        raw = self.text("LEAVE_URL", LEAVE_URL)
        url = _split(raw)
        if url is None or url.scheme != "https" or not url.hostname:
            self._problem(f"{PREFIX}LEAVE_URL must be a whole https:// address.")
        return raw

    def smtp(self) -> SmtpServer | None:
        raw = self.text("SMTP_URL")
        if not raw:
            return None
        try:
            return _parse_smtp(raw)
        except ValueError as error:
            self._problem(f"{PREFIX}SMTP_URL {error}")
            return None

    def mail_from(self) -> str:
        raw = self.text("MAIL_FROM")
        if self.text("SMTP_URL") and not _is_mail_address(raw):
            self._problem(
                f"{PREFIX}MAIL_FROM must be the address mail comes from, like tips@example.org."
            )
        return raw

    def log_level(self) -> str:
        raw = self.text("LOG_LEVEL", "info").lower()
        if raw not in LOG_LEVELS:
            self._problem(f"{PREFIX}LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
        return raw

    def metrics_token(self) -> str:
        raw = self.text("METRICS_TOKEN")
        if raw and (len(raw) < METRICS_TOKEN_FLOOR or not raw.isascii() or not raw.isprintable()):
            self._problem(
                f"{PREFIX}METRICS_TOKEN must be {METRICS_TOKEN_FLOOR} letters and digits or more: "
                "`openssl rand -hex 16` makes some."
            )
        return raw

    def file_server(self) -> str:
        raw = self.text("FILES")
        if raw and not _is_file_server(raw):
            self._problem(
                f"{PREFIX}FILES must look like s3://bucket/folder?region=us-east-1, with "
                "&endpoint=https://... for a store that is not Amazon's (http:// on loopback only)."
            )
        return raw

    def limits(self) -> FileLimits:
        usual = FileLimits()
        names = ("IMAGE_MB", "VIDEO_MB", "AUDIO_MB", "PDF_MB")
        image, video, audio, pdf = (self.count(name, 1, 10_000) for name in names)
        return FileLimits(
            image * MEGABYTE if image else usual.image,
            video * MEGABYTE if video else usual.video,
            audio * MEGABYTE if audio else usual.audio,
            pdf * MEGABYTE if pdf else usual.pdf,
            self.count("ROOM_FILES", 1, 1_000) or usual.files,
        )

    def covered(self) -> tuple[str, ...]:
        raw = self._raw("COVERED")
        if raw is None:
            return COVERED
        known = {category.id for category in CATEGORIES}
        parts = tuple(part.strip() for part in raw.split(",") if part.strip())
        for unknown in sorted(set(parts) - known - {"all"}):
            self._problem(
                f"{PREFIX}COVERED names “{unknown}”, which is no category. Known are all, "
                f"{', '.join(sorted(known))}."
            )
        return tuple(sorted(known)) if "all" in parts else parts

    def media(self) -> Media:
        usual = Media()
        return Media(
            megapixels=self.count("MEDIA_MEGAPIXELS", 1, 500) or usual.megapixels,
            minutes=self.count("MEDIA_MINUTES", 1, 240) or usual.minutes,
            frames=self.count("MEDIA_FRAMES", 1, 10_000) or usual.frames,
            pages=self.count("MEDIA_PAGES", 1, 1_000) or usual.pages,
            workers=self.count("MEDIA_WORKERS", 1, 64) or usual.workers,
        )

    def count(self, name: str, least: int, most: int) -> int | None:
        raw = self.text(name)
        if not raw:
            return None
        if raw.isascii() and raw.isdigit() and least <= int(raw) <= most:
            return int(raw)
        self._problem(f"{PREFIX}{name} must be a number from {least} to {most}.")
        return None

    def _origin(self, name: str, raw: str) -> str:
        problem = _problem_of_origin(raw)
        if problem:
            self._problem(f"{PREFIX}{name} {problem}")
        return raw

    def _raw(self, name: str) -> str | None:
        self._asked.add(name)
        return self._environ.get(PREFIX + name)

    def _unknown(self) -> list[str]:
        names = {name for name in self._environ if name.startswith(PREFIX)}
        others = sorted(names - {PREFIX + name for name in self._asked})
        return [f"{name} is not a setting. {_hint(name, self._asked)}" for name in others]

    def _problem(self, text: str) -> None:
        self._problems.append(text)


def _hint(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name.removeprefix(PREFIX), sorted(known), 1)
    if near:
        return f"Did you mean {PREFIX}{near[0]}?"
    return f"Known are {', '.join(PREFIX + each for each in sorted(known))}."


def _split(raw: str) -> SplitResult | None:
    try:
        url = urlsplit(raw)
        _ = url.port
    except ValueError:
        return None
    return url


def _is_server(raw: str) -> bool:
    url = _split(raw)
    return url is not None and url.scheme == "postgresql" and bool(url.path.strip("/"))


def _is_file_server(raw: str) -> bool:
    url = _split(raw)
    if url is None or url.scheme != "s3" or not url.hostname or url.username or url.fragment:
        return False
    options = dict(parse_qsl(url.query))
    endpoint = _split(options.get("endpoint", "https://amazonaws.com"))
    if options.keys() - {"region", "endpoint"} or endpoint is None:
        return False
    is_closed = endpoint.scheme == "https" or is_loopback(endpoint.hostname or "")
    return endpoint.scheme in {"http", "https"} and bool(endpoint.hostname) and is_closed


def _is_redis(raw: str) -> bool:
    url = _split(raw)
    schemes = {"redis", "rediss", "unix", "redis+cluster", "rediss+cluster"}
    if url is None or url.scheme not in schemes:
        return False
    return bool(url.hostname or (url.scheme == "unix" and url.path))


def _problem_of_origin(raw: str) -> str:
    url = _split(raw)
    if url is None or url.scheme not in {"http", "https"} or not _is_host(url.hostname or ""):
        return "must be an origin like https://tips.example.org (letters beyond a-z as xn--...)."
    if raw != _written(url):
        return f"must be exactly what a browser sends: {_written(url)} (no path, no usual port)."
    if url.scheme == "http" and not is_loopback(url.hostname or ""):
        return "must begin with https://: only loopback may do without."
    return ""


def _written(url: SplitResult) -> str:
    """Write an origin the one way browsers do (RFC 6454, section 6.2)."""
    host = url.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[url.scheme]
    port = "" if url.port in {None, usual} else f":{url.port}"
    return f"{url.scheme}://{host}{port}"


def _is_host(host: str) -> bool:
    return _HOST.fullmatch(host) is not None


def _parse_smtp(raw: str) -> SmtpServer:
    url = _split(raw)
    if url is None or url.scheme not in _ENCRYPTION or not url.hostname:
        raise ValueError("must look like smtps://user:password@mail.example.org:465.")
    if url.path.strip("/") or url.query or url.fragment:
        raise ValueError("must end after the port.")
    encryption = _ENCRYPTION[url.scheme]
    if encryption is Encryption.NONE and not is_loopback(url.hostname):
        raise ValueError("must begin with smtps:// or smtp+starttls://: it would go in clear.")
    user, password = unquote(url.username or ""), unquote(url.password or "")
    return SmtpServer(url.hostname, url.port or _USUAL_PORT[encryption], encryption, user, password)


def _is_mail_address(raw: str) -> bool:
    name, at, host = raw.rpartition("@")
    return bool(name and at and host) and raw.isprintable() and not set(raw) & set(" <>,;:\"'")
