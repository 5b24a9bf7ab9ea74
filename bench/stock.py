"""The peer: a chat as the tutorial of `eventsourcing` has it, on the library's own PostgreSQL recorder.

In process and without HTTP: a message is loaded onto, recorded by and saved with its sender's aggregate.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate, event

THREADS: Final = 8


class Chat(Aggregate):
    """Everything one sender said."""

    @event("Started")
    def __init__(self, sender: str) -> None:
        self.sender = sender
        self.messages = 0

    @staticmethod
    def create_id(sender: str) -> UUID:
        """The id of a sender's chat."""
        return uuid5(NAMESPACE_URL, f"/chats/{sender}")

    @event("MessageReceived")
    def receive(self, message_id: str, text: str) -> None:
        """The sender wrote."""
        self.last_message_id = message_id
        self.last_text = text
        self.messages += 1


class Chats(Application[UUID]):
    """The stock application: one save for each message, durable when it returns."""

    def receive(self, sender: str, message_id: str, text: str) -> None:
        """Take a message in."""
        try:
            chat: Chat = self.repository.get(Chat.create_id(sender))
        except AggregateNotFoundError:
            chat = Chat(sender)
        chat.receive(message_id, text)
        self.save(chat)


def chats_on(url: str) -> Chats:
    """The application on a database of its own, with the library's defaults. To be closed."""
    parts = urlsplit(url)
    return Chats(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.lstrip("/"),
            "POSTGRES_HOST": parse_qs(parts.query)["host"][0],
            "POSTGRES_USER": parts.username or "postgres",
            "POSTGRES_PASSWORD": parts.password or "unused",
        }
    )


class Writers:
    """Threads that call the application; each sender is one thread's alone, so that none conflicts."""

    def __init__(self, chats: Chats, senders: Sequence[str], text: str, *, threads: int = THREADS) -> None:
        self._chats = chats
        self._text = text
        self._shares = [senders[n::threads] for n in range(threads)]
        self._turns = [0] * threads

    def run(self, seconds: float, *, most: int | None = None) -> tuple[int, float]:
        """Write for so long, or ``most`` messages a thread: how many were saved, and in how many seconds."""
        together = threading.Barrier(len(self._shares) + 1)
        with ThreadPoolExecutor(len(self._shares)) as pool:
            futures = [
                pool.submit(self._write, place, together, seconds, most) for place in range(len(self._shares))
            ]
            together.wait()
            began = time.perf_counter()
            saved = sum(future.result() for future in futures)
        return saved, time.perf_counter() - began

    def _write(self, place: int, together: threading.Barrier, seconds: float, most: int | None) -> int:
        share, saved = self._shares[place], 0
        together.wait()
        until = time.perf_counter() + seconds
        while (most is None or saved < most) and time.perf_counter() < until:
            turn = self._turns[place]
            self._chats.receive(share[turn % len(share)], f"wamid.stock{place:03d}{turn:09d}", self._text)
            self._turns[place] += 1
            saved += 1
        return saved
