"""One person's dealings with a business, drawn by a seed, recorded by the aggregate itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from domain.events import Fact
from domain.identity import Sender
from domain.inbound import ControlChange, Echo, Item, Message, OptIn, Receipt, Referral, Standby
from domain.people import WindowClosed
from tests.domain.story import Story

SECOND: Final = timedelta(seconds=1)
HOUR: Final = timedelta(hours=1)

KINDS: Final = ("text", "text", "text", "image", "audio", "location", "button_reply", "unsupported")
SOURCES: Final = (None, None, None, "ADS", "SHORTLINK", "ad")
MODELS: Final = ("gpt-6-luna", "gpt-6-luna", "gpt-6-sol", "gpt-5-nobody-knows", None)
FAULTS: Final = ("rate_limited", "server_error", "conversation_locked", "timeout")
FINAL_REFUSALS: Final = (131026, 131047, 131049)
THREADS: Final = ("conv_", "conv_", "conv_", "local_", "thread_")


class Life:
    """A story whose teller throws dice. ``edges`` are instants that a visit may fall on exactly."""

    def __init__(self, person: Sender, begins: datetime, dice: Random, edges: tuple[datetime, ...]) -> None:
        self.dice = dice
        thread = f"{dice.choice(THREADS)}{person.sender_id}"
        self.story = Story(person, thread_id=thread, at=begins)
        self.edges = edges
        self.known: set[str] = set()
        self.said: list[Message] = []
        self.sends: list[tuple[str, tuple[str, ...], datetime]] = []
        self._numbered = 0
        self._seen = 0

    @property
    def state(self) -> Any:
        return self.story.c.state

    @property
    def now(self) -> datetime:
        return self.story.now

    @property
    def told(self) -> dict[str, Any]:
        """What every item of a delivery that reaches us now has."""
        return {"sender": self.story.c.sender, "received_at": self.now}

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def wait(self, least: float, most: float) -> None:
        """Let some seconds pass, or go on at exactly the next full hour."""
        if self.chance(0.03):
            self.story.now = self.now.replace(minute=0, second=0, microsecond=0) + HOUR
            return
        self.story.later(round(self.dice.uniform(least, most), 6))

    def fresh(self, prefix: str) -> str:
        self._numbered += 1
        return f"{prefix}{self._numbered}"

    def observes(self, item: Item) -> None:
        facts: list[Fact] = self.story.facts
        self.known.update(fact.unique_key for fact in facts[self._seen :] if fact.unique_key is not None)
        self._seen = len(facts)
        self.story.observes(item, known=self.known)

    # The customer

    def visit(self, at: datetime) -> None:
        """A stretch of talk that begins at an instant, or when the one before is over."""
        self.story.now = max(self.now, at)
        for turn in range(self.dice.randint(1, 4)):
            if turn:
                self.wait(5, 3600)
            self.burst(entering=turn == 0)
            self.wait(0.5, 90)
            self.be_dealt_with()
            if self.chance(0.3):
                self.something_else()

    def burst(self, *, entering: bool) -> None:
        for number in range(self.dice.choice((1, 1, 1, 2, 3, 5))):
            if number:
                self.wait(0.05, 4)
            self.says(entering=entering and number == 0)
            if self.chance(0.08):
                self.observes(self.dice.choice(self.said[-5:]))

    def says(self, *, entering: bool = False) -> None:
        """A message: mostly sent just now, sometimes long ago, ahead of its time, or passed on late."""
        now, sender = self.now, self.story.person
        received = now - self.dice.choice((0, 0, 1, 3)) * SECOND
        message = self.story.message(
            sender=self.story.c.sender,
            kind=self.dice.choice(KINDS),
            sent_at=self._sent(received),
            received_at=received,
            referral={"source": source} if entering and (source := self.dice.choice(SOURCES)) else None,
            profile_name=f"Person {sender.sender_id}" if self.chance(0.02) else None,
        )
        self.said.append(message)
        self.observes(message)

    def _sent(self, received: datetime) -> datetime:
        fate = self.dice.random()
        if fate < 0.80 or received in self.edges:
            return received
        if fate < 0.90:
            return received.replace(microsecond=0)
        if fate < 0.93:
            return received + 400 * SECOND
        if fate < 0.96:
            return received - self.dice.uniform(1, 30) * HOUR
        return received - self.dice.uniform(0, 600) * SECOND

    def something_else(self) -> None:
        """What counts as no message."""
        now, sender = self.now, self.story.c.sender
        message_id = self.said[-1].message_id if self.said else "m0"
        match self.dice.randrange(8):
            case 0:
                self.story.edits(message_id, "corrected", sender=sender, revision=self._number())
            case 1:
                self.observes(Referral(**self.told, referred_at=now, source="SHORTLINK"))
            case 2:
                self.observes(OptIn(**self.told, opted_at=now))
            case 3:
                self.observes(Standby(**self.told, message_id=self.fresh("by"), kind="text", sent_at=now))
            case 4:
                self.story.reacts(message_id, self.fresh("+"), sender=sender)
            case 5:
                reason = self.dice.choice(("context_budget", "provider_back"))
                self.story.rebound(self.fresh("conv_again_"), reason)
            case 6:
                self.observes(self._receipt("read", ("of-another-app",), None))
            case _:
                self.read_again()

    def _number(self) -> int:
        self._numbered += 1
        return self._numbered

    def renumber(self) -> None:
        self.story.renumbers(self.fresh("49177"), sender=self.story.c.sender)
        self.story.person = self.story.c.sender

    # Who answers

    def be_dealt_with(self) -> None:
        if self.state.answered_by == "person":
            if self.chance(0.8):
                self.dice.choice((self.person_writes, self.person_writes_here))()
            if self.chance(0.4):
                self.wait(10, 4000)
                self.hand_back()
            return
        self.settle()
        if self.state.unanswered is None and self.state.draft is None:
            return
        courses: tuple[tuple[int, Callable[[], None]], ...] = (
            (50, self.is_answered),
            (8, self.is_answered_at_last),
            (7, self.falls_back),
            (4, self.is_given_up),
            (4, self.is_refused),
            (6, lambda: None),
            (5, self.person_writes),
            (8, self.person_takes_over),
            (3, self.is_left_half_way),
        )
        weights, acts = zip(*courses, strict=True)
        self.dice.choices(acts, weights)[0]()

    def settle(self) -> None:
        """Come to an end with what an earlier visit left."""
        while self.state.outgoing:
            self.is_sent() if self.chance(0.7) else self.story.c.give_up("", "window_closed", self.now)
        draft = self.state.draft
        if draft is not None and draft.open:
            if self.chance(0.5):
                self.story.failed(draft.reply_id, "outcome_lost")
            else:
                self.is_written(recovered=True)
                self.is_sent()

    def is_asked(self) -> None:
        self.story.asked(self.fresh("r"))
        self.wait(0.2, 3)

    def is_written(self, **fields: Any) -> None:
        self.story.drafted(
            self.state.draft.reply_id, parts=self.dice.choice((1, 1, 1, 2, 3)), **self._usage(), **fields
        )

    def _usage(self) -> dict[str, Any]:
        model = self.dice.choice(MODELS)
        if self.chance(0.1):
            return {"model": model}
        read = self.dice.randint(200, 40_000)
        given = {
            "model": model,
            "input_tokens": read,
            "cached_tokens": self.dice.randint(0, read),
            "output_tokens": self.dice.randint(1, 900),
            "reasoning_tokens": self.dice.randint(0, 200),
            "latency_ms": self.dice.randint(80, 20_000),
        }
        for name in ("cached_tokens", "reasoning_tokens", "latency_ms"):
            if self.chance(0.15):
                del given[name]
        return given

    def is_answered(self) -> None:
        self.is_asked()
        if self.chance(0.25):
            self.is_helped_by_a_function()
        if self.chance(0.15):
            self.says()
        self.is_written()
        if self.chance(0.1):
            self.wait(0.1, 5)
            self.says()
        self.wait(0.05, 2)
        self.is_sent()

    def is_helped_by_a_function(self) -> None:
        reply_id, call = self.state.draft.reply_id, self.fresh("call")
        name = self.dice.choice(("order_status", "opening_hours"))
        self.story.c.call_tool(reply_id, self.now, call_id=call, name=name, arguments="{}")
        self.wait(0.01, 1)
        failed = self.chance(0.2)
        self.story.c.return_tool(reply_id, self.now, call_id=call, output="{}", failed=failed, latency_ms=7)

    def is_answered_at_last(self) -> None:
        for _ in range(self.dice.randint(1, 3)):
            self.is_asked()
            self.story.failed(self.state.draft.reply_id, self.dice.choice(FAULTS))
            self.wait(2, 60)
            if self.chance(0.4):
                self.says()
        if self.chance(0.8):
            self.is_answered()

    def falls_back(self) -> None:
        if self.chance(0.7):
            self.is_asked()
            if self.chance(0.5):
                self.says()
            if self.chance(0.7):
                self.story.failed(self.state.draft.reply_id, "server_error")
        self.story.c.fall_back(self.fresh("r"), "One moment, please.", 1, self.now)
        self.wait(0.05, 2)
        if self.chance(0.9):
            self.is_sent()

    def is_given_up(self) -> None:
        if self.chance(0.5):
            self.is_asked()
            self.story.failed(self.state.draft.reply_id, self.dice.choice(FAULTS))
            if self.chance(0.5):
                self.says()
        self.story.c.give_up(self.fresh("r"), "window_closed", self.now)

    def is_refused(self) -> None:
        self.is_asked()
        self.is_written()
        self.is_turned_down()

    def is_turned_down(self) -> None:
        out = self.state.outgoing[0]
        self.story.sending(out.reply_id, out.part)
        self.wait(0.05, 2)
        self.story.refused(out.reply_id, out.part)

    def is_left_half_way(self) -> None:
        self.is_asked()
        if self.chance(0.5):
            self.is_written()
            if self.chance(0.5):
                self.person_writes()

    # People of the business

    def person_writes(self) -> None:
        self.wait(1, 7200)
        sent = self.now - self.dice.choice((0, 0, 1, 5)) * SECOND
        app = self.dice.choice((None, "263902037430900"))
        echo = Echo(**self.told, message_id=self.fresh("by-hand"), kind="text", sent_at=sent, app_id=app)
        self.observes(echo)
        if self.chance(0.1):
            self.observes(echo)

    def person_writes_here(self) -> None:
        """Through the API. It may fail, or be given back before it is sent."""
        self.wait(1, 7200)
        with suppress(WindowClosed):
            self.story.c.write(self.fresh("p"), "Kim here", self.dice.choice((1, 1, 2)), "kim", self.now)
        if self.state.outgoing and self.chance(0.9):
            self.is_sent() if self.chance(0.9) else self.is_turned_down()

    def take_over(self) -> None:
        if self.chance(0.5):
            self.story.c.hand_over("kim", self.now)
        else:
            self._control("lost")

    def hand_back(self) -> None:
        if self.chance(0.5):
            self.story.c.hand_back("kim", self.now)
        else:
            self._control("gained")

    def _control(self, change: Any) -> None:
        self.observes(ControlChange(**self.told, change=change, changed_at=self.now, app_id="42"))

    def person_takes_over(self) -> None:
        """While the answer is being written, which is then discarded, or before it is sent."""
        self.is_asked()
        if self.chance(0.5):
            self.take_over()
            self.is_written()
        else:
            self.is_written()
            self.take_over()
        if self.chance(0.8):
            self.dice.choice((self.person_writes, self.person_writes_here))()

    def erase(self) -> None:
        self.wait(60, 90_000)
        self.story.c.erase("kim", self.fresh("certificate"), self.now)

    # The channel

    def is_sent(self) -> None:
        """Send what is written, part by part, and hear what became of it, in whatever order."""
        out = self.state.outgoing[0]
        reply_id, ids = out.reply_id, []
        failing = self.story.person.channel == "whatsapp" and self.chance(0.08)
        for part in range(out.part, out.parts + 1):
            ids.append(self.fresh("wamid.out."))
            self._is_accepted(reply_id, part, ids[-1], early=self.chance(0.08), last=part == out.parts)
            self.wait(0.01, 1)
        self.sends.append((reply_id, tuple(ids), self.now))
        statuses = ["sent", "delivered", "read", "played"][: self.dice.choice((0, 1, 2, 3, 3, 4))]
        if failing:
            statuses = [*statuses[: self.dice.choice((0, 0, 1, 2))], "failed"]
        if self.chance(0.2):
            self.dice.shuffle(statuses)
        for status in statuses:
            self.wait(0.1, 20)
            self.is_reported(status, reply_id, tuple(ids), len(ids))

    def _is_accepted(self, reply_id: str, part: int, message_id: str, *, early: bool, last: bool) -> None:
        story = self.story
        story.sending(reply_id, part)
        self.wait(0.05, 2)
        if self.chance(0.05):
            story.deferred(reply_id, part, retry_after=1.0)
            self.wait(1, 10)
            story.sending(reply_id, part)
        if not early:
            story.sent(reply_id, part, message_id)
        elif last and self.chance(0.5):
            self.observes(self._receipt("delivered", (message_id,), story.reference(reply_id, part)))
        else:
            reference = story.reference(reply_id, part)
            sent: dict[str, Any] = {"message_id": message_id, "sent_at": self.now, "reference": reference}
            self.observes(Echo(**self.told, **sent, kind="text"))

    def is_reported(self, status: str, reply_id: str, ids: tuple[str, ...], part: int) -> None:
        """WhatsApp names messages and gives our reference back; the others name ids, or only a watermark."""
        if self.story.person.channel == "whatsapp":
            for number, message_id in enumerate(ids, part - len(ids) + 1):
                self.observes(self._receipt(status, (message_id,), self.story.reference(reply_id, number)))
            return
        until = self.now if status == "read" or self.chance(0.3) else None
        self.observes(self._receipt(status, () if status == "read" else ids, None, watermark=until))

    def read_again(self) -> None:
        """News of a reply of long ago."""
        for reply_id, ids, at in self.dice.choices(self.sends[-10:]) if self.sends else ():
            status = self.dice.choice(("delivered", "read"))
            if self.story.person.channel == "whatsapp":
                self.is_reported(status, reply_id, ids[-1:], 1)
            else:
                self.observes(self._receipt(status, (), None, watermark=at))

    def _receipt(self, status: str, ids: tuple[str, ...], reference: str | None, **fields: Any) -> Receipt:
        code = self.dice.choice(FINAL_REFUSALS) if status == "failed" else None
        at = self.now - self.dice.choice((0, 0, 1)) * SECOND
        what: dict[str, Any] = {"message_ids": ids, "reference": reference, "error_code": code, **fields}
        return Receipt(**self.told, status=status, occurred_at=at, **what)
