"""Who has which token: known to every process, right within seconds of a change anywhere.

Tokens are looked up by their digest. What the time of a look-up could tell is about that digest under the
interpreter's own secret hash, and nothing about the token; so there is no comparison to keep constant.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from service.storage import access_tokens
from service.storage.access_tokens import SCOPES, Scope
from service.storage.database import LOST, Database, Unavailable

OWNER: Final = "owner"
"""The name of the token of the configuration, which may everything."""

PREFIX: Final = "ot_"
"""What made tokens begin with, so that those who scan for secrets that leaked know one."""

UNGUESSABLE: Final = 32
"""Characters from which on guessing a token is no danger; what is made here has twice as many."""

REFRESH_EVERY: Final = 2.0
"""Seconds until a change made by another process is known here."""

LOOK_AGAIN: Final = 0.1
"""Seconds between looks for tokens that are not known yet: one may have been made just now, elsewhere."""

NOTE_EVERY: Final = timedelta(minutes=1)
"""How exactly the last use of a token is noted."""

logger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who has a token. ``mark`` stands for the token where that must not be told."""

    name: str
    scope: Scope
    mark: bytes = field(repr=False)
    expires_at: datetime | None = None
    guessable: bool = False

    def may(self, scope: Scope) -> bool:
        """Whether the token is good for what needs this scope."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


def new_token() -> str:
    """A token of 256 random bits."""
    return PREFIX + secrets.token_hex(32)


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


class Keyring:
    """The tokens that count now.

    A process that cannot reach the database goes on with those it knows: what they open needs the database.
    """

    def __init__(
        self, database: Database, *, owner: str, marking: bytes, clock: Callable[[], datetime]
    ) -> None:
        self._database, self._marking, self._clock = database, marking, clock
        digest = digest_of(owner)
        guessable = len(owner) < UNGUESSABLE
        self._owner = {digest: Principal(OWNER, "administer", self._mark(digest), guessable=guessable)}
        self._known = self._owner
        self._marked: dict[bytes, Principal] = {}
        self._looked = 0.0
        self._looking = asyncio.Lock()
        self._uses: dict[str, datetime] = {}
        self._noted: dict[str, datetime] = {}
        self._served: dict[bytes, set[asyncio.Task[object]]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Learn the tokens there are, and keep up with them."""
        await self.refresh()
        self._task = asyncio.create_task(self._keep_up(), name="tokens")

    async def stop(self) -> None:
        """Keep up no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def find(self, token: str) -> Principal | None:
        """Who has this token; None where it counts for nothing."""
        digest = digest_of(token)
        if digest not in self._known and token.startswith(PREFIX):
            await self._look_again()
        return self._counted(self._known.get(digest))

    def marked(self, mark: bytes) -> Principal | None:
        """Who has the token of this mark; None where it counts no more."""
        return self._counted(self._marked.get(mark))

    async def refresh(self) -> None:
        """Take note of what is made and revoked. Raises :class:`~service.storage.database.Unavailable`."""
        self._looked = monotonic()
        async with self._database.connection() as connection:
            stored = await access_tokens.live(connection, self._clock())
        made = {t.digest: Principal(t.name, t.scope, self._mark(t.digest), t.expires_at) for t in stored}
        self._known = made | self._owner
        self._marked = {principal.mark: principal for principal in self._known.values()}
        for mark in self._served.keys() - self._marked.keys():
            for task in self._served[mark]:
                task.cancel()

    @contextmanager
    def serving(self, principal: Principal) -> Iterator[None]:
        """Break the block off, in its task, once the token counts no more. For what is read as long as
        somebody likes; an act is not broken off."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("there is no task to break off")
        tasks = self._served.setdefault(principal.mark, set())
        tasks.add(task)
        try:
            yield
        finally:
            tasks.discard(task)
            if not tasks:
                self._served.pop(principal.mark, None)

    def _mark(self, digest: bytes) -> bytes:
        """A keyed hash: that of the configuration may be a word, which its digest would give away."""
        return hmac.digest(self._marking, b"token" + digest, "sha256")

    def _counted(self, principal: Principal | None) -> Principal | None:
        now = self._clock()
        if principal is None or (principal.expires_at is not None and principal.expires_at <= now):
            return None
        if principal.name != OWNER:
            self._uses[principal.name] = now
        return principal

    async def _look_again(self) -> None:
        """Look once for all who ask meanwhile, and not too often however many do."""
        asked = monotonic()
        async with self._looking:
            if self._looked >= asked:
                return
            await asyncio.sleep(max(0.0, self._looked + LOOK_AGAIN - asked))
            with suppress(Unavailable):
                await self.refresh()

    async def _keep_up(self) -> None:
        while True:
            await asyncio.sleep(REFRESH_EVERY)
            try:
                await self.refresh()
                await self.note_uses()
            except (Unavailable, *LOST):
                logger.warning("database away", loop="tokens")
            except Exception:
                logger.exception("loop failed", loop="tokens")

    async def note_uses(self) -> None:
        """Write when tokens were used, those whose last note is a minute old."""
        due = {
            name: at
            for name, at in self._uses.items()
            if name not in self._noted or at - self._noted[name] >= NOTE_EVERY
        }
        if due:
            async with self._database.connection() as connection:
                await access_tokens.used(connection, due)
            self._noted |= due
