"""What the Graph API says of an access token and of an account's subscriptions. Asks, and changes nothing.

https://developers.facebook.com/docs/graph-api/reference/debug_token
https://developers.facebook.com/docs/graph-api/reference/page/subscribed_apps
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import aiohttp
import orjson

from domain.identity import Channel

NEEDED: Final[dict[Channel, frozenset[str]]] = {
    "messenger": frozenset({"pages_messaging"}),
    "instagram": frozenset({"instagram_manage_messages"}),
    "whatsapp": frozenset({"whatsapp_business_messaging"}),
}
"""Permissions without which nothing can be sent."""

WANTED: Final = {"messages"}
"""Fields without which an account tells us nothing."""

ECHOES: Final = "message_echoes"
"""Without them a send to Messenger of unknown outcome finds no evidence."""

_BUSINESS: Final = ("whatsapp_business_management", "whatsapp_business_messaging")
_PATIENCE: Final = aiohttp.ClientTimeout(total=10)


class NotInspected(Exception):
    """The Graph API gave no answer, or refused; the message has its code and nothing secret."""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token as Meta knows it. ``expires_at`` None: never. ``businesses`` are the WhatsApp business
    accounts that it is for."""

    valid: bool
    expires_at: int | None
    permissions: frozenset[str]
    businesses: tuple[str, ...]


class Inspector:
    """Asks the Graph API at ``url``, version included."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/")
        self.answered_at: datetime | None = None
        """The newest answer's time by Meta's clock."""

    async def token(self, token: str) -> Token:
        """What a token is good for. Raises :class:`NotInspected`."""
        data = (await self._get("debug_token", token, input_token=token)).get("data")
        if not isinstance(data, dict):
            raise NotInspected("an answer without data")
        granular = data.get("granular_scopes") or []
        return Token(
            valid=data.get("is_valid") is True,
            expires_at=data.get("expires_at") or None,
            permissions=frozenset(map(str, data.get("scopes") or ())),
            businesses=tuple(
                dict.fromkeys(
                    str(target)
                    for scope in granular
                    if isinstance(scope, dict) and scope.get("scope") in _BUSINESS
                    for target in scope.get("target_ids") or ()
                )
            ),
        )

    async def subscriptions(self, node: str, token: str) -> list[frozenset[str]]:
        """The apps that a page or a WhatsApp business account tells what happens, each with the fields it
        is told; WhatsApp's names none. Raises :class:`NotInspected`."""
        apps = (await self._get(f"{node}/subscribed_apps", token)).get("data")
        if not isinstance(apps, list):
            raise NotInspected("an answer without data")
        return [
            frozenset(map(str, app.get("subscribed_fields") or ())) for app in apps if isinstance(app, dict)
        ]

    async def _get(self, path: str, token: str, **parameters: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self._session.get(
                f"{self._url}/{path}", params=parameters, headers=headers, timeout=_PATIENCE
            ) as answer:
                if date := answer.headers.get("Date"):
                    self.answered_at = parsedate_to_datetime(date)
                body = orjson.loads(await answer.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NotInspected(type(error).__name__) from None
        if not isinstance(body, dict):
            raise NotInspected("an answer that is no object")
        if answer.status != 200:
            code = body.get("error", {}).get("code") if isinstance(body.get("error"), dict) else None
            raise NotInspected(f"HTTP {answer.status}, code {code}")
        return body
