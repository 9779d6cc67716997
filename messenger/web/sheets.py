"""What is printed for a school, and on what. Drawn by printed.py."""

from dataclasses import dataclass
from enum import StrEnum


class Sheet(StrEnum):
    """What it is printed on."""

    A4 = "a4"
    LETTER = "letter"
    WALLET = "wallet"
    """A card of the size of a bank card."""


@dataclass(frozen=True, slots=True)
class WayIn:
    """What is printed. `link` is what a camera reads; people read it without the https."""

    name: str
    link: str
    code: str
    numbers: tuple[tuple[str, str], ...] = ()
    """The organization's own emergency numbers, as (label, number). There is room for the first ones."""

    @property
    def address(self) -> str:
        """The link as people type it."""
        return self.link.removeprefix("https://")
