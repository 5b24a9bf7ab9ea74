"""Owed to drafted to sent: which conversation is due when, and one task at a time for each."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Final
from uuid import UUID

import structlog

from domain.conversation import Refused
from domain.events import Fact
from domain.steps import DraftReply, Policy, Rest, SendReply
from service.conversations import Conflict, Conversations, Entry, Unknown
from service.drafting import Drafting
from service.sending import Sending
from service.storage import owed
from service.storage.database import Database, Unavailable

PAUSE_AFTER_CONFLICT: Final = 0.05
PAUSE_AFTER_OUTAGE: Final = 0.5
LOOK_EVERY: Final = 0.5
RESTRAINT: Final = 50
"""Times as long as a look took that the next one waits, at least."""
PAUSE_AFTER_DEFECT: Final = 30.0
"""A conversation whose step raises what nobody expects waits, visibly, and costs the others nothing."""

TRICKLE: Final = 0.5
"""Seconds from one reply to the next that is begun while acknowledging and the log need the processor.
Everybody is answered, under whatever load."""

PROBE: Final = 0.002
"""Seconds for which a reply stands aside before it is begun, to see whether it is called again in time."""

ON_TIME: Final = 0.004
"""Seconds that it may be late: else there is as much to do as the processor can, and a reply can wait better
than a delivery. What replies leave of the processor is what deliveries and projections find at once."""

LONGEST_OUTAGE: Final = timedelta(minutes=10)
"""How long an outage may have been, at most, for evidence to be waited for as long again."""

logger = structlog.get_logger()


@dataclass(slots=True, eq=False)
class _Lane:
    """Conversations whose next step is of one kind, by when it is due, and how many more may be begun.

    Drafting and sending have one each: a model that hangs keeps nobody from what is written already.
    """

    free: int
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)
    heap: list[tuple[datetime, UUID]] = field(default_factory=list)


class Replies:
    """Works off what the conversations of this process's partitions owe.

    Fed by every commit of the process (:meth:`changed`) and, for what others left, by
    :meth:`adopt`. Drafting and sending of one conversation never overlap. Drafts are begun one by one, and so
    are sends, while the processor has time for them; where it has none, or ``pressed`` tells that other work
    needs it, one is begun only now and then. Tasks are bounded: ``concurrency`` that begin with a draft, and
    as many that begin with a send.
    """

    def __init__(
        self,
        *,
        database: Database,
        conversations: Conversations,
        drafting: Drafting,
        sending: Sending,
        policy: Policy,
        concurrency: int,
        pressed: Callable[[], bool],
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._conversations = conversations
        self._drafting = drafting
        self._sending = sending
        self._policy = policy
        self._clock = clock
        self._drafts, self._sends = _Lane(concurrency), _Lane(concurrency)
        self.pressed = pressed
        self._mine: dict[int, datetime] = {}
        """The partitions of this process, and since when they are."""
        self._due: dict[UUID, tuple[datetime, _Lane]] = {}
        self._busy: dict[UUID, asyncio.Task[None]] = {}
        self._sooner = asyncio.Event()

    @property
    def owing(self) -> int:
        """Conversations of this process that owe something."""
        return len(self._due) + len(self._busy)

    # What is due

    def changed(self, entry: Entry, _events: list[Fact]) -> None:
        """A conversation of ours has new events: see what it owes now."""
        if entry.live.partition in self._mine:
            self._schedule(entry)

    async def adopt(self, partitions: Collection[int]) -> None:
        """These partitions are ours from now on: take up whatever their conversations owe."""
        self._mine |= dict.fromkeys(partitions, self._clock())
        async with self._database.connection() as connection:
            ids = await owed.read(connection, partitions)
        for start in range(0, len(ids), 500):
            for entry in (await self._conversations.get_many(ids[start : start + 500])).values():
                self.changed(entry, [])

    async def watch(self) -> None:
        """Take up, until cancelled, what other processes note as owed by conversations of ours."""
        while True:
            began = monotonic()
            await self._look()
            await asyncio.sleep(max(LOOK_EVERY, (monotonic() - began) * RESTRAINT))

    async def _look(self) -> None:
        async with self._database.connection() as connection:
            noted = await owed.steps(connection, list(self._mine))
        # A send comes to be owed by itself only where a person wrote: what we have on the schedule is older.
        news = [
            i for i, step in noted.items() if i not in self._busy and (step == "send" or i not in self._due)
        ]
        for conversation_id in news:
            self._conversations.forget(conversation_id)
        for start in range(0, len(news), 500):
            for entry in (await self._conversations.get_many(news[start : start + 500])).values():
                self.changed(entry, [])

    def disown(self, partitions: Collection[int]) -> None:
        """These partitions are somebody else's now."""
        for partition in partitions:
            self._mine.pop(partition, None)

    def _schedule(self, entry: Entry) -> None:
        step = entry.live.conversation.next_step(self._policy)
        if isinstance(step, Rest):
            self._due.pop(entry.live.conversation.id, None)
        else:
            self._at(entry.live.conversation.id, self._not_before(entry, step), self._lane_of(step))

    def _lane_of(self, step: DraftReply | SendReply) -> _Lane:
        return self._drafts if isinstance(step, DraftReply) else self._sends

    def _not_before(self, entry: Entry, step: DraftReply | SendReply) -> datetime:
        """When a step may be taken.

        The evidence of a send that others had begun may have come while nobody was there to hear it. The
        channel repeats it after pauses that grow with the outage; so it is given as long again as that was.
        """
        if not isinstance(step, SendReply) or not step.unsettled:
            return step.not_before
        since = self._mine.get(entry.live.partition)
        attempted_at = entry.live.conversation.state.outgoing[0].attempted_at
        if since is None or attempted_at is None or attempted_at >= since:
            return step.not_before
        return since + self._policy.settle + min(since - attempted_at, LONGEST_OUTAGE)

    def _at(self, conversation_id: UUID, due: datetime, lane: _Lane) -> None:
        if self._due.get(conversation_id) == (due, lane):
            return
        self._due[conversation_id] = (due, lane)
        heapq.heappush(lane.heap, (due, conversation_id))
        if lane.heap[0][0] == due:
            self._sooner.set()

    # Working it off

    async def run(self) -> None:
        """Begin whatever becomes due, until cancelled."""
        while True:
            self._sooner.clear()
            pause = self._begin_due()
            try:
                async with asyncio.timeout(pause):
                    await self._sooner.wait()
            except TimeoutError:
                pass

    def _begin_due(self) -> float | None:
        pauses = [self._begin(lane) for lane in (self._drafts, self._sends)]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _begin(self, lane: _Lane) -> float | None:
        now = self._clock()
        while lane.heap and lane.free:
            due, conversation_id = lane.heap[0]
            current = self._due.get(conversation_id) == (due, lane)
            if current and due > now:
                return max(0.001, (due - now).total_seconds())
            heapq.heappop(lane.heap)
            if not current:
                continue  # it was put elsewhere in the schedule since
            del self._due[conversation_id]
            if conversation_id not in self._busy:  # else whoever is at it looks again at the end
                lane.free -= 1
                task = asyncio.create_task(self._work(conversation_id, lane), name="reply")
                self._busy[conversation_id] = task
        return None

    async def _work(self, conversation_id: UUID, lane: _Lane) -> None:
        try:
            await self._admitted(lane)
            pause = await self._steps(conversation_id, lane)
        except Unavailable:
            pause = PAUSE_AFTER_OUTAGE
        finally:
            del self._busy[conversation_id]
            lane.free += 1
            self._sooner.set()
        await self._again(conversation_id, pause, lane)

    async def _admitted(self, lane: _Lane) -> None:
        """Wait for this reply's turn, and then until the processor has time for it."""
        async with lane.gate:
            until = monotonic() + TRICKLE
            while self._mine:
                asked = monotonic()
                await asyncio.sleep(PROBE)
                late = monotonic() - asked - PROBE
                if monotonic() >= until or (late <= ON_TIME and not self.pressed()):
                    break

    async def _steps(self, conversation_id: UUID, lane: _Lane) -> float:
        """Step after step while something is due; the seconds to stay away afterwards. What began with a
        send leaves a draft to the others' lane."""
        pause = 0.0
        while pause == 0.0:
            entry = await self._entry(conversation_id)
            if entry is None or entry.live.partition not in self._mine:
                break
            step = entry.live.conversation.next_step(self._policy)
            if isinstance(step, Rest) or self._not_before(entry, step) > self._clock():
                break
            if lane is self._sends and isinstance(step, DraftReply):
                break
            pause = await self._perform(entry, step)
        return pause

    async def _entry(self, conversation_id: UUID) -> Entry | None:
        try:
            return await self._conversations.get(conversation_id)
        except Unknown:
            return None

    async def _perform(self, entry: Entry, step: DraftReply | SendReply) -> float:
        try:
            if isinstance(step, DraftReply):
                return await self._drafting.step(entry, step)
            return await self._sending.step(entry, step)
        except (Conflict, Refused):
            return PAUSE_AFTER_CONFLICT
        except Unavailable:
            return PAUSE_AFTER_OUTAGE
        except Exception:
            logger.exception("reply step failed", conversation=str(entry.live.conversation.id))
            return PAUSE_AFTER_DEFECT

    async def _again(self, conversation_id: UUID, pause: float, lane: _Lane) -> None:
        """Put the conversation back on the schedule, not before the pause is over."""
        try:
            entry = await self._entry(conversation_id)
        except Unavailable:
            self._later(conversation_id, PAUSE_AFTER_OUTAGE, lane)
            return
        if entry is None or entry.live.partition not in self._mine:
            return
        step = entry.live.conversation.next_step(self._policy)
        if isinstance(step, Rest):
            return
        not_before = self._not_before(entry, step)
        if pause > 0 or not_before <= self._clock():
            self._later(conversation_id, pause, self._lane_of(step))
        else:
            self._at(conversation_id, not_before, self._lane_of(step))

    def _later(self, conversation_id: UUID, pause: float, lane: _Lane) -> None:
        self._at(conversation_id, self._clock() + timedelta(seconds=pause), lane)

    async def stop(self, grace: float) -> None:
        """Let what is under way come to a recorded end, for ``grace`` seconds at most."""
        self._mine.clear()
        if self._busy:
            await asyncio.wait(self._busy.values(), timeout=grace)
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
