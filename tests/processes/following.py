"""``python -m tests.processes.following URL MASTER_KEY``: a process that does nothing but follow the log.

It works on all partitions, whoever else does.
"""

from __future__ import annotations

import asyncio
import sys

from service.following import Following
from service.storage.database import Database
from service.storage.feed import LogFeed
from service.storage.vault import Vault, decode_master_key


async def follow(url: str, master_key: str) -> None:
    """Follow until killed."""
    database = await Database.open(url)
    everything = set(range(database.partitions))
    following = Following(database, LogFeed(Vault(decode_master_key(master_key))), lambda: everything)
    await following.run(lambda _: asyncio.sleep(0))


if __name__ == "__main__":
    asyncio.run(follow(*sys.argv[1:]))
