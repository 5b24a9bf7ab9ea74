"""Cutting an answer into messages that the channels take."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from domain.identity import Channel


def _utf16_units(character: str) -> int:
    return 2 if ord(character) > 0xFFFF else 1


def _utf8_bytes(character: str) -> int:
    point = ord(character)
    return 1 + (point > 0x7F) + (point > 0x7FF) + (point > 0xFFFF)


_LIMITS: dict[Channel, tuple[int, Callable[[str], int]]] = {
    # 4096 characters, of a kind that is not said; a character is never more than its UTF-16 units
    "whatsapp": (4096, _utf16_units),
    # 2000, likewise, and only in older documentation: kept well below
    "messenger": (1900, _utf16_units),
    # https://developers.facebook.com/docs/messenger-platform/instagram/features/send-message
    "instagram": (1000, _utf8_bytes),
}

_PARAGRAPH_END = re.compile(r"(?=\n[^\S\n]*\n)")
_SENTENCE_END = re.compile(
    r"(?<=[.!?…؟।])(?<!\n\d\.)(?<!\n\d\d\.)[\"'”’»)\]]*(?=\s)"  # but not after the number of a list item
    r"|(?<=[。！？])"
    r"|(?=\n)"
)
_WORD_END = re.compile(r"(?<=\S)(?=\s)")
_URL = re.compile(r"https?://[!-~]+")

_WELL_FILLED = 0.75
"""How full a part has to be to end with a word. Where words are longer than what is left, or not
separated at all (Chinese, Japanese, Thai), it ends between two characters."""

_ZERO_WIDTH_JOINER = "\u200d"
_VIRAMA = 9
"""The combining class of the signs that bind two consonants of an Indic script."""


def split_text(channel: Channel, text: str) -> list[str]:
    """The text in parts that each fit one message of the channel; none where the text is blank.

    Parts end with a paragraph where that costs no further part, else with a sentence or a line, else
    with a word; never inside a character as people see it, and inside a URL only where one alone is too
    long. Messages are billed one by one, so there are never more of them than it takes when each is
    filled to its last word. Space at the cuts and at both ends is dropped, nothing else is.
    """
    return list(_Splitter(text.strip(), *_LIMITS[channel]).parts())


class _Splitter:
    """Positions in one text: where parts may end and how much lies between."""

    def __init__(self, text: str, limit: int, cost: Callable[[str], int]) -> None:
        self._text = text
        self._limit = limit
        self._costs = [0, *accumulate(map(cost, text))]
        self._fine_ends = [_ends(_PARAGRAPH_END, text), _ends(_SENTENCE_END, text)]
        self._word_ends = _ends(_WORD_END, text)
        self._urls = [match.span() for match in _URL.finditer(text)]

    def parts(self) -> Iterator[str]:
        start, left = 0, self._count(0)
        while start < len(self._text):
            left -= 1
            end = self._end_of_part(start, left)
            yield self._text[start:end].rstrip()
            start = self._next_start(end)

    def _end_of_part(self, start: int, left: int) -> int:
        """Where to end the part from ``start``, so that ``left`` further parts hold the rest."""
        furthest = self._furthest(start)
        if furthest < len(self._text):
            for ends in self._fine_ends:
                end = _last(ends, start, furthest)
                if end is not None and self._count(self._next_start(end)) <= left:
                    return end
        return self._full_end(start)

    def _count(self, start: int) -> int:
        """How many parts the text from ``start`` takes when each is filled."""
        count = 0
        while start < len(self._text):
            start = self._next_start(self._full_end(start))
            count += 1
        return count

    def _full_end(self, start: int) -> int:
        """The end of the longest part from ``start`` that does not end inside anything."""
        furthest = self._furthest(start)
        if furthest == len(self._text):
            return furthest
        word_end = _last(self._word_ends, start, furthest)
        if word_end is not None and self._cost(start, word_end) >= _WELL_FILLED * self._limit:
            return word_end
        end = self._between_characters(start, furthest)
        outside = self._between_characters(start, self._outside_url(end))
        return outside if outside > start else end

    def _between_characters(self, start: int, end: int) -> int:
        """The last position up to ``end`` where no visible character is torn; ``end`` if there is none."""
        position = end
        while position > start and _is_joined(self._text, position):
            position -= 1
        return position if position > start else end

    def _outside_url(self, position: int) -> int:
        index = bisect_left(self._urls, (position,)) - 1
        if index >= 0:
            begin, end = self._urls[index]
            if position < end:
                return begin
        return position

    def _furthest(self, start: int) -> int:
        return bisect_right(self._costs, self._costs[start] + self._limit) - 1

    def _cost(self, start: int, end: int) -> int:
        return self._costs[end] - self._costs[start]

    def _next_start(self, end: int) -> int:
        while end < len(self._text) and self._text[end].isspace():
            end += 1
        return end


def _ends(pattern: re.Pattern[str], text: str) -> list[int]:
    return [match.end() for match in pattern.finditer(text)]


def _last(ends: Sequence[int], start: int, furthest: int) -> int | None:
    """The last of the sorted ``ends`` after ``start``, up to ``furthest``."""
    index = bisect_right(ends, furthest) - 1
    return ends[index] if index >= 0 and ends[index] > start else None


def _is_joined(text: str, position: int) -> bool:
    """Whether people see the characters on both sides of the position as one.

    The extending and joining rules of https://unicode.org/reports/tr29/, without its tables.
    """
    before, after = text[position - 1], text[position]
    if _is_regional_indicator(before) and _is_regional_indicator(after):
        first = position - 1
        while first > 0 and _is_regional_indicator(text[first - 1]):
            first -= 1
        return (position - first) % 2 == 1  # flags are pairs
    return (
        _ZERO_WIDTH_JOINER in {before, after}
        or unicodedata.category(after).startswith("M")
        or unicodedata.combining(before) == _VIRAMA
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags that spell a flag
        or "\u1160" <= after <= "\u11ff"  # Hangul vowels and finals
        or after in "\u0e33\u0eb3"  # the vowel am of Thai and Lao
    )


def _is_regional_indicator(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
