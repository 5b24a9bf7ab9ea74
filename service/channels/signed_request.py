"""What Meta tells of a person who removes the app, or asks for their data to be deleted.

https://developers.facebook.com/docs/development/create-an-app/app-dashboard/data-deletion-callback
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

import msgspec

ALGORITHM: Final = "HMAC-SHA256"


class BadRequest(Exception):
    """It is not signed with this app's secret, or says nothing that can be understood."""


class SignedRequest(msgspec.Struct, frozen=True):
    """``user_id`` is the person's id with the app; ``profile_id`` a page that the app was removed from.
    ``issued_at`` is in seconds."""

    algorithm: str
    user_id: str | int | None = None
    profile_id: str | int | None = None
    issued_at: int | None = None

    @property
    def person(self) -> str | None:
        """The id of the person; None where it is about a page."""
        return str(self.user_id) if self.user_id not in (None, "", "0", 0) else None


def read_signed_request(secret: bytes, text: str) -> SignedRequest:
    """What ``signed_request`` holds: base64url of the digest, a dot, base64url of JSON. The digest is of the
    encoded JSON, compared in constant time and before anything is decoded.

    Raises :class:`BadRequest`.
    """
    signature, dot, payload = text.partition(".")
    if not secret or not dot:
        raise BadRequest("not a signed request")
    expected = hmac.new(secret, payload.encode("utf-8", "replace"), hashlib.sha256).digest()
    if not hmac.compare_digest(_decoded(signature), expected):
        raise BadRequest("not signed with the secret of this app")
    try:
        request = msgspec.json.decode(_decoded(payload), type=SignedRequest)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise BadRequest("signed, and nothing that can be understood") from None
    if request.algorithm.upper() != ALGORITHM:
        raise BadRequest(f"signed by another algorithm than {ALGORITHM}")
    return request


def signed_request(secret: bytes, payload: bytes) -> str:
    """JSON as Meta signs it."""
    encoded = _encoded(payload)
    return f"{_encoded(hmac.new(secret, encoded.encode(), hashlib.sha256).digest())}.{encoded}"


def _encoded(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
