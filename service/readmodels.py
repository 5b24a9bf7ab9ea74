"""The read models of an installation: which projections, by the rules that are configured."""

from __future__ import annotations

from typing import Final

import asyncpg

from projections import views
from projections.catalogue import PROJECTIONS
from projections.projection import Rules
from service.prices import BadPrices, default_prices, load_prices
from service.settings import Settings, SettingsError

LANGUAGES: Final = "SELECT cfgname FROM pg_ts_config ORDER BY cfgname"


def rules_of(settings: Settings) -> Rules:
    """What new views are made with. Raises :class:`SettingsError` for a bad price table."""
    try:
        prices = default_prices() if settings.prices is None else load_prices(settings.prices)
    except (BadPrices, OSError) as error:
        raise SettingsError(f"ONETHREAD_PRICES: {settings.prices}: {error}") from None
    return Rules(prices=prices, language=settings.search_language)


async def install(connection: asyncpg.Connection, settings: Settings) -> None:
    """See to it that every projection has a live view. Raises :class:`SettingsError`."""
    there = [row["cfgname"] for row in await connection.fetch(LANGUAGES)]
    if settings.search_language not in there:
        raise SettingsError(
            f"ONETHREAD_SEARCH_LANGUAGE: the database has no text search configuration "
            f"{settings.search_language!r}; it has: {', '.join(there)}"
        )
    await views.install(connection, PROJECTIONS, rules_of(settings))
