"""Functions that the model calls: run once, on record, answered whatever becomes of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain import events as e
from service.sandbox.faults import (
    Calls,
    Effect,
    EmptyOutput,
    Failed,
    HangAfter,
    HangBefore,
    Incomplete,
    LockFor,
    Phases,
    Refusal,
    Refuse,
    ResetAfter,
    Rule,
    Says,
    UnknownItem,
)
from service.sandbox.meta import Speaker
from service.settings import ConfigFile, FunctionTool
from tests.journey import shop
from tests.journey.conftest import Journey, conversation_id, journey

ORDER = {"type": "object", "properties": {"order": {"type": "string"}}, "required": ["order"]}
BUSY = Refuse(503, {"error": {"message": "x", "code": "server_is_overloaded"}})


def offering(*names: str, **options: Any) -> ConfigFile:
    """A configuration with functions of the shop."""
    return ConfigFile(
        functions=[
            FunctionTool(function=f"tests.journey.shop:{name}", parameters=ORDER, **options) for name in names
        ]
    )


def outputs(world: Journey) -> list[str]:
    """What the model was told that functions returned, in order."""
    return [
        item["output"]
        for thread in world.openai.state()["conversations"]
        for item in thread["items"]
        if item["type"] == "function_call_output"
    ]


async def healthy(world: Journey, who: Speaker) -> None:
    """Every call is on record and answered once, the thread is the first one and takes further turns."""
    count = len(world.meta.answers(who))
    await world.meta.say(who, "Thank you very much")
    await world.until_answered(who, count + 1)
    await world.until_rest()
    types = await world.types(who)
    assert types.count("ToolCalled") == types.count("ToolReturned")
    assert "ThreadRebound" not in types
    assert types.count("ReplySent") == types.count("ReplyDrafted") == len(world.meta.answers(who))


async def test_a_function_is_called_with_what_the_model_says_and_its_result_is_told(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("order_status", "stock")) as world:
        who = world.person("1")
        shop.CALLS.clear()
        await world.meta.say(who, "What is the order status of AB-123?")
        texts = await world.until_answered(who)
        [(order, conversation)] = shop.CALLS
        assert (order, conversation) == ("AB-123", str(conversation_id(who)))
        assert "order AB-123 has left the warehouse" in texts[0]
        [called] = await world.of_type(who, e.ToolCalled)
        [returned] = await world.of_type(who, e.ToolReturned)
        assert (called.name, json.loads(called.arguments)) == ("order_status", {"order": "AB-123"})
        assert (returned.call_id, returned.output, returned.failed) == (
            called.call_id,
            "order AB-123 has left the warehouse",
            False,
        )
        await world.meta.say(who, "And the stock of AB-123?")
        assert '"left": 3' in (await world.until_answered(who, 2))[1]
        await healthy(world, who)


async def test_two_calls_of_one_answer_are_both_run_and_answered_together(fresh_url: str, tmp_path) -> None:
    async with journey(fresh_url, tmp_path, config=offering("order_status", "stock")) as world:
        who = world.person("1")
        await world.meta.say(who, "order status and stock of AB-123, please")
        await world.until_answered(who)
        assert len(outputs(world)) == 2
        types = [name for name in await world.types(who) if name.startswith("Tool")]
        assert types == ["ToolCalled", "ToolCalled", "ToolReturned", "ToolReturned"]
        await healthy(world, who)


@pytest.mark.parametrize("name", ["broken", "leaves", "odd", "stuck", "sleeps", "no_such_function"])
async def test_a_function_that_fails_is_unavailable_to_the_model_and_to_nobody_else(
    fresh_url: str, tmp_path, name: str
) -> None:
    config = offering("broken", "leaves", "odd", "stuck", "sleeps", timeout=0.2)
    async with journey(fresh_url, tmp_path, config=config) as world:
        who = world.person("1")
        world.openai.faults.add(Rule("responses.create", Calls(name, {"order": "AB-1"}), times=1))
        await world.meta.say(who, "Please look it up")
        await world.until_answered(who)
        [returned] = await world.of_type(who, e.ToolReturned)
        assert returned.failed
        assert "error" in json.loads(returned.output)
        assert "warehouse" not in returned.output
        assert outputs(world) == [returned.output]
        await healthy(world, who)


@pytest.mark.parametrize(
    ("name", "told"), [("nothing", "null"), ("half", "cut \ufffd off\ufffd here")], ids=["nothing", "half"]
)
async def test_what_a_function_returns_is_told_as_text(
    fresh_url: str, tmp_path, name: str, told: str
) -> None:
    async with journey(fresh_url, tmp_path, config=offering(name)) as world:
        who = world.person("1")
        world.openai.faults.add(Rule("responses.create", Calls(name), times=1))
        await world.meta.say(who, "Please look it up")
        await world.until_answered(who)
        [returned] = await world.of_type(who, e.ToolReturned)
        assert (returned.output, returned.failed) == (told, False)
        assert outputs(world) == [told]
        await healthy(world, who)


async def test_functions_that_never_return_keep_nobody_else_from_being_answered(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("stuck", "order_status", timeout=0.2)) as world:
        world.openai.faults.add(Rule("responses.create", Calls("stuck"), text="stuck", times=40))
        people = [world.person(str(n)) for n in range(40)]
        for who in people:
            await world.meta.say(who, "stuck")
        for who in people:
            await world.until_answered(who)
        after = world.person("after")
        await world.meta.say(after, "What is the order status of AB-123?")
        assert "left the warehouse" in (await world.until_answered(after))[0]


async def test_a_model_that_calls_for_ever_is_stopped_and_the_turn_answered_in_the_end(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("order_status")) as world:
        who = world.person("1")
        world.openai.faults.add(Rule("responses.create", Calls("order_status", {"order": "AB-1"}), times=9))
        await world.meta.say(who, "Hello")
        await world.until_answered(who)
        await world.until_rest()
        assert (await world.of_type(who, e.DraftFailed))[0].code == "too_many_tool_rounds"
        assert (await world.types(who)).count("ReplySent") == len(world.meta.answers(who)) == 1


# Between a call and its answer


@pytest.mark.parametrize(
    "effect",
    [HangBefore(), HangAfter(), ResetAfter(), BUSY, LockFor(0.6)],
    ids=["hang_before", "hang_after", "reset_after", "busy", "locked"],
)
async def test_results_that_the_model_did_not_take_are_offered_again_and_nothing_is_run_twice(
    fresh_url: str, tmp_path, effect: Effect
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("order_status")) as world:
        who = world.person("1")
        shop.CALLS.clear()
        world.openai.faults.add(Rule("responses.create", effect, skip=1, times=1))
        await world.meta.say(who, "What is the order status of AB-123?")
        texts = await world.until_answered(who)
        assert "left the warehouse" in texts[0]
        assert len(shop.CALLS) == 1
        await healthy(world, who)


@pytest.mark.parametrize("effect", [HangBefore(), HangAfter()], ids=["hang_before", "hang_after"])
@pytest.mark.parametrize("rounds", [1, 2])
async def test_a_service_that_dies_while_the_results_are_on_their_way_poisons_no_thread(
    fresh_url: str, tmp_path, effect: Effect, rounds: int
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("order_status")) as world:
        who = world.person("1")
        shop.CALLS.clear()
        call = Calls("order_status", {"order": "AB-123"})
        world.openai.faults.add(Rule("responses.create", call, times=rounds))
        world.openai.faults.add(Rule("responses.create", effect, times=1))
        await world.meta.say(who, "Hello")
        await world.until_recorded(who, e.ToolReturned, rounds)
        await world.until(lambda: world.openai.faults.describe()[1]["fired"] == 1)
        await world.crash()
        await world.begin()
        texts = await world.until_answered(who)
        assert "left the warehouse" in texts[0]
        assert len(shop.CALLS) == rounds
        await healthy(world, who)


async def test_a_function_that_the_service_died_in_is_not_run_again_and_the_model_is_told(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, config=offering("sleeps")) as world:
        who = world.person("1")
        world.openai.faults.add(Rule("responses.create", Calls("sleeps"), times=1))
        await world.meta.say(who, "Hello")
        await world.until_recorded(who, e.ToolCalled)
        await world.crash()
        await world.begin()
        await world.until_answered(who)
        [returned] = await world.of_type(who, e.ToolReturned)
        assert returned.failed
        assert outputs(world) == [returned.output]
        await healthy(world, who)


# What the customer gets of odd answers


async def what_arrives(world: Journey, who: Speaker) -> e.ReplyDrafted:
    """Ask for something, and see that exactly what was recorded reached the person, once."""
    await world.meta.say(who, "Is my parcel there?")
    texts = await world.until_answered(who)
    await world.until_rest()
    [drafted] = await world.of_type(who, e.ReplyDrafted)
    assert [drafted.text] == texts == [send.text for send in world.meta.answers(who)]
    return drafted


async def test_a_refusal_is_told_in_the_models_words(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Refusal("I cannot help with that."), times=1))
    drafted = await what_arrives(world, who)
    assert (drafted.text, drafted.outcome) == ("I cannot help with that.", "refused")


async def test_an_answer_that_was_cut_is_sent_as_far_as_it_got(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(
        Rule("responses.create", Incomplete("max_output_tokens", "Parcels leave the same day."), times=1)
    )
    drafted = await what_arrives(world, who)
    assert (drafted.text, drafted.outcome) == ("Parcels leave the same day.", "incomplete")


@pytest.mark.parametrize(
    ("effect", "code"),
    [
        (EmptyOutput(), "draft_empty"),
        (Failed("server_error"), "draft_server_error"),
        (Incomplete("max_output_tokens", ""), "draft_max_output_tokens"),
        (Incomplete("content_filter", ""), "draft_content_filter"),
        (Says("   \n "), "draft_empty"),
    ],
    ids=["empty", "failed", "cut_before_the_first_word", "filtered", "blank"],
)
async def test_an_answer_without_words_is_asked_for_again(world: Journey, effect: Effect, code: str) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", effect, times=2))
    drafted = await what_arrives(world, who)
    assert (drafted.author, drafted.outcome) == ("bot", "completed")
    assert [event.code for event in await world.of_type(who, e.DraftFailed)] == [code, code]


async def test_a_model_that_never_finds_words_gets_the_customer_the_configured_text(
    fresh_url: str, tmp_path
) -> None:
    async with journey(fresh_url, tmp_path, fallback_after=1.0, fallback_text="Back soon.") as world:
        who = world.person("1")
        world.openai.faults.add(Rule("responses.create", EmptyOutput()))
        drafted = await what_arrives(world, who)
        assert (drafted.text, drafted.author) == ("Back soon.", "fallback")


async def test_of_commentary_and_answer_only_the_answer_is_sent(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", Phases("Let me check that for you."), times=1))
    drafted = await what_arrives(world, who)
    assert "Let me check" not in drafted.text
    assert "tracking link" in drafted.text or "working days" in drafted.text


async def test_items_that_nobody_knows_are_passed_over(world: Journey) -> None:
    who = world.person("1")
    world.openai.faults.add(Rule("responses.create", UnknownItem("hologram_call"), times=1))
    drafted = await what_arrives(world, who)
    assert "tracking link" in drafted.text or "working days" in drafted.text
    assert drafted.outcome == "completed"
