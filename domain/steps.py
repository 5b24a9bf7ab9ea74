"""What a conversation owes next, and the rules of timing it is judged by."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The configured rules that decisions depend on; durations, not instants."""

    reply_delay: timedelta = timedelta(seconds=1)
    session_length: timedelta = timedelta(hours=24)
    settle: timedelta = timedelta(seconds=30)
    context_budget: int = 60_000
    retry_base: float = 2.0
    retry_cap: float = 60.0

    @property
    def longest_quiet(self) -> timedelta:
        """A customer who never stops typing is answered all the same after this long."""
        return self.reply_delay * 10

    def backoff(self, attempts: int, seed: str) -> timedelta:
        """How long to wait after the given number of failed attempts: exponential, capped, with
        jitter in [0.5, 1.0) that is the same whoever computes it."""
        ceiling = min(self.retry_cap, self.retry_base * 2 ** min(attempts - 1, 20))
        return timedelta(seconds=ceiling * (0.5 + random.Random(f"{seed}:{attempts}").random() / 2))


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is owed."""


@dataclass(frozen=True, slots=True)
class DraftReply:
    """Ask for an answer to the turn, not before ``not_before``.

    ``recover``: an earlier attempt's outcome is unknown; look into the thread first.
    ``rebind``: move to a new thread first, for this reason.
    """

    not_before: datetime
    recover: bool = False
    rebind: str | None = None


@dataclass(frozen=True, slots=True)
class SendReply:
    """Send part ``part`` of the reply written at ``version``, not before ``not_before``.

    ``unsettled``: an earlier send of it may have got through; by ``not_before`` evidence had its time.
    """

    not_before: datetime
    reply_id: str
    version: int
    part: int
    unsettled: bool = False


Step = Rest | DraftReply | SendReply
