"""The database of an installation: as configured or embedded, opened, and readable with the master key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import asyncpg
import structlog

from service.settings import Settings, SettingsError
from service.storage import log
from service.storage.database import Database
from service.storage.embedded import EmbeddedPostgres
from service.storage.vault import Vault, VaultError

WATCH_EVERY: Final = 0.5
"""Seconds between looks whether the embedded server runs."""

logger = structlog.get_logger()


@asynccontextmanager
async def database_url(settings: Settings) -> AsyncIterator[str]:
    """Where the database is: as configured, or an embedded server that is kept running meanwhile."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    embedded = EmbeddedPostgres(settings.data_dir)
    url = await embedded.url()
    watch = asyncio.create_task(_keep_running(embedded), name="watch PostgreSQL")
    try:
        yield url
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await asyncio.to_thread(embedded.stop)


async def _keep_running(embedded: EmbeddedPostgres) -> None:
    while True:
        await asyncio.sleep(WATCH_EVERY)
        if embedded.running:
            continue
        logger.warning("the embedded PostgreSQL is gone: starting it again")
        try:
            await embedded.url()
        except Exception as error:  # noqa: BLE001 # the wheel raises whatever its programs ran into, and the next look tries again
            logger.warning("PostgreSQL did not start yet", error=type(error).__name__)


async def open_database(url: str) -> Database:
    """Open the database, waiting up to half a minute for a server that is only starting."""
    for attempt in range(30):
        try:
            return await Database.open(url)
        except (OSError, asyncpg.CannotConnectNowError):
            logger.warning("database not reachable yet", attempt=attempt)
            await asyncio.sleep(1)
    return await Database.open(url)


async def check_master_key(database: Database, vault: Vault) -> None:
    """Refuse to work with a master key that the conversations there are not readable with.

    Raises :class:`SettingsError`.
    """
    async with database.connection() as connection:
        try:
            await log.check_key(connection, vault)
        except VaultError as error:
            raise SettingsError(str(error)) from None
