"""Price tables as people write them, in TOML.

``currency`` and entries ``[[prices]]``: ``model``; ``input``, ``output`` and, where known, ``cached_input``
and ``cache_write`` for a million tokens; ``from`` (included; absent: since ever) and ``until`` (not included;
absent: until further notice). The entries of one model neither overlap nor leave out a time between them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from projections.prices import ALWAYS, BILLION, Price, PriceTable

MILLION: Final = 1_000_000
MOST: Final = 1_000_000
"""The highest price taken for a price, of a million tokens."""

REQUIRED: Final = ("input", "output")
OPTIONAL: Final = ("cached_input", "cache_write")
FIELDS: Final = ("model", "from", "until", *REQUIRED, *OPTIONAL)


class BadPrices(ValueError):
    """The table cannot be used. ``field`` says where, as ``prices[2].until``, the message also why."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field


@cache
def default_prices() -> PriceTable:
    """The prices that are taken where no others are given."""
    return read_prices(files("service").joinpath("default_prices.toml").read_text("utf-8"))


def load_prices(path: Path) -> PriceTable:
    """The table in a file. Raises :class:`BadPrices` and :class:`OSError`."""
    try:
        return read_prices(path.read_text("utf-8"))
    except UnicodeDecodeError:
        raise BadPrices("", "the price table is not UTF-8") from None


def read_prices(text: str) -> PriceTable:
    """The table that a text holds. Raises :class:`BadPrices` for the first thing wrong with it."""
    try:
        table = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BadPrices("", f"the price table is not TOML: {error}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise BadPrices("", "the price table holds a number or a nesting that nobody can mean") from None
    _only(table, ("currency", "prices"), "")
    currency = table.get("currency")
    if not (isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency)):
        raise BadPrices("currency", 'three capital letters are needed, as in "USD"')
    entries = table.get("prices")
    if not (isinstance(entries, list) and entries and all(isinstance(entry, dict) for entry in entries)):
        raise BadPrices("prices", "at least one entry [[prices]] is needed")
    read = [(f"prices[{number}]", _price(entry, f"prices[{number}]")) for number, entry in enumerate(entries)]
    return PriceTable(tuple(_ordered(read)), currency)


def _price(entry: dict[str, Any], place: str) -> Price:
    _only(entry, FIELDS, f"{place}.")
    model = entry.get("model")
    if not (isinstance(model, str) and model.strip()):
        raise BadPrices(f"{place}.model", "the name of a model is needed")
    since = _instant(entry, "from", place) or ALWAYS
    until = _instant(entry, "until", place)
    if until is not None and until <= since:
        raise BadPrices(f"{place}.until", f"{until.isoformat()} is not after from")
    for name in REQUIRED:
        if name not in entry:
            raise BadPrices(f"{place}.{name}", f"the price of {name} of {model} is missing")
    given = {
        name: _per_token(entry[name], f"{place}.{name}") for name in (*REQUIRED, *OPTIONAL) if name in entry
    }
    return Price(model.strip(), since, until, **given)


def _only(table: dict[str, Any], known: Iterable[str], prefix: str) -> None:
    for name in table:
        if name not in known:
            raise BadPrices(f"{prefix}{name}", f"unknown; there are: {', '.join(known)}")


def _per_token(value: object, field: str) -> int:
    """Billionths for a token, exactly."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadPrices(field, "a number is needed: the price of a million tokens")
    price = Decimal(value)
    if not price.is_finite() or not 0 <= price <= MOST:
        raise BadPrices(field, f"{value} is not between 0 and {MOST}")
    billionths = price * (BILLION // MILLION)
    if billionths != int(billionths):
        raise BadPrices(field, f"{value} has more than three decimals")
    return int(billionths)


def _instant(entry: dict[str, Any], name: str, place: str) -> datetime | None:
    value = entry.get(name)
    match value:
        case None:
            return None
        case datetime() if value.tzinfo is not None:
            return _utc(value, f"{place}.{name}")
        case date() if not isinstance(value, datetime):
            return datetime.combine(value, time(), UTC)
        case _:
            raise BadPrices(
                f"{place}.{name}",
                "a day (2026-12-01, in UTC) or an instant with its offset is needed, unquoted",
            )


def _utc(value: datetime, field: str) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise BadPrices(field, f"{value} is out of range") from None


def _ordered(read: list[tuple[str, Price]]) -> Iterable[Price]:
    """The prices by model and time, each model's without overlap or hole."""
    ordered = sorted(read, key=lambda entry: (entry[1].model, entry[1].since))
    for model, entries in groupby(ordered, key=lambda entry: entry[1].model):
        for (before, earlier), (place, later) in pairwise(entries):
            if earlier.until is None or later.since < earlier.until:
                raise BadPrices(f"{place}.from", f"overlaps with {before}, also of {model}")
            if later.since > earlier.until:
                gap = f"{earlier.until.isoformat()} until {later.since.isoformat()}"
                raise BadPrices(f"{place}.from", f"{model} has no price from {gap}, after {before}")
    return map(itemgetter(1), ordered)
