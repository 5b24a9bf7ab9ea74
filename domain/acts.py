"""What people of the business do in a conversation: facts as those of :mod:`domain.events`, by its rules.

``actor`` says who did it.
"""

from __future__ import annotations

from domain.fact import Fact


class HandedOver(Fact):
    """A person answers this customer from now on; the bot is silent."""

    actor: str
    reason: str | None = None


class HandedBack(Fact):
    """The bot answers this customer again."""

    actor: str
    reason: str | None = None


class CustomerLinked(Fact):
    """The conversation turned out to be of a customer we know from another."""

    customer_id: str
    actor: str
    reason: str | None = None


class CustomerUnlinked(Fact):
    """The conversation is a customer of its own again."""

    actor: str
    reason: str | None = None


class ConversationErased(Fact):
    """The person was forgotten: the conversation's key is destroyed. This is the certificate."""

    actor: str
    certificate_id: str
    reason: str | None = None
