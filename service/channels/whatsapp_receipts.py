"""What became of messages that were sent on WhatsApp.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
"""

from __future__ import annotations

from typing import Any

from domain.inbound import Receipt
from service.channels.delivery import Ignored
from service.channels.pieces import Outcome
from service.channels.whatsapp_people import People
from service.channels.wire import Object, UnreadableError, identifier, instant, record, records, text, whole

_PRICING = ("billable", "pricing_model", "type", "category")
_PARTICIPANT = ("recipient_participant_id", "participant_recipient_id", "recipient_participant_user_id")
_PARENTS = ("recipient_parent_user_id", "parent_recipient_user_id", "recipient_participant_parent_user_id")


def read_status(people: People, _value: Object, status: Object, _path: str) -> Outcome:
    """One status, about the person whom the message was for: any of their ids may be missing.

    In a group that is the participant; the group itself is nobody.
    """
    state, message_id = text(status.get("status")), identifier(status.get("id"))
    if state is None or message_id is None:
        raise UnreadableError("names no status" if state is None else "names no message")
    parent = next(filter(None, (identifier(status.get(key)) for key in _PARENTS)), None)
    about = people.find(_recipients(status), parent)
    if about is None:
        return Ignored(
            channel="whatsapp",
            account_id=people.account_id,
            field="statuses",
            reason="names no person whom the message was for",
            payload=status,
        )
    error = next(iter(records(status.get("errors"))), {})
    return Receipt(
        **about,
        status=state,
        occurred_at=instant(status.get("timestamp"), people.received_at),
        message_ids=(message_id,),
        reference=text(status.get("biz_opaque_callback_data")),
        error_code=whole(error.get("code")),
        error_title=text(error.get("title")) or text(error.get("message")),
        details=_details(status),
    )


def _recipients(status: Object) -> list[Any]:
    to_group = status.get("recipient_type") == "group"
    recipients = [] if to_group else [status.get("recipient_id"), status.get("recipient_user_id")]
    return recipients + [status.get(key) for key in _PARTICIPANT]


def _details(status: Object) -> Object | None:
    """Price and kind of conversation, field by field, so that nothing personal can slip in.

    Statuses of groups have the price inside the conversation.
    """
    conversation = record(status.get("conversation"))
    pricing = record(status.get("pricing")) or record(conversation.get("pricing"))
    bits = {
        "pricing": {key: pricing[key] for key in _PRICING if _is_plain(pricing.get(key))},
        "conversation": {
            key: value
            for key, value in (
                ("id", conversation.get("id")),
                ("origin", record(conversation.get("origin")).get("type")),
                ("expires", conversation.get("expiration_timestamp")),
            )
            if _is_plain(value)
        },
    }
    return {name: fields for name, fields in bits.items() if fields} or None


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float)
