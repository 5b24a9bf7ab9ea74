"""Every input that ever broke a target, as it was found or made smaller; each is tried at every run."""

from __future__ import annotations

from typing import Final

FINDINGS: Final[dict[str, dict[str, bytes]]] = {
    "config_file": {
        "not UTF-8": b"-T\x92\xfd",
        "a whole number of more digits than Python reads": b"a = " + b"9" * 5_000,
        "deeper than Python goes": b"a = " + b"[" * 5_000,
    },
    "rebuild_as_of": {
        "an instant before the year 1 in UTC": b"0001-01-01T00:00:00+14:00",
    },
    "signed_cursor": {
        "an instant before the year 1 in UTC": (
            b'["0001-01-01T00:00:00+14:00","11111111-2222-3333-4444-555555555555"]'
        ),
        "a partition that no table has": b'[99999999999999999999,"11111111-2222-3333-4444-555555555555"]',
    },
    "query_parameter": {
        "an id of an event with half a character": b"\xed\xa0\x80",
        "an id of an event that is not UTF-8": b"\xff",
    },
}
"""By target, then by what is wrong with it."""
