"""A conversation as one page of HTML that needs nothing else: both sides, days, receipts, handovers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from service.export.aftermath import Aftermath
from service.export.asked import Asked, Misasked
from service.export.log_reader import LogReader, Opened, ends
from service.export.source import Fault, Place
from service.instants import read_zone
from service.storage.database import Database
from service.storage.vault import Vault

STYLE: Final = Path(__file__).with_name("transcript.css").read_text()

CHANNELS: Final = {"messenger": "Messenger", "instagram": "Instagram", "whatsapp": "WhatsApp"}
AUTHORS: Final = {"bot": "Assistant", "fallback": "Assistant, fallback text", "person": "Team"}

HEAD: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{channel} · account {account} · {messages} and {replies}</p>
<p class="fine">Conversation {conversation}. Times are of {zone}.</p>
</header>
<ol>
"""
FOOT: Final = """</ol>
</body>
</html>
"""


def zone_of(name: str | None) -> ZoneInfo:
    """A zone by its IANA name; UTC for None. Raises :class:`Misasked`."""
    try:
        return read_zone(name or "UTC")
    except ValueError as error:
        raise Misasked("tz", str(error)) from None


def check(asked: Asked) -> None:
    """Raises :class:`Misasked` where no transcript can be made of what was asked for."""
    if asked.what not in {"timelines", "messages"}:
        raise Misasked("format", "html is the transcript of a conversation: export timelines or messages")
    if asked.conversation is None:
        raise Misasked("conversation", "html is the transcript of one conversation: say which")


async def transcript(
    database: Database, vault: Vault, asked: Asked, *, faulty: Callable[[Fault], None]
) -> AsyncIterator[str]:
    """The page, in parts. The log is read twice: what became of a message is shown with it.

    Raises :class:`Misasked`. ``faulty`` is told of each event that cannot be read.
    """
    check(asked)
    zone = zone_of(asked.zone)
    reader = LogReader(database, vault, asked, await ends(database, asked))
    aftermath, person = Aftermath(), None
    async for piece in reader.pieces(Place()):
        for event in piece.events:
            person = event.person
            aftermath.take(event)
    aftermath.settle()
    erased = person is not None and person.key is None
    yield HEAD.format(
        title=escape(aftermath.name or ("Erased person" if erased else "Unnamed person")),
        style=STYLE,
        channel=escape(CHANNELS.get(person.channel, person.channel) if person else ""),
        account=escape(person.account_id if person else ""),
        messages=_counted(aftermath.messages, "message"),
        replies=_counted(aftermath.replies, "reply"),
        conversation=asked.conversation,
        zone=escape(zone.key),
    )
    page = _Page(aftermath, zone, notes=asked.what == "timelines")
    async for piece in reader.pieces(Place()):
        yield "".join(map(page.shown, piece.events))
        for fault in piece.faults:
            faulty(fault)
    yield FOOT


def _counted(number: int, one: str) -> str:
    many = f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"
    return f"{number:,} {one if number == 1 else many}"


class _Page:
    """Shows events one after the other. ``notes``: what happened beside the words as well."""

    def __init__(self, aftermath: Aftermath, zone: ZoneInfo, *, notes: bool) -> None:
        self._after, self._zone, self._notes = aftermath, zone, notes
        self._day: date | None = None
        self._session = 0

    def shown(self, event: Opened) -> str:
        """An event and the separators before it; nothing for one that is not for people."""
        fields = event.fields
        if fields is None:
            return _item("note fault", f"Event {event.version} ({escape(event.type)}) cannot be read.")
        match event.type:
            case "MessageReceived":
                return self._received(event, fields)
            case "StandbyReceived" | "EchoReceived":
                return self._overheard(event, fields)
            case "ReplyDrafted":
                return self._reply(event, fields)
            case _:
                return self._beside(event, fields)

    def _received(self, event: Opened, fields: Mapping[str, Any]) -> str:
        at = min(fields["sent_at"], fields["received_at"] or event.recorded_at)
        separators = self._day_line(at) + self._session_line(fields["session"])
        message_id = fields.get("message_id", "")
        marks = []
        if fields["late"]:
            marks.append("came late")
        if message_id in self._after.edits:
            marks.append(f"edited {self._clock(self._after.edits[message_id][0])}")
        if message_id in self._after.unsent:
            marks.append(f"taken back {self._clock(self._after.unsent[message_id])}")
        return separators + self._bubble(event, fields, at, "in", self._customer, marks)

    def _overheard(self, event: Opened, fields: Mapping[str, Any]) -> str:
        """What went past this service: said by somebody else, or to another app."""
        at = fields["sent_at"]
        separators = self._day_line(at)
        if event.type == "StandbyReceived" and not fields["from_business"]:
            return separators + self._bubble(event, fields, at, "in", self._customer, ["to another app"])
        return separators + self._bubble(event, fields, at, "out person", AUTHORS["person"], [])

    def _reply(self, event: Opened, fields: Mapping[str, Any]) -> str:
        reply_id, author = fields["reply_id"], fields["author"]
        at = self._after.sent.get(reply_id, event.recorded_at)
        separators = self._day_line(at)
        name = AUTHORS.get(author, author)
        if author == "person" and fields["actor"]:
            name = f"{name} ({fields['actor']})"
        became = self._after.became_of(reply_id)
        if became is not None:
            status, since = became
            mark = status if status == "sent" else f"{status} {self._clock(since)}"
        elif reply_id in self._after.failed:
            mark = f"not sent: {self._after.failed[reply_id]}"
        else:
            mark = "not sent yet"
        return separators + self._bubble(event, fields, at, f"out {author}", name, [mark])

    def _beside(self, event: Opened, fields: Mapping[str, Any]) -> str:
        words = self._note(event.type, fields) if self._notes else None
        if words is None:
            return ""
        separators = self._day_line(event.recorded_at)
        return separators + _item("note", f"{escape(words)} <time>{self._clock(event.recorded_at)}</time>")

    def _bubble(
        self, event: Opened, fields: Mapping[str, Any], at: datetime, side: str, name: str, marks: list[str]
    ) -> str:
        subject = fields.get("message_id") or fields.get("reply_id") or ""
        bad = any(mark.startswith(("failed", "not sent:")) for mark in marks)
        meta = " · ".join([self._clock(at), *map(escape, marks)])
        return _item(
            f"said {side}",
            f'<article id="v{event.version}"><h2>{escape(name)}</h2>{self._quoted(fields)}'
            f"{self._words(fields, subject)}{_attachments(fields)}{self._reaction(subject)}"
            f'<p class="meta{" bad" if bad else ""}"><time datetime="{at.isoformat()}">{meta}</time></p>'
            "</article>",
        )

    @property
    def _customer(self) -> str:
        return self._after.name or "Customer"

    def _words(self, fields: Mapping[str, Any], subject: str) -> str:
        first = fields.get("text") or ""
        text = self._after.edits[subject][1] if subject in self._after.edits else first
        if "text" not in fields:
            return '<p class="gone">Erased</p>'
        if not text and not fields.get("attachments"):
            return f'<p class="gone">{escape(str(fields.get("kind", "")))}</p>'
        taken_back = subject in self._after.unsent
        shown = (
            f'<p class="text{" unsent" if taken_back else ""}" dir="auto">{escape(text)}</p>' if text else ""
        )
        if text != first:
            shown += f'<p class="before" dir="auto">Before: {escape(first)}</p>'
        return shown

    def _quoted(self, fields: Mapping[str, Any]) -> str:
        if not fields.get("reply_to"):
            return ""
        version = self._after.versions.get(fields["reply_to"])
        where = "an earlier message" if version is None else f'<a href="#v{version}">an earlier message</a>'
        return f'<p class="quoted">In reply to {where}</p>'

    def _reaction(self, subject: str) -> str:
        reaction = self._after.reactions.get(subject)
        return f'<p class="reaction">{escape(reaction)}</p>' if reaction else ""

    def _day_line(self, at: datetime) -> str:
        """A line where a day begins; one that is over is not gone back to."""
        day = at.astimezone(self._zone).date()
        if self._day is not None and day <= self._day:
            return ""
        self._day = day
        return _item("day", f"<span>{day:%A}, {day.day} {day:%B %Y}</span>")

    def _session_line(self, session: int) -> str:
        if session == self._session:
            return ""
        self._session = session
        return _item("session", f"<span>Session {session}</span>")

    def _clock(self, at: datetime) -> str:
        local = at.astimezone(self._zone)
        clock = f"{local:%H:%M}"
        return clock if local.date() == self._day else f"{local.day} {local:%b} {clock}"

    def _note(self, name: str, fields: Mapping[str, Any]) -> str | None:
        """What happened beside the words; None for what is no news to a reader."""
        if name == "ReplyFailed" and fields["reply_id"] in self._after.drafted:
            return None  # its bubble says so
        words = NOTES.get(name)
        return words(fields) if words is not None else None


def _handed(what: str, fields: Mapping[str, Any]) -> str:
    return f"{what} ({fields['actor']})" + (f": {fields['reason']}" if fields["reason"] else "")


NOTES: Final[Mapping[str, Callable[[Mapping[str, Any]], str | None]]] = {
    "ConversationStarted": lambda _: "The conversation began",
    "HandedOver": lambda fields: _handed("A person took over", fields),
    "HandedBack": lambda fields: _handed("The assistant answers again", fields),
    "ThreadRebound": lambda fields: f"Went on in a new thread: {_plain(fields['reason'])}",
    "ReplyFailed": lambda fields: f"No answer: {_plain(fields['reason'])}",
    "ToolCalled": lambda fields: f"{AUTHORS['bot']} asked {fields['name']}",
    "ProfileChanged": lambda fields: f"Goes by {name} now" if (name := fields.get("display_name")) else None,
    "IdentityLinked": lambda fields: f"Known by another id as well: {_plain(fields['reason'])}",
    "ReferralReceived": lambda fields: f"Came through {_plain(fields['source'] or 'a link')}",
    "OptInReceived": lambda _: "Agreed to be written to",
    "ConversationErased": lambda _: "The person was erased: their words and names are gone",
}


def _plain(word: str) -> str:
    return word.replace("_", " ").lower()


def _item(kind: str, inner: str) -> str:
    return f'<li class="{kind}">{inner}</li>\n'


def _attachments(fields: Mapping[str, Any]) -> str:
    found = fields.get("attachments") or ()
    return "".join(f'<p class="attached">{escape(_attached(attachment))}</p>' for attachment in found)


def _attached(attachment: Any) -> str:  # an Attachment as the codec gives it
    named = attachment.filename or attachment.title
    details = attachment.details or {}
    if not named and {"latitude", "longitude"} <= details.keys():
        named = f"{details['latitude']}, {details['longitude']}"
    words = [attachment.kind.replace("_", " ").capitalize(), *([str(named)] if named else [])]
    return ": ".join(words) + (f" ({attachment.mime_type})" if attachment.mime_type else "")
