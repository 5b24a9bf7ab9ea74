"""The tables of the analytics hold what was folded, whatever the size of the batches that wrote them."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from projections import views
from projections.projection import Rules
from projections.runner import Runner, drain
from projections.summing import sum_up
from service.prices import default_prices
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault
from tests.projections.counting import ANALYTICS, fold, recorded
from tests.projections.oracle.traffic import Course, Writing, lives

RULES = Rules(prices=default_prices())


@pytest.mark.parametrize("batch", [1, 500], ids=["event by event", "in batches"])
async def test_the_tables_hold_what_was_folded(database: Database, vault: Vault, batch: int) -> None:
    told = lives(Course(seed=3, people=12))
    await Writing(database, vault, told).write()
    async with database.connection() as connection:
        await views.install(connection, [ANALYTICS], RULES)
        view = await views.live(connection, ANALYTICS.name)
    await drain(Runner(database.pool, LogFeed(), ANALYTICS, view, batch=batch), range(64))

    rows: dict[str, list[Any]] = defaultdict(list)
    sums: dict[str, dict[Any, list[int]]] = {table.name: {} for table in ANALYTICS.tables if table.sums}
    for facts in told:
        found = fold(recorded(facts), RULES)
        for name, table in found.rows.items():
            rows[name] += [row[1:] for row in table.values()]
        for name, totals in found.sums.items():
            for key, amounts in totals.items():
                held = sums[name].setdefault(key, [0] * len(amounts))
                held[:] = [a + b for a, b in zip(held, amounts, strict=True)]
    for name, expected in rows.items():
        there = await _rows(database, view.table(name))
        assert sorted(row[1:] for row in there) == sorted(expected)
    for made in ANALYTICS.tables:
        if made.sums:
            told_by_key = {key: held for key, held in sums[made.name].items() if any(held)}
            rows_of = _spread(told_by_key) if made.spread else [(*key, *n) for key, n in told_by_key.items()]
            whose = int("partition" in made.columns)  # the fold above was told another
            expected = sorted(row[whose:] for row in rows_of)
            assert sorted(row[whose:] for row in await _rows(database, view.table(made))) == expected
            kept = await _rows(database, view.table(made))
            async with database.connection() as connection:
                await connection.execute(f"TRUNCATE {view.table(made)}")
                await sum_up(connection, view, made)
            assert await _rows(database, view.table(made)) == kept, "they are the sums of the facts"


def _spread(totals: dict[Any, list[int]]) -> list[tuple[Any, ...]]:
    """The rows in which sums by size are kept."""
    sizes: dict[Any, dict[int, list[int]]] = defaultdict(dict)
    for (*key, size), held in totals.items():
        sizes[tuple(key)][size] = held
    return [
        (
            *key,
            sum(n for n, _ in by_size.values()),
            sum(amount for _, amount in by_size.values()),
            sorted(size for size, (n, _) in by_size.items() if n),
            [n for _, (n, _) in sorted(by_size.items()) if n],
        )
        for key, by_size in sizes.items()
    ]


async def _rows(database: Database, table: str) -> list[tuple[Any, ...]]:
    async with database.connection() as connection:
        return sorted(tuple(row) for row in await connection.fetch(f"SELECT * FROM {table}"))
