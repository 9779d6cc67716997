"""PDFs: shown page by page, and bound again from pictures of the pages alone.

Scripts, forms, links, attachments, hidden layers and text, names and dates stay behind.
"""

import io
from typing import IO

import pypdfium2
from PIL import Image
from pypdfium2 import raw

from messenger.domain.errors import CannotClean, Reason
from messenger.media.limits import Limits
from messenger.media.pictures import Frames, preview
from messenger.media.wire import Done

_DOTS = 150
"""Pixels an inch: small print stays readable."""
_LONGEST_SIDE = 2_500
"""Pixels of a page; one with longer sides is shown smaller."""
_POINTS = 72
"""A PDF's measure: so many to an inch."""


def get_ready(limits: Limits) -> None:
    """Load every library and table now: a worker may open no file."""
    made = io.BytesIO()
    Image.new("RGB", (16, 16)).save(made, "PDF")
    made.seek(0)
    clean_document(made, io.BytesIO(), limits)


def clean_document(upload: IO[bytes], result: IO[bytes], limits: Limits) -> Done:
    """Write a PDF of what the pages show."""
    with _open(upload) as document:
        count = len(document)
        if count > limits.pages:
            raise CannotClean(Reason.TOO_MANY_PAGES)
        if not count:
            raise CannotClean(Reason.DAMAGED)
        pages = Frames(count, lambda page: _shown(document, page))
        small = preview(pages)
        width, height = pages.size
        # Without dates, which Pillow would otherwise write: those of now.
        pages.save(
            result,
            "PDF",
            save_all=True,
            resolution=_DOTS,
            quality=80,
            creationDate=None,
            modDate=None,
        )
    return Done("application/pdf", width, height, preview=small)


def _open(upload: IO[bytes]) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(upload)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code == raw.FPDF_ERR_PASSWORD
        raise CannotClean(Reason.LOCKED if locked else Reason.DAMAGED) from None


def _shown(document: pypdfium2.PdfDocument, number: int) -> Image.Image:
    page = document[number]
    scale = _DOTS / _POINTS
    scale = min(scale, _LONGEST_SIDE / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    page.close()
    return image
