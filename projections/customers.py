"""Customers: the people behind the conversations, first and last seen, and what they amount to.

A row is a conversation. Rows with the same ``customer_id`` are one customer: that of a conversation is its
own id until a person links it to another customer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from projections.projection import Changes, RecordedEvent, Rules, Table
from projections.tables import state_table
from projections.views import View


@dataclass(slots=True)
class CustomerRow:
    """What the view holds of one conversation.

    First and last seen are the provider's instants of the customer's messages; before there are any, when the
    conversation began. ``identities`` counts the further ids that turned out to be the same person's.
    """

    partition: int
    conversation_id: UUID
    version: int = 0
    customer_id: UUID | None = None
    channel: str = ""
    account_id: str = ""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    sessions: int = 0
    messages: int = 0
    replies: int = 0
    identities: int = 0
    profile_version: int = 1
    erased: bool = False


HANDLED: Final = frozenset({
    "ConversationStarted", "MessageReceived", "ReplySent", "IdentityLinked", "ProfileChanged",
    "CustomerLinked", "CustomerUnlinked", "ConversationErased",
})  # fmt: skip


class Customers:
    """The projection ``customers``."""

    name = "customers"
    version = 1
    handles = HANDLED
    personal = False
    parameters = frozenset({"session_hours"})
    state = CustomerRow
    states = state_table(
        "customers",
        CustomerRow,
        indexes={
            "seen": "(first_seen, conversation_id)",
            "customer": "(customer_id, first_seen, conversation_id)",
            "account": "(channel, account_id, first_seen, conversation_id)",
        },
        options="fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000",
    )
    tables: tuple[Table, ...] = ()

    def fold(self, state: CustomerRow, event: RecordedEvent, rules: Rules, _changes: Changes) -> None:
        """Take one event in; nothing but the row changes."""
        state.version = event.version
        match event.type:
            case "ConversationStarted":
                state.channel, state.account_id = event.fields.channel, event.fields.account_id
                state.customer_id = state.conversation_id
                state.first_seen = state.last_seen = event.recorded_at
            case "MessageReceived":
                _message(state, event, rules)
            case "ReplySent":
                state.replies += 1
            case "IdentityLinked":
                state.identities += 1
            case "ProfileChanged":
                state.profile_version = event.version
            case "CustomerLinked":
                state.customer_id = UUID(event.fields.customer_id)
            case "CustomerUnlinked":
                state.customer_id = state.conversation_id
            case "ConversationErased":
                state.erased = True
            case _:
                raise LookupError(f"no rule for {event.type}")


def _message(state: CustomerRow, event: RecordedEvent, rules: Rules) -> None:
    values = event.fields
    at = min(values.sent_at, values.received_at or event.recorded_at)
    if state.messages == 0 or state.first_seen is None or state.last_seen is None:
        begins, state.first_seen, state.last_seen = True, at, at
    else:
        length = rules.session_length
        begins = length is not None and at > state.last_seen + length
        state.first_seen, state.last_seen = min(state.first_seen, at), max(state.last_seen, at)
    state.sessions = values.session if rules.session_length is None else state.sessions + begins
    state.messages += 1


LISTED: Final = """
SELECT c.customer_id, c.first_seen AS listed_at, c.conversation_id AS listed_id FROM {table} c
WHERE ($1::text IS NULL OR c.channel = $1) AND ($2::text IS NULL OR c.account_id = $2)
  AND ($3::timestamptz IS NULL OR (c.first_seen, c.conversation_id) {after} ($3, $4::uuid))
  AND NOT EXISTS (
      SELECT 1 FROM {table} earlier
      WHERE earlier.customer_id = c.customer_id
        AND (earlier.first_seen, earlier.conversation_id) < (c.first_seen, c.conversation_id)
        AND ($1::text IS NULL OR earlier.channel = $1) AND ($2::text IS NULL OR earlier.account_id = $2)
  )
ORDER BY c.first_seen {direction}, c.conversation_id {direction} LIMIT $5
"""
LISTED_UP: Final = LISTED.replace("{after}", ">").replace("{direction}", "ASC")
LISTED_DOWN: Final = LISTED.replace("{after}", "<").replace("{direction}", "DESC")
CONVERSATIONS: Final = """
SELECT found.* FROM unnest($1::uuid[]) AS wanted (customer_id)
CROSS JOIN LATERAL (
    SELECT * FROM {table} c WHERE c.customer_id = wanted.customer_id
    ORDER BY c.first_seen, c.conversation_id LIMIT $2
) found
"""
CUSTOMER_OF: Final = "SELECT customer_id FROM {table} WHERE partition = $1 AND conversation_id = $2"
IS_CUSTOMER: Final = "SELECT EXISTS (SELECT 1 FROM {table} WHERE customer_id = $1)"

MOST_CONVERSATIONS: Final = 32
"""Conversations of one customer that are shown. Linking refuses to go beyond."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A customer in a list, and the first conversation that puts it there: its place."""

    customer_id: UUID
    at: datetime
    conversation_id: UUID


def _in(statement: str, view: View) -> str:
    return statement.replace("{table}", view.table(Customers.states))


async def listed(
    connection: asyncpg.Connection,
    view: View,
    *,
    channel: str | None,
    account_id: str | None,
    cursor: tuple[datetime, UUID] | None,
    limit: int,
    descending: bool,
) -> list[Listed]:
    """Customers by when they were first seen; with a channel or an account, by when first seen there."""
    at, conversation_id = cursor or (None, None)
    statement = _in(LISTED_DOWN if descending else LISTED_UP, view)
    rows = await connection.fetch(statement, channel, account_id, at, conversation_id, limit)
    return [Listed(*row) for row in rows]


async def conversations(
    connection: asyncpg.Connection, view: View, customer_ids: Sequence[UUID]
) -> dict[UUID, list[CustomerRow]]:
    """The conversations of customers, those seen first first, :data:`MOST_CONVERSATIONS` of each at most."""
    found: dict[UUID, list[CustomerRow]] = {customer_id: [] for customer_id in customer_ids}
    for row in await connection.fetch(_in(CONVERSATIONS, view), list(customer_ids), MOST_CONVERSATIONS):
        found[row["customer_id"]].append(CustomerRow(**row))
    return found


async def customer_of(
    connection: asyncpg.Connection, view: View, partition: int, known_by: UUID
) -> UUID | None:
    """The customer that an id leads to, be it the customer's or that of one of the conversations."""
    found: UUID | None = await connection.fetchval(_in(CUSTOMER_OF, view), partition, known_by)
    if found is not None:
        return found
    return known_by if await connection.fetchval(_in(IS_CUSTOMER, view), known_by) else None
