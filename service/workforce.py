"""The processes that fill a view: started, replaced when they die, ended when they are not needed."""

from __future__ import annotations

import asyncio
import base64
import os
import sys
from contextlib import suppress
from typing import Final

import structlog

from projections.views import View
from service import filling
from service.storage.database import Database

MOST_DEATHS: Final = 5
"""Workers of one run that may end unasked and are replaced."""

RESTART_AFTER: Final = 0.5
STOPS_WITHIN: Final = 10.0

logger = structlog.get_logger()


class Failed(Exception):
    """A rebuild did not come to its end. The live view is what it was; the message says how to go on."""


def worker_environment(url: str, master_key: bytes) -> dict[str, str]:
    """All that a worker is told: where the database is, and how to read it."""
    ours = ("ONETHREAD_", "OPENAI_")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return inherited | {filling.DATABASE: url, filling.MASTER_KEY: base64.b64encode(master_key).decode()}


class Workforce:
    """As many processes as there are to be; by default one for each processor. ``gently``: they leave the
    database to others half of the time."""

    def __init__(
        self, database: Database, master_key: bytes, workers: int | None = None, *, gently: bool = False
    ) -> None:
        self._manner = [filling.GENTLY] if gently else []
        self._partitions = database.partitions
        self._workers = workers or max(1, os.cpu_count() or 1)
        self._environment = worker_environment(database.url, master_key)

    async def run(self, view: View) -> None:
        """Fill until little is left. Raises :class:`Failed` when too many died, or the view is gone."""
        deaths: list[str] = []
        tasks = [
            asyncio.create_task(self._worker(view, number * self._partitions // self._workers, deaths))
            for number in range(self._workers)
        ]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _worker(self, view: View, first: int, deaths: list[str]) -> None:
        """One worker, replaced when it dies. Raises :class:`Failed` when too many did."""
        while True:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", filling.__name__, str(view.id), str(first), *self._manner,
                env=self._environment, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                _, complaint = await process.communicate()
            finally:
                await asyncio.shield(_end(process))
            if process.returncode == 0:
                return
            if process.returncode == filling.GONE:
                raise Failed("it is not to be filled any more")
            reason = complaint.decode(errors="replace").strip().rpartition("\n")[2]
            logger.warning("worker ended", view=view.name, status=process.returncode, reason=reason)
            deaths.append(reason or f"status {process.returncode}")
            if len(deaths) > MOST_DEATHS:
                raise Failed(f"{len(deaths)} workers ended unasked, the last: {deaths[-1]}")
            await asyncio.sleep(RESTART_AFTER)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOPS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()
