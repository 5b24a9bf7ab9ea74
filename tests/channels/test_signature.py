"""A signature proves a body, byte for byte, and nothing else passes for one."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.channels.signature import sign, verify

SECRET = b"a secret of the app"
BODY = '{"text":"Größe 38 \\u00e4 / < % @ 🙂"}'.encode()


def test_a_signature_is_the_hex_digest_of_the_bytes_as_they_are() -> None:
    assert sign(SECRET, BODY) == "sha256=" + hmac.new(SECRET, BODY, hashlib.sha256).hexdigest()


@given(secret=st.binary(min_size=1), body=st.binary())
def test_what_was_signed_verifies(secret: bytes, body: bytes) -> None:
    assert verify(secret, body, sign(secret, body))


@given(body=st.binary(min_size=1), at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_one_changed_bit_does_not_verify(body: bytes, at: int, bit: int) -> None:
    changed = bytearray(body)
    changed[at % len(body)] ^= 1 << bit
    assert not verify(SECRET, bytes(changed), sign(SECRET, body))


def test_the_secret_of_another_app_does_not_verify() -> None:
    assert not verify(b"another", BODY, sign(SECRET, BODY))


def test_an_empty_secret_verifies_nothing() -> None:
    assert not verify(b"", BODY, sign(b"", BODY))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "sha256=",
        sign(SECRET, BODY).removeprefix("sha256="),
        sign(SECRET, BODY).replace("sha256=", "sha1="),
        sign(SECRET, BODY) + "00",
        sign(SECRET, BODY)[:-1],
        sign(SECRET, BODY).upper(),
        " " + sign(SECRET, BODY),
        "sha256=" + "é" * 64,
        "sha256=" + "\ud800" * 64,
        "sha256=\x00",
    ],
    ids=repr,
)
def test_a_missing_or_malformed_header_does_not_verify(header: str | None) -> None:
    assert not verify(SECRET, BODY, header)


@given(header=st.none() | st.text(st.characters(exclude_categories=[])))
def test_no_header_raises(header: str | None) -> None:
    assert not verify(SECRET, BODY, header)
