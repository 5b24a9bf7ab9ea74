"""Every fault that the stand-in can be told to have, met by everything that this service asks for."""

from __future__ import annotations

import pytest

from service.provider import (
    ContextExceeded,
    OutcomeUnknown,
    ProviderBusy,
    ProviderFault,
    QuotaExhausted,
    Rejected,
    ThreadGone,
    ThreadLocked,
    Unreachable,
)
from service.sandbox.faults import (
    Down,
    HangAfter,
    HangBefore,
    LockFor,
    LoseConversation,
    Nonsense,
    Refuse,
    ResetAfter,
    Rule,
    Slow,
    Trickle,
)
from service.sandbox.openai.errors import PRESETS
from service.sandbox.openai.server import OPERATIONS
from service.threads import Said, Threads

HURRY = 0.3
"""Seconds after which a call is given up whose server never answers."""

WHO = {"safety_identifier": "s-1", "conversation_key": "c-1"}

CALLS = {
    "conversations.create": lambda threads, _assistant, _thread: threads.create({}, ()),
    "items.create": lambda threads, _assistant, thread: threads.extend(thread, [Said("user", "Hello")]),
    "items.list": lambda threads, _assistant, thread: threads.since(thread, None),
    "items.delete": lambda threads, _assistant, thread: threads.delete(thread),
    "conversations.delete": lambda threads, _assistant, thread: threads.delete(thread),
    "responses.create": lambda _threads, assistant, thread: assistant.draft(thread, ["Hello"], **WHO),
}

WIRE = {
    "down": (Down(), OutcomeUnknown, "connection_lost"),
    "hang_before": (HangBefore(), OutcomeUnknown, "timeout"),
    "hang_after": (HangAfter(), OutcomeUnknown, "timeout"),
    "reset_after": (ResetAfter(), OutcomeUnknown, "connection_lost"),
    "slow": (Slow(60), OutcomeUnknown, "timeout"),
    "trickle": (Trickle(0.1, pieces=600), OutcomeUnknown, "timeout"),
    "portal": (Nonsense(), OutcomeUnknown, "nonsense"),
    "not_json": (Nonsense("oops"), OutcomeUnknown, "nonsense"),
    "list": (Nonsense([]), OutcomeUnknown, "nonsense"),
    "bare_500": (Refuse(500), ProviderBusy, "busy"),
    "bare_504": (Refuse(504), OutcomeUnknown, "gateway_failed"),
    "forbidden": (Refuse(403, {"error": {"message": "No", "code": "not_allowed"}}), Rejected, "not_allowed"),
}
NAMED = {
    "server_error": (ProviderBusy, "busy"),
    "server_is_overloaded": (ProviderBusy, "server_is_overloaded"),
    "rate_limit_exceeded": (ProviderBusy, "rate_limit_exceeded"),
    "slow_down": (ProviderBusy, "slow_down"),
    "credit_balance_exhausted": (QuotaExhausted, "credit_balance_exhausted"),
    "conversation_locked": (ThreadLocked, "conversation_locked"),
    "context_length_exceeded": (ContextExceeded, "context_length_exceeded"),
}
EFFECTS = WIRE | {name: (effect, *NAMED[name]) for name, effect in PRESETS.items()}


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("name", EFFECTS)
async def test_each_call_names_the_fault_it_meets(
    sandbox, sdk, threads, assistant, assistant_of, operation, name
):
    effect, kind, code = EFFECTS[name]
    thread = await threads.create({}, [Said("user", "Hi"), Said("assistant", "Hello")])
    sandbox.faults.add(Rule(operation, effect))
    waits = code == "timeout"
    hasty = (Threads(sdk, timeout=HURRY), assistant_of(sdk, timeout=HURRY)) if waits else (threads, assistant)

    with pytest.raises(ProviderFault) as caught:
        await CALLS[operation](*hasty, thread.thread_id)

    assert type(caught.value) is kind
    assert caught.value.code == code
    assert sandbox.faults.describe()[0]["fired"] >= 1


@pytest.mark.parametrize("operation", ["items.create", "items.list", "responses.create"])
async def test_a_lost_conversation_is_a_thread_that_is_gone(sandbox, threads, assistant, operation):
    thread = await threads.create({})
    sandbox.faults.add(Rule(operation, LoseConversation()))

    with pytest.raises(ThreadGone):
        await CALLS[operation](threads, assistant, thread.thread_id)


@pytest.mark.parametrize("operation", ["items.list", "items.delete", "conversations.delete"])
async def test_a_conversation_that_is_lost_while_it_is_deleted_is_deleted(sandbox, threads, operation):
    thread = await threads.create({}, [Said("user", "Hi")])
    sandbox.faults.add(Rule(operation, LoseConversation()))

    await threads.delete(thread.thread_id)

    assert sandbox.state()["conversations"] == []


async def test_a_thread_is_not_deleted_because_something_is_answered(sandbox, threads):
    thread = await threads.create({}, [Said("user", "Hi")])
    sandbox.faults.add(
        Rule("conversations.delete", Nonsense(body={"id": "nothing", "object": "lie"}), times=1)
    )

    with pytest.raises(OutcomeUnknown):
        await threads.delete(thread.thread_id)
    await threads.delete(thread.thread_id)

    assert sandbox.state()["conversations"] == []


async def test_an_answer_is_not_deleted_because_something_is_answered(sandbox, threads):
    sandbox.faults.add(Rule("responses.delete", Nonsense(body={"id": "nothing", "object": "lie"})))

    with pytest.raises(OutcomeUnknown):
        await threads.delete_response("resp_1")


async def test_a_held_lock_refuses_a_draft_and_writes_nothing(sandbox, threads, assistant):
    thread = await threads.create({})
    sandbox.faults.add(Rule("responses.create", LockFor(60), times=1))

    for _ in range(2):
        with pytest.raises(ThreadLocked):
            await assistant.draft(thread.thread_id, ["Hello"], **WHO)

    assert await threads.since(thread.thread_id, None) == []


async def test_a_stand_in_that_is_switched_off_is_unreachable_and_comes_back(sandbox, threads, connect):
    thread = await threads.create({})
    await sandbox.stop()

    with pytest.raises(Unreachable):
        await threads.extend(thread.thread_id, [Said("user", "Hi")])

    again = Threads(connect(await sandbox.start()), timeout=10)
    assert await again.extend(thread.thread_id, [Said("user", "Hi")])


def test_every_operation_of_the_stand_in_that_this_service_uses_is_tried():
    assert OPERATIONS.keys() >= CALLS.keys()
    assert PRESETS.keys() == NAMED.keys()
