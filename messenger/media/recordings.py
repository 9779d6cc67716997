"""Videos and sounds: taken apart, and put together anew from moving pictures and sound alone.

Sound is always decoded and encoded anew. Pictures that browsers play are passed on as they are, less
what is said between them (SEI, metadata OBUs); others are encoded as H.264. The result is written
onwards only: fragmented MP4, or WebM. Names, times, places, chapters, covers, subtitles, time codes
and data are no pictures and no sound, so none of them is looked at.
"""

import importlib
import io
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import IO, Any, Protocol, TypeAlias, cast

import av
import av.error
import av.logging
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from messenger.domain.errors import CannotClean, Reason
from messenger.media.kinds import Kind
from messenger.media.limits import Limits
from messenger.media.pictures import preview
from messenger.media.wire import Done

_DECODERS = (
    *("h264", "hevc", "mpeg4", "h263", "mjpeg", "prores", "libvpx", "libvpx-vp9", "vp8", "vp9"),
    *("libdav1d", "av1", "aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "alac"),
    *("amrnb", "amrwb", "libopencore_amrnb", "libopencore_amrwb", "pcm_alaw", "pcm_mulaw"),
    *("pcm_u8", "pcm_s8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le"),
    *("pcm_s32be", "pcm_f32le", "pcm_f32be", "pcm_f64le"),
)
"""What phones, cameras and browsers record. Everything else FFmpeg knows stays out."""
_READING = {"protocol_whitelist": "", "codec_whitelist": ",".join(_DECODERS)}
"""No address in a file is followed, whatever the format."""
_WRITING = {
    "mp4": {
        "fflags": "+bitexact",
        # A fragment at each key frame, 10 seconds or 8 MB: what is in one is held in memory.
        "movflags": "+frag_keyframe+empty_moov+default_base_moof",
        "frag_duration": "10000000",
        "frag_size": "8000000",
    },
    "webm": {"fflags": "+bitexact"},
}
_BROWSERS_H264 = {"yuv420p", "yuvj420p"}
_SILENT = {"h264": "filter_units=remove_types=6", "av1": "filter_units=remove_types=5"}
"""Takes out what is said between pictures: SEI (ITU-T H.264, 7.4.1) and metadata OBUs (AV1, 5.8)."""
_WEBM = {"vp8", "vp9", "av1"}
_RATES = {44_100, 48_000}
_LONGEST_SIDE = 1920
"""Pixels of a video that is encoded anew; larger ones are made smaller."""
_X264 = {"preset": "ultrafast", "crf": "25", "threads": "1"}
AnyPacket: TypeAlias = "Packet[Any]"
_PREVIEW_AT = 1.0
"""Seconds: the very first picture is often black."""


def get_ready(limits: Limits) -> None:
    """Load every library and table now: a worker may open no file."""
    av.logging.set_level(av.logging.PANIC)
    for module in pkgutil.walk_packages(av.__path__, "av."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for form, video, sound in (("mov", "mpeg4", "pcm_s16le"), ("webm", "libvpx", "libopus")):
        once, twice = _sample(form, video, sound), io.BytesIO()
        kind = Kind.MATROSKA if form == "webm" else Kind.QUICKTIME
        clean_recording(once, twice, kind, limits)
        clean_recording(twice, io.BytesIO(), kind, limits)


def _sample(form: str, video: str, sound: str) -> io.BytesIO:
    """A recording of nothing."""
    sample = io.BytesIO()
    with av.open(sample, "w", format=form) as made:
        pictures = cast("VideoStream", made.add_stream(video, rate=10))
        pictures.width, pictures.height, pictures.pix_fmt = 16, 16, "yuv420p"
        sounds = cast("AudioStream", made.add_stream(sound, rate=48_000))
        silence = AudioFrame("s16", "mono", 4_800)
        silence.sample_rate = 48_000
        for _ in range(2):
            made.mux(pictures.encode(VideoFrame(16, 16, "yuv420p")))
            made.mux(sounds.encode(silence))
        made.mux(pictures.encode(None))
        made.mux(sounds.encode(None))
    return sample


def clean_recording(upload: IO[bytes], result: IO[bytes], kind: Kind, limits: Limits) -> Done:
    """Write the recording anew. One without pictures becomes a sound."""
    with _open(upload, kind) as given:
        video, sound = _find_video(given), _find_sound(given)
        if given.duration is not None and given.duration > limits.seconds * av.time_base:
            raise CannotClean(Reason.TOO_LONG)
        if video is not None:
            return _clean_video(upload, result, kind, limits)
        if sound is not None:
            return _clean_sound(given, sound, result, limits)
    raise CannotClean(Reason.DAMAGED)


@dataclass(frozen=True, slots=True)
class _Look:
    """One picture of a video, and how it is to be held."""

    image: Image.Image
    rotation: int
    """Degrees counterclockwise, as a camera that was held otherwise notes it."""

    @property
    def upright(self) -> Image.Image:
        return self.image.rotate(self.rotation, expand=True)


class _Span:
    """How long a recording is, as it goes by."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._start: float | None = None
        self.seconds = 0.0

    def follow(self, packet: AnyPacket) -> None:
        if packet.pts is None or not packet.time_base:
            return
        at = float(packet.pts * packet.time_base)
        self._start = at if self._start is None else min(self._start, at)
        end = at + float((packet.duration or 0) * packet.time_base)
        self.seconds = max(self.seconds, end - self._start)
        if self.seconds > self._limits.seconds:
            raise CannotClean(Reason.TOO_LONG)


class _Track(Protocol):
    """One stream on its way: packets in, packets of the result out."""

    def take(self, packet: AnyPacket) -> Iterable[AnyPacket]: ...
    def end(self) -> Iterable[AnyPacket]: ...


class _Passed:
    """Pictures that are played as they are, less what is said between them."""

    def __init__(self, made: OutputContainer, video: VideoStream) -> None:
        self._stream = made.add_stream_from_template(video, opaque=True)
        self._time_base = video.time_base
        self._has_begun = False
        silent = _SILENT.get(video.codec_context.codec.canonical_name)
        self._filter = BitStreamFilterContext(silent, video, self._stream) if silent else None

    def take(self, packet: AnyPacket) -> Iterable[AnyPacket]:
        self._has_begun = self._has_begun or packet.is_keyframe
        if not self._has_begun:
            return []
        return self._addressed(self._filter.filter(packet) if self._filter else [packet])

    def end(self) -> Iterable[AnyPacket]:
        return self._addressed(self._filter.filter(None) if self._filter else [])

    def _addressed(self, packets: Iterable[AnyPacket]) -> Iterator[AnyPacket]:
        for packet in packets:
            packet.stream = self._stream
            if self._time_base is not None:
                packet.time_base = self._time_base
            yield packet


class _Drawn:
    """Pictures that are decoded, turned upright, made smaller if large, and encoded anew."""

    def __init__(self, made: OutputContainer, video: VideoStream, rotation: int) -> None:
        self._video = video
        self._last = -1
        width, height = _smaller(video.width, video.height)
        self._graph = _filters(video, width, height, rotation)
        stream = made.add_stream("libx264", rate=_rate(video), options=_X264)
        self._stream = stream
        is_turned = rotation % 180 != 0
        stream.width, stream.height = (height, width) if is_turned else (width, height)
        stream.pix_fmt = "yuv420p"
        if video.time_base is not None:
            stream.codec_context.time_base = video.time_base
        self._silencer: BitStreamFilterContext | None = None

    def take(self, packet: AnyPacket) -> Iterable[AnyPacket]:
        for frame in _decoded(packet):
            yield from self._draw(frame)

    def end(self) -> Iterable[AnyPacket]:
        for frame in self._video.codec_context.decode(None):
            yield from self._draw(frame)
        yield from self._silenced(self._stream.encode(None))

    def _draw(self, frame: VideoFrame) -> Iterator[AnyPacket]:
        if frame.pts is None or frame.pts <= self._last:
            return
        self._last = frame.pts
        self._graph.push(frame)
        drawn = cast("VideoFrame", self._graph.pull())
        drawn.pict_type = PictureType.NONE  # Where key frames go is the encoder's choice.
        yield from self._silenced(self._stream.encode(drawn))

    def _silenced(self, packets: Iterable[AnyPacket]) -> Iterator[AnyPacket]:
        """Take out what x264 says of itself."""
        if self._silencer is None:
            self._silencer = BitStreamFilterContext(_SILENT["h264"], self._stream)
        for packet in packets:
            time_base = packet.time_base
            for silent in self._silencer.filter(packet):
                silent.stream, silent.time_base = self._stream, time_base
                yield silent


class _Sound:
    """Sound, decoded and encoded anew."""

    def __init__(self, made: OutputContainer, sound: AudioStream, codec: str) -> None:
        self._sound = sound
        self._rate = sound.rate if sound.rate in _RATES and codec == "aac" else 48_000
        stream = cast(
            "AudioStream",
            made.add_stream(codec, rate=self._rate, options={"flags": "+bitexact"}),
        )
        self._stream = stream
        stream.layout = "mono" if sound.channels == 1 else "stereo"
        stream.bit_rate = 96_000 if sound.channels == 1 else 128_000
        self.is_heard = False

    def take(self, packet: AnyPacket) -> Iterable[AnyPacket]:
        for frame in _decoded(packet):
            self.is_heard = True
            yield from self._stream.encode(frame)

    def end(self) -> Iterable[AnyPacket]:
        for frame in self._sound.codec_context.decode(None):
            yield from self._stream.encode(frame)
        if self.is_heard:
            yield from self._stream.encode(None)


def _clean_sound(
    given: InputContainer, sound: AudioStream, result: IO[bytes], limits: Limits
) -> Done:
    span = _Span(limits)
    with _begin(result, "mp4") as made:
        track = _Sound(made, sound, "aac")
        _run(given, made, {sound: track}, span)
        if not track.is_heard:
            raise CannotClean(Reason.DAMAGED)
    return Done("audio/mp4", seconds=span.seconds)


def _clean_video(upload: IO[bytes], result: IO[bytes], kind: Kind, limits: Limits) -> Done:
    look = _look(upload, kind, limits)
    seconds = _measure(upload, kind, limits)
    with _open(upload, kind) as given:
        video, sound = _video_of(given), _find_sound(given)
        codec = video.codec_context.codec.canonical_name
        form = "webm" if codec in _WEBM else "mp4"
        span = _Span(limits)
        with _begin(result, form) as made:
            tracks: dict[VideoStream | AudioStream, _Track] = {}
            if codec in _WEBM or (codec == "h264" and video.pix_fmt in _BROWSERS_H264):
                tracks[video] = _Passed(made, video)
            else:
                tracks[video] = _Drawn(made, video, look.rotation)
            if sound is not None:
                tracks[sound] = _Sound(made, sound, "libopus" if form == "webm" else "aac")
            if form == "webm":
                _note_duration(made, seconds)
            _run(given, made, tracks, span)
    upright = look.upright
    width, height = upright.size
    return Done(f"video/{form}", width, height, span.seconds, preview(upright))


def _run(
    given: InputContainer,
    made: OutputContainer,
    tracks: Mapping[VideoStream | AudioStream, _Track],
    span: _Span,
) -> None:
    by_index = {stream.index: track for stream, track in tracks.items()}
    for packet in given.demux(*tracks):
        if packet.dts is None:
            continue  # Demuxing ends with an empty one for each stream.
        span.follow(packet)
        made.mux(list(by_index[packet.stream.index].take(packet)))
    for track in tracks.values():
        made.mux(list(track.end()))
    if not span.seconds:
        raise CannotClean(Reason.DAMAGED)


def _open(upload: IO[bytes], kind: Kind) -> InputContainer:
    upload.seek(0)
    return av.open(upload, "r", format=kind.value, options=_READING, metadata_errors="ignore")


def _begin(result: IO[bytes], form: str) -> OutputContainer:
    return av.open(result, "w", format=form, options=_WRITING[form])


def _find_video(given: InputContainer) -> VideoStream | None:
    """The first stream of moving pictures; a cover is none."""
    for video in given.streams.video:
        if _is_known(video) and not video.disposition & Disposition.attached_pic:
            video.codec_context.thread_count = 1
            return video
    return None


def _find_sound(given: InputContainer) -> AudioStream | None:
    for sound in given.streams.audio:
        if _is_known(sound) and sound.rate:
            return sound
    return None


def _video_of(given: InputContainer) -> VideoStream:
    video = _find_video(given)
    if video is None:
        raise CannotClean(Reason.DAMAGED)
    return video


def _is_known(stream: Stream) -> bool:
    """Whether there is a decoder for it. (PyAV's types promise one where there may be none.)"""
    return getattr(stream, "codec_context", None) is not None


def _look(upload: IO[bytes], kind: Kind, limits: Limits) -> _Look:
    with _open(upload, kind) as given:
        video = _video_of(given)
        if video.width * video.height > limits.pixels:
            raise CannotClean(Reason.TOO_LARGE)
        seen = None
        for frame in given.decode(video):
            if frame.width * frame.height > limits.pixels:
                raise CannotClean(Reason.TOO_LARGE)
            seen = frame
            if not (frame.time or 0) < _PREVIEW_AT:
                break
        if seen is None:
            raise CannotClean(Reason.DAMAGED)
        image: Image.Image = seen.to_image()  # type: ignore[no-untyped-call]
        return _Look(image, seen.rotation)


def _measure(upload: IO[bytes], kind: Kind, limits: Limits) -> float:
    """Return how many seconds there are, which recordings of browsers do not say."""
    span = _Span(limits)
    with _open(upload, kind) as given:
        for packet in given.demux():
            span.follow(packet)
    return span.seconds


def _note_duration(made: OutputContainer, seconds: float) -> None:
    """Have the muxer write the duration at the front: it can't come back to do so at the end."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    for stream in made.streams:
        stream.metadata["DURATION"] = f"{int(hours):02}:{int(minutes):02}:{rest:012.9f}"


def _decoded(packet: AnyPacket) -> list[Any]:
    """Return what is in `packet`: nothing if it is damaged, as at the end of what was cut off."""
    try:
        return list(packet.decode())
    except av.error.InvalidDataError:
        return []


def _filters(video: VideoStream, width: int, height: int, rotation: int) -> Graph:
    graph = Graph()
    turn = {-90: "clock", 90: "cclock"}.get(rotation)
    chain = [
        graph.add_buffer(template=video),
        graph.add("scale", f"{width}:{height}:flags=fast_bilinear"),
        graph.add("format", "yuv420p"),
        *([graph.add("transpose", turn)] if turn else []),
        *([graph.add("hflip"), graph.add("vflip")] if abs(rotation) == 180 else []),
        graph.add("buffersink"),
    ]
    graph.link_nodes(*chain).configure()
    return graph


def _smaller(width: int, height: int) -> tuple[int, int]:
    """Even sides, the longer one at most `_LONGEST_SIDE`."""
    scale = min(1.0, _LONGEST_SIDE / max(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _rate(video: VideoStream) -> Fraction:
    rate = video.average_rate or Fraction(30)
    return rate if 1 <= rate <= 120 else Fraction(30)
