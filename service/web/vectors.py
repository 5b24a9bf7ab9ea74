"""Places in the whole log: a position for every partition, written as one short word that clients keep."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from typing import Final

CHECK_BYTES: Final = 3
"""Enough to tell a word that was cut or mistyped."""

LONGEST: Final = 4_096


def _varint(number: int) -> bytes:
    """A whole number from 0 in groups of seven bits, the lowest first, the high bit on all but the last."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


class Vector:
    """Positions by partition, 0 to n - 1. Moving one and writing the whole are cheap."""

    def __init__(self, positions: Iterable[int]) -> None:
        self.positions = dict(enumerate(positions))
        self._parts = [_varint(position) for position in self.positions.values()]

    def move(self, partition: int, position: int) -> None:
        """Be at a position in a partition."""
        self.positions[partition] = position
        self._parts[partition] = _varint(position)

    def __str__(self) -> str:
        packed = b"".join(self._parts)
        return base64.urlsafe_b64encode(_check(packed) + packed).rstrip(b"=").decode()


def _check(packed: bytes) -> bytes:
    return hashlib.blake2b(packed, digest_size=CHECK_BYTES).digest()


def read_vector(word: str, partitions: int) -> Vector:
    """The vector again. Raises :class:`ValueError` for a word that is none, or is of another log."""
    try:
        raw = base64.urlsafe_b64decode(word[:LONGEST] + "=" * (-len(word) % 4))
        vector = Vector(_numbers(raw[CHECK_BYTES:]))
    except (binascii.Error, ValueError):
        vector = Vector(())
    if str(vector) != word:
        raise ValueError("an id of an event of this stream is expected")
    if len(vector.positions) != partitions:
        raise ValueError("the id is of another log, with another number of partitions")
    return vector


def _numbers(packed: bytes) -> list[int]:
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            if number >= 1 << 63:
                raise ValueError
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError
    return numbers
