"""``python -m service.filling VIEW FIRST [gently]``: one worker that fills a view, in a process of its own.

It is told where the database is and how to read it by the environment, and nothing else: no credentials of
OpenAI or Meta reach it, and it imports no client of either.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import asyncpg
import uvloop

from projections import views
from projections.catalogue import PROJECTIONS
from projections.rebuild import fill
from service.storage.feed import LogFeed
from service.storage.vault import Vault, decode_master_key

DATABASE: Final = "ONETHREAD_DATABASE_URL"
MASTER_KEY: Final = "ONETHREAD_MASTER_KEY"

NICENESS: Final = 19
"""Messages that come in meanwhile go first."""

GENTLY: Final = "gently"
"""Said to a worker beside which a service runs."""

FAILED: Final = 1
GONE: Final = 3
"""The view is not to be filled any more."""


async def _fill(view_id: int, first: int, parent: int, *, gently: bool) -> int:
    settings = {"application_name": "onethread fill"}
    connection = await asyncpg.connect(os.environ[DATABASE], server_settings=settings)
    try:
        view = next((view for view in await views.every(connection) if view.id == view_id), None)
        projection = next(
            (p for p in PROJECTIONS if view and (p.name, p.version) == (view.projection, view.version)), None
        )
        if view is None or view.state != "filling" or projection is None:
            return GONE
        feed = LogFeed(Vault(decode_master_key(os.environ[MASTER_KEY])))

        def wanted() -> bool:
            """Who started this process is gone when the parent is another: then nobody wants the work."""
            return os.getppid() == parent

        await fill(connection, feed, projection, view, first=first, wanted=wanted, gently=gently)
    finally:
        await connection.close()
    return 0


def main(arguments: list[str]) -> int:
    """Fill until little is left. Status 1 with the reason in one line on standard error; 3 where the view is
    not to be filled any more."""
    parent = os.getppid()
    os.nice(NICENESS)
    try:
        return uvloop.run(_fill(int(arguments[0]), int(arguments[1]), parent, gently=GENTLY in arguments[2:]))
    except (OSError, LookupError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sys.stderr.write(f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}\n")
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
