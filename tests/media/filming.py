"""Real videos and sounds, made with ffmpeg, with all in them that may betray who made them."""

import subprocess
from pathlib import Path

from tests.media.drawing import NAME, PLACE, SERIAL, exiftool, held, picture

SECONDS = 2
_META = {
    "title": f"{NAME} at home",
    "artist": f"Pat {NAME}",
    "album": f"{NAME} days",
    "comment": f"a comment by {NAME}",
    "location": f"+{PLACE}+002.1744/",
    "make": f"{NAME} Works",
    "model": f"{NAME} One",
    "serial": SERIAL,
    "encoder": f"{NAME} encoder",
    "originator": f"Pat {NAME}",
    "creation_time": "2025-03-04T05:06:07Z",
    "com.apple.quicktime.make": f"{NAME} Works",
    "com.apple.quicktime.location.ISO6709": f"+{PLACE}+002.1744/",
}
_PLANTED = [part for name, value in _META.items() for part in ("-metadata", f"{name}={value}")]
_STREAMS = ["-metadata:s", f"handler_name={NAME}", "-metadata:s", f"title=by {NAME}"]
_TAGGED = ["-movflags", "use_metadata_tags"]
_H264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
_HEVC = ["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"]
_AAC = ["-c:a", "aac", *_TAGGED]
_TURNED = ["-metadata:s:v", "rotate=270"]

_VIDEOS: dict[str, list[str]] = {
    "phone.mp4": [*_H264, *_AAC],
    "silent.mp4": [*_H264, "-an", *_TAGGED],
    "turned.mp4": [*_H264, *_AAC],
    "hevc.mp4": [*_HEVC, "-tag:v", "hvc1", *_AAC],
    "hevc-ten-bits.mp4": [*_HEVC, "-pix_fmt", "yuv420p10le", *_AAC],
    "old-phone.mp4": ["-c:v", "mpeg4", *_AAC],
    "all-colours.mp4": ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv444p", *_AAC],
    "chapters.mp4": [*_H264, *_AAC, "-c:s", "mov_text"],
    "fragments.mp4": [*_H264, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov"],
    "phone.mov": [*_H264, *_AAC],
    "turned-hevc.mov": [*_HEVC, *_AAC],
    "timecode.mov": [*_H264, *_AAC, "-timecode", "05:06:07:00"],
    "camera.mov": ["-c:v", "mjpeg", "-c:a", "pcm_s16le", *_TAGGED],
    "studio.mov": ["-c:v", "prores", "-c:a", "pcm_s24le", *_TAGGED],
    "vp8.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libvorbis"],
    "vp9.webm": [
        "-c:v",
        "libvpx-vp9",
        "-deadline",
        "realtime",
        "-cpu-used",
        "8",
        "-c:a",
        "libopus",
    ],
    "browser.webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus", "-live", "1"],
    "browser-h264.webm": [*_H264, "-c:a", "libopus", "-f", "matroska"],
    "av1.webm": ["-c:v", "libsvtav1", "-preset", "12", "-c:a", "libopus"],
}
_SOUNDS: dict[str, list[str]] = {
    "voice.m4a": [*_AAC],
    "lossless.m4a": ["-c:a", "alac", *_TAGGED],
    "covered.m4a": [*_AAC],
    "voice.mp3": ["-c:a", "libmp3lame", "-id3v2_version", "3", "-write_id3v1", "1"],
    "covered.mp3": ["-c:a", "libmp3lame"],
    "opus.ogg": ["-c:a", "libopus"],
    "vorbis.ogg": ["-c:a", "libvorbis"],
    "voice.webm": ["-c:a", "libopus"],
    "voice.wav": ["-c:a", "pcm_s16le"],
    "broadcast.wav": ["-c:a", "pcm_s24le", "-write_bext", "1"],
    "eight-bits.wav": ["-c:a", "pcm_u8", "-ar", "8000", "-ac", "1"],
}
VIDEOS, SOUNDS = tuple(_VIDEOS), tuple(_SOUNDS)
_KEYS = (
    *(f"-Keys:Make={NAME} Works", f"-Keys:GPSCoordinates={PLACE}, 2.1744"),
    *(f"-UserData:Author=Pat {NAME}", f"-XMP-dc:Creator=Pat {NAME}"),
)


def film(folder: Path, workshop: Path) -> None:
    """Make every one in `folder`; what they are made of lies in `workshop`."""
    picture().save(workshop / "picture.png")
    held(6).save(workshop / "turned.png")
    picture((64, 64)).save(workshop / "cover.jpg", comment=NAME.encode())
    (workshop / "words.srt").write_text(f"1\n00:00:00,000 --> 00:00:01,000\nby {NAME}\n")
    (workshop / "chapters.txt").write_text(
        f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle={NAME} one\n"
    )
    for name, how in _VIDEOS.items():
        still = workshop / ("turned.png" if "turned" in name else "picture.png")
        source: list[str | Path] = ["-loop", "1", "-framerate", "15", "-i", still, *_tone()]
        if name == "chapters.mp4":
            source += ["-i", workshop / "words.srt", "-i", workshop / "chapters.txt"]
            source += ["-map", "0", "-map", "1", "-map", "2", "-map_metadata", "3"]
        _ffmpeg(*source, *how, *_PLANTED, *_STREAMS, folder / name)
        if "turned" in name:
            shot = (folder / name).rename(workshop / name)
            _ffmpeg("-i", shot, "-c", "copy", *_TAGGED, *_TURNED, folder / name)
    for name, how in _SOUNDS.items():
        source = [*_tone()]
        if name.startswith("covered"):
            source += ["-i", workshop / "cover.jpg", "-map", "0", "-map", "1", "-c:v", "copy"]
            source += ["-disposition:v", "attached_pic"]
        _ffmpeg(*source, *how, *_PLANTED, *_STREAMS, folder / name)
    exiftool(*_KEYS, *(folder / name for name in (*VIDEOS, *SOUNDS) if _takes_keys(name)))


def _takes_keys(name: str) -> bool:
    """Whether exiftool can write into it."""
    return name.endswith((".mp4", ".mov", ".m4a")) and name != "fragments.mp4"


def _tone() -> list[str]:
    return ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100"]


def _ffmpeg(*arguments: str | Path) -> None:
    command = ["ffmpeg", "-v", "error", "-nostdin", *arguments[:-1], "-t", str(SECONDS)]
    # What is captured is not shown: some encoders say who they are at any level.
    subprocess.run([*command, arguments[-1]], check=True, capture_output=True)
