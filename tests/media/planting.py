"""All planted files together."""

from pathlib import Path

from tests.media.drawing import PICTURES, draw_pictures
from tests.media.filming import SOUNDS, VIDEOS, film
from tests.media.printing import PAPERS, print_papers

NAMES = (*PICTURES, *VIDEOS, *SOUNDS, *PAPERS)


def plant(folder: Path, workshop: Path) -> None:
    """Make every file in `folder`; what they are made of is left in `workshop`."""
    draw_pictures(folder)
    film(folder, workshop)
    print_papers(folder)
