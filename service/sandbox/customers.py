"""People who write to businesses: who they are, what they say, and how they behave. All by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from service.sandbox import scripts
from service.sandbox.meta.speech import (
    AnyContent,
    Button,
    Edit,
    Image,
    Location,
    NumberChange,
    Reaction,
    Speaker,
    Text,
    update,
)
from service.sandbox.meta.updates import Account, Update, message_id

Trait = Literal["patient", "impatient", "returning", "expressive", "username_only", "changes_number"]
TRAITS: tuple[Trait, ...] = get_args(Trait)
"""
* ``patient``: waits for each answer, then goes on
* ``impatient``: two to five short messages within a second, then waits
* ``returning``: asks something that is dated days ago, and comes back to it now
* ``expressive``: images, places, buttons, reactions, corrections
* ``username_only``: on WhatsApp, shows a business-scoped user id in place of a number
* ``changes_number``: on WhatsApp, has a new number halfway
"""

ACCOUNTS: tuple[Account, ...] = (
    Account(channel="whatsapp", account_id="106540352242922", name="Harbour Bikes"),
    Account(channel="messenger", account_id="1134713619900975", name="Harbour Bikes"),
    Account(channel="instagram", account_id="17841400008460056", name="Harbour Bikes"),
    Account(
        channel="whatsapp",
        account_id="209114835562013",
        name="Café Lindenhof",
        business_id="215589313241560883",
        display_number="493012345678",
    ),
    Account(channel="messenger", account_id="404217156637689", name="Café Lindenhof"),
)
"""The businesses that the demonstration's customers write to."""

_COUNTRY_CODES = (("49", "DE"), ("44", "GB"), ("34", "ES"), ("33", "FR"), ("55", "BR"), ("90", "TR"))


@dataclass(frozen=True, slots=True)
class Line:
    """What a customer does next: after ``pause`` seconds (None: when it is their turn), as if it had been
    ``days_ago``. Where ``waits``, they go on when it has been answered.
    """

    content: AnyContent
    waits: bool = False
    pause: float | None = None
    days_ago: float = 0.0


@dataclass(slots=True)
class Customer:
    """A person with habits. The same seed gives the same person, who says the same."""

    speaker: Speaker
    traits: frozenset[Trait]
    seed: str
    said: list[str] = field(default_factory=list)
    """Ids of the last messages, newest last."""
    last_answer: str | None = None
    """Id of the last answer, to react to."""
    _chance: random.Random = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def say(self, content: AnyContent | str, *, at: float) -> Update:
        """Exactly what Meta posts when they do this ``at`` an instant, in epoch seconds.

        The message id follows from the seed, the instant, and how much they have said before. Raises
        :class:`~service.sandbox.meta.speech.CannotSayError` where the channel has no such thing.
        """
        account = self.speaker.account
        said = update(
            self.speaker,
            Text(content) if isinstance(content, str) else content,
            message_id=message_id(account.channel, self.seed, account.account_id, self._count, at),
            at=at,
        )
        self._count += 1
        if isinstance(content, NumberChange):
            self.speaker = self.speaker.renumbered(content.number)
        if isinstance(content, str | Text | Image):
            self.said = [*self.said, said.message_id or ""][-20:]
        return said

    def script(self) -> Iterator[Line]:
        """One visit. Lines are made up as they are asked for, so that they can refer to what was said."""
        if "impatient" in self.traits:
            yield from self._burst()
        elif "returning" in self.traits:
            yield from self._return()
        elif "expressive" in self.traits:
            yield from self._express()
        else:
            yield from self._converse(new_number="changes_number" in self.traits)

    def _converse(self, *, new_number: bool) -> Iterator[Line]:
        first, *others = self._filled(self._chance.choice(scripts.CONVERSATIONS))
        yield Line(Text(first), waits=True)
        if new_number and self.speaker.number is not None:
            yield Line(NumberChange(_number(self._chance, self.speaker.number[:2])))
        for text in others:
            yield Line(Text(text), waits=True)

    def _burst(self) -> Iterator[Line]:
        *fragments, last = self._filled(self._chance.choice(scripts.BURSTS))
        pause = None
        for fragment in fragments:
            yield Line(Text(fragment), pause=pause)
            pause = self._chance.uniform(0.02, 0.2)
        yield Line(Text(last), waits=True, pause=pause)
        yield Line(Text(self._chance.choice(scripts.IMPATIENT_ENDS)), waits=True)

    def _return(self) -> Iterator[Line]:
        earlier, now = self._filled(self._chance.choice(scripts.RETURNS))
        yield Line(Text(earlier), days_ago=self._chance.uniform(2, 9))
        yield Line(Text(now), waits=True)

    def _express(self) -> Iterator[Line]:
        first, second, *_ = self._filled(self._chance.choice(scripts.CONVERSATIONS))
        yield Line(Text(first), waits=True)
        if self.last_answer is not None:
            yield Line(Reaction(self.last_answer, self._chance.choice(scripts.EMOJI)))
        yield Line(Image(self._chance.choice(scripts.CAPTIONS)), waits=True)
        if self.speaker.account.channel != "instagram":
            yield Line(Location(*self._chance.choice(scripts.PLACES)), waits=True)
        yield Line(Text(second, reply_to=self.last_answer), waits=True)
        yield Line(Edit(self.said[-1], second + " ☺"))
        yield Line(Button(*self._chance.choice(scripts.BUTTONS)), waits=True)

    def _filled(self, lines: Sequence[str]) -> list[str]:
        order = f"#{self._chance.randrange(10_000, 99_999)}"
        return [line.replace("{order}", order) for line in lines]


def people(
    seed: int,
    *,
    accounts: Sequence[Account] = ACCOUNTS,
    traits: Callable[[int], Collection[Trait]] | None = None,
) -> Iterator[Customer]:
    """Customers without end, spread over the accounts. ``traits`` gives those of the n-th; without it
    they are mixed, patient ones being the most.
    """
    number = 0
    while True:
        name = f"{seed}/{number}"
        account = accounts[number % len(accounts)]
        chance = random.Random(name)
        chosen = frozenset(traits(number) if traits else _mixed(chance, account))
        yield Customer(_speaker(chance, account, username_only="username_only" in chosen), chosen, name)
        number += 1


def _mixed(chance: random.Random, account: Account) -> set[Trait]:
    manner: Trait = chance.choices(("patient", "impatient", "returning", "expressive"), (5, 2, 1, 2))[0]
    identity: set[Trait] = set()
    if account.channel == "whatsapp" and chance.random() < 0.25:
        identity = {chance.choice(("username_only", "changes_number"))}
    return {manner, *identity}


def _speaker(chance: random.Random, account: Account, *, username_only: bool) -> Speaker:
    first, last = chance.choice(scripts.FIRST_NAMES), chance.choice(scripts.LAST_NAMES)
    name = f"{first} {last}"
    if account.channel != "whatsapp":
        return Speaker(account=account, sender_id=str(chance.randrange(10**15, 10**16)), name=name)
    code, country = chance.choice(_COUNTRY_CODES)
    number, user_id = _number(chance, code), f"{country}.{chance.randrange(10**19, 10**20)}"
    if username_only:
        username = f"{first}.{last}".lower().replace(" ", "").replace("'", "")
        return Speaker(account=account, sender_id=user_id, user_id=user_id, username=username, name=name)
    return Speaker(account=account, sender_id=number, user_id=user_id, name=name)


def _number(chance: random.Random, code: str) -> str:
    return f"{code}1{chance.randrange(10**9, 10**10)}"
