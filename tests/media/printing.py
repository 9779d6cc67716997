"""Real PDFs, with all in them that may betray who made them, or harm who opens them."""

from pathlib import Path

import pypdfium2

from tests.media.drawing import NAME, PLACE, SERIAL, exiftool, picture

_TRICKS = f"""%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R/Names <</EmbeddedFiles 6 0 R>>>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 240 160]/Contents 4 0 R/Annots[8 0 R]>> endobj
4 0 obj <</Length {{length}}>> stream
{{content}}
endstream endobj
5 0 obj <</S/JavaScript/JS(app.launchURL('http://127.0.0.1:9/{NAME}'))>> endobj
6 0 obj <</Names[({NAME}.txt) 7 0 R]>> endobj
7 0 obj <</Type/Filespec/F({NAME}.txt)/EF<</F 9 0 R>>>> endobj
8 0 obj <</Type/Annot/Subtype/Link/Rect[0 0 240 160]/A<</S/URI/URI(http://127.0.0.1:9/)>>>> endobj
9 0 obj <</Type/EmbeddedFile/Length {len(NAME)}>> stream
{NAME}
endstream endobj
10 0 obj <</Author(Pat {NAME})/Title({NAME})/CreationDate(D:20250304050607-06'00')>> endobj
trailer <</Root 1 0 R/Info 10 0 R>>
"""
"""A script that runs when it is opened, a file inside, and a link over the whole page."""
_QUARTERS = """.863 .118 .118 rg 0 80 120 80 re f .118 .706 .235 rg 120 80 120 80 re f
.157 .235 .824 rg 0 0 120 80 re f .98 .98 .98 rg 120 0 120 80 re f"""
_TAGS = (
    *(f"-XMP-dc:Creator=Pat {NAME}", f"-XMP-exif:UserComment=a comment by {NAME}"),
    *(f"-XMP-tiff:Make={NAME} Works", f"-XMP-aux:SerialNumber={SERIAL}"),
    f"-XMP-exif:GPSLatitude={PLACE}",
)
PAPERS = ("scan.pdf", "pages.pdf", "tricks.pdf")


def print_papers(folder: Path) -> None:
    """Make every one in `folder`."""
    named = {"author": f"Pat {NAME}", "title": NAME, "creator": f"{NAME} Scanner"}
    page = picture()
    page.save(folder / "scan.pdf", **named)
    page.save(folder / "pages.pdf", save_all=True, append_images=[page, page], **named)
    exiftool(*_TAGS, folder / "scan.pdf", folder / "pages.pdf")
    tricks = _TRICKS.format(length=len(_QUARTERS), content=_QUARTERS)
    with pypdfium2.PdfDocument(tricks.encode()) as document:
        document.save(folder / "tricks.pdf")  # With the table of places that it lacks.
