"""Input that is nearly right: what is well formed, changed in a few places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

TOKENS: Final = (
    b"\x00", b"\\u0000", b"\\ud800", b"\xed\xa0\x80", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"1e999", b"-1",
    b"NaN", b"-Infinity", b"9" * 25, b"9" * 5_000, b"1e308", b"253402300800", b"-62135596801", b"null",
    b"true", b'""', b"{}", b"[]", b"[" * 200, b'{"a":' * 200, b'"a":1,"a":2', b"0001-01-01T00:00:00+14:00",
    b"9999-12-31T23:59:59-14:00", b"\xf0\x9f\x91\xa9\xe2\x80\x8d", b"\xe2\x80\xae", b"a" * 10_000, b"'", b'"',
    b"\\", b"\n", b"\r\n", b"\t", b"%00", b"/../", b"=", b",", b";",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds, cut, spliced and filled in up to four places; now and then any bytes at all."""
    seed = draw(st.sampled_from(seeds))
    if draw(st.integers(0, 15)) == 0:
        return draw(st.binary(max_size=200))
    data = bytearray(seed)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        gone = draw(st.integers(0, 4) | st.integers(0, len(data)))
        data[at : at + gone] = draw(st.sampled_from(TOKENS) | st.binary(max_size=4) | st.just(seed))
    return bytes(data)
