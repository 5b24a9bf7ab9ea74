"""The Graph API's refusals, as it words and numbers them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
https://developers.facebook.com/docs/messenger-platform/error-codes
"""

from __future__ import annotations

from typing import Any

from service.sandbox.faults import Refuse
from service.sandbox.meta.updates import Channel

_HREF = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"


class GraphError(Exception):
    """A refusal: ``title`` without the leading code, and for WhatsApp the ``details`` that tell most.

    ``late`` marks those which WhatsApp may also report by a ``failed`` status after it said yes.
    """

    def __init__(
        self,
        status: int,
        code: int,
        title: str,
        *,
        subcode: int | None = None,
        details: str | None = None,
        transient: bool = False,
        late: bool = False,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.code = code
        self.title = title
        self.subcode = subcode
        self.details = details
        self.transient = transient
        self.late = late

    def body(self, trace_id: str) -> dict[str, Any]:
        """The answer to the request that met it."""
        error: dict[str, Any] = {
            "message": self.title if self.code in (1, 2, 190, 2500) else f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
        }
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        if self.details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        if self.transient:
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": trace_id}}

    def in_status(self) -> dict[str, Any]:
        """The entry of ``errors`` in a ``failed`` status."""
        return {
            "code": self.code,
            "title": self.title,
            "message": self.title,
            "error_data": {"details": self.details or self.title},
            "href": _HREF,
        }


def token_refused() -> GraphError:
    return GraphError(401, 190, "Invalid OAuth access token - Cannot parse access token")


def token_expired() -> GraphError:
    return GraphError(401, 190, "Error validating access token: Session has expired.", subcode=463)


def invalid(channel: Channel, what: str) -> GraphError:
    """A parameter is missing or wrong; ``what`` says which and why."""
    return GraphError(400, 100, what, details=what if channel == "whatsapp" else None)


def no_such_object(account_id: str) -> GraphError:
    title = (
        f"Unsupported post request. Object with ID '{account_id}' does not exist, cannot be loaded due to"
        " missing permissions, or does not support this operation"
    )
    return GraphError(400, 100, title, subcode=33)


def unknown_path(path: str) -> GraphError:
    return GraphError(400, 2500, f"Unknown path components: {path}")


def unsupported_type() -> GraphError:
    return GraphError(
        400, 131051, "Message type is not currently supported", details="Unsupported message type"
    )


def window_closed(channel: Channel) -> GraphError:
    """More than 24 hours since the person last did something."""
    if channel == "whatsapp":
        details = (
            "Message failed to send because more than 24 hours have passed since the customer last replied"
            " to this number."
        )
        return GraphError(400, 131047, "Re-engagement message", details=details, late=True)
    title = "This message is sent outside of allowed window."
    return GraphError(400, 10, title, subcode=2018278)


def nobody(channel: Channel) -> GraphError:
    """The account knows no such person."""
    if channel == "whatsapp":
        return GraphError(400, 131026, "Message undeliverable", details="Message Undeliverable.", late=True)
    return GraphError(400, 100, "No matching user found", subcode=2018001)


def unavailable(channel: Channel) -> GraphError:
    """The person has blocked the account, or has left."""
    if channel == "whatsapp":
        return nobody(channel)
    return GraphError(400, 551, "This person isn't available right now.", subcode=1545041)


def pair_rate() -> GraphError:
    details = (
        "Message failed to send because there were too many messages sent from this phone number to the"
        " same phone number in a short period of time."
    )
    return GraphError(
        429, 131056, "(Business Account, Consumer Account) pair rate limit hit", details=details
    )


def throughput(channel: Channel) -> GraphError:
    if channel == "whatsapp":
        details = (
            "Message failed to send because there were too many messages sent from this phone number in a"
            " short period of time."
        )
        return GraphError(429, 130429, "Rate limit hit", details=details)
    return GraphError(429, 613, "Calls to this api have exceeded the rate limit.")


def temporary() -> GraphError:
    title = "An unexpected error has occurred. Please retry your request later."
    return GraphError(500, 2, title, transient=True)


def _effect(error: GraphError) -> Refuse:
    return Refuse(error.status, error.body("ASandboxFault"))


PRESETS: dict[str, Refuse] = {
    "token_expired": _effect(token_expired()),
    "temporary": _effect(temporary()),
    "whatsapp_window_closed": _effect(window_closed("whatsapp")),
    "whatsapp_undeliverable": _effect(nobody("whatsapp")),
    "whatsapp_pair_rate": _effect(pair_rate()),
    "whatsapp_throughput": _effect(throughput("whatsapp")),
    "messenger_window_closed": _effect(window_closed("messenger")),
    "messenger_unavailable": _effect(unavailable("messenger")),
    "messenger_throughput": _effect(throughput("messenger")),
}
"""Refusals that a fault rule may name as its effect."""
