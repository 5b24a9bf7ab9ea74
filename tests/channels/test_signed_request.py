"""What Meta signs about people who leave is believed if it is signed with our secret, and only then."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from service.channels.signed_request import BadRequest, read_signed_request, signed_request

SECRET = b"app-secret"
ASKS = {"algorithm": "HMAC-SHA256", "issued_at": 1764000000, "expires": 0, "user_id": "218471"}


def signed(payload: Any = None, secret: bytes = SECRET) -> str:
    return signed_request(secret, json.dumps(ASKS if payload is None else payload).encode())


def test_a_request_that_is_put_together_by_hand_is_read() -> None:
    payload = base64.urlsafe_b64encode(json.dumps(ASKS).encode()).rstrip(b"=")
    digest = hmac.new(SECRET, payload, hashlib.sha256).digest()
    by_hand = (base64.urlsafe_b64encode(digest).rstrip(b"=") + b"." + payload).decode()
    assert by_hand == signed()
    request = read_signed_request(SECRET, by_hand)
    assert (request.person, request.issued_at) == ("218471", 1764000000)


@pytest.mark.parametrize("algorithm", ["none", "HMAC-SHA1", ""])
def test_another_algorithm_is_refused_though_the_signature_fits(algorithm: str) -> None:
    with pytest.raises(BadRequest, match="algorithm"):
        read_signed_request(SECRET, signed({**ASKS, "algorithm": algorithm}))


@pytest.mark.parametrize(
    "text",
    ["", ".", "a.b", "nothing", "ü.ü", f".{signed().partition('.')[2]}", signed(secret=b"other"),
     signed()[:-1], signed() + "A", "=" * 5 + ".x", signed([]), signed({"user_id": "1"})],
)  # fmt: skip
def test_what_is_not_signed_or_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        read_signed_request(SECRET, text)


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(BadRequest):
        read_signed_request(b"", signed(secret=b""))


@pytest.mark.parametrize("nobody", [0, "0", None, ""])
def test_a_page_that_removes_the_app_is_no_person(nobody: Any) -> None:
    request = read_signed_request(SECRET, signed({**ASKS, "user_id": nobody, "profile_id": "1134713"}))
    assert (request.person, request.profile_id) == (None, "1134713")
