"""How each fact moves the state on. Facts are not judged here: they happened."""

from __future__ import annotations

from domain import events as e
from domain.state import (
    HANDED_OVER,
    NUMBER_CHANGED,
    REMEMBERED_ALIASES,
    REMEMBERED_KEYS,
    Draft,
    Outgoing,
    State,
    Turn,
    remembered,
)


def evolve(state: State, event: e.Fact) -> None:
    """Take ``event`` into ``state``. Facts without a case change nothing that decisions need."""
    key = event.unique_key
    if key is not None:
        state.keys.append(remembered(key))
        del state.keys[:-REMEMBERED_KEYS]
    match event:
        case e.MessageReceived():
            _message(state, event)
        case e.ProfileChanged():
            state.display_name, state.username = event.display_name, event.username
        case e.IdentityLinked():
            _linked(state, event)
        case e.EchoReceived():
            if state.answered_by == "person":  # by whatever inbox they write: it answers what was said
                _turn_closed(state, event.originator_version, by_a_person=True)
            _not_told(state, event.originator_version)
        case e.ThreadRebound():
            state.thread_id, state.last_item_id = event.thread_id, event.last_item_id
            state.context_tokens, state.thread_turns, state.untold = 0, event.seeded_turns, None
        case (
            e.HandedOver()
            | e.HandedBack()
            | e.CustomerLinked()
            | e.CustomerUnlinked()
            | e.ConversationErased()
        ):
            _act(state, event)
        case _:
            _reply(state, event)


def _linked(state: State, event: e.IdentityLinked) -> None:
    state.aliases.append(event.linked_id)
    if event.replaces_sender:  # what they went by so far goes on turning up, in receipts above all
        state.aliases.append(state.sender_id)
        if event.reason == NUMBER_CHANGED and event.changed_at is not None:
            state.left[state.sender_id] = event.changed_at
        state.sender_id = event.linked_id
    del state.aliases[:-REMEMBERED_ALIASES]
    state.left.pop(event.linked_id, None)
    for number in list(state.left)[:-REMEMBERED_ALIASES]:
        del state.left[number]


def _act(state: State, event: e.Fact) -> None:
    match event:
        case e.HandedOver():
            state.answered_by, state.taken_by = "person", event.actor
        case e.HandedBack():
            state.answered_by, state.taken_by = "bot", None
        case e.CustomerLinked():
            state.customer_id = event.customer_id
        case e.CustomerUnlinked():
            state.customer_id = None
        case e.ConversationErased():
            _erased(state)
        case _:
            pass


def _reply(state: State, event: e.Fact) -> None:
    match event:
        case e.DraftAttempted():
            _attempted(state, event)
        case e.DraftFailed() | e.ToolCalled() | e.ToolReturned():
            if state.draft:
                _drafting(state, state.draft, event)
        case e.ReplyDrafted():
            _drafted(state, event)
        case e.ReplyAttempted() | e.ReplyDeferred() | e.PartSent():
            _sending(state, event)
        case e.ReplySent():
            state.last_sent = _taken_out(state, event.reply_id) or state.last_sent
            if state.last_sent is not None and state.last_sent.reply_id == event.reply_id:
                state.last_sent.message_ids = list(event.message_ids)
        case e.ReplyFailed():
            _failed(state, event)
        case _:
            pass


def _failed(state: State, event: e.ReplyFailed) -> None:
    failed = _taken_out(state, event.reply_id)
    if failed is None:
        _turn_closed(state, event.answers_through)
        return
    if failed.author == "bot":  # the thread believes that it was said
        _not_told(state, failed.version)
    if event.reason == HANDED_OVER and failed.turn is not None:  # the customer waits for the person
        state.unanswered = failed.turn.joined(state.unanswered)


def _drafting(state: State, draft: Draft, event: e.DraftFailed | e.ToolCalled | e.ToolReturned) -> None:
    match event:
        case e.DraftFailed():
            draft.open = False
            draft.tools.clear()
        case e.ToolCalled():
            draft.tools[event.call_id] = False
            state.last_item_id = event.last_item_id or state.last_item_id
        case e.ToolReturned():
            draft.tools[event.call_id] = True


def _message(state: State, event: e.MessageReceived) -> None:
    effective = event.counts_from
    if state.latest_sent_at is None or effective > state.latest_sent_at:
        state.latest_sent_at = effective
    state.messages += 1
    state.session, state.session_messages = event.session, event.session_message
    version, at = event.originator_version, event.timestamp
    turn = Turn(version, version, 1, at, at, event.message_id)
    state.unanswered = turn if state.unanswered is None else state.unanswered.joined(turn)


def _attempted(state: State, event: e.DraftAttempted) -> None:
    draft, turn = state.draft, state.unanswered
    if draft is not None:
        turn = draft.turn.joined(turn)
    if turn is None:
        return
    state.unanswered = None
    state.draft = Draft(event.reply_id, turn, event.attempt, event.timestamp, open=True)


def _drafted(state: State, event: e.ReplyDrafted) -> None:
    turn = None
    if event.author == "bot":
        if state.draft is not None and state.draft.reply_id == event.reply_id:
            turn, state.draft = state.draft.turn, None
        if state.untold is not None and state.untold <= event.answers_through:
            state.untold = None
        state.last_item_id = event.last_item_id or state.last_item_id
        state.thread_turns += 1
        if event.input_tokens is not None:
            state.context_tokens = event.input_tokens + (event.output_tokens or 0)
    else:
        turn = _turn_closed(state, event.answers_through, by_a_person=event.author == "person")
        _not_told(state, event.originator_version)
    version, at = event.originator_version, event.timestamp
    reply = Outgoing(event.reply_id, version, event.author, event.parts, attempted_at=at)
    reply.turn = turn if event.author != "person" else None
    state.outgoing.append(reply)


def _turn_closed(state: State, through: int, *, by_a_person: bool = False) -> Turn | None:
    """No answer of the model's came of the turn, which is returned: the thread has still to be told what was
    said. A person answers as well what a reply is under way to."""
    if by_a_person:
        for reply in state.outgoing:
            reply.turn = None
    closed: Turn | None = None
    for turn in (state.draft.turn if state.draft else None, state.unanswered):
        if turn is not None and turn.last <= through:
            _not_told(state, turn.first)
            closed = closed.joined(turn) if closed else turn
    state.draft = None
    if state.unanswered is not None and state.unanswered.last <= through:
        state.unanswered = None
    return closed


def _not_told(state: State, version: int) -> None:
    """The thread does not know, or not rightly, what was said at ``version``."""
    if state.untold is None:
        state.untold = version


def _sending(state: State, event: e.ReplyAttempted | e.ReplyDeferred | e.PartSent) -> None:
    reply = next((reply for reply in state.outgoing if reply.reply_id == event.reply_id), None)
    if reply is None:
        return
    reply.unsettled, reply.deferred_for = False, None
    match event:
        case e.ReplyAttempted():
            reply.attempts, reply.attempted_at, reply.unsettled = event.attempt, event.timestamp, True
        case e.ReplyDeferred():
            reply.deferred_for = event.retry_after or 0.0
        case e.PartSent():
            reply.message_ids.append(event.message_id)
            reply.part, reply.attempts, reply.attempted_at = event.part + 1, 0, event.timestamp


def _taken_out(state: State, reply_id: str) -> Outgoing | None:
    for index, reply in enumerate(state.outgoing):
        if reply.reply_id == reply_id:
            return state.outgoing.pop(index)
    return None


def _erased(state: State) -> None:
    state.erased = True
    state.sender_id, state.display_name, state.username = "", None, None
    state.keys, state.aliases, state.outgoing, state.left = [], [], [], {}
    state.unanswered = state.draft = state.last_sent = None
