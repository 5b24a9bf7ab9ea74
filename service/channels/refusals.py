"""What an answer of the Graph API means for a send: not sent and why, or perhaps sent.

The tables follow Meta's own, and decide by code and subcode as Meta asks, never by a message's words:
https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes and
https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import orjson

Disposition = Literal["final", "window_closed", "back_off", "account_stopped"]
"""``final``: the same send will never be taken. ``window_closed``: the person must write first.
``back_off``: later. ``account_stopped``: somebody has to mend a token, a permission or a lock first."""

Scope = Literal["pair", "account"]
"""Whom a refusal holds up: this person on this account, or everybody on it."""


class SendRefused(Exception):
    """The message is known not to have been sent.

    ``retry_after`` is the least number of seconds to wait where the provider names one. ``detail`` is
    what it said, without anything that looks like a token, an id or a phone number.
    """

    def __init__(
        self,
        disposition: Disposition,
        *,
        detail: str,
        code: int | None = None,
        subcode: int | None = None,
        retry_after: float | None = None,
        scope: Scope | None = None,
    ) -> None:
        super().__init__(f"{disposition} (code {code}, subcode {subcode}): {detail}")
        self.disposition: Disposition = disposition
        self.detail = detail
        self.code = code
        self.subcode = subcode
        self.retry_after = retry_after
        self.scope: Scope | None = scope


class SendUnknown(Exception):
    """The message may have been sent: look for the status or echo that carries its reference first."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Verdict(NamedTuple):
    disposition: Disposition
    scope: Scope | None = None
    retry_after: float | None = None


_FINAL = _Verdict("final")
_WINDOW = _Verdict("window_closed")
_PAIR_LATER = _Verdict("back_off", "pair")
_ACCOUNT_LATER = _Verdict("back_off", "account")
_STOPPED = _Verdict("account_stopped", "account")
_TEMPORARY = None
"""A fault on Meta's side, which may have struck after the message went out: Messenger's 1 with subcode
1357046 is documented as sent."""

_NOT_SOON = 3600.0
"""Meta asks not to retry 131048 and 131049 soon and names no time."""

_BY_SUBCODE: dict[tuple[int, int], _Verdict] = {
    (10, 2018278): _WINDOW,
    (10, 2018065): _WINDOW,
    (10, 2534022): _WINDOW,  # Instagram
    (100, 1545041): _WINDOW,
    # About one person, though the code alone speaks of the account's permissions:
    (10, 2018108): _FINAL,  # does not receive messages
    (200, 1545041): _FINAL,  # blocked the page, or left
    (200, 2018028): _FINAL,  # no tester of an app that is still in development
    (100, 2018022): _PAIR_LATER,
    (1200, 2018022): _PAIR_LATER,
    # The node in the URL, the account, is not there or not ours to use:
    (100, 33): _STOPPED,
}

_BY_CODE: dict[int, _Verdict | None] = {
    0: _STOPPED,  # the token could not be authenticated
    1: _TEMPORARY,
    2: _TEMPORARY,
    3: _STOPPED,  # capability missing
    4: _ACCOUNT_LATER,  # calls of the app
    10: _STOPPED,  # permission missing
    17: _ACCOUNT_LATER,  # calls of the user
    32: _ACCOUNT_LATER,  # calls of the page
    33: _STOPPED,  # the business phone number has been deleted
    100: _FINAL,  # a parameter: no such person, text too long, retired tag
    190: _STOPPED,  # token expired or revoked
    368: _STOPPED,  # blocked for policy
    551: _FINAL,  # person not available
    613: _ACCOUNT_LATER,  # calls of the API
    1200: _TEMPORARY,
    80007: _ACCOUNT_LATER,  # calls of the WhatsApp business account
    130429: _ACCOUNT_LATER,  # throughput of the number
    130472: _FINAL,  # person is in an experiment
    130497: _FINAL,  # not allowed in this person's country
    131000: _TEMPORARY,
    131005: _STOPPED,  # permission missing
    131008: _FINAL,  # parameter missing
    131009: _FINAL,  # parameter value
    131016: _TEMPORARY,
    131021: _FINAL,  # sender and recipient are the same number
    131026: _FINAL,  # undeliverable
    131030: _FINAL,  # not in the test number's list of recipients
    131031: _STOPPED,  # account locked
    131042: _STOPPED,  # payment
    131045: _STOPPED,  # number not registered properly
    131047: _WINDOW,
    131048: _Verdict("back_off", "account", _NOT_SOON),  # reported as spam too often
    131049: _Verdict("back_off", "pair", _NOT_SOON),  # healthy ecosystem
    131050: _FINAL,  # person opted out
    131051: _FINAL,  # message type
    131052: _FINAL,  # media download
    131053: _FINAL,  # media upload
    131056: _PAIR_LATER,  # pair rate
    131057: _ACCOUNT_LATER,  # account in maintenance
    131060: _PAIR_LATER,  # temporarily unavailable
    131062: _FINAL,  # business-scoped id not possible here
    133010: _STOPPED,  # number not registered
    137000: _FINAL,  # identity hash mismatch
}

_REFUSED_WITH_5XX = frozenset({3, 131045, 131057})
"""Documented with HTTP 500 although nothing was tried."""

_LONGEST_RETRY_AFTER = 86_400.0
_LONGEST_DETAIL = 300

_PERSONAL_OR_SECRET = re.compile(r"[A-Za-z0-9_|=-]{20,}|\+?\d[\d ().-]{7,}\d")
"""Tokens, opaque ids, ids of people, phone numbers."""


def refusal(status: int, body: Any, headers: Mapping[str, str]) -> SendRefused | SendUnknown:
    """What an answer that does not confirm a send means. It is returned, not raised.

    ``body`` is the parsed JSON, or None where there was none. A 4xx with a Graph error object was not
    sent; a 5xx, a temporary fault, and anything that is not the Graph API speaking may have been. A
    throttled call was not sent even where it says ``is_transient``, as it does with code 4.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        if status == 429:
            return _refused(_ACCOUNT_LATER, {}, headers)
        return SendUnknown(f"HTTP {status} without a Graph error")
    code = _number(error.get("code"))
    verdict = _verdict(status, code, _number(error.get("error_subcode")))
    temporary = error.get("is_transient") is True and (verdict is None or verdict.disposition != "back_off")
    server_fault = status >= 500 and code not in _REFUSED_WITH_5XX
    if verdict is None or temporary or server_fault or status < 400:
        return SendUnknown(f"HTTP {status}, code {code}")
    return _refused(verdict, error, headers)


def _verdict(status: int, code: int | None, subcode: int | None) -> _Verdict | None:
    if code is not None:
        if subcode is not None and (code, subcode) in _BY_SUBCODE:
            return _BY_SUBCODE[code, subcode]
        if code in _BY_CODE:
            return _BY_CODE[code]
        if 200 <= code <= 299:  # the range that Meta keeps for permissions
            return _STOPPED
    return {401: _STOPPED, 429: _ACCOUNT_LATER}.get(status, _FINAL)


def _refused(verdict: _Verdict, error: Mapping[str, Any], headers: Mapping[str, str]) -> SendRefused:
    backs_off = verdict.disposition == "back_off"
    return SendRefused(
        verdict.disposition,
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        detail=_detail(error),
        retry_after=_retry_after(headers) or verdict.retry_after if backs_off else None,
        scope=verdict.scope,
    )


def _number(value: Any) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _detail(error: Mapping[str, Any]) -> str:
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    said = [words for words in (error.get("message"), details) if isinstance(words, str) and words]
    return _PERSONAL_OR_SECRET.sub("[…]", ": ".join(said))[:_LONGEST_DETAIL]


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The longest wait that the headers ask for, in seconds and at most a day.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting
    """
    named = {name.lower(): value for name, value in headers.items()}
    waits = list(_regain_access(named.get("x-business-use-case-usage", "")))
    if (seconds := _number(named.get("retry-after", "").strip())) is not None:
        waits.append(float(seconds))
    longest = max(waits, default=0.0)
    return min(longest, _LONGEST_RETRY_AFTER) if longest > 0 else None


def _regain_access(usage: str) -> Iterator[float]:
    """``{"<business>": [{"estimated_time_to_regain_access": <minutes>, …}]}``, as seconds."""
    try:
        businesses = orjson.loads(usage)
    except orjson.JSONDecodeError:
        return
    for entries in businesses.values() if isinstance(businesses, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            minutes = entry.get("estimated_time_to_regain_access") if isinstance(entry, dict) else None
            if isinstance(minutes, int | float):
                yield minutes * 60.0
