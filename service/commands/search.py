"""``onethread search``: what was said and done, by its words."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated, Final

from cyclopts import Parameter
from rich.text import Text

from domain.identity import Channel, partition_of
from projections import views
from projections.searching import Wanted
from projections.timelines import Author
from service.commands.offline import opened
from service.commands.options import check_text, identified, instant
from service.commands.showing import lines, print_json
from service.searching import Hit, read_question
from service.searching import search as search_in
from service.settings import SettingsError
from service.storage.reading import one_view
from service.web.search import found_item

MOST: Final = 1_000
HIT: Final = "bold yellow"


def search(
    question: str,
    /,
    *,
    channel: Channel | None = None,
    account: str | None = None,
    author: Author | None = None,
    kind: str | None = None,
    conversation: str | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    to: str | None = None,
    tz: str | None = None,
    view: str | None = None,
    limit: int = 20,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> None:
    """Messages, replies and acts by their words, across conversations, the newest first.

    Parameters
    ----------
    question
        Words that all occur, "a phrase", OR, -without.
    channel
        Only this channel.
    account
        Only this account: page, Instagram account or phone_number_id.
    author
        Only what these said or did.
    kind
        Only messages of this kind (text, image, …) or receipts of this status.
    conversation
        Only this conversation: its id, or channel:account:sender.
    from_
        Only what was recorded at this instant or later, as 2026-11-24T08:00Z.
    to
        Only what was recorded before this instant.
    tz
        The zone of instants that are given without one, as Europe/Berlin.
    view
        Another view than the live one.
    limit
        Hits at most.
    as_json
        Print JSON for programs.
    """
    if not 1 <= limit <= MOST:
        raise SettingsError(f"limit: a whole number from 1 to {MOST} is expected")
    since, until = instant("from", from_, tz), instant("to", to, tz)
    if since is not None and until is not None and since > until:
        raise SettingsError("from: is after to")
    wanted = Wanted(
        channel=channel,
        account_id=account,
        author=author,
        kind=kind,
        since=since,
        until=until,
    )
    for name, text in (("account", account), ("kind", kind), ("view", view)):
        check_text(name, text)
    try:
        asked = read_question(question)
    except ValueError as error:
        raise SettingsError(f"q: {error}") from None
    run = partial(_search, asked, wanted, conversation, view, limit, as_json=as_json)
    asyncio.run(views.looked_up_again(run))


async def _search(
    question: str, wanted: Wanted, only: str | None, view: str | None, limit: int, *, as_json: bool
) -> None:
    async with opened() as there:
        if only is not None:
            one = await identified(there, only)
            wanted = replace(wanted, conversation=(partition_of(one, there.database.partitions), one))
        async with one_view(there.database) as connection:
            timelines = await views.find(connection, "timelines", view)
            found = await search_in(connection, there.vault, timelines, question, wanted, limit)
            fresh = await views.freshness(connection, timelines)
    if as_json:
        items = [found_item(hit) for hit in found.hits]
        print_json({"items": items, "note": found.note, "freshness": asdict(fresh)})
        return
    for hit in found.hits:
        _print(hit)
    more = ", and there are more" if found.last else ""
    note = f"; {found.note}" if found.note else ""
    lines.print(f"{len(found.hits)} found{more}; the view is {fresh.lag_events} events behind{note}")


def _print(hit: Hit) -> None:
    row = hit.row
    place = f"{row.recorded_at:%Y-%m-%d %H:%M:%S}  {row.conversation_id}/{row.version}"
    who = " · ".join(filter(None, (hit.display_name, row.channel, row.author, row.type)))
    lines.print(Text(f"{place}  {who}", "dim"))
    lines.print(Text.assemble("  ", *((piece.text, HIT if piece.hit else "") for piece in hit.snippet)))
