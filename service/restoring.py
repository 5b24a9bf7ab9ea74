"""A database that was brought back, made fit to serve: who was erased stays so, nothing is done twice.

What came after the copy is not known to it. What it owes may have been done then; so it is not done again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import msgspec

from domain.conversation import Conversation
from domain.steps import Policy, Rest
from service.binding import LocalBinder
from service.conversations import Conversations, Unknown
from service.erasing import Eraser
from service.intake import Intake
from service.storage import erasure, inbox, owed
from service.storage.database import Database, Unavailable
from service.storage.vault import Vault
from service.storage.writer import LogWriter

RESTORED: Final = "restored"
"""Reason of what is given up because it may have been done after the copy was made."""

ACTOR: Final = "restore"
PATIENT_ROUNDS: Final = 10
"""Rounds of intake without progress after which something is wrong."""


class Certificate(msgspec.Struct, frozen=True):
    """Who was erased, when, and the event that says so. Nothing personal."""

    conversation_id: UUID
    certificate_id: UUID
    erased_at: datetime


class BadCertificates(Exception):
    """What should list the erased cannot be read; the message names the line."""


@dataclass(slots=True)
class Outcome:
    """What was done to a database that was brought back."""

    erased_again: int = 0
    taken_in: int = 0
    given_up: int = 0


async def certificates(connection: asyncpg.Connection) -> list[Certificate]:
    """Everybody who was erased, oldest first."""
    return [Certificate(*row) for row in await erasure.everybody(connection)]


async def certificates_of(source: str) -> list[Certificate]:
    """The same from a file of JSON lines, or from the database that a ``postgresql://`` address names.

    Raises :class:`BadCertificates`.
    """
    if source.startswith(("postgresql://", "postgres://")):
        connection = await asyncpg.connect(source)
        try:
            return await certificates(connection)
        finally:
            await connection.close()
    return _read(Path(source))


def _read(path: Path) -> list[Certificate]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise BadCertificates(f"{path}: {error.strerror}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(msgspec.json.decode(line, type=Certificate))
        except msgspec.DecodeError as error:
            raise BadCertificates(f"{path}, line {number}: {error}") from None
    return found


class Restoring:
    """Works on a database that nobody serves. Each step may be done again, after a kill as well."""

    def __init__(
        self, database: Database, vault: Vault, policy: Policy, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._vault = database, vault
        self._policy, self._clock = policy, clock

    async def make_fit(self, erased: Collection[Certificate], *, keep_owed: bool) -> Outcome:
        """Take in what was acknowledged, erase again, and give up what is owed unless ``keep_owed``."""
        outcome = Outcome()
        async with AsyncExitStack() as stack:
            writer = LogWriter(self._database, self._policy)
            writer.start()
            stack.push_async_callback(writer.stop)
            conversations = Conversations(self._database, self._vault, writer, self._policy)
            outcome.taken_in = await self._take_in(conversations, writer)
            outcome.erased_again = await self._erase(erased)
            for certificate in erased:
                conversations.forget(certificate.conversation_id)
            if not keep_owed:
                outcome.given_up = await self._give_up(conversations)
        return outcome

    async def _take_in(self, conversations: Conversations, writer: LogWriter) -> int:
        """First of all, since the erased may be among those who wrote."""
        intake = Intake(self._database, conversations, writer, LocalBinder(), self._policy, self._clock)
        there_were = left = await self._waiting()
        stuck = 0
        while left:
            await intake.run(range(self._database.partitions))
            before, left = left, await self._waiting()
            stuck = stuck + 1 if left >= before else 0
            if stuck >= PATIENT_ROUNDS:
                raise Unavailable(f"{left} items stay in the inbox")
        return there_were

    async def _waiting(self) -> int:
        async with self._database.connection() as connection:
            return await inbox.count(connection)

    async def _erase(self, erased: Collection[Certificate]) -> int:
        async with self._database.connection() as connection:
            known = {done.conversation_id for done in await certificates(connection)}
        eraser, again = Eraser(self._database, self._vault, self._clock), 0
        for certificate in erased:
            if certificate.conversation_id in known:
                continue
            try:
                await eraser.erase(
                    certificate.conversation_id, ACTOR, f"certificate {certificate.certificate_id}"
                )
            except Unknown:  # who came and went after the copy was made
                continue
            again += 1
        return again

    async def _give_up(self, conversations: Conversations) -> int:
        async with self._database.connection() as connection:
            ids = await owed.read(connection, range(self._database.partitions))
        given_up = 0
        for conversation_id in ids:
            entry = await conversations.get(conversation_id)
            while not isinstance(entry.live.conversation.next_step(self._policy), Rest):
                await conversations.act(conversation_id, self._let_go)
                entry = await conversations.get(conversation_id)
                given_up += 1
        return given_up

    def _let_go(self, conversation: Conversation) -> None:
        turn = conversation.state.unanswered
        conversation.give_up(f"r{turn.last}" if turn else "", RESTORED, self._clock())
