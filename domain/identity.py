"""Who a conversation is with, and which slice of the log holds it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

Channel = Literal["messenger", "instagram", "whatsapp"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)

_SPELLINGS: Final = (
    (re.compile(r"55(\d\d)9([6-9]\d{7})", re.ASCII), "55{}{}"),
    (re.compile(r"55(\d\d)([6-9]\d{7})", re.ASCII), "55{}9{}"),
    (re.compile(r"521(\d{10})", re.ASCII), "52{}"),
    (re.compile(r"52(\d{10})", re.ASCII), "521{}"),
    (re.compile(r"549(\d{10})", re.ASCII), "54{}"),
    (re.compile(r"54(\d{10})", re.ASCII), "549{}"),
)
"""Mobile numbers of two spellings, and the other one."""

NAMESPACE = uuid5(NAMESPACE_URL, "https://onethread.dev/conversation")
"""Frozen for ever: every conversation id ever stored was derived from it."""

DEFAULT_PARTITIONS = 64
"""How many slices a new database is cut into; fixed once it is made."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A person on a channel, as one business account sees them.

    ``account_id`` is the page id, the Instagram account id or WhatsApp's ``phone_number_id``.
    """

    channel: Channel
    account_id: str
    sender_id: str

    @property
    def conversation_id(self) -> UUID:
        """The id of the conversation with this identity, were it the first one seen."""
        return _conversation_id(f"{self.channel}:{self.account_id}:{self.sender_id}")

    @property
    def spellings(self) -> tuple[Sender, ...]:
        """The same person under the other spelling of a WhatsApp number, where there is one: with and without
        Brazil's ninth digit, Mexico's 1 and Argentina's 9, of which the channel uses now one, now the other.
        https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers
        """
        if self.channel != "whatsapp":
            return ()
        return tuple(
            self.known_as(put.format(*found.groups()))
            for pattern, put in _SPELLINGS
            if (found := pattern.fullmatch(self.sender_id))
        )

    def known_as(self, sender_id: str) -> Sender:
        """The same person on the same account under another id."""
        return Sender(self.channel, self.account_id, sender_id)


@lru_cache(maxsize=50_000)
def _conversation_id(address: str) -> UUID:
    return uuid5(NAMESPACE, address)


def afresh(drawn: UUID) -> UUID:
    """The id of the conversation that begins when the person of an erased one writes again: drawn at random,
    so that it tells nothing of the sender or of the erased one.

    It is told apart from ids that senders give by its version: 8, made by a rule of our own (RFC 9562).
    """
    value = drawn.int & ~(0xF << 76 | 0x3 << 62)
    return UUID(int=value | 0x8 << 76 | 0x2 << 62)


def begins_afresh(conversation_id: UUID) -> bool:
    """Whether an id was made by :func:`afresh`."""
    return conversation_id.version == 8


def partition_of(conversation_id: UUID, partitions: int) -> int:
    """The slice of the log that holds a conversation: stable, even, and free of any table."""
    return int.from_bytes(conversation_id.bytes[:4]) % partitions
