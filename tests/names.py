"""Pages in which a name that nobody gave them is an error. To people it would be empty, and the test
of something, like whether to lock a page, would quietly be "no".
"""

from typing import Any

from jinja2 import Undefined
from jinja2.utils import missing

from messenger.web.pages import Pages


class Unnamed(Undefined):
    """An error for a name; a field that was not sent is empty, as it is to people."""

    def _look(self) -> None:
        if self._undefined_obj is missing:
            self._fail_with_undefined_error()

    def __str__(self) -> str:
        self._look()
        return super().__str__()

    def __iter__(self) -> Any:
        self._look()
        return super().__iter__()

    def __bool__(self) -> bool:
        self._look()
        return super().__bool__()

    def __len__(self) -> int:
        self._look()
        return super().__len__()

    def __eq__(self, other: object) -> bool:
        self._look()
        return super().__eq__(other)

    __hash__ = Undefined.__hash__


def strict(pages: Pages) -> Pages:
    """Have the templates of `pages` use only names that they are given."""
    pages._environment.undefined = Unnamed
    return pages
