"""Explain: the events that a number counts.

A number is named by its cell, ``row/number`` or ``row/number/part``. The row is the ``start`` of an item, or
``total``; of busiest-hours ``weekday-hour``, of top-senders the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from projections.reports import busiest, populations, retention, top_senders
from projections.reports.answers import DISTINCT, OUTSIDE, Fields, Question, gathered
from projections.reports.numbers import (
    RETURNING,
    Amount,
    Count,
    Counted,
    Number,
    Parts,
    Percentiles,
    Sums,
    total,
)
from projections.reports.populations import NOTHING_KEPT, Place, Population
from projections.reports.spans import Span

TOTAL: Final = "total"
NOT_KEPT: Final = "of a delivery with a bad signature nothing is kept but that it came"
NOT_TOLD_APART: Final = "this is not known of one channel or account"


class NoSuchCell(ValueError):
    """The report has no such number; the message says what there is."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The name of a number in the answer to a question."""

    row: str
    number: str
    part: str | None = None

    @property
    def text(self) -> str:
        """The name in one piece."""
        return "/".join(piece for piece in (self.row, self.number, self.part) if piece is not None)

    @classmethod
    def read(cls, text: str) -> Cell:
        """Raises :class:`NoSuchCell`."""
        row, _, rest = text.partition("/")
        number, slash, part = rest.partition("/")
        if not row or not number:
            raise NoSuchCell("row/number or row/number/part is expected, as total/messages_in")
        return cls(row, number, part if slash else None)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A number, what is behind it, and a page of that: as many rows as were asked for, where there are.

    ``count`` and ``amount`` are of the whole population. Rows have ``conversation_id``, ``version``,
    ``type``, ``at``, ``measure``, ``dim``, ``amount``; of what is no event, ``type`` is None, the id its own.
    """

    number: Any
    count: int
    amount: int
    rows: list[asyncpg.Record]
    note: str | None = None


def told(question: Question, cell: Cell, explanation: Explanation) -> Fields:
    """What an answer says, its rows as items."""
    return {
        "report": question.report.name,
        "cell": cell.text,
        "view": question.scope.view.name,
        "number": explanation.number,
        "count": explanation.count,
        "amount": explanation.amount,
        "note": explanation.note,
        "items": [_item(row) for row in explanation.rows],
    }


def _item(row: asyncpg.Record) -> Fields:
    """What is no event has an id, and no conversation."""
    item = {**row, "id": None}
    if row["type"] is None:
        item |= {"id": row["conversation_id"], "conversation_id": None, "version": None}
    return item


async def explain(
    connection: asyncpg.Connection, question: Question, cell: Cell, after: Place | None, limit: int
) -> Explanation:
    """The events behind a cell, past a place. Raises :class:`NoSuchCell`."""
    name = question.report.name
    if name in SPECIAL:
        number, population = await SPECIAL[name](connection, question, cell)
    else:
        number, population = await _of_sums(connection, question, cell)
    if population is NOTHING_KEPT:
        return Explanation(number, number or 0, 0, [], NOT_TOLD_APART if number is None else NOT_KEPT)
    count, amount = await population.size(connection)
    return Explanation(number, count, amount, await population.page(connection, after, limit))


async def _of_sums(connection: asyncpg.Connection, question: Question, cell: Cell) -> tuple[Any, Population]:
    number = question.report.number(cell.number)
    if number is None:
        raise _no_number(n.name for n in question.report.numbers)
    if number.whole and cell.row != TOTAL:
        raise NoSuchCell(f"{number.name} is given for the whole range only: total/{number.name}")
    span = _span(question, cell.row)
    _, overall = await gathered(connection, question.scope, [span], span, [number])
    if any(measure not in overall for measure in number.measures):
        return None, NOTHING_KEPT
    counted = number.counted(cell.part)
    if counted is None:
        parts = "name one of its parts" if isinstance(number, Parts) else "it has no parts"
        raise NoSuchCell(f"{number.name}: {parts}")
    value = _part(total(number, overall), number, cell.part)
    [kind, *_] = counted.measures
    if kind in OUTSIDE:
        return value, populations.arrivals(question.scope, kind, span, cell.part)
    if kind in DISTINCT:
        return value, populations.senders(question.scope, span, returning=kind == RETURNING)
    dims = _dims(number, counted, overall, cell.part)
    return value, populations.facts(question.scope, [span], counted.measures, dims=dims)


def _dims(number: Number, counted: Counted, overall: Sums, part: str | None) -> list[str] | None:
    """The dims that are counted, None for all of them."""
    if isinstance(number, Percentiles):
        return None if part is None or part in PERCENTILES else [part]
    there = [dim for measure in counted.measures for dim in overall[measure]]
    held = [dim for dim in there if counted.holds(dim)]
    return None if len(held) == len(there) else held


def _part(value: Any, number: Number, part: str | None) -> Any:
    if isinstance(number, Percentiles) and part is not None:
        return getattr(value, part) if part in PERCENTILES else value.distribution.get(part, 0)
    if isinstance(number, Parts):
        return value.get(part, 0)
    return value.count if isinstance(number, Percentiles) else value


PERCENTILES: Final = ("count", "mean", "p50", "p90", "p99")


def _span(question: Question, row: str) -> Span:
    if row == TOTAL:
        return question.whole
    return question.spans()[_place(question, row)]


def _place(question: Question, row: str) -> int:
    """Which bucket begins at an instant."""
    try:
        # A + of a query may come as the space that it stands for.
        start = datetime.fromisoformat(row.replace(" ", "+"))
        return [span.since for span in question.spans()].index(start)
    except (ValueError, OverflowError):
        raise NoSuchCell(
            "a row is total, or the start of an item of the answer to the same from, to, tz and bucket"
        ) from None


def _no_number(names: Any) -> NoSuchCell:
    return NoSuchCell(f"this report has no such number; there are: {', '.join(dict.fromkeys(names))}")


async def _retention(
    connection: asyncpg.Connection, question: Question, cell: Cell
) -> tuple[Any, Population]:
    spans, scope = question.spans(), question.scope
    items, totals = await retention.answer(connection, question)
    place = None if cell.row == TOTAL else _place(question, cell.row)
    said: Fields = totals if place is None else items[place]
    came = spans if place is None else spans[place : place + 1]
    if cell.number not in said or cell.number in {"start", "end"}:
        raise _no_number(name for name in said if name not in {"start", "end"})
    if cell.number == "senders":
        return said["senders"], populations.facts(scope, came, ["sender_new"])
    later = _later(cell, len(said[cell.number]))
    if place is None:
        came = spans[:-later]
    number = said[cell.number][later - 1]
    if cell.number != "returned":
        return number, populations.facts(scope, came, ["sender_new"])
    first = place or 0
    wrote = spans[first + later : first + later + len(came)]
    return number, populations.cohorts(scope, came, wrote)


def _later(cell: Cell, most: int) -> int:
    part = cell.part or ""
    if not part.isascii() or not part.isdigit() or len(part) > 5 or not 1 <= int(part) <= most:
        raise NoSuchCell(f"{cell.number}/N is expected, N from 1 to {most} buckets later")
    return int(part)


async def _busiest(connection: asyncpg.Connection, question: Question, cell: Cell) -> tuple[Any, Population]:
    items, totals = await busiest.answer(connection, question)
    measure = busiest.COUNTED.get(cell.number)
    if measure is None or cell.part is not None:
        raise _no_number(busiest.COUNTED)
    if cell.row == TOTAL:
        return totals[cell.number], populations.facts(question.scope, [question.whole], [measure])
    item = next((item for item in items if f"{item['weekday']}-{item['hour']}" == cell.row), None)
    if item is None:
        raise NoSuchCell("a row is total, or weekday-hour, as 1-0 to 7-23")
    spans = busiest.occurrences(question, item["weekday"], item["hour"])
    return item[cell.number], populations.facts(question.scope, spans, [measure])


async def _obligations(
    connection: asyncpg.Connection, question: Question, cell: Cell
) -> tuple[Any, Population]:
    population = populations.waiting(question.scope)
    if cell.row != TOTAL or cell.number not in {"waiting", "messages"} or cell.part is not None:
        raise NoSuchCell("there are: total/waiting, total/messages")
    count, amount = await population.size(connection)
    return count if cell.number == "waiting" else amount, population


async def _top_senders(
    connection: asyncpg.Connection, question: Question, cell: Cell
) -> tuple[Any, Population]:
    if cell.row == TOTAL:
        values = await top_senders.totals(connection, question)
        conversation_id = None
    else:
        conversation_id = _conversation(cell.row)
        values = await top_senders.one(connection, question, conversation_id)
    number: Count | Amount | None = next((n for n in top_senders.COLUMNS if n.name == cell.number), None)
    if cell.number == "senders" and conversation_id is None and cell.part is None:
        return values["senders"], populations.senders(question.scope, question.whole, returning=False)
    if number is None or cell.part is not None:
        raise _no_number(values)
    return values[cell.number], populations.facts(
        question.scope, [question.whole], number.of, conversation_id=conversation_id
    )


def _conversation(row: str) -> UUID:
    try:
        return UUID(row)
    except ValueError:
        raise NoSuchCell("a row is total, or the conversation_id of an item") from None


SPECIAL: Final = {
    "retention": _retention,
    "busiest-hours": _busiest,
    "obligations": _obligations,
    "top-senders": _top_senders,
}
