"""The widget's script as schools load it: by an address that never changes what it answers.

A page that pins a script by its hash would lose its button with the next version, so every version
that was published stays: the current one in `static/widget/loader.js`, older ones in `kept/` there.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha384
from pathlib import Path

NEWEST = "/widget/loader.js"
"""Whatever is current: for pages that can't pin a script."""


@dataclass(frozen=True, slots=True)
class Loader:
    """One version of the script."""

    content: bytes = field(repr=False)

    @property
    def integrity(self) -> str:
        """What a page pins it by (Subresource Integrity)."""
        return "sha384-" + b64encode(sha384(self.content).digest()).decode()

    @property
    def path(self) -> str:
        """The address of this version alone."""
        return f"/widget/loader-{sha384(self.content).hexdigest()[:12]}.js"


def current_loader(static: Path) -> Loader:
    """Return the version that new snippets pin."""
    return Loader((static / "widget" / "loader.js").read_bytes())


def published_loaders(static: Path) -> list[Loader]:
    """Return every version there is, the current one first."""
    kept = sorted((static / "widget" / "kept").glob("*.js"))
    return [current_loader(static), *(Loader(path.read_bytes()) for path in kept)]
