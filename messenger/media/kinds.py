"""What a file is, by its first bytes: it is then opened as that, and nothing else is tried."""

from enum import StrEnum

HEAD = 128
"""Bytes that are enough to tell."""


class Kind(StrEnum):
    """A format we take; the value is the name its library has for it."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    HEIF = "HEIF"
    AVIF = "AVIF"
    QUICKTIME = "mov"
    """mov, mp4 and m4a."""
    MATROSKA = "matroska"
    """webm."""
    MP3 = "mp3"
    OGG = "ogg"
    WAV = "wav"
    PDF = "PDF"

    @property
    def is_picture(self) -> bool:
        return self in _PICTURES

    @property
    def is_quick(self) -> bool:
        """Whether it takes seconds to clean, where a recording may take as long as it lasts."""
        return self.is_picture or self is Kind.PDF


_PICTURES = {Kind.JPEG, Kind.PNG, Kind.WEBP, Kind.GIF, Kind.HEIF, Kind.AVIF}
_MAGIC = {
    b"\xff\xd8\xff": Kind.JPEG,
    b"\x89PNG\r\n\x1a\n": Kind.PNG,
    b"GIF87a": Kind.GIF,
    b"GIF89a": Kind.GIF,
    b"\x1aE\xdf\xa3": Kind.MATROSKA,
    b"OggS": Kind.OGG,
    b"ID3": Kind.MP3,
    b"%PDF-": Kind.PDF,
}
_RIFF = {b"WEBP": Kind.WEBP, b"WAVE": Kind.WAV}
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OLD_QUICKTIME = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def find_kind(head: bytes) -> Kind | None:
    """Return what begins with `head`, or None for everything that we do not take."""
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _kind_by_brands(head)
    if head[4:8] in _OLD_QUICKTIME:
        return Kind.QUICKTIME
    return Kind.MP3 if _begins_mp3_frame(head) else None


def _kind_by_brands(head: bytes) -> Kind:
    """Tell by the brands of the first box (ISO/IEC 14496-12, section 4.3)."""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & _AVIF_BRANDS:
        return Kind.AVIF
    if brands & _HEIF_BRANDS:
        return Kind.HEIF
    return Kind.QUICKTIME


def _begins_mp3_frame(head: bytes) -> bool:
    """Tell by eleven bits of synchronisation, and the layer: III (ISO/IEC 11172-3, 2.4.2.3)."""
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
