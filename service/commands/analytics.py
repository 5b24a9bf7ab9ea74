"""``onethread analytics``: reports in the terminal, and the events behind each number."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from cyclopts import Parameter
from rich import box
from rich.table import Table

from domain.identity import Channel
from projections import views
from projections.reports import asking
from projections.reports import explain as explaining
from projections.reports.answers import Fields, Question, Range
from projections.reports.definitions import Report
from projections.reports.explain import Cell, NoSuchCell
from projections.reports.numbers import Percentile
from projections.reports.spans import Bucket
from projections.reports.sums import Scope
from service.commands.offline import opened
from service.commands.options import check_limit, check_text, instant
from service.commands.showing import console, print_json
from service.instants import utc_now
from service.settings import SettingsError
from service.storage.reading import one_view

MOST_PARTS: Final = 20
"""Parts of a number that are shown to people, the largest."""

BILLION: Final = 1_000_000_000
MONEY: Final = frozenset(
    {"known", "exact", "estimated", "avoided", "per_message", "per_session", "per_sender"}
)

Json = Annotated[bool, Parameter(name="--json")]


def analytics(
    report: str,
    /,
    *,
    since: Annotated[str | None, Parameter(name="--from")] = None,
    until: Annotated[str | None, Parameter(name="--to")] = None,
    tz: str = "UTC",
    bucket: Bucket | None = None,
    channel: Channel | None = None,
    account: str | None = None,
    view: str | None = None,
    explain: str | None = None,
    limit: int = 50,
    as_json: Json = False,
) -> None:
    """A report: numbers by time and of the whole range, or the events behind one of them.

    Parameters
    ----------
    report
        overview, messages, sessions, senders, retention, busiest-hours, response-times, obligations,
        outcomes, journey, delivery, delivery-health, models, cost or top-senders.
    since
        The beginning of the range, in it, as 2026-11-24 or 2026-11-24T08:00; 30 days before its end if not
        given.
    until
        The end of the range, not in it; now if not given.
    tz
        The time zone whose clocks days follow, and instants that are given without one, as Europe/Berlin.
    bucket
        What the range is cut into.
    channel
        Only this channel.
    account
        Only this account.
    view
        Another view than the live one.
    explain
        A number: total/NUMBER, START/NUMBER or either with /PART. Lists the events that it counts.
    limit
        Rows of a list at most.
    as_json
        Print JSON for programs.
    """
    check_limit(limit)
    check_text("account", account)
    check_text("view", view)
    try:
        named = asking.report_named(report)
        over = asking.over(
            named,
            since=instant("from", since, tz),
            until=instant("to", until, tz),
            tz=tz,
            bucket=bucket,
            now=utc_now(),
        )
        cell = None if explain is None else Cell.read(explain)
        told = asyncio.run(
            views.looked_up_again(lambda: _told(named, over, (channel, account, view), cell, limit))
        )
    except NoSuchCell as error:
        raise SettingsError(f"explain: {error}") from None
    except (LookupError, asking.Refused) as error:
        raise SettingsError(str(error)) from None
    if as_json:
        print_json(told)
    elif cell is not None:
        _print_events(told, over.zone)
    else:
        _print_report(told, over.zone)


async def _told(
    report: Report,
    over: Range,
    whose: tuple[str | None, str | None, str | None],
    cell: Cell | None,
    limit: int,
) -> Fields:
    """What is answered over HTTP, without cursors."""
    channel, account, name = whose
    async with opened() as there, one_view(there.database) as connection:
        view = await views.find(connection, "analytics", name)
        question = Question(report, over, Scope(view, channel, account, by_channel=report.by_channel))
        freshness = asdict(await views.freshness(connection, view))
        if cell is not None:
            told = await explaining.explain(connection, question, cell, None, limit)
            return {**explaining.told(question, cell, told), "freshness": freshness}
        sessions = await views.live(connection, "sessions")
        items, totals = await asking.answered(
            connection, question, sessions=sessions, after=None, limit=limit, now=utc_now()
        )
        return {**asking.headed(question), "items": items, "totals": totals, "freshness": freshness}


# For people


def _print_report(told: Fields, zone: ZoneInfo) -> None:
    items, totals = told["items"], told["totals"]
    shown = items[0] if items else totals
    plain = [name for name in shown if name != "end" and not isinstance(totals.get(name), dict)]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in plain:
        table.add_column(_heading(name, totals.get(name)), no_wrap=name == "start", overflow="fold")
    for item in items:
        table.add_row(*(_shown(name, item[name], zone) for name in plain))
    if items:
        others = plain[1:]
        table.add_section()
        table.add_row("total", *(_shown(name, totals.get(name, ""), zone) for name in others))
    console.print(table)
    for name, value in totals.items():
        if isinstance(value, dict):
            _print_parts(name, value, money="currency" in told)
        elif name not in plain:
            console.print(f"{_heading(name, value)}: {_shown(name, value, zone)}")
    money = f", money in {told['currency']}" if "currency" in told else ""
    console.print(
        f"{told['report']} of {told['from']:%Y-%m-%d %H:%M} up to {told['to']:%Y-%m-%d %H:%M} UTC, "
        f"times in {zone.key}{money}; the view {told['view']} is "
        f"{told['freshness']['lag_events']} events behind"
    )


def _print_parts(name: str, parts: dict[str, int], *, money: bool) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(name.replace("_", " "))
    table.add_column("", justify="right")
    for key, value in list(parts.items())[:MOST_PARTS]:
        table.add_row(key, _number("known" if money else name, value))
    if len(parts) > MOST_PARTS:
        table.add_row(f"… {len(parts) - MOST_PARTS} more", "")
    console.print(table)


def _heading(name: str, value: object) -> str:
    words = name.replace("_", " ")
    return f"{words} p50 / p90 / p99" if isinstance(value, Percentile) else words


def _shown(name: str, value: object, zone: ZoneInfo) -> str:
    match value:
        case None:
            return "–"
        case Percentile():
            return " / ".join(_size(name, size) for size in (value.p50, value.p90, value.p99))
        case datetime():
            return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
        case list():
            return " ".join(_shown(name, each, zone) for each in value)
        case int() | float():
            return _number(name, value)
        case _:
            return str(value)


def _size(name: str, size: int | None) -> str:
    if size is None:
        return "–"
    if name == "session_messages":
        return str(size)
    for length, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1_000, "s")):
        if size >= length:
            return f"{size / length:.3g} {unit}"
    return f"{size} ms"


def _number(name: str, value: float) -> str:
    if name in MONEY:
        return f"{value / BILLION:.4f}"
    if name.endswith("share"):
        return f"{value:.1%}"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _print_events(told: Fields, zone: ZoneInfo) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("conversation", no_wrap=True)
    for name in ("version", "at", "type", "measure", "dim", "amount"):
        table.add_column(name, overflow="fold")
    for item in told["items"]:
        table.add_row(
            str(item["conversation_id"] or item["id"]),
            str(item["version"] or ""),
            f"{item['at'].astimezone(zone):%Y-%m-%d %H:%M:%S}",
            item["type"] or "",
            item["measure"],
            item["dim"],
            str(item["amount"]),
        )
    console.print(table)
    note = f"; {told['note']}" if told["note"] else ""
    console.print(
        f"{told['cell']} is {told['number']}: {told['count']} events amounting to {told['amount']}, "
        f"{len(told['items'])} of them shown{note}"
    )
