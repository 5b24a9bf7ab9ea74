"""What people of the business did: they were not talked over, and what they were told is so."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from bench.history import Event, History
from bench.rules.violation import Stories, Violation, is_erased

DONE = {"200", "503", "none"}
DOCUMENTED = {
    "hand over": DONE | {"409"},
    "hand back": DONE | {"409"},
    "write": {"202", "409", "503", "none"},
    "erase": {"202", "503", "none"},
    "rebuild": {"202", "409", "503", "none"},
    "drop a view": DONE | {"404", "409"},
}
"""How people of the business may be answered, by what they ask for; whatever else they ask for is a question.
409 is a refusal that says why, 503 asks to try again, and none came where whoever had it was killed."""


def asked(history: History, _stories: Stories) -> Iterator[Violation]:
    """No answer is one that is not documented; questions are answered all the time, rebuild or not."""
    for what, statuses in history.asked.items():
        for status, count in statuses.items():
            if status not in DOCUMENTED.get(what, DONE):
                guarantee = "G11" if what in DOCUMENTED else "G9"
                yield Violation(guarantee, "undocumented answer", f"{what}: {status}, {count} times")


def silence(story: list[Event]) -> Iterator[Violation]:
    """The bot neither drafts nor begins to send anything while a person holds the conversation."""
    held: Event | None = None
    bots = {event.reply_id for event in story if event.type == "ReplyDrafted" and event.author != "person"}
    for event in story:
        if event.type == "HandedOver":
            held = event
        elif event.type == "HandedBack":
            held = None
        elif held is not None and _is_the_bots(event, bots):
            evidence = f"{event.type} of {event.reply_id} (v{event.version}), handed over in v{held.version}"
            yield Violation("G5", "bot spoke", evidence, event.conversation)


def _is_the_bots(event: Event, bots: set[str | None]) -> bool:
    if event.type in {"ReplyDrafted", "ReplyAttempted"}:
        return event.reply_id in bots
    return event.type == "DraftAttempted"


def acts(history: History, stories: Stories) -> Iterator[Violation]:
    """What was answered with success is in the log, once; and every conversation was handed back. With a
    handover, what the bot was about to send is dropped."""
    for passed in history.passed:
        story = [e for e in stories.get(passed.conversation, []) if e.version <= passed.version]
        if passed.act not in [event.type for event in story if event.type != "ReplyFailed"][-1:]:
            evidence = f"{passed.act} was answered as v{passed.version}"
            yield Violation("G2", "act lost", evidence, passed.conversation)
    for wrote in history.written:
        drafts = [e for e in stories.get(wrote.conversation, []) if _is_of(wrote.reply_id, e)]
        if wrote.reply_id is not None and not drafts:
            evidence = f"{wrote.reply_id} of a person was answered 202, is not in the log"
            yield Violation("G2", "written lost", evidence, wrote.conversation)
        if len(drafts) > 1:
            evidence = f"{wrote.reply_id} of a person is in the log {len(drafts)} times"
            yield Violation("G3", "written doubled", evidence, wrote.conversation)
    for name in {passed.conversation for passed in history.passed}:
        story = stories.get(name, [])
        last = [event.type for event in story if event.type in {"HandedOver", "HandedBack"}][-1:]
        if last == ["HandedOver"] and not is_erased(story):
            yield Violation("G5", "not handed back", "a person holds it at the end", name)


def _is_of(reply_id: str | None, event: Event) -> bool:
    return event.type == "ReplyDrafted" and event.author == "person" and event.reply_id == reply_id


# Erasure


def erasures(history: History, stories: Stories) -> Iterator[Violation]:
    """An erasure that was answered is in the log, once, with the one certificate."""
    certified: defaultdict[str, list[str | None]] = defaultdict(list)
    for event in history.events:
        if event.type == "ConversationErased":
            certified[event.conversation].append(event.certificate_id)
    for name, certificates in certified.items():
        if len(certificates) > 1:
            yield Violation("G10", "erased twice", f"certificates {certificates}", name)
        if stories[name][-1].type != "ConversationErased":
            evidence = f"{stories[name][-1].type} (v{stories[name][-1].version}) follows"
            yield Violation("G10", "recorded after erasure", evidence, name)
    for erasure in history.erasures:
        given = set(erasure.certificates)
        if erasure.answered_at is not None and given != set(certified[erasure.conversation]):
            evidence = f"certificates {sorted(given)} answered, {certified[erasure.conversation]} in the log"
            yield Violation("G10", "other certificate", evidence, erasure.conversation)
    for name in certified.keys() - {erasure.conversation for erasure in history.erasures}:
        if history.complete:
            yield Violation("G10", "erased unasked", "nobody ordered it", name)


def forgotten(history: History, stories: Stories) -> Iterator[Violation]:
    """Nothing of an erased person is left: no word anywhere, no thread at OpenAI but one whose id was never
    learned."""
    of = {one.token: one.conversation for one in (*history.said, *history.written)}
    for token, places in history.words.items():
        yield Violation("G10", "words left", f"{token} is in {', '.join(places)}", of.get(token))
    attempts = {attempt.attempt: attempt for attempt in history.attempts}
    for thread in history.threads:
        attempt = attempts.get(thread.attempt or "")
        if attempt is None or attempt.thread_id is None:
            continue
        if is_erased(stories.get(attempt.conversation, [])):
            evidence = f"{thread.thread_id} is there, its attempt {attempt.state}"
            yield Violation("G10", "thread left", evidence, attempt.conversation)


# Rebuilds


def rebuilds(history: History, _stories: Stories) -> Iterator[Violation]:
    """Every rebuild came to its end, and the newest one that was seen live is the live view."""
    newest: dict[str, str] = {}
    for rebuild in history.rebuilds:
        if rebuild.promoted:
            newest[rebuild.projection] = rebuild.view
        else:
            evidence = f"{rebuild.projection} {rebuild.view}: {rebuild.fault or 'no fault told'}"
            yield Violation("G9", "not promoted", evidence)
    for projection, view in newest.items():
        if history.live.get(projection) != view:
            evidence = f"{projection} {view} was promoted, {history.live.get(projection)} is live"
            yield Violation("G9", "not live", evidence)
    for view, count in Counter((r.projection, r.view) for r in history.rebuilds if r.promoted).items():
        if count > 1:
            yield Violation("G9", "promoted twice", " ".join(view))
