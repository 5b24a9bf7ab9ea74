"""What people of the business do while faults strike, over HTTP: answer customers in place of the bot, erase
people, rebuild read models, and look at all of it.

Whatever is done is asked for until its outcome is known, and every answer is counted.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import aiohttp

from bench.history import Erasure, History, Passed, Rebuild, Wrote
from bench.processes import TOKEN
from bench.recording import sender_key, token
from bench.torture.people import People
from projections.catalogue import PROJECTIONS
from projections.reports.definitions import REPORTS
from service.sandbox.meta import Speaker

AGENTS: Final = 4
ERASERS: Final = 2
ANSWER_WITHIN: Final = 3.0
ERASED_WITHIN: Final = 12.0
ASK_AGAIN: Final = 0.4
PATIENCE: Final = 150.0
"""Seconds: for an answer; for that to an erasure, which vacuums; from one try to the next; and until an act
counts as never answered."""

PAUSES: Final = {"answer": (0.2, 1.5), "erase": (1.5, 4.0), "rebuild": (3.0, 8.0), "look": (0.05, 0.4)}
"""Seconds from the end of one act to the next of its kind, at least and at most."""

UNKNOWN: Final = {"503", "none"}
OURS: Final = 90_000_000
"""Where the numbers of our own tokens begin."""

DIFFERS: Final = "rows differ"

Answer = tuple[str, Any]
Act = Callable[[random.Random], Awaitable[None]]


@dataclass(slots=True)
class Desk:
    """Goes on until there is ``enough``; what is begun then is brought to its end: :meth:`work` returns once
    everything is handed back and the last rebuild is done."""

    url: str
    people: People
    seed: str
    enough: asyncio.Event
    asked: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    written: list[Wrote] = field(default_factory=list)
    passed: list[Passed] = field(default_factory=list)
    erasures: dict[str, Erasure] = field(default_factory=dict)
    rebuilds: dict[tuple[str, str], Rebuild] = field(default_factory=dict)
    handled: int = 0
    """Conversations taken over, written in and handed back."""
    _found: dict[str, str] = field(default_factory=dict)
    """The conversation of a sender, until they are erased."""
    _held: set[str] = field(default_factory=set)
    _session: aiohttp.ClientSession | None = None

    async def work(self) -> None:
        """Everybody at once, until there is enough."""
        connector = aiohttp.TCPConnector(force_close=True)  # each time another process may answer
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            aiohttp.ClientSession(connector=connector, headers=headers) as self._session,
            asyncio.TaskGroup() as group,
        ):
            for number in range(AGENTS):
                group.create_task(self._repeat("answer", self._answer_somebody, number))
            for number in range(ERASERS):
                group.create_task(self._repeat("erase", self._erase_somebody, number))
            group.create_task(self._repeat("rebuild", self._rebuild_something))
            group.create_task(self._repeat("look", self._look_at_something))

    @property
    def erased(self) -> int:
        """People who were erased, as far as we were told."""
        return sum(erasure.answered_at is not None for erasure in self.erasures.values())

    def note(self, history: History) -> None:
        """Add what was done, and how it was answered."""
        history.asked = {what: dict(statuses) for what, statuses in self.asked.items()}
        history.written, history.passed = self.written, self.passed
        history.erasures, history.rebuilds = list(self.erasures.values()), list(self.rebuilds.values())

    async def _repeat(self, name: str, act: Act, number: int = 0) -> None:
        chance = random.Random(f"{self.seed}/{name}/{number}")
        while not self.enough.is_set():
            await act(chance)
            await self._pause(chance.uniform(*PAUSES[name]))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self.enough.wait()
        except TimeoutError:
            pass

    # Asking

    async def _ask(self, what: str, method: str, path: str, body: Any = None, **query: str) -> Answer:
        """The status of the answer, ``none`` where there was none, and what it says."""
        assert self._session is not None
        status, said = "none", None
        try:
            url = f"{self.url}/api/v1/{path}"
            limit = aiohttp.ClientTimeout(total=ERASED_WITHIN if what == "erase" else ANSWER_WITHIN)
            async with self._session.request(method, url, json=body, params=query, timeout=limit) as answer:
                said = await answer.json(content_type=None)
                status = str(answer.status)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            pass
        self.asked[what][status] += 1
        return status, said

    async def _until_known(self, what: str, method: str, path: str, body: Any = None) -> Answer:
        """Ask again and again until the outcome is known."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            status, said = await self._ask(what, method, path, body)
            if status not in UNKNOWN:
                return status, said
            await asyncio.sleep(ASK_AGAIN)
        self.asked[what]["never"] += 1
        return "never", None

    async def _conversation_of(self, who: Speaker) -> str | None:
        """Somebody's conversation; None where they have none yet, or nobody says."""
        account, key = who.account, _key(who)
        if key not in self._found:
            status, page = await self._ask(
                "look at conversations", "GET", "conversations",
                channel=account.channel, account=account.account_id, sender=who.sender_id,
            )  # fmt: skip
            items = page["items"] if status == "200" else []
            if not items:
                return None
            self._found[key] = str(items[-1]["conversation_id"])
        return self._found[key]

    # Answering in place of the bot

    async def _answer_somebody(self, chance: random.Random) -> None:
        conversation = await self._conversation_of(chance.choice(self.people.known))
        if conversation is None or conversation in self._held:
            return
        self._held.add(conversation)
        try:
            await self._pass(conversation, "HandedOver")
            wrote = False
            for _ in range(chance.randint(1, 2)):
                await self._pause(chance.uniform(0.0, 1.0))
                wrote |= await self._write(conversation, chance)
            self.handled += await self._pass(conversation, "HandedBack") and wrote
        finally:
            self._held.discard(conversation)

    async def _pass(self, conversation: str, act: Literal["HandedOver", "HandedBack"]) -> bool:
        """Hand a conversation over or back; whether that was answered so. It is refused where it is so
        already: by an earlier try whose answer was lost, or since the person was erased."""
        what, path = ("hand over", "handover") if act == "HandedOver" else ("hand back", "handback")
        status, said = await self._until_known(what, "POST", f"conversations/{conversation}/{path}", {})
        if status == "200":
            self.passed.append(Passed(conversation, act, said["version"]))
        return status == "200"

    async def _write(self, conversation: str, chance: random.Random) -> bool:
        number = OURS + len(self.written)
        wrote = Wrote(conversation, token(number))
        self.written.append(wrote)
        text = chance.choice(("I have looked into it.", "Somebody is on the way. " * 40))
        body = {"text": f"{text} {wrote.token}", "idempotency_key": f"{self.seed}-{number}"}
        status, said = await self._until_known(
            "write", "POST", f"conversations/{conversation}/messages", body
        )
        if status == "202":
            wrote.reply_id = said["reply_id"]
        return status == "202"

    # Erasing

    async def _erase_somebody(self, chance: random.Random) -> None:
        """Erase one of all, and ask once more: now and then somebody who is being written to."""
        who = chance.choice(self.people.known)
        conversation = await self._conversation_of(who)
        if conversation is None:
            return
        ordered = Erasure(conversation, _key(who), time.monotonic())
        erasure = self.erasures.setdefault(conversation, ordered)
        for _ in range(2):
            status, said = await self._until_known("erase", "DELETE", f"conversations/{conversation}")
            if status == "202":
                erasure.answered_at = erasure.answered_at or time.monotonic()
                erasure.certificates.append(said["certificate_id"])
        self._found.pop(_key(who), None)

    # Rebuilding

    async def _rebuild_something(self, chance: random.Random) -> None:
        """Order a rebuild, see it to its end, and take away the views of before."""
        name = chance.choice(PROJECTIONS).name
        view = await self._order(name)
        if view is None:
            return
        rebuild = self.rebuilds.setdefault((name, view), Rebuild(name, view))
        until = time.monotonic() + PATIENCE
        while not rebuild.promoted and time.monotonic() < until and DIFFERS not in (rebuild.fault or ""):
            if not self.enough.is_set():  # whatever is wrong may have kept it
                until = time.monotonic() + PATIENCE
            await asyncio.sleep(ASK_AGAIN)
            await self._follow(rebuild)
        if rebuild.promoted:
            await self._drop_old(name)

    async def _order(self, projection: str) -> str | None:
        body = {"promote": True}
        status, said = await self._until_known("rebuild", "POST", f"projections/{projection}/rebuild", body)
        return said["name"] if status == "202" else None

    async def _follow(self, rebuild: Rebuild) -> None:
        """See how far it is. One that stopped is ordered again, as its fault says: it goes on."""
        status, page = await self._ask("look at views", "GET", f"projections/{rebuild.projection}/views")
        items = page["items"] if status == "200" else []
        view = next((item for item in items if item["name"] == rebuild.view), None)
        if view is None:
            return
        rebuild.promoted, rebuild.fault = view["state"] == "live", view["fault"]
        if rebuild.fault is not None and DIFFERS not in rebuild.fault:
            await self._order(rebuild.projection)

    async def _drop_old(self, projection: str) -> None:
        status, page = await self._ask("look at views", "GET", f"projections/{projection}/views")
        for item in page["items"] if status == "200" else []:
            if item["state"] == "kept":
                path = f"projections/{projection}/views/{item['name']}"
                await self._until_known("drop a view", "DELETE", path)

    # Looking

    async def _look_at_something(self, chance: random.Random) -> None:
        what = chance.choice(("sessions", "a timeline", "a report", "projections", "search"))
        if what == "a timeline":
            conversation = await self._conversation_of(chance.choice(self.people.known))
            if conversation is not None:
                await self._ask("look at a timeline", "GET", f"conversations/{conversation}/timeline")
        elif what == "a report":
            await self._ask("look at a report", "GET", f"analytics/{chance.choice(sorted(REPORTS))}")
        elif what == "search":
            await self._ask("search", "GET", "search", q="parcel")
        else:
            await self._ask(f"look at {what}", "GET", what)


def _key(who: Speaker) -> str:
    return sender_key(who.account.account_id, who.sender_id)
