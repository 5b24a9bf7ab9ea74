"""The section "Reports" of docs/metrics.md is the definitions of the reports, row by row."""

from __future__ import annotations

from typing import Final

import pytest

from projections.measures import Measure
from projections.reports.definitions import REPORTS
from projections.reports.numbers import (
    IGNORED,
    QUARANTINED,
    REFUSED,
    RETURNING,
    SENDERS,
    Number,
    Parts,
    Ratio,
)
from tests.docs.reading import read, rows, sections

SECTIONS: Final = sections(read("docs/metrics.md"), 3)

OUTSIDE: Final = {
    SENDERS: "effective",
    RETURNING: "effective",
    QUARANTINED: "received_at",
    IGNORED: "received_at",
    REFUSED: "hour of receipt",
}


def documented(number: Number) -> list[str]:
    """The row of a number: its cell, what is above the line, what is below, and the instant that counts."""
    name = f"`{number.name}/…`" if isinstance(number, Parts) else f"`{number.name}`"
    of, by = number.meaning, ""
    if isinstance(number, Ratio):
        of, by = number.of.meaning, number.by.meaning
        name += "; null where any cost is unknown" if number.unless else ""
        name += "; null where both are not known of the same calls" if number.same else ""
    name += "; whole range only" if number.whole else ""
    [first, *_] = number.measures
    return [name, of, by, OUTSIDE.get(first) or Measure(first).at]


@pytest.mark.parametrize("name", [report.name for report in REPORTS.values() if not report.special])
def test_every_number_is_documented_as_it_is_defined(name: str) -> None:
    [head, *told] = rows(SECTIONS[name])
    assert head == ["number", "of", "by", "counted at"]
    assert told == [documented(number) for number in REPORTS[name].numbers]


def test_every_report_has_its_section_and_says_what_it_is() -> None:
    assert list(SECTIONS) == list(REPORTS)
    for report in REPORTS.values():
        assert SECTIONS[report.name].startswith(report.meaning)
