"""What a value is here: named fields that never change. Made by the dozen for every message."""

from typing import ClassVar, Self

import msgspec


class Value(msgspec.Struct, frozen=True, gc=False):
    """A frozen record, made ten times as fast as a frozen dataclass. It refers to no circle.

    Subclasses repeat `frozen=True`, so that a reader and the type checker see it.
    """

    hides: ClassVar[tuple[str, ...]] = ()
    """Fields that hold words or keys: a `repr` leaves them out."""

    def __repr__(self) -> str:
        shown = [name for name in self.__struct_fields__ if name not in self.hides]
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in shown)})"

    def replace(self, **changes: object) -> Self:
        """Return a copy with other fields."""
        return msgspec.structs.replace(self, **changes)
