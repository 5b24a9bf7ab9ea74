"""Secrets: given by the environment, or made at the first start and kept in the data directory."""

from __future__ import annotations

import base64
import os
import secrets as randomness
from dataclasses import dataclass, field
from pathlib import Path

from domain.identity import Channel
from service.settings import ConfigFile, Settings, SettingsError
from service.storage.vault import VaultError, decode_master_key, kept_secret

SANDBOX_APP_SECRET = "onethread-sandbox-app-secret"  # noqa: S105 # of the stand-in, which everybody may know
SANDBOX_VERIFY_TOKEN = "onethread-sandbox"  # noqa: S105 # likewise
SANDBOX_ACCESS_TOKEN = "sandbox-access-token"  # noqa: S105 # likewise


@dataclass(frozen=True, slots=True)
class Secrets:
    """Everything that must not be shown. ``made_token``: the API token was made just now."""

    master_key: bytes = field(repr=False)
    api_token: str = field(repr=False)
    app_secret: bytes = field(repr=False)
    verify_token: bytes = field(repr=False)
    common_token: str | None = field(repr=False)
    account_tokens: dict[tuple[str, str], str] = field(repr=False)
    made_token: bool = False

    def access_token(self, channel: Channel, account_id: str) -> str | None:
        """The access token of an account: its own, else the common one."""
        return self.account_tokens.get((channel, account_id), self.common_token)


@dataclass(frozen=True, slots=True)
class Sandboxed:
    """Which sides are played by the sandbox."""

    meta: bool
    openai: bool

    def __bool__(self) -> bool:
        return self.meta or self.openai


def sandboxed(settings: Settings) -> Sandboxed:
    """The sides that the sandbox plays: with ``auto``, those whose credentials are missing.

    Raises :class:`SettingsError` where it is off and what is needed is not there.
    """
    no_meta = settings.meta_app_secret is None
    no_openai = settings.openai_api_key is None and settings.openai_base_url is None
    if settings.sandbox == "on":
        return Sandboxed(meta=True, openai=True)
    if settings.sandbox == "auto":
        return Sandboxed(meta=no_meta, openai=no_openai)
    if no_meta:
        raise SettingsError(
            "ONETHREAD_META_APP_SECRET: missing, and ONETHREAD_SANDBOX=off: no webhook could be checked"
        )
    if settings.meta_verify_token is None:
        raise SettingsError("ONETHREAD_META_VERIFY_TOKEN: missing, and ONETHREAD_SANDBOX=off")
    if no_openai:
        raise SettingsError("OPENAI_API_KEY: missing, and ONETHREAD_SANDBOX=off")
    return Sandboxed(meta=False, openai=False)


def load_secrets(settings: Settings, config: ConfigFile, played: Sandboxed) -> Secrets:
    """The secrets of this process. Raises :class:`SettingsError` naming what is unusable."""
    try:
        master_key = _master_key(settings)
    except VaultError as error:
        raise SettingsError(str(error)) from None
    token, made = _api_token(settings)
    common = settings.meta_access_token
    app_secret, verify_token = settings.meta_app_secret, settings.meta_verify_token
    return Secrets(
        master_key=master_key,
        api_token=token,
        app_secret=(app_secret.get_secret_value() if app_secret else SANDBOX_APP_SECRET).encode(),
        verify_token=(verify_token.get_secret_value() if verify_token else _verify_token(played)).encode(),
        common_token=common.get_secret_value() if common else (SANDBOX_ACCESS_TOKEN if played.meta else None),
        account_tokens={
            (account.channel, account.account_id): account.access_token.get_secret_value()
            for account in config.accounts
            if account.access_token is not None
        },
        made_token=made,
    )


def _verify_token(played: Sandboxed) -> str:
    return SANDBOX_VERIFY_TOKEN if played.meta else randomness.token_urlsafe(24)


def _master_key(settings: Settings) -> bytes:
    if settings.master_key is not None:
        return decode_master_key(settings.master_key.get_secret_value())
    kept, _ = _kept(settings.data_dir / "master.key", base64.b64encode(os.urandom(32)))
    return decode_master_key(kept.decode().strip())


def _api_token(settings: Settings) -> tuple[str, bool]:
    if settings.api_token is not None:
        return settings.api_token.get_secret_value(), False
    kept, made = _kept(settings.data_dir / "api.token", randomness.token_urlsafe(32).encode())
    return kept.decode().strip(), made


def _kept(path: Path, make: bytes) -> tuple[bytes, bool]:
    try:
        return kept_secret(path, make)
    except OSError as error:
        raise SettingsError(f"ONETHREAD_DATA_DIR: cannot keep {path.name} there: {error.strerror}") from None
