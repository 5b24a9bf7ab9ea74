"""Kinds of numbers: what each is of sums of facts, and which facts it counts.

A number says both: its value is computed from sums, and :meth:`Number.counted` names the facts behind it, so
that whoever asks why is shown what was counted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, ClassVar, Final, Protocol


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many facts there are of each size, smallest first; of all how many, and their amounts' sum."""

    n: int
    amount: int
    sizes: Sequence[int]
    counts: Sequence[int]


NO_SIZES: Final = Sizes(0, 0, (), ())


class Sums(dict[str, dict[str, tuple[int, int]]]):
    """By measure and dim: how many facts, and the sum of their amounts. A measure that is missing is unknown.

    Those of a histogram are under no dim, and told apart in ``sizes``.
    """

    def __init__(self, tallies: Mapping[str, dict[str, tuple[int, int]]]) -> None:
        super().__init__(tallies)
        self.sizes: dict[str, Sizes] = {}

    def take(self, other: Sums) -> None:
        """Have the measures of others of the same span, too."""
        self.update(other)
        self.sizes |= other.sizes


SENDERS: Final = "senders"
RETURNING: Final = "senders_returning"
"""Not sums of facts: distinct conversations, which do not add up across intervals."""

QUARANTINED: Final = "quarantined"
IGNORED: Final = "ignored"
REFUSED: Final = "refused"
"""Not in the log: kept in tables of their own, by the time of receipt."""

PERCENTS: Final = (50, 90, 99)


@dataclass(frozen=True, slots=True)
class Counted:
    """Facts: of some measures, and of some dims or of all."""

    measures: tuple[str, ...]
    holds: Callable[[str], bool]


class Number(Protocol):
    """A number of a report. ``whole`` numbers are given for the whole range only."""

    kind: ClassVar[Any]

    @property
    def name(self) -> str: ...
    @property
    def meaning(self) -> str: ...
    @property
    def whole(self) -> bool: ...
    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure whose sums the value needs."""
        ...

    def value(self, sums: Sums) -> Any:
        """The number, None where it is not known."""
        ...

    def counted(self, key: str | None) -> Counted | None:
        """The facts behind it, or behind the part of it named by ``key``; None where it has no such."""
        ...


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts: all, or those of some dims, which are compared up to their first colon."""

    name: str
    meaning: str
    of: tuple[str, ...]
    only: tuple[str, ...] = ()
    whole: bool = False
    kind: ClassVar[Any] = int | None

    @property
    def measures(self) -> tuple[str, ...]:
        return self.of

    def holds(self, dim: str) -> bool:
        return not self.only or dim.partition(":")[0] in self.only

    def value(self, sums: Sums) -> int | None:
        if any(measure not in sums for measure in self.of):
            return None
        return sum(n for m in self.of for dim, (n, _) in sums[m].items() if self.holds(dim))

    def counted(self, key: str | None) -> Counted | None:
        return None if key is not None else Counted(self.of, self.holds)


@dataclass(frozen=True, slots=True)
class Amount:
    """The sum of the amounts of facts. Not known where there are none, though there are some of ``among``."""

    name: str
    meaning: str
    of: tuple[str, ...]
    among: tuple[str, ...] = ()
    whole: bool = False
    kind: ClassVar[Any] = int | None

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.of, *self.among)

    def value(self, sums: Sums) -> int | None:
        facts = [pair for measure in self.of for pair in sums[measure].values()]
        if not any(n for n, _ in facts) and any(n for m in self.among for n, _ in sums[m].values()):
            return None
        return sum(amount for _, amount in facts)

    def counted(self, key: str | None) -> Counted | None:
        return None if key is not None else Counted(self.of, _all)


@dataclass(frozen=True, slots=True)
class Parts:
    """A count, or a sum of amounts, told apart by the keys that are read from each dim, the largest first."""

    name: str
    meaning: str
    of: tuple[str, ...]
    keys: Callable[[str], tuple[str, ...]]
    amounts: bool = False
    whole: bool = False
    kind: ClassVar[Any] = dict[str, int] | None

    @property
    def measures(self) -> tuple[str, ...]:
        return self.of

    def value(self, sums: Sums) -> dict[str, int] | None:
        if any(measure not in sums for measure in self.of):
            return None
        parts: dict[str, int] = {}
        for measure in self.of:
            for dim, pair in sums[measure].items():
                for key in self.keys(dim):
                    parts[key] = parts.get(key, 0) + pair[self.amounts]
        return dict(sorted(parts.items(), key=lambda part: (-part[1], part[0])))

    def counted(self, key: str | None) -> Counted | None:
        return None if key is None else Counted(self.of, lambda dim: key in self.keys(dim))


@dataclass(frozen=True, slots=True)
class Ratio:
    """One number by another, not known where the other is 0. Those counted are those below the line.

    ``unless``: not known where there is any of these. ``same``: not known where the two are not of equally
    many facts, since a share is of one population.
    """

    name: str
    meaning: str
    of: Count | Amount
    by: Count | Amount
    unless: tuple[str, ...] = ()
    same: bool = False
    whole: bool = False
    kind: ClassVar[Any] = float | None

    @property
    def measures(self) -> tuple[str, ...]:
        return (*self.of.measures, *self.by.measures, *self.unless)

    def value(self, sums: Sums) -> float | None:
        above, below = self.of.value(sums), self.by.value(sums)
        if above is None or not below or any(_facts(sums, measure) for measure in self.unless):
            return None
        if self.same and sum(_facts(sums, m) for m in self.of.of) != sum(_facts(sums, m) for m in self.by.of):
            return None
        return above / below

    def counted(self, key: str | None) -> Counted | None:
        return self.by.counted(key)


@dataclass(frozen=True, slots=True)
class Percentile:
    """What a histogram says; the percentiles are by nearest rank, all null where ``count`` is 0."""

    count: int
    mean: float | None
    p50: int | None
    p90: int | None
    p99: int | None


@dataclass(frozen=True, slots=True)
class Distribution(Percentile):
    """A histogram: ``distribution`` counts by size, three significant digits of it."""

    distribution: dict[str, int]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Percentiles, mean and, for the whole range, the distribution of the dims of a measure."""

    name: str
    meaning: str
    of: str
    whole: bool = False
    kind: ClassVar[Any] = Percentile

    @property
    def measures(self) -> tuple[str, ...]:
        return (self.of,)

    def value(self, sums: Sums) -> Percentile:
        held = sums.sizes.get(self.of, NO_SIZES)
        if not held.n:
            return Percentile(0, None, None, None, None)
        upto = list(accumulate(held.counts))
        p50, p90, p99 = (held.sizes[bisect_left(upto, -(-p * held.n // 100))] for p in PERCENTS)
        return Percentile(held.n, held.amount / held.n, p50, p90, p99)

    def distribution(self, sums: Sums) -> Distribution:
        """Likewise, with the counts themselves."""
        held = sums.sizes.get(self.of, NO_SIZES)
        counts = {str(size): n for size, n in zip(held.sizes, held.counts, strict=True)}
        said = self.value(sums)
        return Distribution(said.count, said.mean, said.p50, said.p90, said.p99, counts)

    def counted(self, key: str | None) -> Counted | None:
        if key is None or key in Percentile.__slots__:
            return Counted((self.of,), _all)
        return Counted((self.of,), lambda dim: dim == key)


def total(number: Number, sums: Sums) -> Any:
    """The number of the whole range: percentiles then have their distribution beside them."""
    return number.distribution(sums) if isinstance(number, Percentiles) else number.value(sums)


def _all(_: str) -> bool:
    return True


def _facts(sums: Sums, measure: str) -> int:
    return sum(n for n, _ in sums[measure].values())


# Keys of parts


def itself(dim: str) -> tuple[str, ...]:
    """The dim."""
    return (dim,)


def code(dim: str) -> tuple[str, ...]:
    """What follows the colon of a failure."""
    head, _, tail = dim.partition(":")
    return (tail or "unknown",) if head == "failed" else ()


def channel(dim: str) -> tuple[str, ...]:
    """The channel, where dims have it before a slash."""
    return (dim.partition("/")[0],)


def past_channel(dim: str) -> tuple[str, ...]:
    """The dim itself, where a channel and a slash stand before it."""
    return (dim.partition("/")[2],)


def entry(path: str) -> tuple[str, ...]:
    """Where a journey began."""
    return (path.partition(">")[0],)


def reached(path: str) -> tuple[str, ...]:
    """Every step of a journey with its number."""
    return tuple(f"{n}:{step}" for n, step in enumerate(path.split(">"), 1))


def flows(path: str) -> tuple[str, ...]:
    """Every move of a journey from a numbered step to the next."""
    steps = path.split(">")
    return tuple(f"{n}:{a}>{b}" for n, (a, b) in enumerate(pairwise(steps), 1))


def dropped(path: str) -> tuple[str, ...]:
    """The last step of a journey with its number."""
    return (reached(path)[-1],)
