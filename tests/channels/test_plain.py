"""The quick reading of plain texts says what the general reading says, or nothing."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.channels.envelope import parse_delivery, read_delivery
from service.channels.plain import read_plain_text

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
PLAIN = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "1022",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"display_phone_number": "+1 555", "phone_number_id": "1065"},
                        "contacts": [{"profile": {"name": "Ada"}, "wa_id": "4915"}],
                        "messages": [
                            {
                                "from": "4915",
                                "id": "wamid.1",
                                "timestamp": "1790000000",
                                "type": "text",
                                "text": {"body": "hello"},
                            }
                        ],
                    },
                }
            ],
        }
    ],
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=4),
    st.sampled_from(["", "0", "1790000000", "-1", "4916", "text", "image", "\u0000"]),
    st.just([]),
    st.just({}),
)


def places(node, path=()):
    yield path
    if isinstance(node, dict | list):
        for key in node if isinstance(node, dict) else range(len(node)):
            yield from places(node[key], (*path, key))


PLACES = [path for path in places(PLAIN) if path]


def altered(path, change: str, value):
    body = copy.deepcopy(PLAIN)
    node = body
    for key in path[:-1]:
        node = node[key]
    if change == "delete":
        del node[path[-1]]
    elif change == "replace":
        node[path[-1]] = value
    elif isinstance(node, dict):
        node["further"] = value
    else:
        node.append(copy.deepcopy(node[0]))
    return json.dumps(body).encode()


def test_a_plain_text_is_read_in_one_step_and_equally() -> None:
    body = json.dumps(PLAIN).encode()
    assert read_plain_text(body, NOW) is not None
    assert parse_delivery(body, NOW) == read_delivery(body, NOW)


@given(st.sampled_from(PLACES), st.sampled_from(["delete", "replace", "add"]), ODD)
def test_any_departure_gives_what_the_general_reading_gives(path, change, value) -> None:
    body = altered(path, change, value)
    plain = read_plain_text(body, NOW)
    if plain is not None:
        assert [plain] == read_delivery(body, NOW).items
    assert parse_delivery(body, NOW) == read_delivery(body, NOW)


@given(st.text(min_size=1), st.text(min_size=1))
def test_texts_and_names_of_any_kind_come_out_equally(words: str, name: str) -> None:
    body = copy.deepcopy(PLAIN)
    value = body["entry"][0]["changes"][0]["value"]
    value["messages"][0]["text"]["body"], value["contacts"][0]["profile"]["name"] = words, name
    raw = json.dumps(body).encode()
    assert parse_delivery(raw, NOW) == read_delivery(raw, NOW)
