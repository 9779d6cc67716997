"""Files that belong to a room: what may be sent, how far one has come, and where its parts lie.

What a file is called, how large it is and what it shows stays sealed in here.
"""

from collections.abc import Mapping
from enum import StrEnum

from messenger.domain.errors import (
    CannotClean,
    EmptyFile,
    FileTooLarge,
    NotFound,
    Reason,
    StillArriving,
    WrongOffset,
)
from messenger.domain.events import Author
from messenger.domain.ids import AttachmentId, ClientId, OrganizationId, RoomId
from messenger.domain.values import Value

MEGABYTE = 1_000_000
UNKNOWN = -1
"""The size of a file that comes with a form, until its end has come."""


class Family(StrEnum):
    """What kind of thing a file is, to people."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    PDF = "pdf"


class Part(StrEnum):
    """What is kept of one file, each sealed under a key of its own."""

    UPLOAD = "upload"
    """What came, and may still come: gone as soon as it is cleaned."""
    ORIGINAL = "original"
    """What was cleaned, as it came: kept because the reporter wants it to be."""
    CLEANED = "cleaned"
    PREVIEW = "preview"


class Progress(StrEnum):
    """How far a file has come."""

    ARRIVING = "arriving"
    READY = "ready"
    """Cleaned; the room has not been told yet."""
    THERE = "there"
    REFUSED = "refused"


class FileLimits(Value, frozen=True):
    """How large files may be, in bytes, and how many a room may have."""

    image: int = 25 * MEGABYTE
    video: int = 250 * MEGABYTE
    audio: int = 50 * MEGABYTE
    pdf: int = 25 * MEGABYTE
    files: int = 20

    def most(self, family: Family) -> int:
        return {
            Family.IMAGE: self.image,
            Family.VIDEO: self.video,
            Family.AUDIO: self.audio,
            Family.PDF: self.pdf,
        }[family]

    @property
    def largest(self) -> int:
        """Bytes of the largest file there may be."""
        return max(self.most(family) for family in Family)

    @property
    def together(self) -> int:
        """Bytes of all the files that one form may bring."""
        return self.files * self.largest


class Announced(Value, frozen=True):
    """What the sender says about a file before it comes. Nothing of it is believed."""

    media_type: str
    size: int = UNKNOWN
    alt: str = ""
    mark: str = ""
    """The sender's own: by it a page knows a file again, of which it has nothing but the file.

    It may be a fingerprint of what came, so it goes as soon as nothing more has to come.
    """

    hides = ("alt", "mark")

    def goes_on_with(self, before: "Announced") -> bool:
        """Whether this may be the same file again."""
        same_size = self.size in {before.size, UNKNOWN}
        return same_size and plain(self.media_type) == plain(before.media_type)

    def once_done(self) -> "Announced":
        """Return what may stay of it then: nothing by which the file that came could be matched."""
        family = family_of(self.media_type)
        return Announced(f"file/{_FAMILIES[family][0]}", alt=self.alt)

    def may_have_become(self, done: "Announced") -> bool:
        """Whether a file that is done may be this one. Of some, older versions left nothing to tell by."""
        return done.media_type in {"", self.once_done().media_type} or self.goes_on_with(done)


class Result(Value, frozen=True):
    """What cleaning led to: a file that is safe to open, or the reason why there is none."""

    media_type: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    seconds: int = 0
    preview_size: int = 0
    refused: str = ""

    @property
    def has_preview(self) -> bool:
        return self.preview_size > 0

    def details(self, alt: str) -> dict[str, str]:
        """Return what the room is told."""
        told = {
            "type": self.media_type, "size": self.size, "width": self.width, "height": self.height,
            "seconds": self.seconds, "preview": "yes" if self.has_preview else "", "alt": alt,
        }  # fmt: skip
        return {name: str(value) for name, value in told.items() if value}


class Attachment(Value, frozen=True):
    """A file of a room. `arrived` counts the segments that are safe; the rest is sealed.

    `until` (unix seconds, on the hour) is when it is given up if it is not done by then.
    """

    id: AttachmentId
    room: RoomId
    author: Author
    client_id: ClientId
    progress: Progress = Progress.ARRIVING
    arrived: int = 0
    until: int | None = None
    keeps_original: bool = False
    quarantined: bool = False
    announced: bytes = b""
    result: bytes = b""
    """What cleaning led to: what is told of it, or why it was refused."""

    hides = ("announced", "result")

    def check_there(self) -> "Attachment":
        """Return it if it may be looked at: one in quarantine is not there, for anybody."""
        if self.progress is not Progress.THERE or self.quarantined:
            raise NotFound
        return self

    def check_arriving(self, author: Author) -> "Attachment":
        """Return it if `author` may go on sending it."""
        if self.author != author or self.progress is not Progress.ARRIVING:
            raise NotFound
        return self


class Erasure(Value, frozen=True):
    """A folder that does not count any more, and has to go."""

    organization: OrganizationId
    folder: str


_FAMILIES: Mapping[Family, tuple[str, ...]] = {
    Family.IMAGE: ("jpeg", "jpg", "png", "webp", "gif", "heic", "heif", "avif"),
    Family.VIDEO: ("mp4", "m4v", "mov", "quicktime", "webm"),
    Family.AUDIO: ("m4a", "mp3", "mpeg", "ogg", "oga", "opus", "wav", "x-wav", "x-m4a", "aac", "wave"),
    Family.PDF: ("pdf",),
}  # fmt: skip
_BY_ENDING = {ending: family for family, endings in _FAMILIES.items() for ending in endings}

_KINDS = {"image", "video", "audio", "application", "file"}
"""What a type may begin with: whatever is announced is one of so many words, and nothing of the sender's."""

COVERED = ("sexting_images", "sexual_misconduct")
"""Categories whose files a responder sees only after choosing to."""

CLEAN: Mapping[str, str] = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "video/mp4": "mp4",
    "video/webm": "webm", "audio/mp4": "m4a", "application/pdf": "pdf",
}  # fmt: skip
"""The types that cleaned files have, each with the ending of its name."""

INLINE = frozenset(CLEAN) - {"application/pdf"}
"""Types of cleaned files that a page shows. Everything else is only ever downloaded."""

ACCEPTED = (
    "image/jpeg,image/png,image/webp,image/gif,image/heic,image/heif,image/avif,.heic,.heif,"
    "video/mp4,video/quicktime,video/webm,.mov,audio/*,application/pdf"
)
"""What a file field offers to choose."""


def type_of(media_type: str, name: str) -> str:
    """Return the type to announce: the browser's, or if it says nothing to us, the name's ending.

    `typeOf` in static/js/protocol/choosing.js is the same.
    """
    if _find_family(plain(media_type)) is not None:
        return plain(media_type)
    _, dot, ending = name.lower().rpartition(".")
    return f"file/{ending if dot else ''}"


def family_of(media_type: str) -> Family:
    """Return what a file claims to be by its type, or refuse what nobody could make safe."""
    family = _find_family(plain(media_type))
    if family is None:
        raise CannotClean(Reason.UNKNOWN_KIND)
    return family


def plain(media_type: str) -> str:
    """Return a type without what may follow it."""
    return media_type.lower().partition(";")[0].strip()


def _find_family(media_type: str) -> Family | None:
    kind, _, ending = media_type.partition("/")
    if kind not in _KINDS:
        return None
    if kind in {"image", "video", "audio"} and ending in {"mp4", "webm", "ogg", "mpeg"}:
        return Family(kind)
    return _BY_ENDING.get(ending)


def check_size(announced: Announced, limits: FileLimits) -> None:
    """Refuse what is too large, or nothing at all, before it comes."""
    most = limits.most(family_of(announced.media_type))
    if announced.size == 0:
        raise EmptyFile
    if announced.size > most:
        raise FileTooLarge(most // MEGABYTE)


def check_came(announced: Announced, came: int, limits: FileLimits) -> None:
    """Refuse when more has come than was announced, or than may come at all."""
    if announced.size == UNKNOWN:
        check_size(announced.replace(size=came), limits)
    elif came > announced.size:
        raise WrongOffset


def segments_of(size: int, segment: int) -> int:
    """Return in how many segments a file of `size` bytes lies."""
    return -(-size // segment)


def check_all_there(attachment: Attachment, size: int, segment: int) -> None:
    """Refuse to go on with a file of which something is missing."""
    if size == UNKNOWN or attachment.arrived < segments_of(size, segment):
        raise StillArriving


def folder_of(
    organization: OrganizationId,
    room: RoomId,
    attachment: AttachmentId | None = None,
    part: Part | None = None,
) -> str:
    """Return where a part of a file lies, or all of it, or all files of a room."""
    return "/".join(name for name in (organization, room, attachment, part) if name)


def name_for(media_type: str, attachment: AttachmentId) -> str:
    """Return what a file is called here: the sender's name for it may say who they are."""
    kind = "document" if media_type == "application/pdf" else media_type.partition("/")[0]
    return f"{kind}-{attachment[:6]}.{CLEAN.get(media_type, 'bin')}"


def original_name_for(announced: str, cleaned: str, attachment: AttachmentId) -> str:
    """Return what an original is called: by what was made of it, since nothing that was said of it is believed."""
    name, _, _ = name_for(cleaned, attachment).rpartition(".")
    return f"{name}.{CLEAN.get(announced, 'bin')}"
