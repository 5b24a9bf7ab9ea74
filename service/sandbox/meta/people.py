"""Whom the stand-in knows: people, by what they said, and the accounts they said it to."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from service.sandbox.meta.changes import Changes
from service.sandbox.meta.ledger import Send
from service.sandbox.meta.updates import Account, Channel, Update

WINDOW_SECONDS = 24 * 3600
"""How long after the person's last action a business may answer."""

HUMAN_AGENT_SECONDS = 7 * 24 * 3600
"""The same for a human's answer on Messenger, tagged HUMAN_AGENT."""


@dataclass(slots=True, eq=False)
class Person:
    """A person as one account sees them. ``answers`` are what reached them, ``answered`` how many ever;
    ``changes`` tells of each.
    """

    account: Account
    ids: list[str]
    last_said_at: float = float("-inf")
    reachable: bool = True
    answers: deque[Send] = field(default_factory=deque)
    answered: int = 0
    changes: Changes = field(default_factory=Changes)

    @property
    def stranger(self) -> bool:
        """Never heard of but as the recipient of a send."""
        return self.last_said_at == float("-inf")

    def window_open(self, now: float, seconds: float = WINDOW_SECONDS) -> bool:
        return now - self.last_said_at <= seconds

    def receive(self, send: Send) -> None:
        self.answers.append(send)
        self.answered += 1
        self.changes.notify()


class People:
    """Learns from every update that a person makes. Keeps ``history`` people and message ids (None:
    all), and forgets first those who have been silent for longest.
    """

    def __init__(self, history: int | None) -> None:
        self._history = history
        self._accounts: dict[str, Account] = {}
        self._by_id: dict[tuple[str, str], Person] = {}
        self._order: OrderedDict[Person, None] = OrderedDict()
        self._messages: OrderedDict[tuple[str, str], Person] = OrderedDict()

    def register(self, account: Account) -> Account:
        """Make an account known; the later of two with the same id counts."""
        self._accounts[account.account_id] = account
        return account

    def account(self, account_id: str) -> Account | None:
        return self._accounts.get(account_id)

    def account_for(self, account_id: str, channel: Channel) -> Account:
        """The registered account, or a new one of that channel."""
        known = self._accounts.get(account_id)
        return known or self.register(Account(channel=channel, account_id=account_id))

    def find(self, account_id: str, person_id: str) -> Person | None:
        return self._by_id.get((account_id, person_id))

    def author(self, account_id: str, message_id: str) -> Person | None:
        """Who sent the account this message."""
        return self._messages.get((account_id, message_id))

    def heard(self, update: Update) -> Person:
        """Take note of something a person did: their ids, and when it was. It opens the window."""
        account = self.register(update.account)
        person = self.meet(account, update.person)
        person.last_said_at = max(person.last_said_at, update.at)
        if update.message_id is not None:
            self._messages[account.account_id, update.message_id] = person
        if update.former_id is not None:
            person.ids.remove(update.former_id)
            del self._by_id[account.account_id, update.former_id]
        self._forget()
        return person

    def meet(self, account: Account, ids: tuple[str, ...]) -> Person:
        """The person with one of these ids, who goes by all of them from now on; else a new one."""
        known = (self._by_id.get((account.account_id, one)) for one in ids)
        person = next((found for found in known if found is not None), None)
        if person is None:
            person = Person(account, list(ids), answers=deque(maxlen=self._history))
        person.ids = [*ids, *(one for one in person.ids if one not in ids)]
        for one in ids:
            self._by_id[account.account_id, one] = person
        self._order[person] = None
        self._order.move_to_end(person)
        return person

    def _forget(self) -> None:
        if self._history is None:
            return
        while len(self._messages) > self._history:
            self._messages.popitem(last=False)
        while len(self._order) > self._history:
            person, _ = self._order.popitem(last=False)
            for one in person.ids:
                self._by_id.pop((person.account.account_id, one), None)
