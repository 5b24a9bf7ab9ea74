"""Keys and what is sealed with them."""

from __future__ import annotations

import base64
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.storage.vault import Vault, VaultError, decode_master_key, kept_secret, message_key

CONVERSATION = UUID("11111111-2222-3333-4444-555555555555")

RACER = """
import sys
from pathlib import Path
from service.storage.vault import kept_secret
print("ready", flush=True)
sys.stdin.readline()
kept, made = kept_secret(Path(sys.argv[1]), sys.argv[2].encode())
print(kept.decode(), made, flush=True)
"""


@given(plain=st.binary(max_size=200), version=st.integers(0, 2**31 - 1))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_what_is_sealed_opens_with_the_same_key_and_place(plain: bytes, version: int) -> None:
    key, wrapped = Vault(bytes(32)).make(CONVERSATION)
    sealed = key.seal(version, plain)
    assert key.open(version, sealed) == plain
    assert Vault(bytes(32)).unwrap(CONVERSATION, wrapped).open(version, sealed) == plain


def test_the_same_words_sealed_twice_look_different() -> None:
    key, _ = Vault(bytes(32)).make(CONVERSATION)
    assert len({key.seal(1, b"hello") for _ in range(100)}) == 100


def test_a_sealed_value_cannot_be_moved_to_another_version() -> None:
    key, _ = Vault(bytes(32)).make(CONVERSATION)
    with pytest.raises(VaultError, match="version 8"):
        key.open(8, key.seal(7, b"hello"))


def test_a_sealed_value_cannot_be_moved_to_another_conversation() -> None:
    vault = Vault(bytes(32))
    key, wrapped = vault.make(CONVERSATION)
    other, _ = vault.make(uuid4())
    with pytest.raises(VaultError):
        other.open(1, key.seal(1, b"hello"))
    with pytest.raises(VaultError):
        vault.unwrap(uuid4(), wrapped)


def test_a_key_wrapped_with_another_master_key_is_refused_and_the_setting_named() -> None:
    _, wrapped = Vault(bytes(32)).make(CONVERSATION)
    with pytest.raises(VaultError, match="ONETHREAD_MASTER_KEY") as refused:
        Vault(bytes([1] * 32)).unwrap(CONVERSATION, wrapped)
    assert str(CONVERSATION) in str(refused.value)


@pytest.mark.parametrize("byte", [0, 11, 12, 20, -1])
def test_a_damaged_value_is_refused(byte: int) -> None:
    key, _ = Vault(bytes(32)).make(CONVERSATION)
    sealed = bytearray(key.seal(1, b"hello"))
    sealed[byte] ^= 1
    with pytest.raises(VaultError):
        key.open(1, bytes(sealed))


@pytest.mark.parametrize("length", [0, 1, 7, 8, 11, 12, 13, 27])
def test_a_value_cut_short_is_refused(length: int) -> None:
    vault = Vault(bytes(32))
    key, wrapped = vault.make(CONVERSATION)
    with pytest.raises(VaultError):
        key.open(1, key.seal(1, b"hello")[:length])
    with pytest.raises(VaultError):
        vault.unwrap(CONVERSATION, wrapped[:length])


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_master_key_has_32_bytes(length: int) -> None:
    with pytest.raises(VaultError, match="32 bytes"):
        Vault(bytes(length))
    with pytest.raises(VaultError, match="32 bytes"):
        decode_master_key(base64.b64encode(bytes(length)).decode())


@pytest.mark.parametrize("text", ["not base64!", "ää", "AAA", "A" * 43])
def test_a_master_key_is_base64(text: str) -> None:
    with pytest.raises(VaultError, match="ONETHREAD_MASTER_KEY"):
        decode_master_key(text)


def test_a_master_key_reads_as_its_bytes() -> None:
    assert decode_master_key(base64.b64encode(bytes(range(32))).decode()) == bytes(range(32))


def test_a_unique_key_becomes_the_same_16_bytes_for_ever() -> None:
    assert message_key(CONVERSATION, "wamid.1").hex() == "abd6d6f6ecf319f87acdf3c9e0288a3b"


def test_unique_keys_differ_by_conversation_and_by_text() -> None:
    keys = {
        message_key(c, k) for c in (CONVERSATION, uuid4()) for k in ("a", "b", "", "a" * 10_000, "\ud800")
    }
    assert len(keys) == 10
    assert {len(key) for key in keys} == {16}


def test_a_secret_is_made_once_and_then_kept(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    assert kept_secret(path, b"first") == (b"first", True)
    assert kept_secret(path, b"second") == (b"first", False)
    assert [p.name for p in path.parent.iterdir()] == ["secret"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_eight_processes_that_start_together_keep_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(path), f"secret-{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for n in range(8)
    ]
    for racer in racers:
        assert racer.stdout
        assert racer.stdout.readline() == "ready\n"
    answers = []
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    for racer in racers:
        out, _ = racer.communicate(timeout=30)
        assert racer.returncode == 0
        answers.append(out.split())
    assert len({secret for secret, _ in answers}) == 1
    assert sorted(made for _, made in answers) == ["False"] * 7 + ["True"]
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]


def test_processes_with_the_same_process_id_keep_one_secret(tmp_path: Path) -> None:
    """As in containers that share a data directory, each of which sees itself as process 1."""
    path = tmp_path / "secret"
    with ThreadPoolExecutor(8) as together:
        kept = list(together.map(lambda n: kept_secret(path, f"secret-{n}".encode()), range(8)))
    assert {secret for secret, _ in kept} == {path.read_bytes()}
    assert sum(made for _, made in kept) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["secret"]
