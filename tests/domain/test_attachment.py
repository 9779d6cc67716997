"""Files of a room: what is taken, by the page's rules as by the server's, and when one goes on."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from messenger.domain.attachment import (
    ACCEPTED,
    CLEAN,
    UNKNOWN,
    Announced,
    Attachment,
    Family,
    FileLimits,
    Part,
    Progress,
    Result,
    check_all_there,
    check_came,
    check_size,
    family_of,
    folder_of,
    name_for,
    original_name_for,
    segments_of,
    type_of,
)
from messenger.domain.errors import (
    CannotClean,
    EmptyFile,
    FileTooLarge,
    NotFound,
    Reason,
    StillArriving,
    WrongOffset,
)
from messenger.domain.events import REPORTER, Author, Role
from messenger.domain.ids import AttachmentId, ClientId, MemberId, OrganizationId, RoomId
from tests.javascript import Ask, answering

LIMITS = FileLimits(image=1_000_000, video=4_000_000, audio=3_000_000, pdf=2_000_000)
FILE = Attachment(AttachmentId("kQ3yZ8wT1vU6"), RoomId("room"), REPORTER, ClientId("a-file-01"))
OAK, ROOM = OrganizationId("oak"), RoomId("room")

endings = st.sampled_from(
    [
        *("jpeg", "jpg", "png", "webp", "gif", "heic", "heif", "avif", "svg+xml", "pdf", "docx"),
        *("mp4", "m4v", "x-m4v", "mov", "quicktime", "webm", "octet-stream"),
        *("m4a", "x-m4a", "mp3", "mpeg", "ogg", "oga", "opus", "wav", "x-wav", "wave", "aac"),
    ]
) | st.text(st.characters(max_codepoint=126, min_codepoint=33), max_size=5)
kinds = st.sampled_from(["image", "video", "audio", "application", "file", "text", "", "\u0436"])
parameters = st.sampled_from(["", ";codecs=opus", " ; x=y", ";"])
any_case = st.sampled_from([str, str.upper, str.title])
types = st.builds(
    lambda kind, ending, parameter, case: case(f"{kind}/{ending}") + parameter,
    kinds, endings, parameters, any_case,
) | st.sampled_from(["", "pdf", "image", "/"])  # fmt: skip
names = st.builds(
    lambda stem, ending, case: case(f"{stem}{ending}"),
    st.sampled_from(["IMG_1", "my.letter", "", "pdf"]),
    endings.map(".{}".format) | st.just(""),
    any_case,
)
sizes = st.integers(1, 5_000_000)


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    with answering("choosing.js", "familyOf, typeOf", "[familyOf(asked), typeOf(asked)]") as ask:
        yield ask


# What it is


@given(media_type=types, name=names)
@settings(max_examples=500)
def test_a_page_offers_what_the_server_takes_under_the_same_type(
    ask: Ask, media_type: str, name: str
) -> None:
    family, announced = ask({"type": media_type, "name": name})

    assert announced == type_of(media_type, name)
    if family is None:
        with pytest.raises(CannotClean):
            family_of(announced)
    else:
        assert family_of(announced) == family


@pytest.mark.parametrize(
    ("media_type", "name", "family"),
    [
        ("image/jpeg", "", Family.IMAGE),
        ("IMAGE/JPEG", "", Family.IMAGE),
        ("", "IMG_1.HEIC", Family.IMAGE),
        ("application/octet-stream", "clip.MOV", Family.VIDEO),
        ("video/x-m4v", "clip.m4v", Family.VIDEO),
        ("audio/webm;codecs=opus", "recording", Family.AUDIO),
        ("video/webm", "recording", Family.VIDEO),
        ("application/pdf", "letter.pdf", Family.PDF),
        ("application/x-something", "my.letter.pdf", Family.PDF),
    ],
)
def test_a_file_is_what_its_type_says_and_where_that_says_nothing_what_its_name_ends_with(
    media_type: str, name: str, family: Family
) -> None:
    assert family_of(type_of(media_type, name)) is family


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        *(
            ("image/svg+xml", "a.svg"),
            ("", ""),
            ("", "pdf"),
            ("text/html", "a.html"),
            ("a/b/pdf", ""),
        ),
        *(("\u0436/jpeg", ""), ("a\r\nb: c/jpeg", ""), ('photo.html" x="/jpeg', ""), ("/jpeg", "")),
    ],
)
def test_what_nobody_could_make_safe_is_refused_before_it_comes(media_type: str, name: str) -> None:
    with pytest.raises(CannotClean) as refused:
        check_size(Announced(type_of(media_type, name), 1000), LIMITS)

    assert refused.value.reason is Reason.UNKNOWN_KIND


def test_whatever_a_file_field_offers_is_taken() -> None:
    for offered in ACCEPTED.split(","):
        if not offered.endswith("/*"):
            kind = "" if offered.startswith(".") else offered
            assert family_of(type_of(kind, f"a{offered}")) in Family


# How large it may be


@given(st.sampled_from([*CLEAN]), sizes)
def test_each_family_has_a_size_of_its_own(media_type: str, size: int) -> None:
    announced = Announced(media_type, size)

    if size <= LIMITS.most(family_of(media_type)):
        check_size(announced, LIMITS)
    else:
        with pytest.raises(FileTooLarge):
            check_size(announced, LIMITS)


def test_nothing_may_be_larger_than_the_largest_family_or_empty() -> None:
    assert LIMITS.largest == 4_000_000
    assert LIMITS.together == LIMITS.files * 4_000_000
    with pytest.raises(EmptyFile):
        check_size(Announced("image/png", 0), LIMITS)
    check_size(Announced("image/png"), LIMITS)


@given(sizes, sizes)
def test_no_more_comes_than_was_announced(size: int, came: int) -> None:
    announced = Announced("video/mp4", size)

    if came <= size:
        check_came(announced, came, LIMITS)
    else:
        with pytest.raises(WrongOffset):
            check_came(announced, came, LIMITS)


@given(sizes)
def test_of_a_size_that_nobody_knows_no_more_comes_than_may(came: int) -> None:
    announced = Announced("video/mp4")

    if came <= LIMITS.video:
        check_came(announced, came, LIMITS)
    else:
        with pytest.raises(FileTooLarge):
            check_came(announced, came, LIMITS)


# How far it has come


@pytest.mark.parametrize(
    ("now", "may"),
    [
        (Announced("image/png", 10, "a knife", "mark"), True),
        (Announced("image/png", 10, "another word for it", "another mark"), True),
        (Announced("image/png"), True),
        (Announced("image/png", 11), False),
        (Announced("image/jpeg", 10), False),
    ],
)
def test_the_same_size_and_type_may_be_the_same_file_again(now: Announced, may: bool) -> None:
    assert now.goes_on_with(Announced("image/png", 10, "a knife", "mark")) is may


def test_of_a_file_that_is_done_nothing_stays_by_which_it_could_be_matched() -> None:
    video = Announced("video/quicktime", 12_345, "a fight", "mark")
    another = Announced("video/webm;codecs=vp9", 99, "a fight", "another mark")

    assert video.once_done() == another.once_done() == Announced("file/mp4", alt="a fight")


@pytest.mark.parametrize(
    ("done", "may"),
    [
        (Announced("image/jpeg", 11, "", "mark").once_done(), True),
        (Announced("video/mp4", 10, "", "mark").once_done(), False),
        (Announced(""), True),
        (Announced("image/png", 10, "", "mark"), True),
        (Announced("image/png", 11, "", "mark"), False),
    ],
)
def test_a_file_that_is_done_may_be_any_of_its_kind_and_one_of_an_older_version_what_it_says(
    done: Announced, may: bool
) -> None:
    assert Announced("image/png", 10, "a knife", "mark").may_have_become(done) is may


@given(st.integers(0, 10_000), st.integers(1, 500))
def test_a_file_lies_in_as_few_segments_as_it_fits_into(size: int, segment: int) -> None:
    count = segments_of(size, segment)

    assert (count - 1) * segment < size <= count * segment


@given(st.integers(1, 10_000), st.integers(1, 500), st.integers(0, 100))
def test_a_file_is_whole_when_its_last_segment_is_safe(size: int, segment: int, more: int) -> None:
    count = segments_of(size, segment)

    check_all_there(FILE.replace(arrived=count), size, segment)
    for there, known in ((count - 1, size), (count + more, UNKNOWN)):
        with pytest.raises(StillArriving):
            check_all_there(FILE.replace(arrived=there), known, segment)


def test_who_began_a_file_goes_on_with_it_until_it_has_come() -> None:
    stranger = Author(Role.TEAM, MemberId("ana"))

    assert FILE.check_arriving(REPORTER) is FILE
    with pytest.raises(NotFound):
        FILE.check_arriving(stranger)
    for progress in {*Progress} - {Progress.ARRIVING}:
        with pytest.raises(NotFound):
            FILE.replace(progress=progress).check_arriving(REPORTER)


def test_only_what_was_cleaned_and_shown_is_there_and_nothing_in_quarantine() -> None:
    there = FILE.replace(progress=Progress.THERE)

    assert there.check_there() is there
    for other in (FILE, there.replace(quarantined=True), FILE.replace(progress=Progress.READY)):
        with pytest.raises(NotFound):
            other.check_there()


# Where it lies, and what it is called


def test_to_erase_a_room_or_a_file_is_to_erase_the_folders_in_it() -> None:
    room, file = folder_of(OAK, ROOM), folder_of(OAK, ROOM, FILE.id)
    parts = [folder_of(OAK, ROOM, FILE.id, part) for part in Part]

    assert room == "oak/room" and file == f"{room}/{FILE.id}"
    assert parts == [f"{file}/{part}" for part in Part]


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("image/jpeg", "image-kQ3yZ8.jpg"),
        ("audio/mp4", "audio-kQ3yZ8.m4a"),
        ("application/pdf", "document-kQ3yZ8.pdf"),
        ("application/octet-stream", "application-kQ3yZ8.bin"),
    ],
)
def test_a_file_is_called_by_what_it_is(media_type: str, name: str) -> None:
    assert name_for(media_type, FILE.id) == name


@pytest.mark.parametrize(
    ("announced", "name"),
    [
        ("image/jpeg", "image-kQ3yZ8.jpg"),
        ("image/heic", "image-kQ3yZ8.bin"),
        ('photo.html" x="/jpeg', "image-kQ3yZ8.bin"),
    ],
)
def test_an_original_is_called_by_what_was_made_of_it(announced: str, name: str) -> None:
    assert original_name_for(announced, "image/jpeg", FILE.id) == name


def test_a_room_is_told_what_there_is_to_tell() -> None:
    photo = Result("image/jpeg", 1200, width=40, height=30, preview_size=9)

    assert photo.details("a knife") == {
        "type": "image/jpeg", "size": "1200", "width": "40", "height": "30", "preview": "yes",
        "alt": "a knife",
    }  # fmt: skip
    assert Result("audio/mp4", 900, seconds=3).details("") == {
        "type": "audio/mp4", "size": "900", "seconds": "3",
    }  # fmt: skip
