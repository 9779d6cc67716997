"""Origins of other sites that may show the tip line in a frame: exactly those, and nothing alike."""

import re

from messenger.domain.errors import BadSetting

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]{1,253})(?::([1-9][0-9]{0,4}))?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_USUAL_PORT = {"https": "443", "http": "80"}
_SHARED = ("sites.google.com", "googleusercontent.com", "docs.google.com", "github.io", "web.app")
"""Hosts where anybody may have a page: their origin, or one alike, is everybody's."""


def check_origin(raw: str) -> str:
    """Return an origin as browsers write it: scheme, host, and a port if it is not the usual one.

    Nothing is mended. What is not the very text a browser would send is refused, with what to type.
    """
    match = _ORIGIN.fullmatch(raw)
    if match is None:
        raise BadSetting(_NO_ORIGIN.format(raw=raw))
    scheme, host, port = match.groups()
    labels = host.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise BadSetting(_NO_ORIGIN.format(raw=raw))
    if port and (port == _USUAL_PORT[scheme] or int(port) > 65535):
        raise BadSetting(f"“{raw}”: leave out the port {port}. A browser doesn't write it.")
    if host == "localhost" or labels[-1] == "localhost" or host == "127.0.0.1":
        return raw  # To try it out on one's own machine.
    if scheme != "https":
        raise BadSetting(
            f"“{raw}”: only https. On the way, anybody could change a page without it."
        )
    if len(labels) < 2 or not labels[-1].strip("0123456789") or _looks_hex(labels[-1]):
        raise BadSetting(
            f"“{raw}”: use the name of the site, like https://www.lincoln.example.org."
        )
    if any(host == shared or host.endswith(f".{shared}") for shared in _SHARED):
        raise BadSetting(
            f"“{raw}”: anybody can have a page there. Use the link or the button on such a site."
        )
    return raw


def _looks_hex(label: str) -> bool:
    """The last part of a host that browsers would read as a number makes all of it an address."""
    return re.fullmatch(r"0x[0-9a-f]*", label) is not None


_NO_ORIGIN = (
    "“{raw}” is not an origin. Write it as a browser does, in small letters, with nothing behind the "
    "host: https://www.lincoln.example.org"
)
