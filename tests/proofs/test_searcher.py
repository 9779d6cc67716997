"""The searcher finds a leak of every kind, and is silent where there is none."""

import gzip
import json
import zlib
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from ipaddress import IPv4Address
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.proofs.searcher import address, code, find, receipt, text, unmistakable

WAYS: dict[str, Callable[[str], bytes]] = {
    "text": str.encode,
    "capitals": lambda words: words.upper().encode(),
    "utf-16-le": lambda words: words.encode("utf-16-le"),
    "utf-16-be": lambda words: words.encode("utf-16-be"),
    "hex": lambda words: words.encode().hex().encode(),
    "hex in capitals": lambda words: words.encode().hex().upper().encode(),
    "base64": lambda words: b64encode(words.encode()),
    "base64url": lambda words: urlsafe_b64encode(words.encode()),
    "base64 one on": lambda words: b64encode(b"x" + words.encode() + b"yz"),
    "base64 two on": lambda words: urlsafe_b64encode(b"xy" + words.encode() + b"z"),
    "percent": lambda words: quote(words).encode(),
    "percent all": lambda words: "".join(f"%{byte:02X}" for byte in words.encode()).encode(),
    "json": lambda words: json.dumps(words)[1:-1].encode(),
    "json all": lambda words: "".join(f"\\u{ord(c):04x}" for c in words).encode(),
    "repr of bytes": lambda words: repr(words.encode())[2:-1].encode(),
    "gzip": lambda words: gzip.compress(b"before " + words.encode() + b" after"),
    "zlib": lambda words: zlib.compress(words.encode(), 9),
    "zlib stored": lambda words: zlib.compress(words.encode(), 0),
    "gzip of base64": lambda words: gzip.compress(b64encode(words.encode())),
    "zlib in gzip": lambda words: gzip.compress(zlib.compress(words.encode())),
}
ASCII_ONLY = {"capitals", "repr of bytes"}
plants = st.text("abcdefghijkmnop qrstuvwxyz0123456789ä/+-:", min_size=8, max_size=30).map(
    lambda words: f"Q{words}7"
)
noise = st.binary(max_size=200)
LIST = ("abacus", "drop-down", "quilt", "yo-yo", "zoom", "t-shirt")
DIGITS = "0001 0203 4455 6677 7123 0999"


@pytest.mark.parametrize("way", WAYS)
@given(words=plants, before=noise, after=noise)
@settings(max_examples=40)
def test_a_leak_is_found_however_it_was_written(
    way: str, words: str, before: bytes, after: bytes
) -> None:
    if way in ASCII_ONLY:
        words = words.replace("ä", "a")

    content = before + WAYS[way](words) + after

    assert find([text("plant", words)], content) == ["plant"]


@given(st.ip_addresses(v=4).filter(lambda ip: int(ip) > 2**24), noise, noise)
def test_an_address_is_found_packed_either_way_and_as_a_number(
    ip: IPv4Address, before: bytes, after: bytes
) -> None:
    plant = address("ip", str(ip))
    leaks = [
        str(ip).encode(), ip.packed, ip.packed[::-1], str(int(ip)).encode(), ip.packed.hex().encode(),
        f'{{"peer": ["{ip}", 51000]}}'.encode(), b64encode(ip.packed),
        str(int.from_bytes(ip.packed, "little")).encode(), gzip.compress(ip.packed * 3),
        str(ip).encode("utf-16-le"),
    ]  # fmt: skip

    for leak in leaks:
        assert find([plant], before + leak + after) == ["ip"]


@given(
    st.text("0123456789", min_size=6, max_size=6), st.sampled_from([*WAYS.values()]), noise, noise
)
def test_so_is_a_code(
    digits: str, way: Callable[[str], bytes], before: bytes, after: bytes
) -> None:
    assert find([code("code", digits)], before + way(digits) + after) == ["code"]


def test_without_what_turns_up_by_chance_the_rest_is_found() -> None:
    ip, digits = IPv4Address("127.83.201.149"), "550665"
    wanted = unmistakable([address("ip", str(ip)), code("code", digits)])

    assert find(wanted, ip.packed + ip.packed[::-1] + digits.encode()) == []
    for leak in (str(ip), ip.packed.hex(), str(int(ip))):
        assert find(wanted, leak.encode()) == ["ip"]
    for way in ("hex", "utf-16-le", "base64 one on"):
        assert find(wanted, WAYS[way](digits)) == ["code"]


@given(
    st.sampled_from([" ", "-", "", "\n", "</li>\n<li>", '", "', "\t|\t", "  1. ", "%20", ",", "_"]),
    st.sampled_from(["utf-8", "utf-16-le"]),
    noise,
)
def test_six_words_are_found_whatever_stands_between_them(
    separator: str, encoding: str, around: bytes
) -> None:
    leak = separator.join(LIST).upper().encode(encoding)

    assert find([receipt("words", LIST, DIGITS)], around + leak + around) == ["words"]


@given(st.sampled_from([" ", "", "-", "\n", " - "]), noise)
def test_the_24_digits_are_found_in_any_groups(separator: str, around: bytes) -> None:
    leak = separator.join(DIGITS.split()).encode()

    assert find([receipt("words", LIST, DIGITS)], around + leak + around) == ["words"]


@given(st.binary(max_size=4000))
def test_where_nothing_leaked_nothing_is_found(content: bytes) -> None:
    wanted = [
        text("plant", "planted words 4711"),
        address("ip", "127.83.201.149"),
        receipt("words", LIST, DIGITS),
    ]

    assert find(wanted, content + " ".join(LIST[::-1]).encode() + content) == []
    assert find(wanted, " ".join(LIST[:5]).encode() + zlib.compress(content)) == []
