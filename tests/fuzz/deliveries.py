"""Signed deliveries of every oddity, and the account of what becomes of them."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any, Final

from hypothesis import strategies as st

from service.channels.envelope import parse_delivery
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import BODIES, DELIVERIES, PLAIN
from tests.fuzz.served import Served
from tests.fuzz.targets import NOW

TEXTS: Final = st.text(st.characters(exclude_categories=[]), max_size=12)
ODD: Final = st.sampled_from(
    [
        None, True, 0, -1, 2**31, 2**63, 2**64, 10**40, 1e308, float("nan"), float("inf"), 0.1, "", "0",
        "\x00", "\ud800", "a\udfffb", "x" * 10_000, "9" * 400, "1e999", "-1", "1795521510250", "9" * 20,
        "0001-01-01T00:00:00+14:00", "\u202e\u200b", [], {}, [[]], {"": None}, {"\x00": "\x00"}, [None] * 50,
        "onethread:x:y:99999999999999999999", "text", "system", "reaction",
    ]
)  # fmt: skip
JSON: Final = st.recursive(
    ODD | TEXTS | st.integers() | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [place for key, inner in inside for place in ((*path, key), *_places(inner, (*path, key)))]


@st.composite
def odd_deliveries(draw: st.DrawFn) -> Any:
    """A real envelope in which members were left out, added, repeated, or have another type or size."""
    tree = deepcopy(draw(st.sampled_from(BODIES)))
    for _ in range(draw(st.integers(1, 4))):
        places = _places(tree)
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        spot = tree
        for key in path:
            spot = spot[key]
        match draw(st.sampled_from(["replace", "replace", "leave out", "add"])):
            case "replace":
                spot[last] = deepcopy(draw(JSON))
            case "leave out":
                del spot[last]
            case _ if isinstance(spot, list):
                spot.append(deepcopy(draw(JSON | st.just(spot[last]))))
            case _:
                spot[draw(TEXTS)] = deepcopy(draw(JSON))
    return tree


def written(tree: Any) -> bytes:
    """A tree as JSON, with what JSON does not have written as Python does: ``NaN``."""
    return json.dumps(tree).encode()


def any_body() -> st.SearchStrategy[bytes]:
    """Any bytes, any JSON, and real deliveries that were cut and spliced."""
    return st.binary(max_size=100) | JSON.map(written) | mutated(DELIVERIES)


def _said(body: str) -> bytes:
    raw = json.dumps(PLAIN)
    return raw.replace('"hello"', body).encode("utf-8", "surrogatepass")


ODD_BODIES: Final[dict[str, bytes]] = {
    "NUL": _said('"\\u0000"'),
    "a lone surrogate": _said('"\\ud800"'),
    "half a character": _said('"\ud800"'),
    "a character in two halves": _said('"\\ud83d\\ude42"'),
    "a text of 100,000 characters": _said('"' + "ß" * 100_000 + '"'),
    "NaN": _said("NaN"),
    "Infinity": _said("-Infinity"),
    "1e999": _said("1e999"),
    "a number of 5,000 digits": _said("9" * 5_000),
    "10,000 levels of lists": _said("[" * 10_000 + "]" * 10_000),
    "10,000 levels of objects": _said('{"a":' * 10_000 + "1" + "}" * 10_000),
    "10,000 levels never closed": _said("[" * 10_000),
    "a key twice": _said('"first","body":"second"'),
    "an id of 10,000 characters": json.dumps(PLAIN).replace("wamid.1", "w" * 10_000).encode(),
    "a sender of 10,000 characters": json.dumps(PLAIN).replace("4915550001", "4" * 10_000).encode(),
    "an account of 10,000 characters": json.dumps(PLAIN).replace("300000000000001", "3" * 10_000).encode(),
    "the beginning of time": json.dumps(PLAIN).replace("1795521510", "-99999999999").encode(),
    "the end of time": json.dumps(PLAIN).replace("1795521510", "253402300799").encode(),
    "after the end of time": json.dumps(PLAIN).replace("1795521510", "9" * 30).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + json.dumps(PLAIN).encode(),
    "UTF-16": json.dumps(PLAIN).encode("utf-16"),
    "UTF-32": json.dumps(PLAIN).encode("utf-32"),
    "invalid UTF-8": json.dumps(PLAIN).replace("hello", "hell\xff").encode("latin-1"),
    "1,000 times the same update": json.dumps({**PLAIN, "entry": PLAIN["entry"] * 1_000}).encode(),
}

MAIN: Final = (
    "MessageReceived", "MessageEdited", "MessageUnsent", "ReactionReceived", "ReferralReceived",
    "OptInReceived", "StandbyReceived", "EchoReceived", "UpdateNoted", "DeliveryReported",
    "DuplicateReceived",
)  # fmt: skip
"""What an item becomes, one each; whatever else is recorded follows from it."""

ON_RECORD: Final = """
SELECT (SELECT count(*) FROM events WHERE type = ANY ($1::text[]))
     + (SELECT count(*) FROM events WHERE type = 'IdentityLinked' AND data->>'reason' <> 'seen_together')
     + (SELECT count(*) FROM ignored) + (SELECT count(*) FROM quarantine) AS ended,
       (SELECT count(*) FROM inbox) AS waiting
"""


async def _on_record(there: Served) -> tuple[int, int]:
    [row] = await there.fetch(ON_RECORD, list(MAIN))
    return int(row["ended"]), int(row["waiting"])


def balances(there: Served, bodies: list[bytes]) -> None:
    """Every delivery is answered 200, every update of it ends in the log or is set aside, nothing waits for
    ever, and nothing is there that was not sent."""
    there.run(_balances(there, bodies))


async def _balances(there: Served, bodies: list[bytes]) -> None:
    before, _ = await _on_record(there)
    sent = 0
    for body in bodies:
        read = parse_delivery(body, NOW)
        sent += len(read.items) + len(read.ignored) + len(read.malformed)
        assert await there.post(body) == 200

    async def settled() -> bool:
        return (await _on_record(there))[1] == 0

    await there.until(settled)
    ended, _ = await _on_record(there)
    assert ended - before == sent
    assert not there.defects()
