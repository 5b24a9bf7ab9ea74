"""Whatever happens in whatever order, a conversation keeps its promises."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain import events as e
from domain.conversation import Refused
from domain.steps import DraftReply, Rest, SendReply, Step
from tests.domain.story import NOON, PERSON, Story, replayed
from tests.domain.test_refusals import COMMANDS

PAST = st.sampled_from([0, 0, 0, 5, 3600, 30 * 3600, -3600])
"""Seconds by which a message is older than its receipt; in the future where negative."""

MESSAGE_IDS = st.sampled_from([f"m{n}" for n in range(40)])
UNTIMELY = sorted(COMMANDS.keys() - {"attempt_draft", "fall_back", "give_up", "erase"})
"""Commands about reply ``r1`` at any moment; without those that need an id never used before."""
OTHER_IDS = st.sampled_from(["49222", "bsuid.1", "bsuid.2"])


class Course(RuleBasedStateMachine):
    """Draws a course of a conversation; commands may be refused, then nothing may have happened."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.drawn = 0

    @property
    def erased(self) -> bool:
        return self.story.c.state.erased

    @property
    def known(self) -> Collection[str]:
        """What the log would refuse to hold twice."""
        return {fact.unique_key for fact in self.story.facts if fact.unique_key is not None}

    @property
    def reply_id(self) -> str:
        """The reply that is being drafted or sent, or one that never was."""
        state = self.story.c.state
        if state.draft is not None:
            return state.draft.reply_id
        return state.outgoing[0].reply_id if state.outgoing else "r0"

    @property
    def part(self) -> int:
        outgoing = self.story.c.state.outgoing
        return outgoing[0].part if outgoing else 1

    @property
    def asked(self) -> bool:
        """Whether the model's answer is awaited."""
        draft = self.story.c.state.draft
        return draft is not None and draft.open

    def owes(self, step: type[Step]) -> bool:
        return isinstance(self.story.owes(), step)

    def seldom(self, every: int) -> bool:
        return self.story.c.version % every == 0

    def fresh(self, prefix: str) -> str:
        self.drawn += 1
        return f"{prefix}{self.drawn}"

    def tries(self, command: Callable[[], Any]) -> None:
        version = self.story.c.version
        try:
            command()
        except Refused:
            assert self.story.c.version == version

    @rule(command=st.sampled_from(UNTIMELY))
    def somebody_tries_what_may_not_fit(self, command: str) -> None:
        self.tries(lambda: COMMANDS[command](self.story))

    @rule(seconds=st.sampled_from([0.1, 1.0, 40.0, 90_000.0]))
    def time_passes(self, seconds: float) -> None:
        self.story.later(seconds)

    @precondition(lambda self: not self.erased)
    @rule(
        message_id=MESSAGE_IDS, age=PAST, alias=st.none() | OTHER_IDS, name=st.sampled_from([None, "A", "B"])
    )
    def customer_says(self, message_id: str, age: int, alias: str | None, name: str | None) -> None:
        self.story.says(
            message_id=message_id,
            sent_at=self.story.now - timedelta(seconds=age),
            aliases=(alias,) if alias else (),
            profile_name=name,
            known=self.known,
        )

    @precondition(lambda self: not self.erased)
    @rule(message_id=MESSAGE_IDS, what=st.sampled_from(["edit", "unsend", "react"]))
    def customer_changes(self, message_id: str, what: str) -> None:
        if what == "edit":
            self.story.later(0.5).edits(message_id, "corrected")
        elif what == "unsend":
            self.story.unsends(message_id)
        else:
            self.story.later(0.5).reacts(message_id, "👍")

    @precondition(lambda self: not self.erased)
    @rule(current_id=OTHER_IDS | st.just(PERSON.sender_id))
    def customer_renumbers(self, current_id: str) -> None:
        self.story.renumbers(current_id, sender=self.story.c.sender)

    @precondition(lambda self: not self.erased)
    @rule(
        status=st.sampled_from(["sent", "delivered", "read", "failed"]),
        own=st.booleans(),
        part=st.integers(1, 2),
    )
    def channel_reports(self, status: str, own: bool, part: int) -> None:
        reference = self.story.reference(self.reply_id, part) if own else None
        self.story.receipt(status, f"out-{self.reply_id}-{part}", reference=reference)

    @precondition(lambda self: not self.erased)
    @rule(own=st.booleans())
    def channel_echoes(self, own: bool) -> None:
        reference = self.story.reference(self.reply_id, self.part) if own else None
        self.story.echo(f"out-{self.reply_id}-{self.part}", reference=reference)

    @precondition(lambda self: self.owes(DraftReply) and not self.asked)
    @rule()
    def the_model_is_asked(self) -> None:
        self.tries(lambda: self.story.asked(self.fresh("r")))

    @precondition(lambda self: self.asked)
    @rule(parts=st.integers(1, 3))
    def the_model_answers(self, parts: int) -> None:
        self.tries(lambda: self.story.drafted(self.reply_id, parts=parts, input_tokens=10))

    @precondition(lambda self: self.asked)
    @rule()
    def the_model_fails(self) -> None:
        self.tries(lambda: self.story.failed(self.reply_id))

    @precondition(lambda self: self.asked)
    @rule()
    def the_model_calls_a_function(self) -> None:
        call = {"call_id": self.fresh("call"), "name": "stock", "arguments": "{}"}
        self.tries(lambda: self.story.c.call_tool(self.reply_id, self.story.now, **call))

    @precondition(lambda self: self.seldom(6) and not self.erased)
    @rule()
    def the_thread_is_rebound(self) -> None:
        self.story.rebound(self.fresh("conv_"))

    @precondition(lambda self: self.seldom(5))
    @rule()
    def the_configured_text_goes_out(self) -> None:
        self.tries(lambda: self.story.c.fall_back(self.fresh("r"), "sorry", 1, self.story.now))

    @precondition(lambda self: self.seldom(7))
    @rule()
    def the_turn_is_given_up(self) -> None:
        self.tries(lambda: self.story.c.give_up(self.fresh("r"), "too late", self.story.now))

    @precondition(lambda self: self.owes(SendReply))
    @rule(offset=st.sampled_from([0, 0, 0, 1]))
    def a_send_begins(self, offset: int) -> None:
        self.tries(lambda: self.story.sending(self.reply_id, self.part + offset))

    @precondition(lambda self: self.owes(SendReply))
    @rule(outcome=st.sampled_from(["accepted", "accepted", "deferred", "refused"]))
    def a_send_ends(self, outcome: str) -> None:
        name = {"accepted": "sent", "deferred": "deferred", "refused": "refused"}[outcome]
        self.tries(lambda: getattr(self.story, name)(self.reply_id, self.part))

    @precondition(lambda self: self.seldom(4))
    @rule(over=st.booleans())
    def somebody_takes_over_or_gives_back(self, over: bool) -> None:
        command = self.story.c.hand_over if over else self.story.c.hand_back
        self.tries(lambda: command("kim", self.story.now))

    @precondition(lambda self: self.story.c.version > 25 and self.seldom(5))
    @rule()
    def the_person_is_erased(self) -> None:
        self.tries(lambda: self.story.c.erase("kim", "cert", self.story.now))

    # What holds after every step

    @invariant()
    def versions_are_dense(self) -> None:
        versions = [fact.originator_version for fact in self.story.facts]
        assert versions == list(range(1, len(versions) + 1))
        assert self.story.c.version == len(versions)

    @invariant()
    def no_unique_key_is_recorded_twice(self) -> None:
        keys = [fact.unique_key for fact in self.story.facts if fact.unique_key is not None]
        assert len(keys) == len(set(keys))

    @invariant()
    def the_log_alone_gives_the_same_conversation(self) -> None:
        again = replayed(self.story.facts)
        assert again.state == self.story.c.state
        assert (again.version, again.modified_on) == (self.story.c.version, self.story.c.modified_on)

    @invariant()
    def at_most_one_draft_is_open(self) -> None:
        still_open = 0
        for fact, person in zip(self.story.facts, self._by_a_person(), strict=True):
            if isinstance(fact, e.DraftAttempted):
                still_open += 1
                assert still_open == 1
            elif isinstance(fact, e.DraftFailed | e.ReplyDrafted | e.ConversationErased) or (
                (isinstance(fact, e.ReplyFailed) and fact.answers_through)
                or (isinstance(fact, e.EchoReceived) and person)
            ):
                still_open = 0

    def _by_a_person(self) -> list[bool]:
        """Of each fact, whether a person answered by then."""
        told, answers = [], False
        for fact in self.story.facts:
            answers = (answers or isinstance(fact, e.HandedOver)) and not isinstance(fact, e.HandedBack)
            told.append(answers)
        return told

    @invariant()
    def replies_go_out_one_at_a_time_in_order_and_end_once(self) -> None:
        drafted: list[str] = []
        ended: list[str] = []
        next_part = 1
        for fact in self.story.facts:
            match fact:
                case e.ReplyDrafted():
                    assert drafted == ended
                    drafted.append(fact.reply_id)
                    next_part = 1
                case e.ReplyAttempted() | e.ReplyDeferred() | e.PartSent():
                    assert (fact.reply_id, fact.part) == (drafted[-1], next_part)
                    next_part += isinstance(fact, e.PartSent)
                case e.ReplySent():
                    ended.append(fact.reply_id)
                    assert len(fact.message_ids) == next_part
                case e.ReplyFailed():
                    ended.append(fact.reply_id)
                    if fact.answers_through:
                        drafted.append(fact.reply_id)
                case _:
                    pass
        assert len(ended) == len(set(ended))
        assert drafted[: len(ended)] == ended
        assert len(drafted) - len(ended) <= 1

    @invariant()
    def the_customer_waits_until_an_ended_reply_covers_what_they_said(self) -> None:
        covers: dict[str, int] = {}
        under_way: set[str] = set()
        last_said = last_covered = 0
        for fact, person in zip(self.story.facts, self._by_a_person(), strict=True):
            match fact:
                case e.MessageReceived():
                    last_said = fact.originator_version
                case e.ReplyDrafted():
                    assert fact.answers_through > last_covered
                    covers[fact.reply_id] = fact.answers_through
                    under_way.add(fact.reply_id)
                case e.ReplySent():
                    last_covered = max(last_covered, covers[fact.reply_id])
                case e.EchoReceived() if person:
                    last_covered = fact.originator_version
                case e.ReplyFailed(reason="handed_over"):
                    pass
                case e.ReplyFailed():
                    covered = covers.get(fact.reply_id, fact.answers_through)
                    last_covered = max(last_covered, covered)
                case _:
                    pass
            if isinstance(fact, e.ReplySent | e.ReplyFailed):
                under_way.discard(fact.reply_id)
        waits = last_said > last_covered or bool(under_way)
        assert self.story.c.awaiting_reply == (waits and not self.erased)

    @invariant()
    def what_is_owed_fits_what_the_conversation_knows(self) -> None:
        state, step = self.story.c.state, self.story.owes()
        match step:
            case SendReply():
                assert (step.reply_id, step.part) == (state.outgoing[0].reply_id, state.outgoing[0].part)
            case DraftReply():
                assert not state.outgoing
                assert state.answered_by == "bot"
                assert state.draft or state.unanswered
                assert step.recover == (state.draft is not None and state.draft.open)
            case Rest():
                idle = not state.draft and not state.unanswered
                assert state.erased or (not state.outgoing and (idle or state.answered_by == "person"))

    @invariant()
    def sessions_count_on_and_the_window_never_moves_back(self) -> None:
        session = counted = 0
        latest = NOON - timedelta(days=365)
        for fact in self.story.facts:
            if isinstance(fact, e.MessageReceived):
                begins = fact.session == session + 1
                assert begins or fact.session == session
                assert fact.session_message == (1 if begins else counted + 1)
                session, counted = fact.session, fact.session_message
                latest = max(latest, min(fact.sent_at, fact.timestamp))
        assert (self.story.c.state.session, self.story.c.state.session_messages) == (session, counted)
        if counted:
            assert self.story.c.state.latest_sent_at == latest


Course.TestCase.settings = settings(
    max_examples=150,
    stateful_step_count=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestEveryCourse = Course.TestCase
