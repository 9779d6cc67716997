"""Printed ways in: a poster and a card with a code to scan, as PDF. Nothing is fetched to print them."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos

from messenger.web.pages import LANGUAGE
from messenger.web.sheets import Sheet, WayIn

FONT, REST = "Atkinson", "AtkinsonRest"
"""Latin letters, and those of the languages that have more of them."""
INK, QUIET, LINE = (20, 33, 31), (60, 79, 76), (154, 168, 165)
POINT = 25.4 / 72
"""Millimetres. Sizes of type are in points, and all else is in millimetres."""
LEADING = 1.25


_SIZES = {Sheet.A4: (210.0, 297.0), Sheet.LETTER: (215.9, 279.4), Sheet.WALLET: (85.6, 53.98)}


def print_way_in(way_in: WayIn, sheet: Sheet, fonts: Path, say: Callable[[str], str]) -> bytes:
    """Return the PDF."""
    paper = _Paper(sheet, fonts)
    paper.set_title(way_in.name)
    paper.set_lang(LANGUAGE)
    draw = _card if sheet is Sheet.WALLET else _poster
    draw(paper, way_in, say)
    return bytes(paper.output())


class _Paper(FPDF):
    """One page, written from top to bottom."""

    def __init__(self, sheet: Sheet, fonts: Path) -> None:
        super().__init__(format=_SIZES[sheet])
        self.set_auto_page_break(auto=False)
        for style, weight in (("", 400), ("B", 700)):
            for family, letters in ((FONT, "latin"), (REST, "latin-ext")):
                file = f"atkinson-hyperlegible-next-{letters}-{weight}.woff2"
                self.add_font(family, style, fonts / file)
        self.set_fallback_fonts([REST])
        self.add_page()
        self.set_text_color(*INK)
        self.set_fill_color(*INK)
        self.set_draw_color(*INK)

    @contextmanager
    def column(self, left: float, width: float, top: float) -> Iterator[None]:
        """Write between these edges."""
        self.set_left_margin(left)
        self.set_right_margin(self.w - left - width)
        self.set_xy(left, top)
        yield

    def say(
        self,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: Align = Align.C,
        lines: int = 1,
        smallest: float = 5,
    ) -> None:
        """Write a paragraph, smaller where it would not fit into so many lines."""
        self._choose(size, bold=bold)
        while size > smallest and not self._fits(text, lines):
            size -= 0.5
            self._choose(size, bold=bold)
        self.multi_cell(
            0, size * POINT * LEADING, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def square(self, link: str, left: float, top: float, width: float) -> None:
        """Draw the code to scan. The margin it needs is part of its width."""
        rows = list(segno.make(link, error="m", micro=False).matrix_iter(border=4))
        module = width / len(rows)
        for y, row in enumerate(rows):
            for start, length in _runs(row):
                self.rect(left + start * module, top + y * module, length * module, module, "F")

    def boxed(self, text: str, size: float) -> None:
        """Write a line with a frame around it, in the middle."""
        self._choose(size, bold=True)
        room = self.w - self.l_margin - self.r_margin
        while self.get_string_width(text) > room - 12:
            size -= 1
            self._choose(size, bold=True)
        width, height = self.get_string_width(text) + 12, size * POINT * 1.5
        left, top = self.l_margin + (room - width) / 2, self.get_y()
        self.set_line_width(0.5)
        self.rect(left, top, width, height, round_corners=True, corner_radius=3)
        self.set_xy(left, top)
        self.cell(width, height, text, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def rule(self, top: float) -> None:
        """Draw a line across."""
        self.set_line_width(0.3)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, top, self.w - self.r_margin, top)

    def _choose(self, size: float, *, bold: bool) -> None:
        self.set_font(FONT, "B" if bold else "", size)

    def _fits(self, text: str, lines: int) -> bool:
        written = self.multi_cell(0, 1, text, dry_run=True, output="LINES")
        return isinstance(written, list) and len(written) <= lines


def _poster(paper: _Paper, way_in: WayIn, say: Callable[[str], str]) -> None:
    edge = 18.0
    numbers = [f"{label}: {number}" for label, number in way_in.numbers[:4]]
    bottom = paper.h - 28 - 7 * len(numbers)
    with paper.column(edge, paper.w - 2 * edge, 20):
        paper.set_text_color(*QUIET)
        paper.say(way_in.name, 20, lines=2)
        paper.set_text_color(*INK)
        paper.ln(5)
        paper.say(_title(say), 46, bold=True, lines=2)
        paper.ln(4)
        paper.say(say("You saw something, or something happened to you?"), 17, lines=2)
        paper.say(say("Write to us. We don’t ask who you are, and we answer."), 17, lines=2)
        # The square gives way to words: the address and the code below it take 38.
        square = min(92.0, bottom - paper.get_y() - 38)
        paper.square(way_in.link, (paper.w - square) / 2, paper.get_y() + 2, square)
        paper.set_y(paper.get_y() + square + 3)
        paper.say(way_in.address, 20, bold=True, smallest=13)
        paper.ln(4)
        paper.boxed(_code(say, way_in), 28)
        paper.rule(bottom)
        paper.set_y(bottom + 4)
        danger = say("In danger now? Call 911. To talk at any hour, call or text 988.")
        for line in (danger, *numbers):
            paper.say(line, 14, bold=True, lines=2)


def _card(paper: _Paper, way_in: WayIn, say: Callable[[str], str]) -> None:
    edge, square = 5.0, 33.0
    paper.square(way_in.link, edge - 2.5, edge - 2.5, square)
    left = edge + square - 1
    with paper.column(left, paper.w - left - edge, edge):
        paper.set_text_color(*QUIET)
        paper.say(way_in.name, 8, align=Align.L, lines=2)
        paper.set_text_color(*INK)
        paper.ln(0.5)
        paper.say(_title(say), 13, bold=True, align=Align.L, lines=2)
        paper.ln(1)
        paper.say(way_in.address, 8.5, bold=True, align=Align.L, smallest=6.5)
    with paper.column(edge, paper.w - 2 * edge, edge + square - 1):
        paper.say(_code(say, way_in), 11, bold=True, align=Align.L)
        paper.rule(paper.get_y() + 0.8)
        paper.ln(1.6)
        own = [f"{label}: {number}" for label, number in way_in.numbers[:2]]
        danger = say("In danger now? Call 911. To talk at any hour, call or text 988.")
        paper.say(" ".join([danger, *(f"{line}." for line in own)]), 7, align=Align.L, lines=2)


# Not within an f-string: `bin/words` looks into none.
def _title(say: Callable[[str], str]) -> str:
    return "\n".join((say("Tell someone."), say("Stay anonymous.")))


def _code(say: Callable[[str], str], way_in: WayIn) -> str:
    return say("Code %(code)s") % {"code": way_in.code}


def _runs(row: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Return where each stretch of dark modules begins, and how long it is."""
    start = None
    for place, dark in enumerate([*row, 0]):
        if dark and start is None:
            start = place
        elif not dark and start is not None:
            yield start, place - start
            start = None
