"""By which rules the read models of an installation are made."""

from __future__ import annotations

from pathlib import Path

import pytest

from projections import views
from service import readmodels
from service.prices import default_prices
from service.settings import SettingsError, load_settings
from service.storage.database import Database


async def test_views_are_made_by_the_configured_prices_and_language(
    database: Database, tmp_path: Path
) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('currency = "EUR"\n[[prices]]\nmodel = "m"\ninput = 1\noutput = 2\n')
    async with database.connection() as connection:
        await readmodels.install(connection, load_settings(prices=table, search_language="german"))
        for view in await views.every(connection):
            assert (view.rules.language, view.rules.prices.currency) == ("german", "EUR")
            assert view.state == "live"


def test_without_a_price_table_the_built_in_one_is_taken() -> None:
    assert readmodels.rules_of(load_settings()).prices == default_prices()


@pytest.mark.parametrize(
    ("text", "named"), [("[[prices]]", "prices"), ("nonsense =", "TOML"), (None, "No such file")]
)
def test_a_bad_price_table_ends_the_start_with_the_setting_named(
    tmp_path: Path, text: str | None, named: str
) -> None:
    table = tmp_path / "prices.toml"
    if text is not None:
        table.write_text(text)
    with pytest.raises(SettingsError, match="ONETHREAD_PRICES") as refused:
        readmodels.rules_of(load_settings(prices=table))
    assert named in str(refused.value)


async def test_a_language_that_the_database_has_not_is_refused_by_name(database: Database) -> None:
    async with database.connection() as connection:
        with pytest.raises(SettingsError, match=r"ONETHREAD_SEARCH_LANGUAGE.*'klingon'.*german"):
            await readmodels.install(connection, load_settings(search_language="klingon"))
