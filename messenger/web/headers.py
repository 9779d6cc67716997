"""Headers: reading one, and those of security that do not depend on the page.

The policy, which does, is in `middleware`.
"""

from starlette.types import Scope

ALWAYS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), "
        "magnetometer=(), microphone=(self), midi=(), payment=(), usb=(), browsing-topics=(), "
        "interest-cohort=(), idle-detection=(), screen-wake-lock=()"
    ),
    "X-Robots-Tag": "noindex, nofollow",
    "X-DNS-Prefetch-Control": "off",
}

BARE = {**ALWAYS, "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""For an answer from beyond the middleware, which has no script, no style and no form."""

FOR_FILES = {
    name: BARE[name]
    for name in (
        "Referrer-Policy", "X-Content-Type-Options", "Cross-Origin-Resource-Policy", "X-Robots-Tag",
        "Content-Security-Policy",
    )
}  # fmt: skip
"""For a file that pages are made of. The others are about what a page may do, and longer than most files."""

SECURE = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
"""For a service reached by https."""


def header(scope: Scope, name: bytes) -> str:
    """Return the first header of that name, or an empty string."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return ""
