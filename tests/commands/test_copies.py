"""``backup``, ``restore`` and ``certificates``: a copy is whole or refused, and made fit to be served."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import pytest

from domain.conversation import Conversation
from domain.events import ReplyFailed
from domain.steps import Policy
from service import backup as copies
from service.backup import CopyFailed
from service.channels.delivery import Delivery
from service.commands.copies import restore
from service.erasing import Eraser
from service.restoring import RESTORED, BadCertificates, Certificate, Outcome, Restoring, certificates_of
from service.settings import SettingsError
from service.storage import erasure, inbox, log, owed
from service.storage.database import Database
from service.storage.vault import Vault
from service.web.webhooks import arrival_of
from tests.conftest import database_url
from tests.storage.streams import NOW, append, begun, connected, loaded, message

LATER = NOW + timedelta(hours=1)


@pytest.fixture
async def other_url(admin_url: str) -> AsyncIterator[str]:
    """An empty database on the same server."""
    name = f"test_{uuid4().hex}"
    async with connected(admin_url) as admin:
        await admin.execute(f"CREATE DATABASE {name}")
        yield database_url(admin_url, name)
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def people(database: Database, vault: Vault) -> list[UUID]:
    """Two people who wait for an answer."""
    lives = [begun(vault, "m1", "m2") for _ in range(2)]
    assert await append(database, *lives) == {}
    async with database.connection() as connection:
        await owed.mark(connection, [(live.partition, live.conversation.id, NOW, "draft") for live in lives])
    return [live.conversation.id for live in lives]


async def copied(database: Database, folder: Path) -> Path:
    await copies.take(database.url, folder / "copy", NOW)
    return folder / "copy"


async def brought_back(folder: Path, url: str) -> Database:
    await copies.bring_back(url, folder)
    return await Database.open(url)


async def made_fit(
    database: Database, vault: Vault, erased: list[Certificate], *, keep_owed: bool = False
) -> Outcome:
    return await Restoring(database, vault, Policy(), lambda: LATER).make_fit(erased, keep_owed=keep_owed)


async def test_a_copy_brings_everything_back_and_says_how_much_that_is(
    database: Database, vault: Vault, people: list[UUID], tmp_path: Path, other_url: str
) -> None:
    folder = await copied(database, tmp_path)
    manifest = copies.manifest_of(folder)
    assert (manifest.events, manifest.keys[0]) == (6, 2)
    back = await brought_back(folder, other_url)
    for conversation_id in people:
        assert (await loaded(back, vault, conversation_id)).conversation.version == 3
    await back.close()


async def test_a_copy_whose_log_is_not_the_one_of_its_manifest_is_refused(
    database: Database, people: list[UUID], tmp_path: Path, other_url: str
) -> None:
    folder = await copied(database, tmp_path)
    manifest = copies.manifest_of(folder)
    partition, (events, _) = next((p, entry) for p, entry in manifest.log.items() if entry[0])
    changed = msgspec.structs.replace(manifest, log={**manifest.log, partition: (events, "1")})
    (folder / copies.MANIFEST).write_bytes(msgspec.json.encode(changed))
    with pytest.raises(CopyFailed, match=rf"in partitions \[{partition}\]"):
        await copies.bring_back(other_url, folder)


async def test_a_copy_that_was_not_finished_is_none(tmp_path: Path, other_url: str) -> None:
    with pytest.raises(CopyFailed, match="not finished"):
        await copies.bring_back(other_url, tmp_path)


async def test_nothing_is_overwritten(database: Database, people: list[UUID], tmp_path: Path) -> None:
    folder = await copied(database, tmp_path)
    with pytest.raises(CopyFailed, match="not empty"):
        await copies.take(database.url, folder, NOW)
    with pytest.raises(CopyFailed, match="the database is not empty"):
        await copies.bring_back(database.url, folder)


async def test_who_was_erased_after_the_copy_was_made_is_erased_again_and_once(
    database: Database, vault: Vault, people: list[UUID], tmp_path: Path, other_url: str
) -> None:
    folder = await copied(database, tmp_path)
    erased, kept = people
    await Eraser(database, vault, lambda: NOW).erase(erased, "somebody")
    list_of_them = await certificates_of(database.url)
    assert [certificate.conversation_id for certificate in list_of_them] == [erased]
    back = await brought_back(folder, other_url)
    assert (await loaded(back, vault, erased)).key is not None, "the copy has the key"
    stranger = Certificate(uuid4(), uuid4(), NOW)
    assert (await made_fit(back, vault, [*list_of_them, stranger])).erased_again == 1
    assert (await loaded(back, vault, erased)).key is None
    assert (await loaded(back, vault, kept)).key is not None
    assert (await made_fit(back, vault, list_of_them)).erased_again == 0
    async with back.connection() as connection:
        assert len(await erasure.everybody(connection)) == 1
    await back.close()


async def test_what_is_owed_is_given_up_once_unless_it_is_to_be_kept(
    database: Database, vault: Vault, people: list[UUID]
) -> None:
    assert (await made_fit(database, vault, [], keep_owed=True)).given_up == 0
    assert (await made_fit(database, vault, [])).given_up == 2
    assert (await made_fit(database, vault, [])).given_up == 0
    async with database.connection() as connection:
        assert await owed.count(connection) == 0
        for conversation_id in people:
            live = await loaded(database, vault, conversation_id)
            last = (await log.read_stream(connection, live))[-1]
            assert isinstance(last, ReplyFailed)
            assert (last.reason, last.answers_through) == (RESTORED, 3)


async def test_what_was_acknowledged_is_recorded_before_anybody_is_erased(
    database: Database, vault: Vault, people: list[UUID]
) -> None:
    conversation: Conversation = (await loaded(database, vault, people[0])).conversation
    await waiting(database, conversation, "m3")
    outcome = await made_fit(database, vault, [Certificate(people[0], uuid4(), NOW)])
    assert (outcome.taken_in, outcome.erased_again, outcome.given_up) == (1, 1, 1)
    live = await loaded(database, vault, people[0])
    assert (live.key, live.conversation.state.messages) == (None, 3)


async def waiting(database: Database, conversation: Conversation, message_id: str) -> None:
    """A message that is in the inbox and not in the log."""
    delivery = Delivery(items=[message(conversation.sender, message_id)])
    rows = arrival_of(delivery, b"", NOW, database.partitions).rows
    async with database.connection() as connection:
        await inbox.insert(connection, rows)


async def test_a_line_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    listed = tmp_path / "erased.ndjson"
    listed.write_bytes(msgspec.json.encode(Certificate(uuid4(), uuid4(), NOW)) + b"\nnonsense\n")
    with pytest.raises(BadCertificates, match="line 2"):
        await certificates_of(str(listed))
    with pytest.raises(BadCertificates, match="No such file"):
        await certificates_of(str(tmp_path / "missing"))


def test_a_restore_is_of_a_folder_or_in_place_and_never_of_both() -> None:
    with pytest.raises(SettingsError, match="folder"):
        restore()
    with pytest.raises(SettingsError, match="folder"):
        restore(Path("copy"), in_place=True)
