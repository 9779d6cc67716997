"""Static files: ready in memory, each at an address that changes with what it holds.

A first visit fetches some twenty of them, and when a school tells everybody of its tip line, a thousand
visits come at once: none of that asks the disk, or waits behind what needs the database.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from mimetypes import guess_type
from pathlib import Path
from posixpath import dirname, join, normpath

from starlette.types import Scope

from messenger.web.headers import FOR_FILES, SECURE
from messenger.web.ready import Ready, ready, uncompressed

FOLDER = "/static/"
_KEPT = "public, max-age=31536000, immutable"
_NOT_KEPT = "no-store"
# As they stand in our own files: a module names another, a style a font, by a path from where it is itself.
_IMPORT = re.compile(r'^import\b[^"]*"([^"]+)"', re.MULTILINE)
_URL = re.compile(r'url\("(\.[^"]+)"\)')


@dataclass(frozen=True, slots=True)
class _File:
    mark: str
    kept: Ready
    not_kept: Ready
    """For whoever asks by another mark, of the version before or after, and would keep this under it."""


class Statics:
    """All files of a folder, as they are when this is made."""

    def __init__(self, folder: Path, *, is_https: bool = False) -> None:
        always = {**FOR_FILES, **(SECURE if is_https else {})}
        contents = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        self._marks = {path: _mark(content) for path, content in contents.items()}
        for path in [path for path in contents if path.endswith(".css")]:
            contents[path] = self._with_addresses(path, contents[path])
            self._marks[path] = _mark(contents[path])
        self._imports = {
            path: [_beside(path, name) for name in _IMPORT.findall(content.decode())]
            for path, content in contents.items()
            if path.endswith(".js")
        }
        self._files = {
            FOLDER + path: _file(
                self._marks[path], content, {**always, "Content-Type": _kind(path)}
            )
            for path, content in contents.items()
        }

    @property
    def mark(self) -> str:
        """A fingerprint of all of them."""
        return _mark("".join(self._marks.values()).encode())

    def address(self, path: str) -> str:
        """Return the address of a file, with a fingerprint so that it can be kept; `KeyError`: there is none."""
        return f"{FOLDER}{path}?v={self._marks[path]}"

    def modules(self, *entries: str) -> list[str]:
        """Return these modules and all that they import, each once, in the order in which a browser finds them."""
        found = list(entries)
        for path in found:  # It grows meanwhile.
            found += [each for each in dict.fromkeys(self._imports[path]) if each not in found]
        return found

    def find(self, scope: Scope) -> Ready | None:
        """Return the answer, if there is such a file."""
        file = self._files.get(scope["path"])
        if file is None or scope["method"] not in ("GET", "HEAD"):
            return None
        return file.kept if scope["query_string"] == b"v=" + file.mark.encode() else file.not_kept

    def _with_addresses(self, path: str, style: bytes) -> bytes:
        def address(found: re.Match[str]) -> str:
            return f'url("{self.address(_beside(path, found[1]))}")'

        return _URL.sub(address, style.decode()).encode()


def _file(mark: str, content: bytes, headers: Mapping[str, str]) -> _File:
    kept = ready(content, {**headers, "Cache-Control": _KEPT})
    return _File(mark, kept, uncompressed(content, {**headers, "Cache-Control": _NOT_KEPT}))


def _mark(content: bytes) -> str:
    return blake2b(content, digest_size=6).hexdigest()


def _kind(path: str) -> str:
    kind, _ = guess_type(path)
    kind = kind or "text/plain"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _beside(path: str, name: str) -> str:
    return normpath(join(dirname(path), name))
