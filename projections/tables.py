"""Reading and writing the tables of a view, whatever projection it is of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import cache
from operator import add, attrgetter
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import asyncpg
import orjson

from projections.projection import Changes, Projection, Row, Table
from projections.views import View

COPY_FROM: Final = 50
"""Rows from which on COPY is worth its round trips."""

_SQL_TYPES: Final = {int: "bigint", str: "text", bool: "boolean", UUID: "uuid", datetime: "timestamptz"}
JSON: Final = "jsonb"

SIZE: Final = "size"
"""What stands behind the key of what is added to a table of spreads."""


def state_table(
    name: str, state: type[Any], *, indexes: Mapping[str, str] | None = None, options: str = ""
) -> Table:
    """The table whose rows are a state: a column for each field of the dataclass, lists and dicts as JSON."""
    hints = get_type_hints(state)
    columns = {field.name: _sql_type(hints[field.name]) for field in fields(state)}
    columns["partition"] = "smallint"
    return Table(name, columns, ("partition", "conversation_id"), indexes or {}, options)


def _sql_type(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    return _SQL_TYPES.get(hint, JSON)


async def load(
    connection: asyncpg.Connection, view: View, projection: Projection, wanted: Mapping[UUID, int]
) -> dict[UUID, Any]:
    """The states there are of conversations (id -> partition)."""
    statement = _load_statement(view.table(projection.states))
    rows = await connection.fetch(statement, list(wanted.values()), list(wanted))
    return {row["conversation_id"]: state_of(projection, row) for row in rows}


@cache
def _load_statement(table: str) -> str:
    return f"""
    SELECT s.* FROM unnest($1::smallint[], $2::uuid[]) AS wanted (partition, conversation_id)
    JOIN {table} s ON s.partition = wanted.partition AND s.conversation_id = wanted.conversation_id
    """


def state_of(projection: Projection, row: asyncpg.Record) -> Any:
    """The state that a row of its table holds."""
    values = dict(row)
    for name in _json_columns(projection.states):
        values[name] = orjson.loads(values[name])
    return projection.state(**values)


def _json_columns(table: Table) -> list[str]:
    return [name for name, kind in table.columns.items() if kind == JSON]


async def write(
    connection: asyncpg.Connection,
    view: View,
    projection: Projection,
    states: Mapping[UUID, Any],
    begun: Collection[UUID],
    changes: Changes,
) -> None:
    """Write what a fold brought, in the caller's transaction.

    ``begun`` are the conversations that are known not to be in the table of the states yet.
    """
    tables = {table.name: table for table in projection.tables}
    for name, conversations in changes.erased.items():
        await _erase(connection, view, tables[name], conversations)
    for name, keys in changes.dropped.items():
        await _drop(connection, view, tables[name], keys)
    for name, rows in changes.appended.items():
        await _append(connection, view, tables[name], list(rows.values()))
    for name, rows in changes.put.items():
        await _upsert(connection, view, tables[name], list(rows.values()))
    for table in projection.tables:
        if table.sums:
            await _add(connection, view, table, totals(table, changes))
    await _write_states(connection, view, projection.states, states, begun)


def totals(table: Table, changes: Changes) -> Mapping[Row, list[int]]:
    """What is added to the sums of a table, by key; of a table of spreads with the size behind it."""
    if not table.follows:
        return changes.sums.get(table.name, {})
    found: dict[Row, list[int]] = {}
    for name, keys in table.follows.items():
        for key, amounts in changes.sums.get(name, {}).items():
            for place in keys(key):
                held = found.get(place)
                found[place] = list(amounts) if held is None else list(map(add, held, amounts))
    return found


async def _write_states(
    connection: asyncpg.Connection,
    view: View,
    table: Table,
    states: Mapping[UUID, Any],
    begun: Collection[UUID],
) -> None:
    row_of = _row_of(tuple(table.columns.items()))
    known = [row_of(state) for key, state in states.items() if key not in begun]
    new = [row_of(state) for key, state in states.items() if key in begun]
    await _upsert(connection, view, table, known)
    await _append(connection, view, table, new)


@cache
def _row_of(columns: tuple[tuple[str, str], ...]) -> Callable[[Any], Row]:
    """Makes the row of a state."""
    values: Callable[[Any], Row] = attrgetter(*(name for name, _ in columns))
    nested = [index for index, (_, kind) in enumerate(columns) if kind == JSON]

    def row(state: Any) -> Row:
        given = list(values(state))
        for index in nested:
            given[index] = _json(given[index])
        return tuple(given)

    return row if nested else values


def _json(value: Any) -> str:
    # Named tuples are lists to the database.
    return orjson.dumps(value, default=tuple).decode() if value != [] else "[]"


async def _append(connection: asyncpg.Connection, view: View, table: Table, rows: Sequence[Row]) -> None:
    if len(rows) >= COPY_FROM and not table.computed:
        await connection.copy_records_to_table(view.table(table), records=rows, columns=list(table.columns))
    elif rows:
        await connection.execute(_insert(view, table), *_given(table, rows))


async def _upsert(connection: asyncpg.Connection, view: View, table: Table, rows: Sequence[Row]) -> None:
    if not rows:
        return
    others = [name for name in table.columns if name not in table.key]
    then = ", ".join(f"{name} = excluded.{name}" for name in others)
    conflict = f"ON CONFLICT ({', '.join(table.key)}) DO " + (f"UPDATE SET {then}" if then else "NOTHING")
    await connection.execute(f"{_insert(view, table)} {conflict}", *_given(table, rows))


async def _add(
    connection: asyncpg.Connection, view: View, table: Table, totals: Mapping[Row, list[int]]
) -> None:
    """Add to sums, in the order of their keys, so that two who add at once wait and never lock each other
    out. A sum that has come to nothing leaves no row, however the additions were cut into batches."""
    # Keys hold no NULL, so they sort.
    moved = sorted((key, amounts) for key, amounts in totals.items() if any(amounts))
    if not moved:
        return
    statement = _add_spreads(view, table) if table.spread else _add_sums(view, table)
    rows = [(*place, *amounts) for place, amounts in moved]
    columns = [*table.key, SIZE, *table.sums]
    await connection.execute(statement, *(_columns(table, rows, columns) if table.spread else [rows]))
    lessened = [place[: len(table.key)] for place, amounts in moved if min(amounts) < 0]
    if lessened:
        empty = " AND ".join(f"t.{column} = 0" for column in table.sums)
        await connection.execute(
            f"DELETE FROM {view.table(table)} t USING {_unnest(table, table.key)} "
            f"WHERE {empty} AND {_same(table.key)}",
            *_columns(table, lessened, table.key),
        )


def _add_sums(view: View, table: Table) -> str:
    name = view.table(table)
    return (
        f"INSERT INTO {name} AS t SELECT * FROM unnest($1::{name}[]) "
        f"ON CONFLICT ({', '.join(table.key)}) DO UPDATE SET {_added_up(table)}"
    )


def _add_spreads(view: View, table: Table) -> str:
    assert table.spread is not None, "this is a table of spreads"
    sizes, counts = table.spread
    key, n = ", ".join(table.key), table.sums[0]
    summed = ", ".join(f"sum({column})::bigint" for column in table.sums)
    return f"""
    INSERT INTO {view.table(table)} AS t ({key}, {", ".join(table.sums)}, {sizes}, {counts})
    SELECT {key}, {summed}, array_agg({SIZE} ORDER BY {SIZE}), array_agg({n} ORDER BY {SIZE})
    FROM {_unnest(table, [*table.key, SIZE, *table.sums])} GROUP BY {key} ORDER BY {key}
    ON CONFLICT ({key}) DO UPDATE SET {_added_up(table)}, ({sizes}, {counts}) = (
        SELECT array_agg(size ORDER BY size), array_agg(n ORDER BY size) FROM (
            SELECT size, held.n + coalesce(more.n, 0) AS n
            FROM unnest(t.{sizes}, t.{counts}) AS held (size, n)
            LEFT JOIN unnest(excluded.{sizes}, excluded.{counts}) AS more (size, n) USING (size)
            UNION ALL
            SELECT size, n FROM unnest(excluded.{sizes}, excluded.{counts}) AS more (size, n)
            WHERE size <> ALL (t.{sizes})
        ) AS added WHERE n <> 0
    )
    """


def _added_up(table: Table) -> str:
    return ", ".join(f"{column} = t.{column} + excluded.{column}" for column in table.sums)


async def _drop(connection: asyncpg.Connection, view: View, table: Table, keys: Collection[Row]) -> None:
    if keys:
        await connection.execute(
            f"DELETE FROM {view.table(table)} t USING {_unnest(table, table.key)} WHERE {_same(table.key)}",
            *_columns(table, list(keys), table.key),
        )


async def _erase(
    connection: asyncpg.Connection, view: View, table: Table, conversations: Collection[tuple[int, UUID]]
) -> None:
    partitions, ids = zip(*conversations, strict=True)
    await connection.execute(
        f"DELETE FROM {view.table(table)} t USING unnest($1::smallint[], $2::uuid[]) "
        "AS given (partition, conversation_id) "
        "WHERE t.partition = given.partition AND t.conversation_id = given.conversation_id",
        list(partitions),
        list(ids),
    )


def _insert(view: View, table: Table) -> str:
    """Adds what :func:`_given` gives.

    Rows go over as an array of the table's own row type: the driver looks at each element of an array to see
    whether it is one itself, which costs more than sending it, and so a row costs that once, not each column.
    """
    name = view.table(table)
    if not table.computed:
        return f"INSERT INTO {name} SELECT * FROM unnest($1::{name}[])"
    values = ", ".join(_value(view, table, column) for column in table.columns)
    columns = list(table.columns)
    return f"INSERT INTO {name} ({', '.join(columns)}) SELECT {values} FROM {_unnest(table, columns)}"


def _given(table: Table, rows: Sequence[Row]) -> list[Any]:
    return _columns(table, rows) if table.computed else [rows]


def _value(view: View, table: Table, column: str) -> str:
    if column not in table.computed:
        return f"given.{column}"
    expression = table.computed[column][1]
    return expression.replace("{language}", view.rules.language).replace("{}", f"given.{column}")


def _unnest(table: Table, columns: Sequence[str]) -> str:
    types = {**table.columns, SIZE: "bigint", **{name: kind for name, (kind, _) in table.computed.items()}}
    kinds = [types[name] for name in columns]
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(kinds, 1))
    return f"unnest({arrays}) AS given ({', '.join(columns)})"


def _same(key: Sequence[str]) -> str:
    return " AND ".join(f"t.{column} = given.{column}" for column in key)


def _columns(table: Table, rows: Sequence[Row], columns: Sequence[str] | None = None) -> list[list[Any]]:
    names = list(table.columns) if columns is None else columns
    return [[row[index] for row in rows] for index in range(len(names))]
