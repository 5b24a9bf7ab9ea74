"""Every setting, read once at start from the environment, ``.env`` and ``onethread.toml``."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.steps import Policy

CONFIG_FILE = Path("onethread.toml")
"""What is a list and so does not fit a variable: accounts, tools, prices."""


class Account(BaseModel):
    """A business account with an access token, or a node, of its own. Others need no entry."""

    model_config = ConfigDict(extra="forbid")

    channel: Literal["messenger", "instagram", "whatsapp"]
    account_id: str
    access_token: SecretStr | None = None
    node: str | None = Field(
        default=None,
        description="Graph node that sends for it, where that is not the account itself: the id of the "
        "Facebook page that an Instagram account is linked to, or me",
    )


class FunctionTool(BaseModel):
    """A Python function that the model may call: ``function = "package.module:name"``."""

    model_config = ConfigDict(extra="forbid")

    function: str = Field(pattern=r"^[\w.]+:\w+$")
    name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    description: str | None = None
    parameters: dict[str, Any] = Field(default_factory=lambda: {"type": "object", "properties": {}})
    strict: bool = False
    timeout: float = Field(default=20.0, gt=0, description="seconds one call may take")


class ConfigFile(BaseModel):
    """``onethread.toml``: ``[[accounts]]``, ``[[functions]]``, and ``[[tools]]``, which go to the
    model provider as they stand (hosted tools, MCP servers)."""

    model_config = ConfigDict(extra="forbid")

    accounts: list[Account] = []
    functions: list[FunctionTool] = []
    tools: list[dict[str, Any]] = []


Seconds = Annotated[float, Field(ge=0)]


class Settings(BaseSettings):
    """The variables of ``docs/configuration.md``. A bad value ends the start with its name and the reason."""

    model_config = SettingsConfigDict(
        env_prefix="ONETHREAD_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        populate_by_name=True,
    )

    database_url: SecretStr | None = None
    data_dir: Path = Path(".onethread")
    host: str = "127.0.0.1"
    port: int = Field(default=8787, ge=0, le=65535)
    workers: int = Field(default=1, ge=1, le=64)
    api_token: SecretStr | None = None
    master_key: SecretStr | None = None
    rate_limit: int = Field(
        default=30_000, ge=0, le=1_000_000, description="requests a minute of one token, and of one address"
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(), description="addresses whose X-Forwarded-For and X-Forwarded-Proto are believed"
    )
    sandbox: Literal["auto", "on", "off"] = "auto"

    public_url: HttpUrl | None = Field(
        default=None, description="where people reach this service from outside, for links"
    )
    erase_after_days: float | None = Field(
        default=None, gt=0, description="days of silence after which people are erased"
    )

    meta_app_secret: SecretStr | None = None
    meta_verify_token: SecretStr | None = None
    meta_access_token: SecretStr | None = None
    graph_url: HttpUrl = HttpUrl("https://graph.facebook.com/v26.0")

    openai_api_key: SecretStr | None = Field(default=None, validation_alias="OPENAI_API_KEY")
    openai_base_url: HttpUrl | None = Field(default=None, validation_alias="OPENAI_BASE_URL")
    model: str = "gpt-6-luna"
    instructions: str = "You answer customers of this business: friendly, brief, and only what you know."
    max_output_tokens: int = Field(default=1024, ge=16)
    context_budget: int = Field(
        default=60_000, ge=1000, description="input tokens of a turn past which the thread is rebound"
    )

    reply_delay: Seconds = 1.0
    session_hours: float = Field(default=24.0, gt=0)
    thread_patience: Seconds = 60.0
    settle_seconds: Seconds = 30.0
    create_timeout: float = Field(default=10.0, gt=0, description="seconds one thread creation may take")
    draft_timeout: float = Field(default=60.0, gt=0, description="seconds one draft may take")
    send_timeout: float = Field(default=15.0, gt=0, description="seconds one send may take")
    lock_patience: Seconds = 30.0
    fallback_after: Seconds = 900.0
    fallback_text: str = "Sorry, I can't answer right now. Somebody will get back to you."
    concurrent_replies: int = Field(default=32, ge=1)
    retry_base: float = Field(
        default=2.0, gt=0, description="seconds before the first retry; doubles, with jitter"
    )
    retry_cap: float = Field(default=60.0, gt=0, description="seconds between retries at most")
    lease_seconds: float = Field(default=5.0, gt=0)
    prices: Path | None = Field(default=None, description="a TOML price table, in place of the built-in one")
    search_language: str = Field(
        default="simple", pattern="^[a-z_]{1,63}$", description="text search configuration of PostgreSQL"
    )
    log_format: Literal["auto", "json", "pretty"] = "auto"

    @field_validator("database_url")
    @classmethod
    def _of_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        """What the driver says of another address quotes it, with the password in it."""
        if value is not None and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("postgresql://user:password@host/database is expected")
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        """Addresses and networks, with commas between them."""
        if not isinstance(value, str):
            return value
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())

    @field_validator("instructions")
    @classmethod
    def _from_file(cls, value: str) -> str:
        """``@path`` stands for the text of that file."""
        if not value.startswith("@"):
            return value
        path = Path(value[1:])
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"cannot read {path}: {error.strerror}") from None


class SettingsError(Exception):
    """The configuration cannot be used; the message names each setting at fault."""


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process; keyword arguments win over the environment.

    Raises :class:`SettingsError` naming each variable at fault and why.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError(_explain(error, "ONETHREAD_")) from None


def load_config_file(path: Path = CONFIG_FILE) -> ConfigFile:
    """The lists of ``onethread.toml``; empty lists where there is no such file."""
    if not path.exists():
        return ConfigFile()
    try:
        return ConfigFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    except ValidationError as error:
        raise SettingsError(_explain(error, f"{path}: ")) from None
    except (ValueError, RecursionError):  # of tomllib, which says it of whole numbers of 4,300 digits
        raise SettingsError(f"{path}: holds a number or a nesting that nobody can mean") from None


def _explain(error: ValidationError, prefix: str) -> str:
    lines = []
    for fault in error.errors(include_input=False, include_url=False):
        name = ".".join(str(part) for part in fault["loc"])
        shown = name if name.isupper() else prefix + (name.upper() if prefix.endswith("_") else name)
        lines.append(f"{shown}: {fault['msg']}")
    return "\n".join(lines)


def policy_of(settings: Settings) -> Policy:
    """The rules that decisions depend on, as configured."""
    return Policy(
        reply_delay=timedelta(seconds=settings.reply_delay),
        session_length=timedelta(hours=settings.session_hours),
        settle=timedelta(seconds=settings.settle_seconds),
        context_budget=settings.context_budget,
        retry_base=settings.retry_base,
        retry_cap=settings.retry_cap,
    )
