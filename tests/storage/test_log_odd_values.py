"""Large, odd and unreadable values in a real log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from domain.conversation import Conversation
from domain.events import DeliveryReported, MessageReceived
from domain.inbound import Attachment, Receipt
from domain.state import REMEMBERED_KEYS
from service.storage import log
from service.storage.codec import Undecodable
from service.storage.database import Database
from service.storage.log import SNAPSHOT_EVERY
from service.storage.vault import Vault, VaultError
from tests.storage.streams import NOW, POLICY, append, begun, loaded, message, person, says

DESTROY = "UPDATE keys SET wrapped = NULL, destroyed_at = now() WHERE conversation_id = $1"


async def stream(database: Database, vault: Vault, live: log.Live) -> list[Any]:
    known = await loaded(database, vault, live.conversation.id)
    async with database.connection() as connection:
        return list(await log.read_stream(connection, known))


@pytest.mark.parametrize(
    "text",
    ["\x00", "a\x00b", "\ufffe\uffff", "👩‍👩‍👧\u202e", "'; DROP TABLE events; --", '\\u0000 \\ " {', ""],
)
async def test_odd_texts_are_stored_as_they_are(database: Database, vault: Vault, text: str) -> None:
    live = begun(vault)
    odd = Attachment(kind="contacts", title=text, details={text: [text]})
    fields = {"text": text, "attachments": (odd,), "details": {"key": text, text: None}}
    item = message(live.conversation.sender, f"id{text}")
    live.conversation.observe(type(item)(**{**item.__dict__, **fields}), NOW, POLICY)
    await append(database, live)
    received = (await stream(database, vault, live))[-1]
    assert isinstance(received, MessageReceived)
    assert {name: getattr(received, name) for name in fields} == fields
    assert received.message_id == f"id{text}"


async def test_numbers_and_nesting_in_the_clear_survive_the_database(
    database: Database, vault: Vault
) -> None:
    details = {
        "price": 0.1, "tiny": 5e-324, "round": 1e22, "zero": -0.0, "whole": 1.0, "long": 2**63 - 1,
        "deep": [[[[{"a": None}]]]], "ü\t\n": "ß", "": [], "t": True,
    }  # fmt: skip
    live = begun(vault)
    live.conversation.observe(
        Receipt(
            sender=live.conversation.sender, received_at=NOW, status="read", occurred_at=NOW, details=details
        ),
        NOW,
        POLICY,
    )
    await append(database, live)
    reported = (await stream(database, vault, live))[-1]
    assert isinstance(reported, DeliveryReported)
    assert reported.details == details


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 11, 2, 12, 0, 0, 1, tzinfo=UTC),
        datetime(2026, 11, 2, 23, 59, 59, 999_999, tzinfo=timezone(timedelta(hours=14))),
        datetime(9998, 12, 31, tzinfo=UTC),
    ],
)
async def test_instants_are_kept_to_the_microsecond_in_any_zone(
    database: Database, vault: Vault, at: datetime
) -> None:
    live = begun(vault)
    live.conversation.observe(message(live.conversation.sender, "m", at=at), at, POLICY)
    await append(database, live)
    received = (await stream(database, vault, live))[-1]
    assert (received.sent_at, received.timestamp) == (at, at)
    assert (await loaded(database, vault, live.conversation.id)).conversation == live.conversation


async def test_an_append_of_three_megabytes_goes_through_and_comes_back(
    database: Database, vault: Vault
) -> None:
    long, many = begun(vault), begun(vault)
    says(long.conversation, "long", text="ä" * 1_500_000)
    says(many.conversation, *(f"m{n}" for n in range(300)), text="b" * 10_000)
    assert await append(database, long, many) == {}
    assert (await stream(database, vault, long))[-1].text == "ä" * 1_500_000
    assert (await loaded(database, vault, many.conversation.id)).conversation == many.conversation


async def test_a_snapshot_is_taken_whenever_a_multiple_is_passed_however_many_come_at_once(
    database: Database, vault: Vault
) -> None:
    live = begun(vault)
    taken = []
    for size in (1, 61, 1, 1, 70, 63, 1, 300):
        says(live.conversation, *(str(uuid4()) for _ in range(size)))
        await append(database, live)
        async with database.connection() as connection:
            taken.append(await connection.fetchval("SELECT version FROM snapshots"))
        assert live.conversation.version - (taken[-1] or 0) < SNAPSHOT_EVERY
        again = await loaded(database, vault, live.conversation.id)
        assert again.conversation == live.conversation
    assert taken == [None, None, 64, 64, 135, 198, 198, 499]


async def test_an_older_snapshot_never_replaces_a_newer_one(database: Database, vault: Vault) -> None:
    live = begun(vault, *map(str, range(200)))
    await append(database, live)
    assert live.key
    async with database.connection() as connection:
        await connection.execute(
            log.SAVE_SNAPSHOTS, [live.partition], [live.conversation.id], [64], [live.key.seal(64, b"old")]
        )
        assert await connection.fetchval("SELECT version FROM snapshots") == 201


async def test_many_conversations_are_loaded_at_once_with_and_without_snapshots(
    database: Database, vault: Vault
) -> None:
    lives = [begun(vault, *(f"m{n}" for n in range(count))) for count in (0, 1, 63, 64, 100)]
    await append(database, *lives)
    ids = [live.conversation.id for live in lives]
    async with database.connection() as connection:
        found = await log.load_many(connection, vault, [*ids, uuid4()], database.partitions)
        assert await log.load_many(connection, vault, [], database.partitions) == {}
    assert {i: live.conversation for i, live in found.items()} == {
        live.conversation.id: live.conversation for live in lives
    }


async def test_an_unknown_conversation_is_none(database: Database, vault: Vault) -> None:
    async with database.connection() as connection:
        assert await log.load(connection, vault, uuid4(), database.partitions) is None


@pytest.mark.parametrize("messages", [3, SNAPSHOT_EVERY])
async def test_with_its_key_destroyed_a_conversation_loads_without_what_is_personal(
    database: Database, vault: Vault, messages: int
) -> None:
    live = begun(vault, *(f"m{n}" for n in range(messages)))
    live.conversation.erase("kim", "cert", NOW)
    await append(database, live)
    async with database.connection() as connection:
        await connection.execute(DESTROY, live.conversation.id)
    known = await loaded(database, vault, live.conversation.id)
    assert known.key is None
    assert known.conversation.version == live.conversation.version
    assert known.conversation.state == live.conversation.state
    async with database.connection() as connection:
        events = await log.read_stream(connection, known)
    assert {(e.text, e.message_id) for e in events if isinstance(e, MessageReceived)} == {(None, "")}


async def test_the_digest_of_an_erased_message_still_tells_its_late_copy(
    database: Database, vault: Vault
) -> None:
    sender = person()
    live = begun(vault, "m1", sender=sender)
    await append(database, live)
    live.conversation.erase("kim", "cert", NOW)
    await append(database, live)
    assert "m1" not in live.conversation.state.keys
    says(live.conversation, "m1")
    assert (await append(database, live))[live.conversation.id].fault == "duplicate"


async def test_another_master_key_is_refused_and_named(database: Database, vault: Vault) -> None:
    live = begun(vault, "m1")
    await append(database, live)
    async with database.connection() as connection:
        with pytest.raises(VaultError, match="ONETHREAD_MASTER_KEY"):
            await log.load(connection, Vault(bytes([9] * 32)), live.conversation.id, 64)


@pytest.mark.parametrize(
    ("damage", "error"),
    [
        ("UPDATE events SET type = 'Nonsense' WHERE version = 2", Undecodable),
        ("UPDATE events SET data = data - 'kind' WHERE version = 2", Undecodable),
        (
            "UPDATE events SET sealed = set_byte(sealed, 20, get_byte(sealed, 20) # 1) WHERE version = 2",
            VaultError,
        ),
        (
            "UPDATE events SET sealed = (SELECT sealed FROM events WHERE version = 3) WHERE version = 2",
            VaultError,
        ),
    ],
)
async def test_a_damaged_event_is_an_error_and_never_a_guess(
    database: Database, vault: Vault, damage: str, error: type[Exception]
) -> None:
    live = begun(vault, "m1", "m2")
    await append(database, live)
    async with database.connection() as connection:
        await connection.execute(damage)
        with pytest.raises(error):
            await log.load(connection, vault, live.conversation.id, 64)


async def test_a_text_that_the_database_cannot_hold_in_the_clear_is_stored_without_it(
    database: Database, vault: Vault
) -> None:
    live = begun(vault)
    item = message(live.conversation.sender, "m1")
    live.conversation.observe(type(item)(**{**item.__dict__, "kind": "odd\x00"}), NOW, POLICY)
    assert await append(database, live) == {}
    assert (await stream(database, vault, live))[-1].kind == "odd\ufffd"


async def test_a_conversation_read_again_goes_on_as_if_it_had_never_been_away(
    database: Database, vault: Vault
) -> None:
    kept: Conversation | None = None
    sender = person()
    await append(database, begun(vault, "m0", sender=sender))
    for n in range(1, REMEMBERED_KEYS * 2):
        live = await loaded(database, vault, sender.conversation_id)
        says(live.conversation, f"m{n}", f"m{n - 1}")
        await append(database, live)
        if kept is None:
            kept = live.conversation
        else:
            says(kept, f"m{n}", f"m{n - 1}")
            kept.new_facts()
    assert (await loaded(database, vault, sender.conversation_id)).conversation == kept
