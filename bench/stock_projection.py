"""The peer of a rebuild: the stock `ProjectionRunner` of `eventsourcing` folding a stock application's log.

The read model is one row for each sender, as the session view has one for each conversation; a message is an
upsert and its tracking in one transaction, as the library's own examples have it.
"""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from bench.stock import Chat, Chats

MESSAGES_OF_A_CHAT: Final = 40
TEXT: Final = "Where is my parcel? I ordered it last week and nobody could tell me."


class ChatRows(PostgresTrackingRecorder):
    """One row for each chat: how many messages, and which was the last."""

    def __init__(self, datastore: PostgresDatastore, **kwargs: Any) -> None:
        super().__init__(datastore, **kwargs)
        self.check_identifier_length("chat_rows")
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {0}.chat_rows "
                "(chat uuid PRIMARY KEY, messages bigint, last_message text)"
            ).format(Identifier(datastore.schema))
        )

    def take(self, chat: Any, message_id: str, tracking: Tracking) -> None:
        """Count a message, and that it was counted, in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO chat_rows AS c VALUES (%s, 1, %s) ON CONFLICT (chat) DO UPDATE "
                "SET messages = c.messages + 1, last_message = excluded.last_message",
                (chat, message_id),
            )

    def skip(self, tracking: Tracking) -> None:
        """An event that changes nothing here."""
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)


class ChatProjection(Projection[ChatRows]):
    """Folds chats into their rows."""

    name = "chat_rows"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:  # noqa: ARG002 # dispatched by it
        """Whatever is not a message."""
        self.view.skip(tracking)

    @process_event.register
    def message_received(self, domain_event: Chat.MessageReceived, tracking: Tracking) -> None:  # type: ignore[name-defined] # made by the library's decorator
        """A message."""
        self.view.take(domain_event.originator_id, domain_event.message_id, tracking)


def environment(url: str) -> dict[str, str]:
    """Where the application and the projection keep what they have, with the library's defaults."""
    parts = urlsplit(url)
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": parts.path.lstrip("/"),
        "POSTGRES_HOST": parse_qs(parts.query)["host"][0],
        "POSTGRES_USER": parts.username or "postgres",
        "POSTGRES_PASSWORD": parts.password or "unused",
    }


def rebuilt(url: str, events: int) -> float:
    """Write so many events, have them projected from the beginning, and say how many a second that was."""
    with Chats(env=environment(url)) as chats:
        written = 0
        while written < events:
            chat = Chat(f"49151{written:08d}")
            for number in range(MESSAGES_OF_A_CHAT):
                chat.receive(f"wamid.{written}.{number}", TEXT)
            last = chats.save(chat)[-1].notification.id
            written += MESSAGES_OF_A_CHAT + 1
    began = time.perf_counter()
    with ProjectionRunner(
        application_class=Chats, projection_class=ChatProjection, view_class=ChatRows, env=environment(url)
    ) as runner:
        runner.wait(last, timeout=600)
        return written / (time.perf_counter() - began)
