"""The read models of an installation: which projections, by the rules that are configured."""

from __future__ import annotations

from typing import Final

import asyncpg

from projections import views
from projections.catalogue import PROJECTIONS
from projections.projection import Rules
from projections.views import View
from service.prices import BadPrices, default_prices, load_prices
from service.settings import Settings, SettingsError

LANGUAGES: Final = "SELECT cfgname FROM pg_ts_config ORDER BY cfgname"

SAID: Final = {
    "language": "another language (ONETHREAD_SEARCH_LANGUAGE)",
    "prices": "other prices (ONETHREAD_PRICES)",
    "session_hours": "other sessions (cut anew, not as they were recorded)",
}


def rules_of(settings: Settings) -> Rules:
    """What new views are made with. Raises :class:`SettingsError` for a bad price table."""
    try:
        prices = default_prices() if settings.prices is None else load_prices(settings.prices)
    except (BadPrices, OSError) as error:
        raise SettingsError(f"ONETHREAD_PRICES: {settings.prices}: {error}") from None
    return Rules(prices=prices, language=settings.search_language)


async def languages(connection: asyncpg.Connection) -> list[str]:
    """The text search configurations of the database, by name."""
    return [row["cfgname"] for row in await connection.fetch(LANGUAGES)]


def unlike_settings(view: View, configured: Rules) -> list[str]:
    """Which of the rules that a view's fold depends on are not as configured, by name."""
    named = next((p.parameters for p in PROJECTIONS if p.name == view.projection), frozenset[str]())
    return sorted(name for name in named if getattr(view.rules, name) != getattr(configured, name))


def how_to_take_up(view: View, configured: Rules) -> str | None:
    """What to do where a view is not as configured; None where it is."""
    apart = unlike_settings(view, configured)
    if not apart:
        return None
    what = " and ".join(SAID[name] for name in apart)
    return (
        f"{view.projection} {view.name} has {what} than the settings say; to take them up: "
        f"onethread rebuild {view.projection} --from-settings --despite-differences"
    )


async def install(connection: asyncpg.Connection, settings: Settings) -> None:
    """See to it that every projection has a live view. Raises :class:`SettingsError`."""
    there = await languages(connection)
    if settings.search_language not in there:
        raise SettingsError(
            f"ONETHREAD_SEARCH_LANGUAGE: the database has no text search configuration "
            f"{settings.search_language!r}; it has: {', '.join(there)}"
        )
    await views.install(connection, PROJECTIONS, rules_of(settings))
