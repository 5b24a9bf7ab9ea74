"""What reads other people's bytes, each as a plain function: it returns, or what it raises is a finding.

A target lets pass only the exceptions that the reader's docstring promises, and checks what it promises
about its answer. The same functions are driven by seeded random bytes in ``make test``, by coverage in
``make fuzz``, and by every finding there ever was.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
import orjson

from domain.conversation import Conversation
from domain.events import EVENT_TYPES, Fact
from domain.identity import CHANNELS
from domain.inbound import Item
from domain.observe import read_reference
from domain.steps import Policy
from projections.projection import Unreadable
from projections.reports.explain import Cell, NoSuchCell
from service.channels import refusals
from service.channels.delivery import Delivery
from service.channels.envelope import parse_delivery, read_delivery
from service.channels.plain import read_plain_text
from service.channels.signature import sign, verify
from service.channels.texts import _LIMITS, split_text
from service.channels.wire import UnreadableError, decode
from service.instants import read_instant
from service.intake import DECODERS
from service.prices import BadPrices, read_prices
from service.settings import SettingsError, load_config_file
from service.storage import codec, vault
from service.web import cursors
from service.web.errors import Problem
from service.web.vectors import read_vector
from service.web.webhooks import arrival_of
from tests.fuzz import web_parts

Target = Callable[[bytes], None]

NOW: Final = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SOMEBODY: Final = UUID("11111111-2222-3333-4444-555555555555")
SECRET: Final = b"the-app-secret"
PARTITIONS: Final = 64
POLICY: Final = Policy()
PLACES: Final = web_parts.places()
PARAMETERS: Final = web_parts.parameters()


def written(data: bytes) -> str:
    """Bytes as text that may hold anything, lone surrogates included."""
    return data.decode("utf-8", "surrogateescape")


# Deliveries


def json_of_others(data: bytes) -> None:
    """What is decoded can be stored, and written out again."""
    with suppress(UnreadableError):
        stored = orjson.dumps(decode(data))
        assert b"\\u0000" not in stored


def delivery(data: bytes) -> None:
    """Something comes of any body, without tripping a rule of ours, and the fast way agrees with the slow."""
    read = parse_delivery(data, NOW)
    assert read.items or read.ignored or read.malformed
    assert not [piece for piece in read.malformed if piece.reason.startswith("unexpected")], read.malformed
    plain = read_plain_text(data, NOW)
    if plain is not None:
        assert read_delivery(data, NOW) == Delivery(items=[plain])
    rows = arrival_of(read, data, NOW, PARTITIONS)
    assert len(rows.rows) == len(read.items)
    assert len(rows.ignored) == len(read.ignored)
    assert len(rows.quarantined) == len(read.malformed)
    for item, row in zip(read.items, rows.rows, strict=True):
        assert DECODERS[row.type].decode(row.item) == item


def facts_of(item: Item) -> list[Fact]:
    """What is recorded of an item that is the first of its conversation, and comes twice."""
    conversation = Conversation.start(item.sender, "conv_1", NOW, first=item)
    for _ in range(2):
        conversation.observe(item, NOW, POLICY, known=())
    return conversation.new_facts()


def delivery_taken_in(data: bytes) -> None:
    """Every item is a fact of its conversation, and every fact reads back as it was recorded."""
    for item in parse_delivery(data, NOW).items:
        for fact in facts_of(item):
            name, clear, personal = codec.encode(fact)
            assert b"\\u0000" not in clear
            back = codec.decode(
                fact.originator_id, fact.originator_version, name, fact.timestamp, clear, personal
            )
            assert codec.encode(back) == (name, clear, personal)


def signature(data: bytes) -> None:
    """Nobody gets in by chance, and no header makes it raise."""
    header, _, body = data.partition(b"\n")
    given = header.decode("utf-8", "surrogateescape")
    assert verify(SECRET, body, given) == (given == sign(SECRET, body))
    assert not verify(b"", body, given)
    assert verify(SECRET, body, sign(SECRET, body))


def reference(data: bytes) -> None:
    """What a send carried is ours or it is not."""
    read_reference(written(data))


def graph_refusal(data: bytes) -> None:
    """Any answer of Meta's to a send is one of the two things that it can mean."""
    head, _, body = data.partition(b"\n")
    try:
        tree: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        tree = None
    headers = {"X-Business-Use-Case-Usage": written(head), "Retry-After": written(head)}
    for status in (400, 429, 500):
        refused = refusals.refusal(status, tree, headers)
        if isinstance(refused, refusals.SendRefused):
            assert refused.retry_after is None or 0 < refused.retry_after <= 86_400
            assert refused.disposition in get_args(refusals.Disposition)


# What is stored


def stored_event(data: bytes) -> None:
    """A stored event is one, or it is said which field is not."""
    names = sorted(EVENT_TYPES)
    number, rest = (data[0] if data else 0), data[1:]
    clear, _, personal = rest.partition(b"\n")
    name = names[number % len(names)]
    for sealed in (personal, None):
        with suppress(codec.Undecodable):
            event = codec.decode(SOMEBODY, 1, name, NOW, clear, sealed)
            assert type(event).__name__ == name
        with suppress(ValueError):
            codec.stored_fields(name, clear, sealed)
    recorded = codec.recorded_fields(name, clear)
    assert recorded is not None
    opened = codec.recorded_personal(name, personal)
    if isinstance(opened, Unreadable):
        assert opened.reason == codec.recorded_personal(name, b"").reason  # whatever it was, nothing of it


def sealed(data: bytes) -> None:
    """Nothing that was not sealed here can be opened."""
    keys = vault.Vault(bytes(range(32)))
    key, wrapped = keys.make(SOMEBODY)
    for attempt in (lambda: key.open(1, data), lambda: keys.unwrap(SOMEBODY, data)):
        try:
            attempt()
        except vault.VaultError:
            continue
        raise AssertionError("opened")
    assert key.open(7, key.seal(7, data)) == data
    assert keys.unwrap(SOMEBODY, wrapped).open(7, key.seal(7, data)) == data


def master_key(data: bytes) -> None:
    """A master key is 32 bytes, or it is said what it is."""
    with suppress(vault.VaultError):
        assert len(vault.decode_master_key(written(data))) == vault.KEY_BYTES


# What clients send


def cursor(data: bytes) -> None:
    """A cursor is one that was written for this query, or it is refused by name."""
    for kind in PLACES:
        try:
            key = cursors.read_cursor(b"scope", written(data), kind)
        except Problem as problem:
            said = problem.status, problem.field
        else:
            said = 400, "cursor"
            assert cursors.write_cursor(b"scope", key or ()) == written(data)
            for value in key or ():
                _fits_into_the_database(value)
        assert said == (400, "cursor")


def _fits_into_the_database(value: object) -> None:
    match value:
        case datetime():
            value.astimezone(UTC)
        case str():
            assert "\x00" not in value
            value.encode()
        case int():
            assert abs(value) < 2**63


def signed_cursor(data: bytes) -> None:
    """Who can compute the check of a cursor, which is no secret, still gets a place or a refusal."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        cursor(cursors.write_cursor(b"scope", msgspec.json.decode(data, type=tuple[Any, ...])).encode())


def vector(data: bytes) -> None:
    """An id of an event of the stream, as in ``Last-Event-ID``: it says the same again, or is refused."""
    for partitions in (1, PARTITIONS):
        with suppress(ValueError):
            read = read_vector(written(data), partitions)
            assert str(read) == written(data)
            assert len(read.positions) == partitions


def query_parameter(data: bytes) -> None:
    """Every parameter takes a text or says in words what it expects."""
    text = written(data)
    for parameter in PARAMETERS:
        try:
            value = parameter.read(text)
        except (ValueError, Problem) as error:
            said = str(error)
        else:
            said = "taken"
            orjson.dumps(value, option=orjson.OPT_UTC_Z)  # what a page's scope is made of
        assert said


def cell(data: bytes) -> None:
    """The name of a number."""
    with suppress(NoSuchCell):
        Cell.read(written(data))


def rebuild_as_of(data: bytes) -> None:
    """An instant, of a rebuild or of anything else."""
    with suppress(ValueError):
        assert read_instant(written(data)).tzinfo is UTC


# What is configured, and what is sent


def price_table(data: bytes) -> None:
    """A table of prices, or the first thing wrong with it."""
    with suppress(BadPrices, UnicodeDecodeError):
        table = read_prices(data.decode())
        assert all(price.input >= 0 for price in table.prices)


def config_file(data: bytes) -> None:
    """``onethread.toml``, or what is wrong with it."""
    with tempfile.NamedTemporaryFile(suffix=".toml") as file:
        file.write(data)
        file.flush()
        with suppress(SettingsError):
            load_config_file(Path(file.name))


def split_answer(data: bytes) -> None:
    """An answer of the model in parts that the channel takes: nothing lost, nothing torn, none empty."""
    text = data.decode("utf-8", "replace")
    for channel in CHANNELS:
        limit, cost = _LIMITS[channel]
        parts = split_text(channel, text)
        assert all(part.strip() for part in parts)
        assert all(sum(map(cost, part)) <= limit for part in parts)
        assert "".join("".join(parts).split()) == "".join(text.split())


TARGETS: Final[dict[str, Target]] = {
    target.__name__: target
    for target in (
        json_of_others,
        delivery,
        delivery_taken_in,
        signature,
        reference,
        graph_refusal,
        stored_event,
        sealed,
        master_key,
        cursor,
        signed_cursor,
        vector,
        query_parameter,
        cell,
        rebuild_as_of,
        price_table,
        config_file,
        split_answer,
    )
}
