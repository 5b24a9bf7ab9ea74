"""The database for a command: as configured or embedded, whether or not a service runs beside it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from service import readmodels
from service.opening import check_master_key, database_url, open_database
from service.secrets import load_secrets, sandboxed
from service.settings import Settings, load_config_file, load_settings
from service.storage.database import Database
from service.storage.vault import Vault
from service.telemetry import configure_logging


@dataclass(frozen=True, slots=True)
class Offline:
    """What commands look through."""

    settings: Settings
    database: Database
    vault: Vault


@asynccontextmanager
async def opened() -> AsyncIterator[Offline]:
    """The database with its schema up to date, and the keys to read it."""
    settings = load_settings()
    configure_logging(settings.log_format, sys.stderr)
    secrets = load_secrets(settings, load_config_file(), sandboxed(settings))
    async with database_url(settings) as url:
        database = await open_database(url)
        try:
            async with database.connection() as connection:
                await readmodels.install(connection, settings)
            vault = Vault(secrets.master_key)
            await check_master_key(database, vault)
            yield Offline(settings, database, vault)
        finally:
            await database.close()
