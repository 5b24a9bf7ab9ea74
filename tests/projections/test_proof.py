"""A difference between two views is found, told row by row, and stops what must not happen with it."""

from __future__ import annotations

import asyncio

import pytest

from projections import lifecycle, proof, views
from projections.lifecycle import Refused
from projections.projection import Rules
from projections.proof import Comparison, Difference, Unmatched
from projections.runner import drain
from projections.views import View
from service.rebuilding import Differs, Failed
from service.storage.database import Database
from service.storage.reading import one_view
from service.storage.vault import Vault
from tests.projections.rebuilding import (
    ALL,
    caught_up,
    contents,
    coordinator_of,
    execute,
    found,
    ordered,
    states,
)
from tests.storage.witness import Witness, fetch, fill, runner_of


@pytest.fixture
async def live(database: Database, vault: Vault) -> View:
    await fill(database, vault, 30, partitions=4)
    return await caught_up(database)


async def beside(database: Database) -> View:
    return (await coordinator_of(database).rebuild(await ordered(database, into="beside"))).view


async def compared(database: Database, a: View, b: View, most: int = proof.MOST_TOLD) -> Comparison:
    async with one_view(database) as connection:
        return await proof.compare(connection, Witness(), a, b, most)


# Finding


async def test_views_that_hold_the_same_have_no_differences(database: Database, live: View) -> None:
    result = await compared(database, live, await beside(database))
    assert (result.equal, result.differing, result.differences, result.apart) == (True, 0, [], [])
    assert (result.partitions, result.rows) == (64, 30 + 60 + 2)


async def test_a_changed_value_is_told_with_its_key_its_column_and_both_values(
    database: Database, live: View
) -> None:
    other = await beside(database)
    ((changed,),) = await fetch(
        database,
        f"UPDATE {other.table('witness')} SET events = 7 WHERE conversation_id = "
        f"(SELECT min(conversation_id::text)::uuid FROM {other.table('witness')}) RETURNING conversation_id",
    )
    result = await compared(database, live, other)
    ((partition,),) = await fetch(
        database, f"SELECT partition FROM {live.table('witness')} WHERE conversation_id = '{changed}'"
    )
    key = {"partition": partition, "conversation_id": str(changed)}
    assert result.differences == [Difference("witness", key, "events", "2", "7")]
    assert result.said() == "1 rows differ between v1 and beside (witness)"


async def test_a_row_too_many_and_a_row_too_few_are_told_whole(database: Database, live: View) -> None:
    other = await beside(database)
    await execute(database, f"DELETE FROM {live.table('witnessed')} WHERE partition = 2 AND position = 1")
    await execute(database, f"DELETE FROM {other.table('witnessed')} WHERE partition = 3 AND position = 1")
    result = await compared(database, live, other)
    assert [(d.key["partition"], d.column, d.a is None, d.b is None) for d in result.differences] == [
        (2, None, True, False),
        (3, None, False, True),
    ]


async def test_rows_that_were_swapped_between_keys_are_found(database: Database, live: View) -> None:
    other = await beside(database)
    await execute(
        database,
        f"UPDATE {other.table('witnessed')} w SET conversation_id = o.conversation_id "
        f"FROM {live.table('witnessed')} o "
        "WHERE w.partition = 0 AND o.partition = 0 AND w.position IN (1, 4) AND o.position = 5 - w.position",
    )
    assert (await compared(database, live, other)).differing == 2


async def test_a_sum_that_is_off_is_found_and_a_sum_of_nothing_is_none(
    database: Database, live: View
) -> None:
    other = await beside(database)
    await execute(database, f"INSERT INTO {other.table('witness_totals')} VALUES ('Nothing', 0)")
    assert (await compared(database, live, other)).equal
    await execute(database, f"UPDATE {other.table('witness_totals')} SET n = n + 1 WHERE type LIKE 'Mess%'")
    result = await compared(database, live, other)
    assert result.differences == [Difference("witness_totals", {"type": "MessageReceived"}, "n", "30", "31")]


async def test_a_ledger_that_tells_another_story_is_a_difference(database: Database, live: View) -> None:
    other = await beside(database)
    await execute(
        database,
        "UPDATE projection_ledger SET applied = applied - 1, ignored = ignored + 1 "
        f"WHERE view_id = {other.id} AND partition = 1",
    )
    (difference,) = (await compared(database, live, other)).differences
    assert (difference.table, difference.key) == ("ledger", {"partition": 1})


async def test_many_differences_are_counted_and_the_first_are_told(database: Database, live: View) -> None:
    other = await beside(database)
    await execute(database, f"UPDATE {other.table('witness')} SET events = 0, last_version = 0")
    result = await compared(database, live, other, most=5)
    assert result.differing == 30
    assert len({str(difference.key) for difference in result.differences}) <= 5
    assert {difference.column for difference in result.differences} == {"events", "last_version"}


async def test_partitions_at_other_positions_are_named(database: Database, vault: Vault, live: View) -> None:
    other = await beside(database)
    await fill(database, vault, 2, partitions=2)
    await drain(await runner_of(database), ALL)
    result = await compared(database, live, other)
    assert result.apart == [0, 1]
    assert not result.equal


async def test_views_of_different_folds_are_not_compared(database: Database, live: View) -> None:
    other = await beside(database)
    await execute(database, f"UPDATE projection_views SET version = 9 WHERE id = {other.id}")
    with pytest.raises(ValueError, match="fold"):
        await compared(database, live, await found(database, "beside"))


async def test_a_view_that_somebody_else_keeps_moving_is_not_proven(
    database: Database, vault: Vault, live: View, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "ATTEMPTS", 3)
    monkeypatch.setattr(proof, "BETWEEN", 0.0)
    other = await beside(database)

    async def past(_: object) -> None:
        await execute(
            database,
            "UPDATE projection_ledger SET position = position + 1, ignored = ignored + 1 "
            f"WHERE view_id = {other.id} AND partition = 0",
        )

    with pytest.raises(Unmatched):
        await proof.prove(lambda: one_view(database), Witness(), other, live, past)


# What a difference stops


async def test_a_planted_difference_stops_the_promotion_and_the_live_view_stays(
    database: Database, live: View
) -> None:
    await execute(database, f"UPDATE {live.table('witness')} SET events = 5 WHERE partition = 3")
    before = await contents(database, live)
    view = await ordered(database, promote=True)
    with pytest.raises(Differs, match="rows differ between v1 and v1-2") as stopped:
        await coordinator_of(database).rebuild(view)
    assert stopped.value.comparison.differing == 7
    assert await states(database) == {"v1": "live", "v1-2": "following"}
    assert await contents(database, live) == before
    fault = (await found(database, "v1-2")).fault
    assert fault is not None
    assert "--despite-differences" in fault


async def test_a_difference_that_is_meant_is_promoted_when_it_is_said(database: Database, live: View) -> None:
    await execute(database, f"UPDATE {live.table('witness')} SET events = 5 WHERE partition = 3")
    view = await ordered(database, promote=True)
    with pytest.raises(Differs):
        await coordinator_of(database).rebuild(view)
    again = await ordered(database, promote=True, despite_differences=True)
    assert again.id == view.id
    outcome = await coordinator_of(database).rebuild(again)
    assert outcome.promoted
    assert outcome.comparison is not None
    assert outcome.comparison.differing == 7
    assert await states(database) == {"v1": "kept", "v1-2": "live"}


async def test_other_rules_cannot_be_proven_and_are_promoted_only_when_it_is_said(
    database: Database, live: View
) -> None:
    view = await ordered(database, Rules(session_hours=12), promote=True)
    with pytest.raises(Failed, match="other rules"):
        await coordinator_of(database).rebuild(view)
    assert (await found(database)).id == live.id
    again = await ordered(database, Rules(session_hours=12), promote=True, despite_differences=True)
    await coordinator_of(database).rebuild(again)
    assert (await found(database)).rules.session_hours == 12


async def test_verify_folds_afresh_compares_and_leaves_nothing_behind(database: Database, live: View) -> None:
    result = await coordinator_of(database).verify(Witness())
    assert result.proven
    assert (result.parked, result.inexact) == (0, [])
    assert await states(database) == {"v1": "live"}
    assert await fetch(database, "SELECT DISTINCT view_id FROM projection_checkpoints") == [(live.id,)]
    await execute(database, f"DELETE FROM {live.table('witnessed')} WHERE partition = 2 AND position = 1")
    result = await coordinator_of(database).verify(Witness())
    assert not result.proven
    assert result.comparison.differing == 1
    assert await states(database) == {"v1": "live"}


async def test_verify_goes_on_with_what_a_killed_one_has_done(database: Database, live: View) -> None:
    left = await ordered(database, into="verify-v1")
    result = await coordinator_of(database).verify(Witness())
    assert result.proven
    assert await fetch(database, f"SELECT to_regclass('witness_{left.id}')") == [(None,)]


async def test_verify_counts_what_is_parked_and_finds_a_ledger_that_does_not_add_up(
    database: Database, vault: Vault
) -> None:
    ids = await fill(database, vault, 8, partitions=2)
    witness = Witness()
    witness.fails_at = {(ids[3], 2)}
    await caught_up(database, witness)
    assert (await coordinator_of(database, witness).verify(Witness())).parked == 1
    await execute(database, "UPDATE projection_parked SET events = 4")
    result = await coordinator_of(database, witness).verify(Witness())
    assert result.inexact == [1]
    assert not result.proven


# Promotion


async def test_a_view_that_was_live_is_brought_forward_proven_and_live_again(
    database: Database, vault: Vault, live: View
) -> None:
    await coordinator_of(database).rebuild(await ordered(database, promote=True))
    await fill(database, vault, 10)
    await drain(await runner_of(database), ALL)
    outcome = await coordinator_of(database).promote(live, despite_differences=False, unattended=False)
    assert outcome.promoted
    assert outcome.comparison is not None
    assert outcome.comparison.equal
    assert await states(database) == {"v1": "live", "v1-2": "kept"}
    assert len((await contents(database, live))[0]) == 40


async def test_a_promotion_holds_the_old_view_until_the_new_one_is_as_far(
    database: Database, vault: Vault, live: View
) -> None:
    view = await beside(database)
    await fill(database, vault, 10, partitions=4)
    await drain(await runner_of(database), ALL)
    asked: list[dict[int, int]] = []
    async with database.connection() as connection, database.connection() as other:

        async def bring_to(through: object) -> None:
            asked.append(dict(through))  # type: ignore[call-overload] # a mapping of positions
            with pytest.raises(asyncio.TimeoutError):
                await other.execute(
                    f"UPDATE projection_ledger SET moved_at = now() WHERE view_id = {live.id}",
                    timeout=0.3,
                )

        await lifecycle.promote(connection, view, bring_to)
        held = await proof.ledger(connection, live)
    assert asked == [{partition: entry[0] for partition, entry in held.items()}]


# Dropping and ordering


async def test_a_dropped_view_is_gone_with_its_tables_and_the_live_one_cannot_be(
    database: Database, live: View
) -> None:
    view = await beside(database)
    async with database.connection() as connection:
        await lifecycle.drop(connection, Witness(), view)
        with pytest.raises(Refused, match="is live"):
            await lifecycle.drop(connection, Witness(), live)
    assert await states(database) == {"v1": "live"}
    assert await fetch(database, f"SELECT to_regclass('witnessed_{view.id}')") == [(None,)]
    assert await fetch(database, f"SELECT 1 FROM projection_checkpoints WHERE view_id = {view.id}") == []


async def test_what_a_crash_left_of_a_dropped_view_goes_with_the_next(database: Database, live: View) -> None:
    view = await beside(database)
    await execute(database, f"UPDATE projection_views SET state = 'dropping' WHERE id = {view.id}")
    async with database.connection() as connection:
        with pytest.raises(views.NoSuchView):
            await views.find(connection, "witness", "beside")
        await lifecycle.sweep(connection, {"witness": Witness()})
    assert await states(database) == {"v1": "live"}
    assert await fetch(database, f"SELECT to_regclass('witnessed_{view.id}')") == [(None,)]


async def test_the_same_order_goes_on_with_what_is_unfinished_and_another_does_not(
    database: Database, live: View
) -> None:
    first = await ordered(database, promote=True)
    assert (await ordered(database, promote=True)).id == first.id
    assert (await ordered(database, promote=False)).name == "v1-3"
    named = await ordered(database, Rules(session_hours=12), into="short")
    assert (await ordered(database, Rules(session_hours=12), into="short")).id == named.id
    with pytest.raises(Refused, match="has other rules") as refused:
        await ordered(database, Rules(session_hours=6), into="short")
    assert refused.value.field == "into"
    await beside(database)
    with pytest.raises(Refused, match="is complete"):
        await ordered(database, into="beside")
    with pytest.raises(Refused, match="no name for a view"):
        await ordered(database, into="No Name")
