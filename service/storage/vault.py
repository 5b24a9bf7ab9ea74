"""Keys: one a conversation, wrapped by the master key. What is sealed under a destroyed key is gone.

AES-GCM with random 96-bit nonces (NIST SP 800-38D); the conversation and the version of an event
are authenticated with it, so that a sealed value cannot be moved to another place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


class VaultError(Exception):
    """A key or a sealed value is not what it should be."""


class ConversationKey:
    """Seals and opens the personal fields of one conversation."""

    __slots__ = ("_aead", "_conversation")

    def __init__(self, conversation_id: UUID, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._conversation = conversation_id.bytes

    def seal(self, version: int, plain: bytes) -> bytes:
        """Encrypt what belongs to ``version`` of the conversation."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, self._conversation + version.to_bytes(4))

    def open(self, version: int, sealed: bytes) -> bytes:
        """Decrypt it. Raises :class:`VaultError` when it was sealed elsewhere or damaged."""
        try:
            return self._aead.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._conversation + version.to_bytes(4)
            )
        except (InvalidTag, ValueError):
            raise VaultError(f"version {version} was not sealed with this key") from None


class Vault:
    """Makes and unwraps conversation keys under the master key (32 bytes)."""

    def __init__(self, master: bytes) -> None:
        if len(master) != KEY_BYTES:
            raise VaultError(f"the master key must be {KEY_BYTES} bytes, not {len(master)}")
        self._aead = AESGCM(master)

    def make(self, conversation_id: UUID) -> tuple[ConversationKey, bytes]:
        """A new key and its wrapped form for the key table."""
        key = AESGCM.generate_key(KEY_BYTES * 8)
        nonce = os.urandom(NONCE_BYTES)
        wrapped = nonce + self._aead.encrypt(nonce, key, conversation_id.bytes)
        return ConversationKey(conversation_id, key), wrapped

    def unwrap(self, conversation_id: UUID, wrapped: bytes) -> ConversationKey:
        """The key again. Raises :class:`VaultError` when the master key is another one."""
        try:
            key = self._aead.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], conversation_id.bytes)
        except (InvalidTag, ValueError):
            raise VaultError(
                f"the key of conversation {conversation_id} was not wrapped with this master key "
                "(ONETHREAD_MASTER_KEY)"
            ) from None
        return ConversationKey(conversation_id, key)


def message_key(conversation_id: UUID, unique_key: str) -> bytes:
    """The digest under which the log holds a unique key: 16 bytes, whatever its length."""
    return hashlib.sha256(conversation_id.bytes + unique_key.encode("utf-8", "replace")).digest()[:16]


def decode_master_key(text: str) -> bytes:
    """Base64 to 32 bytes. Raises :class:`VaultError` saying what is wrong."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise VaultError("ONETHREAD_MASTER_KEY: not base64") from None
    if len(key) != KEY_BYTES:
        raise VaultError(f"ONETHREAD_MASTER_KEY: {KEY_BYTES} bytes expected, {len(key)} given")
    return key


def kept_secret(path: Path, make: bytes) -> tuple[bytes, bool]:
    """The secret in ``path``, made from ``make`` if the file is not there; whether it was made now.

    Processes that start together agree: the file appears complete or not at all.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.write(descriptor, make)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(draft, path)
        made = True
    except FileExistsError:
        made = False
    finally:
        draft.unlink()
    return path.read_bytes(), made
