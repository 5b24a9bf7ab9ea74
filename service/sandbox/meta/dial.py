"""How Meta misbehaves: the dial of the stand-in's own habits, as probabilities from 0 to 1."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Probability = Annotated[float, msgspec.Meta(ge=0, le=1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]


class Dial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything off, it is Meta on a good day. What goes wrong at the Send API itself (refusals,
    hanging, resets) is turned by fault rules instead.
    """

    duplicates: Probability = 0.0
    """A delivery is posted a second time, beside the first attempt or after its acknowledgement."""
    reordering: Probability = 0.0
    """A delivery waits until a later one for the same person has been posted, a second at most."""
    batches: Probability = 0.0
    """An update waits up to ``batch_wait`` for others of whichever person, ``batch_size`` at most."""
    batch_size: Annotated[int, msgspec.Meta(ge=2, le=1000)] = 20
    batch_wait: Seconds = 0.05
    late: Probability = 0.0
    """The first attempt is lost on the way, and the delivery arrives ``hold_back`` seconds late."""
    hold_back: Seconds = 30.0
    bad_signatures: Probability = 0.0
    """A copy with a wrong signature comes first. It must be refused with 401, and is not retried."""

    early_statuses: Probability = 0.0
    """The receipts of a send are posted before the send itself is answered."""
    no_receipts: Probability = 0.0
    no_echo: Probability = 0.0
    read_without_delivered: Probability = 0.0
    late_failures: Probability = 0.0
    """WhatsApp accepts what it cannot deliver, and says so by a ``failed`` status."""
    receipt_pause: Seconds = 0.02
    """Between one receipt of a send and the next."""

    strangers: bool = False
    """Sends to people who never wrote through the sandbox are accepted, their window taken as open."""
    pair_rate: bool = False
    """Hold WhatsApp sends to one person to a burst of 45, then one each 6 s."""
    throughput: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Sends per second and account; WhatsApp's own figure is 80, Messenger's 300."""

    def turned(self, changes: Any) -> Dial:
        """The dial with some settings changed. Raises ``msgspec.ValidationError`` that names the bad one."""
        if not isinstance(changes, dict):
            raise msgspec.ValidationError("Expected `object`")
        return msgspec.convert({**msgspec.to_builtins(self), **changes}, Dial)
