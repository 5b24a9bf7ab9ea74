"""When the next message to a person may go out: rates that the provider sets, and waits after refusals.

Per process, and in memory: several processes that share an account can go over its rate together, and
then its refusals slow each of them down.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from math import inf
from typing import Final, Generic, NamedTuple, TypeVar

from domain.identity import Channel, Sender
from service.channels.refusals import SendRefused

_Key = TypeVar("_Key")


class _Rate(NamedTuple):
    """One send every ``spacing`` seconds, of which ``burst`` may be taken at once and in advance."""

    spacing: float
    burst: int = 1


_UNLIMITED: Final = _Rate(0.0)

_PAIR_RATES: Final[dict[Channel, _Rate]] = {"whatsapp": _Rate(6.0, burst=45)}
"""https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages"""

_ACCOUNT_RATES: Final[dict[Channel, _Rate]] = {
    # the least that a number has; it is raised on its own, and a faster one is not slowed by much
    "whatsapp": _Rate(1 / 80),
    # https://developers.facebook.com/documentation/business-messaging/messenger-platform/overview/rate-limiting
    "messenger": _Rate(1 / 300),
    "instagram": _Rate(1 / 300),
}

_PAIR_BASE = 4.0
"""Meta asks for 4^X seconds after 131056, X from 0 and one more with each failure until a success."""
_ACCOUNT_BASE = 2.0
_LONGEST_STEP = 300.0
_LONGEST_PAIR_STEP = 3600.0
_LONGEST_RETRY_AFTER = 86_400.0

_TRIAL_OF_STOPPED = 60.0
_TRIAL_OF_HELD = 1.0
"""Seconds between single sends until one of them shows that the account is well again: as many as have
waited would all run into the next refusal."""

_REMEMBERED_AFTER_REFUSAL = 3600.0
_MOST_PAIRS = 50_000
_MOST_ACCOUNTS = 10_000


@dataclass(frozen=True, slots=True)
class StoppedAccount:
    """An account that sends nothing until somebody mends it. ``stopped_for`` is in seconds."""

    channel: Channel
    account_id: str
    stopped_for: float
    code: int | None
    detail: str


class _Stop(NamedTuple):
    since: float
    refusal: SendRefused


@dataclass(slots=True)
class _Gate:
    """One thing that holds sends up: its rate, and how it answered last."""

    rate: _Rate
    next_due: float = -inf
    held_until: float = -inf
    trial_until: float = -inf
    refusals: int = 0
    stop: _Stop | None = None

    def wait(self, now: float) -> float:
        due = self.next_due - (self.rate.burst - 1) * self.rate.spacing
        return max(0.0, max(due, self.held_until, self.trial_until) - now)

    def sent(self, now: float) -> None:
        self.next_due = max(self.next_due, now) + self.rate.spacing
        if self.refusals:
            self.trial_until = now + (_TRIAL_OF_STOPPED if self.stop else _TRIAL_OF_HELD)

    def refused(self, refusal: SendRefused, now: float, *, base: float, longest: float) -> None:
        if refusal.disposition == "account_stopped":
            self.stop = _Stop(self.stop.since if self.stop else now, refusal)
        if now >= self.held_until:  # else the send was under way when the first was refused
            self.refusals += 1
            step = min(base ** min(self.refusals - 1, 32), longest)
            self.held_until = now + step
        least = min(refusal.retry_after or 0.0, _LONGEST_RETRY_AFTER)
        if self.stop:
            least = max(least, _TRIAL_OF_STOPPED)
        self.held_until = max(self.held_until, now + least)

    def accepted(self, now: float) -> None:
        if now >= self.held_until:  # else the send was under way before the refusal
            self.refusals = 0
            self.stop = None
            self.trial_until = -inf

    def is_forgettable(self, now: float) -> bool:
        lasting = _REMEMBERED_AFTER_REFUSAL if self.refusals else 0.0
        return self.stop is None and max(self.next_due, self.held_until + lasting) <= now


class _Gates(Generic[_Key]):
    """Gates by key, the least recently used first. Those that hold nothing up are dropped from there, and
    past ``most`` any are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._gates: OrderedDict[_Key, _Gate] = OrderedDict()

    def __len__(self) -> int:
        return len(self._gates)

    def get(self, key: _Key) -> _Gate | None:
        return self._gates.get(key)

    def items(self) -> list[tuple[_Key, _Gate]]:
        return list(self._gates.items())

    def use(self, key: _Key, rate: _Rate, now: float) -> _Gate:
        gate = self._gates.setdefault(key, _Gate(rate))
        self._gates.move_to_end(key)
        while len(self._gates) > 1:
            oldest = next(iter(self._gates.values()))
            if len(self._gates) <= self._most and not oldest.is_forgettable(now):
                break
            self._gates.popitem(last=False)
        return gate


class Pacing:
    """Bookkeeping with no clock and no waiting of its own: ``now`` is in monotonic seconds everywhere.

    A caller asks :meth:`wait_for`; at 0 it calls :meth:`sent` and then sends, with no ``await`` between
    the two, and tells how that went with :meth:`accepted` or :meth:`refused`. An unknown outcome is not
    told: it says nothing about a limit.
    """

    def __init__(self) -> None:
        self._pairs: _Gates[Sender] = _Gates(_MOST_PAIRS)
        self._accounts: _Gates[tuple[Channel, str]] = _Gates(_MOST_ACCOUNTS)

    def __len__(self) -> int:
        """How many people and accounts are kept in mind: at most 60,000."""
        return len(self._pairs) + len(self._accounts)

    def wait_for(self, to: Sender, now: float) -> float:
        """Seconds until a send to this person is allowed; 0 for now. Asking changes nothing."""
        gates = (self._pairs.get(to), self._accounts.get((to.channel, to.account_id)))
        return max((gate.wait(now) for gate in gates if gate), default=0.0)

    def sent(self, to: Sender, now: float) -> None:
        """A send to the person starts. While its account is held up or stopped it is the one trial that
        others wait for: a second, or a minute."""
        self._pair(to, now).sent(now)
        self._account(to, now).sent(now)

    def accepted(self, to: Sender, now: float) -> None:
        """A send was taken: waits and stops that it was the trial of are over."""
        for gate in (self._pairs.get(to), self._accounts.get((to.channel, to.account_id))):
            if gate:
                gate.accepted(now)

    def refused(self, to: Sender, refusal: SendRefused, now: float) -> None:
        """A send was refused, and where that speaks of a limit or a fault, the pair or account waits.

        A pair waits 1, 4, 16, … s, an account 1, 2, 4, … s or at least what the provider asks for, up to
        a day; a stopped account gets one trial a minute. A refusal that is about the message or the
        person alone shows that the account is well.
        """
        if refusal.disposition in {"final", "window_closed"}:
            self.accepted(to, now)
        elif refusal.scope == "pair":
            self._pair(to, now).refused(refusal, now, base=_PAIR_BASE, longest=_LONGEST_PAIR_STEP)
            self._account(to, now).accepted(now)
        else:
            self._account(to, now).refused(refusal, now, base=_ACCOUNT_BASE, longest=_LONGEST_STEP)

    def stopped_accounts(self, now: float) -> list[StoppedAccount]:
        """The accounts that need somebody to look, longest stopped first."""
        stopped = [
            StoppedAccount(channel, account_id, now - stop.since, stop.refusal.code, stop.refusal.detail)
            for (channel, account_id), gate in self._accounts.items()
            if (stop := gate.stop)
        ]
        return sorted(stopped, key=lambda account: -account.stopped_for)

    def _pair(self, to: Sender, now: float) -> _Gate:
        return self._pairs.use(to, _PAIR_RATES.get(to.channel, _UNLIMITED), now)

    def _account(self, to: Sender, now: float) -> _Gate:
        return self._accounts.use((to.channel, to.account_id), _ACCOUNT_RATES[to.channel], now)
