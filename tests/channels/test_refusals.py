"""Every answer that does not confirm a send is sorted into not sent, and why, or perhaps sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels.refusals import SendRefused, SendUnknown, refusal

PHONE = "+49 151 1234567"
TOKEN = "EAAG" + "b1C2d3E4f5" * 12


def graph_error(code: object, subcode: object = None, message: str = "no", **more: object) -> dict:
    return {
        "error": {
            "message": message,
            "type": "OAuthException",
            "code": code,
            "error_subcode": subcode,
            **more,
        }
    }


def refused(status: int, body: object, headers: dict[str, str] | None = None) -> SendRefused:
    outcome = refusal(status, body, headers or {})
    assert isinstance(outcome, SendRefused)
    return outcome


def unknown(status: int, body: object) -> str:
    outcome = refusal(status, body, {})
    assert isinstance(outcome, SendUnknown)
    return outcome.reason


@pytest.mark.parametrize(
    ("code", "subcode", "disposition", "scope"),
    [
        (10, None, "account_stopped", "account"),
        (10, 2018278, "window_closed", None),
        (10, 2018108, "final", None),
        (200, None, "account_stopped", "account"),
        (200, 1545041, "final", None),
        (200, 2018028, "final", None),
        (230, None, "account_stopped", "account"),
        (300, None, "final", None),
        (100, 33, "account_stopped", "account"),
        (100, 1545041, "window_closed", None),
        (100, 2018001, "final", None),
        (190, 463, "account_stopped", "account"),
        (1200, 2018022, "back_off", "pair"),
        (131042, None, "account_stopped", "account"),
        (131057, None, "back_off", "account"),
        (133010, None, "account_stopped", "account"),
    ],
)
def test_a_subcode_about_one_person_wins_over_a_code_about_the_account(code, subcode, disposition, scope):
    outcome = refused(400, graph_error(code, subcode))
    assert (outcome.disposition, outcome.scope) == (disposition, scope)
    assert (outcome.code, outcome.subcode) == (code, subcode)


@pytest.mark.parametrize(
    ("status", "disposition", "scope"),
    [
        (400, "final", None),
        (401, "account_stopped", "account"),
        (403, "final", None),
        (429, "back_off", "account"),
    ],
)
def test_a_code_that_is_in_no_table_is_judged_by_the_status(status, disposition, scope):
    outcome = refused(status, graph_error(987654))
    assert (outcome.disposition, outcome.scope) == (disposition, scope)


@pytest.mark.parametrize("code", [None, "x", True, 1.5, [], {"a": 1}, "1" * 40])
def test_an_error_without_a_usable_code_is_final(code):
    outcome = refused(400, graph_error(code))
    assert (outcome.disposition, outcome.code) == ("final", None)


def test_a_code_may_be_written_as_a_string():
    assert refused(400, graph_error("131047")).code == 131047


@pytest.mark.parametrize("code", [1, 2, 1200, 131000, 131016])
@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_temporary_fault_may_have_struck_after_the_message_went_out(status, code):
    assert str(code) in unknown(status, graph_error(code))


def test_an_error_that_calls_itself_transient_is_unknown():
    unknown(400, graph_error(100, is_transient=True))
    unknown(400, graph_error(987654, is_transient=True))
    assert refused(400, graph_error(100, is_transient=False)).disposition == "final"


@pytest.mark.parametrize("code", [4, 17, 32, 613, 80007, 130429, 131056])
def test_a_throttled_call_was_not_sent_though_it_says_transient(code):
    assert refused(400, graph_error(code, is_transient=True)).disposition == "back_off"


@pytest.mark.parametrize("code", [4, 10, 100, 190, 130429, 131026, 131047, 987654, None])
def test_any_other_code_with_a_5xx_is_unknown(code):
    unknown(500, graph_error(code))


@pytest.mark.parametrize(
    ("code", "disposition"), [(3, "account_stopped"), (131045, "account_stopped"), (131057, "back_off")]
)
def test_refusals_that_are_documented_with_500_are_refusals(code, disposition):
    assert refused(500, graph_error(code)).disposition == disposition


@pytest.mark.parametrize(
    "body", [None, "text", 5, [], {}, {"error": "no"}, {"error": None}, {"success": True}]
)
@pytest.mark.parametrize("status", [200, 302, 400, 404, 500, 502])
def test_an_answer_that_is_not_the_graph_apis_is_unknown(status, body):
    assert str(status) in unknown(status, body)


def test_a_200_with_an_error_object_is_unknown():
    unknown(200, graph_error(190))


def test_a_429_without_a_graph_error_backs_off_for_as_long_as_it_says():
    outcome = refused(429, None, {"Retry-After": "17"})
    assert (outcome.disposition, outcome.scope, outcome.retry_after) == ("back_off", "account", 17)


def usage(*minutes: object) -> dict[str, str]:
    entries = [{"type": "whatsapp", "estimated_time_to_regain_access": each} for each in minutes]
    return {"X-Business-Use-Case-Usage": json.dumps({"1": entries[:1], "2": entries[1:]})}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30),
        ({"Retry-After": " 30 "}, 30),
        ({"Retry-After": "0"}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "9" * 11}, 86_400),
        ({"Retry-After": "9" * 5_000}, None),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        (usage(3), 180),
        (usage(0, 19), 1140),
        ({**usage(1), "Retry-After": "90"}, 90),
        (usage(None, "5", [], 1e300), 86_400),
        ({"X-Business-Use-Case-Usage": "{"}, None),
        ({"X-Business-Use-Case-Usage": '[1, {"a": 2}]'}, None),
        ({"X-Business-Use-Case-Usage": '{"1": 5, "2": [6, "x"]}'}, None),
        ({"X-App-Usage": '{"call_count": 100}'}, None),
    ],
)
def test_the_wait_that_the_headers_ask_for_is_taken_from_them(headers, seconds):
    assert refused(400, graph_error(80007), headers).retry_after == seconds


@pytest.mark.parametrize(("code", "scope"), [(131048, "account"), (131049, "pair")])
def test_limits_of_quality_are_not_retried_soon(code, scope):
    outcome = refused(400, graph_error(code))
    assert (outcome.disposition, outcome.scope, outcome.retry_after) == ("back_off", scope, 3600)


def test_a_final_refusal_names_no_time_to_retry():
    assert refused(400, graph_error(131026), {"Retry-After": "30"}).retry_after is None


def test_the_detail_is_what_the_provider_said():
    body = graph_error(
        131047, message="(#131047) Re-engagement message", error_data={"details": "More than 24 hours"}
    )
    outcome = refused(400, body)
    assert outcome.detail == "(#131047) Re-engagement message: More than 24 hours"
    assert str(outcome) == f"window_closed (code 131047, subcode None): {outcome.detail}"


@pytest.mark.parametrize(
    "secret",
    [
        TOKEN,
        "123456789012345|aBcDeFgHiJkLmNoPqRsT",
        PHONE,
        "4915112345678",
        "US.13491208655302741918",
        "(650) 555-01234",
    ],
)
def test_the_detail_holds_no_token_no_id_and_no_number(secret):
    outcome = refused(400, graph_error(190, message=f"Malformed access token {secret}, sorry"))
    assert outcome.detail.startswith("Malformed access token ")
    assert outcome.detail.endswith(", sorry")
    assert not any(run in str(outcome) + repr(outcome) for run in (secret, secret[-12:]))


@pytest.mark.parametrize(
    ("message", "data"), [(None, None), (5, 6), (["a"], {"details": 7}), ("", {"details": ""}), ({}, [])]
)
def test_a_strange_message_is_no_detail(message, data):
    assert refused(400, graph_error(100, message=message, error_data=data)).detail == ""


def test_a_long_detail_is_cut():
    assert len(refused(400, graph_error(100, message="word " * 1_000)).detail) == 300


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=10,
)
errors = st.fixed_dictionaries(
    {},
    optional={
        name: json_values | st.sampled_from([1, 4, 190, 131056])
        for name in ("message", "code", "error_subcode", "error_data", "is_transient")
    },
)


@given(
    st.integers(200, 599),
    json_values | st.builds(lambda error: {"error": error}, errors | json_values),
    st.dictionaries(
        st.sampled_from(["Retry-After", "X-Business-Use-Case-Usage", "x-app-usage"]), st.text(max_size=30)
    ),
)
def test_no_answer_makes_it_stumble_and_only_a_4xx_or_a_documented_500_was_not_sent(status, body, headers):
    outcome = refusal(status, body, headers)
    if isinstance(outcome, SendRefused):
        assert 400 <= status < 500 or outcome.code in {3, 131045, 131057}
        assert outcome.disposition in {"final", "window_closed", "back_off", "account_stopped"}
        assert outcome.scope is not None or outcome.disposition in {"final", "window_closed"}
        assert outcome.retry_after is None or 0 < outcome.retry_after <= 86_400
