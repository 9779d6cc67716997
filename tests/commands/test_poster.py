"""What is printed: the address for people, the code for cameras, and whom to call."""

from pathlib import Path
from typing import NamedTuple

import pypdfium2
import pytest
import zxingcpp

from messenger.app import HERE
from messenger.web.printed import print_way_in
from messenger.web.sheets import Sheet, WayIn
from tests.commands.conftest import CommandLine

LINK = "http://127.0.0.1:8000/c/LINCOLN"
MILLIMETRES = {Sheet.A4: (210, 297), Sheet.LETTER: (216, 279), Sheet.WALLET: (86, 54)}


@pytest.fixture
def riverbend(messenger: CommandLine) -> CommandLine:
    messenger.add_riverbend()
    messenger.done("add-school", "riverbend", "Škola Lincoln")
    messenger.done("add-code", "riverbend", "LINCOLN", "--school", "Škola Lincoln")
    messenger.done("add-code", "riverbend", "MetroED")
    messenger.done("set-wording", "riverbend", "--emergency", "Town police: 555-0100")
    return messenger


@pytest.mark.parametrize("size", Sheet)
def test_a_camera_reads_the_link_and_people_read_the_rest(
    riverbend: CommandLine, tmp_path: Path, size: Sheet
) -> None:
    out = tmp_path / "way-in.pdf"

    said = riverbend.done("poster", "LINCOLN", "--out", str(out), "--size", size)

    [page] = pypdfium2.PdfDocument(out)
    scanned = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    text = " ".join(page.get_textpage().get_text_bounded().split())
    assert said == f"{out} is ready to print.\n"
    assert [code.text for code in scanned] == [LINK]
    for words in ("Škola Lincoln", LINK, "Code LINCOLN", "911", "988", "Town police: 555-0100"):
        assert words in text
    assert [round(points / 72 * 25.4) for points in page.get_size()] == list(MILLIMETRES[size])


@pytest.mark.parametrize("size", Sheet)
def test_long_names_and_codes_stay_on_the_paper(
    messenger: CommandLine, tmp_path: Path, size: Sheet
) -> None:
    name, code = "Regional Vocational and Technical School of " + "W" * 56, "W" * 40
    messenger.done("add-organization", name, "--slug", "long", "--time-zone", "America/Chicago")
    messenger.done("add-code", "long", code)
    numbers = [f"Number {n} of a very long list: 1-800-555-0100" for n in range(6)]
    emergency = [word for number in numbers for word in ("--emergency", number)]
    messenger.done("set-wording", "long", *emergency)

    messenger.done("poster", code, "--out", str(tmp_path / "p.pdf"), "--size", size)

    [page] = pypdfium2.PdfDocument(tmp_path / "p.pdf")
    width, height = page.get_size()
    boxes = [thing.get_bounds() for thing in page.get_objects()]
    assert all(
        left >= 0 and bottom >= 0 and right <= width and top <= height
        for left, bottom, right, top in boxes
    )
    assert len(zxingcpp.read_barcodes(page.render(scale=4).to_pil())) == 1


def test_a_language_with_long_words_is_as_large_and_nothing_lies_over_anything_else() -> None:
    numbers = tuple((f"Riverbend police {n}", "555-0100") for n in range(4))
    way_in = WayIn("Unified School District of " + "Riverbend " * 5, LINK, "LINCOLN", numbers)

    printed = print_way_in(way_in, Sheet.LETTER, HERE / "static" / "fonts", longer)

    [page] = pypdfium2.PdfDocument(printed)
    text = page.get_textpage()
    code, danger = box_of(text, "Code"), box_of(text, "In danger")
    assert danger.height >= 9
    assert code.bottom > danger.top + 10
    assert len(zxingcpp.read_barcodes(page.render(scale=3).to_pil())) == 1


def longer(words: str) -> str:
    """By two fifths, as other languages are."""
    return words + " länger" * (len(words) * 2 // 35)


class Box(NamedTuple):
    """Where the first letter of some words stands, in points from the corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom


def box_of(text: pypdfium2.PdfTextPage, words: str) -> Box:
    at, _ = text.search(words).get_next()
    return Box(*text.get_charbox(at))


def test_an_organization_has_its_own(riverbend: CommandLine, tmp_path: Path) -> None:
    riverbend.done("poster", "MetroED", "--out", str(tmp_path / "p.pdf"))

    [page] = pypdfium2.PdfDocument(tmp_path / "p.pdf")
    assert "Riverbend Schools" in page.get_textpage().get_text_bounded()


def test_there_is_none_for_a_code_that_leads_nowhere_and_none_where_none_can_be_written(
    riverbend: CommandLine, tmp_path: Path
) -> None:
    assert "no access code “OAK”" in riverbend.refused("poster", "OAK", "--out", "x.pdf")
    assert "could not be written" in riverbend.refused(
        "poster", "MetroED", "--out", str(tmp_path / "no" / "folder.pdf")
    )
