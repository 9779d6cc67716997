"""Other parts in a module's place, for programs that run with a fault or a measure of their own."""

from types import ModuleType


def swap(module: ModuleType, **parts: object) -> None:
    """Put `parts` in the place of those of the same names, which must be there: else nothing would be swapped."""
    for name, part in parts.items():
        if name not in vars(module):
            raise AttributeError(f"{module.__name__} has no {name}")
        setattr(module, name, part)
