"""What was planted in real files of every kind is gone, and they show what they showed before."""

import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any, cast

import pypdfium2
import pytest
from PIL import Image

from messenger.media.limits import PREVIEW_BYTES
from tests.media.conftest import Told
from tests.media.drawing import (
    BLUE,
    GREEN,
    NAME,
    PICTURES,
    PLACE,
    RED,
    SERIAL,
    SIZE,
    TRACES,
    WHITE,
)
from tests.media.filming import SECONDS, SOUNDS, VIDEOS
from tests.media.planting import NAMES
from tests.media.printing import PAPERS
from tests.media.washing import Washed

STRUCTURE = {
    *("ExifTool:ExifToolVersion", "Composite:ImageSize", "Composite:Megapixels"),
    *("Composite:Duration", "Composite:Rotation"),
    *("System:FileName", "System:Directory", "System:FileSize", "System:FileModifyDate"),
    *("System:FileAccessDate", "System:FileInodeChangeDate", "System:FilePermissions"),
    *("File:FileType", "File:FileTypeExtension", "File:MIMEType"),
    *("File:ImageWidth", "File:ImageHeight", "File:BitsPerSample", "File:ColorComponents"),
    *("File:EncodingProcess", "File:YCbCrSubSampling"),
    *("JFIF:JFIFVersion", "JFIF:ResolutionUnit", "JFIF:XResolution", "JFIF:YResolution"),
    *("PNG:ImageWidth", "PNG:ImageHeight", "PNG:BitDepth", "PNG:ColorType", "PNG:Compression"),
    *("PNG:Filter", "PNG:Interlace"),
    *("RIFF:ImageWidth", "RIFF:ImageHeight", "RIFF:WebP_Flags", "RIFF:VP8Version"),
    *("RIFF:HorizontalScale", "RIFF:VerticalScale", "RIFF:AlphaCompression"),
    *("RIFF:AlphaFiltering", "RIFF:AlphaPreprocessing", "RIFF:AnimationLoopCount"),
    *("RIFF:BackgroundColor", "RIFF:Duration"),
    *("PDF:PDFVersion", "PDF:Linearized", "PDF:PageCount"),
    *("QuickTime:MajorBrand", "QuickTime:MinorVersion", "QuickTime:CompatibleBrands"),
    *("QuickTime:MovieHeaderVersion", "QuickTime:TimeScale", "QuickTime:Duration"),
    *("QuickTime:PreferredRate", "QuickTime:PreferredVolume", "QuickTime:MatrixStructure"),
    *("QuickTime:PreviewTime", "QuickTime:PreviewDuration", "QuickTime:PosterTime"),
    *("QuickTime:SelectionTime", "QuickTime:SelectionDuration", "QuickTime:CurrentTime"),
    *("QuickTime:NextTrackID", "QuickTime:MediaData", "QuickTime:MediaDataSize"),
    *("QuickTime:MediaDataOffset", "QuickTime:MovieFragmentSequence", "QuickTime:HandlerType"),
    *("QuickTime:HandlerVendorID", "QuickTime:Unknown_mfra", "QuickTime:Unknown_mvex"),
    *("QuickTime:Unknown_tfdt", "QuickTime:Unknown_tfhd", "QuickTime:Unknown_trun"),
    *("Matroska:EBMLVersion", "Matroska:EBMLReadVersion", "Matroska:EBMLMaxIDLength"),
    *("Matroska:EBMLMaxSizeLength", "Matroska:DocType", "Matroska:DocTypeVersion"),
    *("Matroska:DocTypeReadVersion", "Matroska:SeekID", "Matroska:SeekPosition"),
    *("Matroska:TimecodeScale", "Matroska:Duration"),
    *("Track:TrackID", "Track:TrackNumber", "Track:TrackUID", "Track:TrackType"),
    *("Track:TrackHeaderVersion", "Track:TrackDuration", "Track:TrackLayer", "Track:TrackVolume"),
    *("Track:TrackDefault", "Track:TrackLacing", "Track:MatrixStructure", "Track:HandlerType"),
    *("Track:MediaHeaderVersion", "Track:MediaTimeScale", "Track:MediaDuration"),
    *("Track:GraphicsMode", "Track:OpColor", "Track:CompressorID", "Track:Balance"),
    *("Track:ImageWidth", "Track:ImageHeight", "Track:SourceImageWidth"),
    *("Track:SourceImageHeight", "Track:XResolution", "Track:YResolution", "Track:BitDepth"),
    *("Track:VideoScanType", "Track:AudioFormat", "Track:AudioChannels"),
    *("Track:AudioBitsPerSample", "Track:AudioSampleRate", "Track:AverageBitrate"),
    *("Track:MaxBitrate", "Track:BufferSize", "Track:SampleSizes", "Track:SampleToChunk"),
    *("Track:ChunkOffset", "Track:TimeToSampleTable", "Track:AVCConfiguration"),
    *("Track:CodecID", "Track:CodecPrivate", "Track:Unknown_btrt", "Track:Unknown_esds"),
    *("Track:Matroska_0x15b0", "Track:Matroska_0x16aa", "Track:Matroska_0x16bb"),
}
"""Every tag that may be left: how a decoder has to read it, and what the test's own disk says of it.
(Matroska's three: the colours, and what Opus needs.)
"""
NEUTRAL = {
    **dict.fromkeys(("CreateDate", "ModifyDate"), "0000:00:00 00:00:00"),
    **dict.fromkeys(("TrackCreateDate", "TrackModifyDate"), "0000:00:00 00:00:00"),
    **dict.fromkeys(("MediaCreateDate", "MediaModifyDate"), "0000:00:00 00:00:00"),
    **dict.fromkeys(("MediaLanguageCode", "TrackLanguage"), "und"),
    **dict.fromkeys(("MuxingApp", "WritingApp"), "Lavf"),
    "PixelsPerUnitX": 1,
    "PixelsPerUnitY": 1,
    "PixelUnits": "Unknown",
}
"""Tags that have to be there, and say nothing."""
HANDLERS = {"VideoHandler", "SoundHandler"}
_TRACK = re.compile(r"^Track[0-9]+:")


SIGNS = {
    "name": re.compile(rf":.*=.*Pat {NAME}"),
    "make": re.compile(rf":.*=.*{NAME} Works"),
    "serial": re.compile(rf":.*=.*{SERIAL}"),
    "comment": re.compile(rf"(?i):.*comment.*=.*{NAME}"),
    "place": re.compile(rf":.*=.*(\b{PLACE}|41 deg 24')"),
}
"""How each thing that was planted shows among tags and values."""
CANNOT_HOLD = {
    **{wav: {"make", "serial", "place"} for wav in SOUNDS if wav.endswith(".wav")},
    "fragments.mp4": {"make", "serial"},
    "tricks.pdf": {*SIGNS},
}
"""What there is no tag for. (What is inside a script or an attachment, neither program looks at.)"""


def signs_in(*told: Told) -> set[str]:
    """What of the planted shows in any of them."""
    lines = [f"{tag}={value}" for each in told for tag, value in each.items()]
    return {sign for sign, shows in SIGNS.items() if any(map(shows.search, lines))}


def betraying(told: Told) -> Told:
    """What of it is neither structure nor neutral."""
    return {
        tag: value
        for tag, value in told.items()
        if _TRACK.sub("Track:", tag) not in STRUCTURE
        and NEUTRAL.get(tag.partition(":")[2]) != value
        and not (tag.endswith(":HandlerDescription") and value in HANDLERS)
    }


@pytest.mark.parametrize("name", NAMES)
def test_who_looks_at_an_original_finds_the_sender(
    name: str, told_of_dirty: dict[str, Told], dirty: Path
) -> None:
    told = json.dumps(told_of_dirty[name])

    # What is inside a script or an attachment, exiftool does not look at.
    assert NAME in told or (name == "tricks.pdf" and NAME.encode() in (dirty / name).read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_an_original_tells_name_make_serial_comment_and_place_and_a_clean_file_none(
    name: str,
    told_of_dirty: dict[str, Told],
    probed_of_dirty: dict[str, Told],
    told_of_washed: dict[str, Told],
    probed_of_washed: dict[str, Told],
) -> None:
    before = signs_in(told_of_dirty[name], probed_of_dirty.get(name, {}))
    after = signs_in(told_of_washed[name], probed_of_washed.get(name, {}))

    assert before == set(SIGNS) - CANNOT_HOLD.get(name, set())
    assert after == set()


@pytest.mark.parametrize("name", NAMES)
def test_who_looks_at_a_clean_file_finds_no_tag_but_of_structure(
    name: str, told_of_washed: dict[str, Told]
) -> None:
    assert betraying(told_of_washed[name]) == {}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_planted_is_left_among_the_bytes(name: str, washed: dict[str, Washed]) -> None:
    content = washed[name].content + washed[name].told.preview

    assert [trace for trace in TRACES if trace in content] == []


@pytest.mark.parametrize("name", [*VIDEOS, *SOUNDS])
def test_a_clean_recording_has_pictures_and_sound_and_nothing_else(
    name: str, washed: dict[str, Washed], tmp_path: Path
) -> None:
    clean = tmp_path / "clean"
    clean.write_bytes(washed[name].content)
    probed = probe(clean)

    kinds = [stream["codec_type"] for stream in probed["streams"]]
    codecs = {stream["codec_name"] for stream in probed["streams"]}
    tags = [probed["format"]["tags"], *(stream.get("tags", {}) for stream in probed["streams"])]
    assert kinds == (
        ["video"] if "silent" in name else ["video", "audio"] if name in VIDEOS else ["audio"]
    )
    assert codecs <= PLAYED
    assert probed["chapters"] == []
    assert all(value in HARMLESS[tag] for each in tags for tag, value in each.items())
    assert abs(washed[name].told.seconds - SECONDS) < 0.1
    assert abs(float(probed["format"]["duration"]) - SECONDS) < 0.25


@pytest.mark.parametrize("name", VIDEOS)
def test_a_video_is_upright(name: str, washed: dict[str, Washed], tmp_path: Path) -> None:
    clean, shown = tmp_path / "clean", tmp_path / "shown.png"
    clean.write_bytes(washed[name].content)
    subprocess.run(["ffmpeg", "-v", "error", "-i", clean, "-frames:v", "1", shown], check=True)
    with Image.open(shown) as image:
        size, corners = image.size, corners_of(image)

    assert size == (washed[name].told.width, washed[name].told.height) == SIZE
    assert_alike(corners, expected(name))


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_shows_its_pages_and_holds_nothing_but_pictures(
    name: str, washed: dict[str, Washed]
) -> None:
    content = washed[name].content
    with pypdfium2.PdfDocument(content) as document:
        pages = [page.render(scale=1).to_pil() for page in document]

    assert len(pages) == (3 if name == "pages.pdf" else 1)
    for page in pages:
        assert_alike(corners_of(page), expected(name))
    for trick in (b"/JavaScript", b"/OpenAction", b"/EmbeddedFile", b"/URI", b"/Annot", b"/Info"):
        assert trick not in content


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_it_showed(name: str, washed: dict[str, Washed]) -> None:
    file = washed[name]
    with Image.open(io.BytesIO(file.content)) as image:
        corners = corners_of(image)

    assert (file.told.width, file.told.height) == SIZE
    assert_alike(corners, expected(name))


def test_a_sound_has_no_preview(washed: dict[str, Washed]) -> None:
    assert {washed[name].told.preview for name in SOUNDS} == {b""}


@pytest.mark.parametrize("name", [*PICTURES, *VIDEOS, *PAPERS])
def test_a_preview_is_small_and_shows_the_same(name: str, washed: dict[str, Washed]) -> None:
    preview = washed[name].told.preview
    with Image.open(io.BytesIO(preview)) as image:
        corners = corners_of(image)

    assert len(preview) <= PREVIEW_BYTES and max(image.size) <= 320
    assert image.format == "WEBP"
    assert_alike(corners, expected(name))


@pytest.mark.parametrize("name", [name for name in PICTURES if name.startswith("animated")])
def test_what_moved_still_moves_at_its_pace(name: str, washed: dict[str, Washed]) -> None:
    with Image.open(io.BytesIO(washed[name].content)) as image:
        frames = getattr(image, "n_frames", 1)

    assert frames == 4
    assert washed[name].told.seconds == 0.48


def test_what_could_be_seen_through_still_can(washed: dict[str, Washed]) -> None:
    for name in ("see-through.png", "lossless.webp", "see-through.heic", "see-through.avif"):
        with Image.open(io.BytesIO(washed[name].content)) as image:
            alpha = image.convert("RGBA").getchannel("A")

        assert alpha.getpixel((5, 5)) in range(20)
        assert alpha.getpixel((5, SIZE[1] - 5)) in range(235, 256)


PLAYED = {"h264", "vp8", "vp9", "av1", "aac", "opus"}
HARMLESS = {
    "major_brand": {"iso5", "iso6"},
    "minor_version": {"512"},
    "compatible_brands": {"iso5iso6mp41", "iso6mp41"},
    "language": {"und"},
    "handler_name": HANDLERS,
    "vendor_id": {"[0][0][0][0]"},
    "encoder": {"Lavf", "Lavf libopus"},
}
"""What ffprobe may find, and with which values."""


def probe(path: Path) -> Any:
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-of", "json", "-show_format", "-show_streams", "-show_chapters", path],
        capture_output=True, check=True,
    )  # fmt: skip
    return json.loads(told.stdout)


Colour = tuple[int, int, int]


def corners_of(image: Image.Image) -> list[Colour]:
    """The colours in the middle of each quarter."""
    shown = image.convert("RGB")
    width, height = shown.size
    places = [(x * width // 4, y * height // 4) for y in (1, 3) for x in (1, 3)]
    return [cast("Colour", shown.getpixel(place)) for place in places]


def expected(name: str) -> list[Colour]:
    colours = [RED, GREEN, BLUE, WHITE]
    if "grey" not in name:
        return colours
    return [(luma, luma, luma) for luma in (round(weighed(*colour)) for colour in colours)]


def weighed(red: int, green: int, blue: int) -> float:
    """How bright a colour is (ITU-R BT.601)."""
    return 0.299 * red + 0.587 * green + 0.114 * blue


def assert_alike(found: list[Colour], wanted: list[Colour]) -> None:
    differences = [
        abs(a - b)
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    assert max(differences) < 30, f"{found} instead of {wanted}"
