"""Commands that change something are on record, as requests are."""

from __future__ import annotations

import getpass
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from service.auditing import Audit
from service.commands.showing import FAILED
from service.instants import utc_now
from service.storage.audit import Act
from service.storage.database import Database

DONE = 0


def acting_user() -> str:
    """Who acts, as events and the audit say it: the user of this machine."""
    try:
        return f"cli:{getpass.getuser()}"
    except (OSError, KeyError):  # a user without a name, as containers have
        return f"cli:{os.getuid()}"


@asynccontextmanager
async def on_record(database: Database, command: str, subject: str) -> AsyncIterator[None]:
    """Put an act on record for the block that does it, then how it ended; nothing of that where the block is
    broken off. ``subject`` is an id or a name of ours. Raises
    :class:`~service.storage.database.Unavailable` where it cannot be; nothing is done then."""
    audit = Audit(database, utc_now)
    act = Act(actor=acting_user(), via="cli", method="onethread", route=command, subject=subject)
    row_id = await audit.begin(act)
    try:
        yield
    except Exception:
        await audit.finish(row_id, FAILED)
        raise
    await audit.finish(row_id, DONE)
