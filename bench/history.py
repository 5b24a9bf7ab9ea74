"""The history checker: what was said, acknowledged, recorded, drafted and sent must fit together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import asyncpg

from domain import events as e
from service.storage import log
from service.storage.vault import Vault


@dataclass(slots=True)
class Report:
    """What was checked, and every violation found, in words."""

    acknowledged: int = 0
    messages: int = 0
    conversations: int = 0
    drafts: int = 0
    sends: int = 0
    threads: int = 0
    possible_orphans: int = 0
    violations: list[str] = field(default_factory=list)


async def check(
    connection: asyncpg.Connection,
    vault: Vault,
    *,
    acknowledged: set[str],
    sends: list[Any],
    live_threads: dict[str, dict[str, str]],
) -> Report:
    """Compare the log with the outside, after everything has come to rest.

    ``acknowledged`` are the ids of customers' messages that were answered 200, ``sends`` what the stand-in
    for Meta accepted, ``live_threads`` the threads at the stand-in for OpenAI with their metadata.
    """
    report = Report(acknowledged=len(acknowledged), sends=len(sends), threads=len(live_threads))
    partitions = await connection.fetchval("SELECT count(*) FROM partitions")
    ids = [row[0] for row in await connection.fetch("SELECT conversation_id FROM keys")]
    recorded: Counter[str] = Counter()
    by_reference = Counter(send.reference for send in sends)
    for start in range(0, len(ids), 200):
        lives = await log.load_many(connection, vault, ids[start : start + 200], partitions)
        for live in lives.values():
            events = await log.read_stream(connection, live)
            report.conversations += 1
            _conversation(report, events, recorded, by_reference)
    report.messages = recorded.total()
    for message_id in acknowledged - recorded.keys():
        report.violations.append(f"lost: {message_id} was acknowledged and is not in the log")
    for message_id, count in recorded.items():
        if count > 1:
            report.violations.append(f"doubled: {message_id} is in the log {count} times")
    for reference, count in by_reference.items():
        if count > 1:
            report.violations.append(f"answered twice: {reference} was accepted {count} times")
    await _positions(report, connection)
    await _threads(report, connection, live_threads)
    return report


def _conversation(
    report: Report, events: list[e.Fact], recorded: Counter[str], by_reference: Counter[str | None]
) -> None:
    name = str(events[0].originator_id)
    if [event.originator_version for event in events] != list(range(1, len(events) + 1)):
        report.violations.append(f"{name}: versions are not dense")
    messages = [event for event in events if isinstance(event, e.MessageReceived)]
    drafts = [event for event in events if isinstance(event, e.ReplyDrafted)]
    sent = Counter(event.reply_id for event in events if isinstance(event, e.ReplySent))
    failed = [event for event in events if isinstance(event, e.ReplyFailed)]
    recorded.update(event.message_id for event in messages)
    report.drafts += len(drafts)
    answered = 0
    for draft in drafts:
        covered = [m for m in messages if answered < m.originator_version <= draft.answers_through]
        if not covered:
            report.violations.append(f"{name}: {draft.reply_id} answers nothing new")
        answered = max(answered, draft.answers_through)
        if sent[draft.reply_id] != 1:
            report.violations.append(f"{name}: {draft.reply_id} was sent {sent[draft.reply_id]} times")
        for part in range(1, draft.parts + 1):
            reference = f"onethread:{name}:{draft.reply_id}:{part}"
            if by_reference[reference] != 1:
                report.violations.append(f"{name}: {reference} reached Meta {by_reference[reference]} times")
    for failure in failed:
        report.violations.append(f"{name}: {failure.reply_id} failed: {failure.reason}")
    if messages and messages[-1].originator_version > answered:
        report.violations.append(f"{name}: the last message was never answered")


async def _positions(report: Report, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        "SELECT p.partition, p.head, count(e.*) AS n, coalesce(max(e.position), 0) AS top "
        "FROM partitions p LEFT JOIN events e USING (partition) GROUP BY p.partition, p.head"
    )
    for row in rows:
        if not row["head"] == row["n"] == row["top"]:
            report.violations.append(f"partition {row['partition']}: positions are not dense")


async def _threads(
    report: Report, connection: asyncpg.Connection, live_threads: dict[str, dict[str, str]]
) -> None:
    rows = await connection.fetch("SELECT attempt_id, thread_id, state FROM threads")
    attempts = {str(row["attempt_id"]): row for row in rows}
    for thread_id, metadata in live_threads.items():
        row = attempts.get(metadata.get("attempt", ""))
        if row is None:
            report.violations.append(f"unrecorded thread {thread_id}")
        elif row["thread_id"] is None:
            report.possible_orphans += 1
            if row["state"] not in {"asked", "lost"}:
                report.violations.append(f"thread {thread_id} exists but its attempt is {row['state']}")
    bound = Counter(
        metadata["conversation"]
        for thread_id, metadata in live_threads.items()
        if (row := attempts.get(metadata.get("attempt", ""))) is not None and row["state"] == "bound"
    )
    for conversation, count in bound.items():
        if count > 1:
            report.violations.append(f"{conversation} is bound to {count} live threads")
