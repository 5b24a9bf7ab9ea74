"""What the stand-in says of tokens and subscriptions: ``debug_token`` and ``subscribed_apps``.

https://developers.facebook.com/docs/graph-api/reference/debug_token
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PERMISSIONS = (
    "pages_messaging",
    "pages_manage_metadata",
    "instagram_basic",
    "instagram_manage_messages",
    "whatsapp_business_management",
    "whatsapp_business_messaging",
)
FIELDS = (
    "messages",
    "messaging_postbacks",
    "message_deliveries",
    "message_reads",
    "message_echoes",
    "message_reactions",
)
BUSINESS = "102290129340398"


@dataclass(slots=True)
class Registration:
    """What is registered at Meta, to be changed by whoever plays a mistake: the ``permissions`` of every
    token, the ``fields`` that pages are subscribed to, whether an app is ``subscribed`` at all, and
    ``expires_at`` (epoch seconds; 0: never)."""

    permissions: tuple[str, ...] = PERMISSIONS
    fields: tuple[str, ...] = FIELDS
    subscribed: bool = True
    expires_at: int = 0
    businesses: tuple[str, ...] = field(default=(BUSINESS,))

    def of_token(self, *, valid: bool) -> dict[str, Any]:
        """The answer of ``debug_token``."""
        if not valid:
            error = {"code": 190, "message": "The access token could not be decrypted"}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        return {
            "data": {
                "app_id": "1", "type": "SYSTEM_USER", "application": "sandbox", "is_valid": True,
                "expires_at": self.expires_at, "data_access_expires_at": 0, "scopes": list(self.permissions),
                "granular_scopes": [
                    {"scope": scope, "target_ids": list(self.businesses)}
                    for scope in self.permissions if scope.startswith("whatsapp_")
                ],
            }
        }  # fmt: skip

    def of_node(self, node: str) -> dict[str, Any]:
        """The answer of ``subscribed_apps``: a page's names fields, a WhatsApp business account's none."""
        if not self.subscribed:
            return {"data": []}
        if node in self.businesses:
            return {"data": [{"whatsapp_business_api_data": {"id": "1", "name": "sandbox"}}]}
        return {"data": [{"id": "1", "name": "sandbox", "subscribed_fields": list(self.fields)}]}


def bearer(request: web.Request) -> str:
    """The token of a request, wherever it has it; empty without one."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme == "Bearer" else request.query.get("access_token", "").strip()
