"""JSON of other people is decoded and read whatever is in it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels.wire import MAX_DEPTH, UnreadableError, decode, identifier, instant, text, whole

NEVER = datetime(2026, 1, 1, tzinfo=UTC)


def at(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0, microsecond: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, microsecond, tzinfo=UTC)


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        (rb'{"a":"x\u0000y"}', {"a": "x\ufffdy"}),
        (rb'{"a\u0000b":1}', {"a\ufffdb": 1}),
        (rb'{"a":"x\ud83dy"}', {"a": "x\ufffdy"}),
        (rb'{"a\udc00b":["\ud83d\ude42\ud83d"]}', {"a\ufffdb": ["🙂\ufffd"]}),
        (rb'{"a":"\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":"x\x00y"}', {"a": "x\ufffdy"}),
        (b'{"a":"x\ny\x01"}', {"a": "x\ny\x01"}),
        (b'{"a":"x\xffy"}', {"a": "x\ufffdy"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":[NaN,Infinity,-Infinity,1e999]}', {"a": [None, None, None, None]}),
        (b'{"a":%s}' % (b"9" * 5000), {"a": None}),
        (b'{"a":12345678901234567890123,"b":"\\ud800"}', {"a": 12345678901234567890123.0, "b": "\ufffd"}),
        (b'{"a":18446744073709551615,"b":"\\ud800"}', {"a": 2**64 - 1, "b": "\ufffd"}),
    ],
    ids=repr,
)
def test_what_cannot_be_stored_is_replaced_and_the_rest_kept(body: bytes, tree: Any) -> None:
    assert decode(body) == tree


def test_a_number_means_the_same_on_both_paths() -> None:
    numbers = b"[0,-1,9007199254740993,18446744073709551616,-9223372036854775809,1.5]"
    assert decode(numbers) == decode(b'[%s,"\\ud800"]' % numbers)[0]


@pytest.mark.parametrize("body", [b"", b" ", b"{", b"{}{", b"{'a':1}", b"\xff\xfe", b"nul"], ids=repr)
def test_what_is_no_json_is_refused_with_a_reason(body: bytes) -> None:
    with pytest.raises(UnreadableError) as refusal:
        decode(body)
    assert refusal.value.reason


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    with pytest.raises(UnreadableError) as refusal:
        decode(b'{"text":"my card number is 4111" oops}')
    assert "4111" not in refusal.value.reason
    assert "oops" not in refusal.value.reason


@pytest.mark.parametrize("depth", [MAX_DEPTH, 254, 300, 900, 1025, 100_000])
@pytest.mark.parametrize("nested", [b'{"a":%s}', b"[%s]"])
def test_deep_nesting_is_cut_off_or_refused_and_never_overflows(depth: int, nested: bytes) -> None:
    opening, closing = nested.split(b"%s")
    body = opening * depth + b"1" + closing * depth
    if depth <= 900:
        assert orjson.dumps(decode(body))
    else:
        with pytest.raises(UnreadableError, match="deep"):
            decode(body)


def test_a_deep_piece_is_cut_off_without_harm_to_its_neighbours() -> None:
    tree = decode(b'{"a":%s1%s,"b":"kept"}' % (b"[" * 400, b"]" * 400))
    orjson.dumps(tree)
    assert tree["b"] == "kept"


@pytest.mark.parametrize(
    ("given", "moment"),
    [
        (1_795_521_510, at(2026, 11, 24, 11, 58, 30)),
        ("1795521510", at(2026, 11, 24, 11, 58, 30)),
        (1_795_521_510_250, at(2026, 11, 24, 11, 58, 30, 250_000)),
        ("1795521510250", at(2026, 11, 24, 11, 58, 30, 250_000)),
        (1_795_521_510.5, at(2026, 11, 24, 11, 58, 30, 500_000)),
        ("1795521510.5", at(2026, 11, 24, 11, 58, 30, 500_000)),
        ("2021-09-08T06:34:04+0000", at(2021, 9, 8, 6, 34, 4)),
        ("2021-09-08T08:34:04+02:00", at(2021, 9, 8, 6, 34, 4)),
        ("2021-09-08T06:34:04Z", at(2021, 9, 8, 6, 34, 4)),
        ("2021-09-08T06:34:04", at(2021, 9, 8, 6, 34, 4)),
        (1_072_915_200, at(2004, 1, 1)),
        (4_102_444_800, at(2100, 1, 1)),
        (4_102_444_800_000, at(2100, 1, 1)),
        (253_402_300_799, at(9999, 12, 31, 23, 59, 59)),
        (253_402_300_799_999, at(9999, 12, 31, 23, 59, 59, 999_000)),
    ],
    ids=repr,
)
def test_a_timestamp_in_any_form_means_its_moment(given: Any, moment: datetime) -> None:
    assert instant(given, NEVER) == moment
    assert instant(given, NEVER).tzinfo is UTC


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "soon",
        "TIMESTAMP",
        True,
        [],
        {},
        0,
        -1_795_521_510,
        "-1795521510250",
        1_072_915_199,
        253_402_300_800_000,
        10**30,
        "9" * 5000,
        float("nan"),
        float("inf"),
        "nan",
        "1999-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
    ids=repr,
)
def test_an_unusable_timestamp_means_the_stand_in(given: Any) -> None:
    assert instant(given, NEVER) is NEVER


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("abc", "abc"),
        (" a ", " a "),
        ("x" * 10_000, "x" * 10_000),
        (123, "123"),
        (0, "0"),
        (123.0, "123"),
        ("", None),
        (None, None),
        (True, None),
        (1.5, None),
        (1e30, None),
        (float(2**60), None),
        ([], None),
        ({}, None),
    ],
    ids=lambda given: repr(given)[:20],
)
def test_an_id_is_a_string_as_given_or_nothing(given: Any, name: str | None) -> None:
    assert identifier(given) == name


@pytest.mark.parametrize(
    ("given", "number"),
    [(7, 7), ("7", 7), ("-7", -7), (131047, 131047), ("7x", None), (2**31, None), ("９", None), (True, None)],
)
def test_a_whole_number_is_of_32_bits_or_nothing(given: Any, number: int | None) -> None:
    assert whole(given) == number


@pytest.mark.parametrize("given", [None, "", 5, [], {}])
def test_a_text_is_a_string_that_is_not_empty(given: Any) -> None:
    assert text(given) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_the_accessors_take_any_value(given: Any) -> None:
    assert isinstance(identifier(given), str | None)
    assert isinstance(text(given), str | None)
    assert isinstance(whole(given), int | None)
    assert instant(given, NEVER).tzinfo is not None
