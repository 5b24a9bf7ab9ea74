"""The shopkeeper remembers what is in the thread, and nothing else."""

from __future__ import annotations

from openai import AsyncOpenAI
from openai_probes import MODEL, live

from service.sandbox.openai import OpenAISandbox


async def say(client: AsyncOpenAI, conversation: str, text: str) -> str:
    response = await client.responses.create(model=MODEL, input=text, conversation=conversation)
    return response.output_text


async def test_greetings_count_the_messages_of_the_conversation(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    assert await say(client, conversation, "Hello!") == "Hello and welcome to the shop! How can I help you?"
    await say(client, conversation, "Where is my parcel?")
    assert "message number 3" in await say(client, conversation, "hi again")


async def test_the_first_message_is_remembered_however_much_follows(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    await say(client, conversation, "I want a green lamp.")
    for number in range(12):
        await say(client, conversation, f"And lamp number {number}?")
    for question in ("What did I say first?", "what was the first thing I told you", "My first message?"):
        assert await say(client, conversation, question) == 'You said earlier: "I want a green lamp.".'


async def test_the_latest_messages_are_remembered_in_order(client: AsyncOpenAI) -> None:
    conversation = (await client.conversations.create()).id
    for text in ("one lamp", "two lamps", "three lamps"):
        await say(client, conversation, text)
    answered = await say(client, conversation, "Do you remember?")
    assert answered == 'You said earlier: "one lamp", "two lamps", "three lamps".'


async def test_nothing_is_remembered_of_another_conversation(client: AsyncOpenAI) -> None:
    first, second = [(await client.conversations.create()).id for _ in range(2)]
    await say(client, first, "My name is Ada.")
    assert await say(client, second, "What is my name?") == "You have not told me your name yet."
    assert await say(client, second, "What did I say first?") == 'You said earlier: "What is my name?".'
    assert await say(client, first, "What is my name?") == "Your name is Ada."


async def test_a_deleted_item_is_forgotten(client: AsyncOpenAI, sandbox: OpenAISandbox) -> None:
    conversation = (await client.conversations.create()).id
    await say(client, conversation, "My name is Ada.")
    item_id = live(sandbox, conversation)["items"][0]["id"]
    await client.conversations.items.delete(item_id, conversation_id=conversation)
    assert await say(client, conversation, "Who am I?") == "You have not told me your name yet."


async def test_notes_in_a_seeded_thread_are_known(client: AsyncOpenAI) -> None:
    notes = {"role": "developer", "content": "So far: the customer's name is Ada, who wants a lamp."}
    made = await client.conversations.create(items=[notes])
    assert await say(client, made.id, "What's my name?") == "Your name is Ada."


async def test_two_sandboxes_of_one_seed_say_the_same() -> None:
    said = []
    for _ in range(2):
        sandbox = OpenAISandbox(seed=3, clock=lambda: 1_790_239_012.0)
        async with AsyncOpenAI(api_key="any", base_url=await sandbox.start(), max_retries=0) as client:
            conversation = (await client.conversations.create()).id
            answers = [await say(client, conversation, text) for text in ("price?", "size?", "thanks")]
            said.append((conversation, answers))
        await sandbox.stop()
    assert said[0] == said[1]
