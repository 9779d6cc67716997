"""The recovery key as people keep it: on paper, in a safe, typed back in a bad hour.

Crockford's base32 (no I, L, O or U to be mistaken) in fourteen groups of four: the 32 bytes of the
private key and three bytes of checksum, so that a typo is told and not tried.
"""

from base64 import b32decode, b32encode
from hashlib import blake2b

from messenger.domain.errors import BadSetting

KEY_BYTES = 32
GROUPS = 14
GROUP = 4
_CHECK_BYTES = 3
_RFC_4648, _CROCKFORD = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_WRITE = str.maketrans(_RFC_4648, _CROCKFORD)
_READ = str.maketrans(_CROCKFORD + "ILO", _RFC_4648 + "BBA")


def write_recovery_key(private: bytes) -> str:
    """Return the key as two lines of seven groups."""
    if len(private) != KEY_BYTES:
        raise ValueError("A recovery key has 32 bytes")
    text = b32encode(private + _check(private)).decode().translate(_WRITE)
    groups = [text[start : start + GROUP] for start in range(0, len(text), GROUP)]
    half = GROUPS // 2
    return "-".join(groups[:half]) + "\n" + "-".join(groups[half:])


def parse_recovery_key(raw: str) -> bytes:
    """Return the private key, whatever the case, spaces and hyphens; `BadSetting` for a typo."""
    text = "".join(char for char in raw.upper() if char not in "- \t\r\n")
    if len(text) != GROUPS * GROUP:
        raise BadSetting(
            f"A recovery key is {GROUPS} groups of {GROUP} letters and digits; this has "
            f"{len(text)} of {GROUPS * GROUP} characters. Look for one left out or too many."
        )
    content = _decoded(text)
    private, check = content[:KEY_BYTES], content[KEY_BYTES:]
    if _check(private) != check:
        raise BadSetting("There is a typo in the recovery key. Compare it group by group.")
    return private


def _decoded(text: str) -> bytes:
    for place, char in enumerate(text):
        if char not in _CROCKFORD + "ILO":
            group = place // GROUP + 1
            raise BadSetting(f"“{char}” in group {group} is not a letter of a recovery key.")
    return b32decode(text.translate(_READ))


def _check(private: bytes) -> bytes:
    return blake2b(private, digest_size=_CHECK_BYTES, person=b"recovery check").digest()
