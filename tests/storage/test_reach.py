"""Most looks into the inbox begin where the one before found something, and no row is missed for good."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from service.storage.ids import earlier, ordered_id
from service.storage.inbox import InboxRow
from service.storage.reach import BEGINNING, MARGIN, QUICK, RARITY, Reach
from tests.storage.streams import NOW

TOOK = 2 * QUICK
"""Seconds of a look."""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def made(seconds: float) -> UUID:
    """An id as it is made so many seconds after some beginning."""
    return UUID(int=(1_700_000_000_000 + round(seconds * 1_000)) << 80 | ordered_id().int & (1 << 64) - 1)


def row(seconds: float, partition: int = 0, conversation_id: UUID | None = None) -> InboxRow:
    return InboxRow(partition, made(seconds), conversation_id or uuid4(), "message", NOW, b"{}")


class Box:
    """An inbox in memory, looked into as the intake does."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.reach = Reach(self.clock)
        self.rows: list[InboxRow] = []

    def look(
        self, passing_over: Collection[UUID] = (), limit: int = 100, took: float = TOOK
    ) -> list[InboxRow]:
        past = self.reach.begin([0, 1], passing_over)
        self.clock.now += took
        found = [
            row
            for partition, since in past.items()
            for row in sorted(
                r
                for r in self.rows
                if r.partition == partition and r.id > since and r.conversation_id not in passing_over
            )[:limit]
        ]
        self.reach.saw(found, passing_over)
        return found

    def whole(self) -> bool:
        """Whether the next look is one from the beginning."""
        return set(self.reach.begin([0, 1], ()).values()) == {BEGINNING}


def test_the_first_look_is_from_the_beginning_and_the_next_from_what_it_found() -> None:
    box = Box()
    box.rows = [row(10), row(11)]
    assert box.look() == box.rows
    assert box.reach.begin([0, 1], ()) == {0: earlier(box.rows[0].id, MARGIN), 1: BEGINNING}


def test_a_look_from_the_beginning_takes_a_fiftieth_of_the_time_at_most() -> None:
    box = Box()
    box.look()
    box.rows = [row(10)]
    box.look()
    box.clock.now += RARITY * TOOK - 2 * TOOK
    assert box.reach.begin([0], ()) != {0: BEGINNING}
    box.clock.now += 2 * TOOK
    assert box.whole()


def test_as_long_as_looks_are_quick_all_of_them_are_from_the_beginning() -> None:
    box = Box()
    for _ in range(3):
        box.rows = [row(100)]
        box.look(took=QUICK / 2)
        assert box.whole()


def test_a_row_that_was_made_before_others_and_committed_after_them_is_found_at_once() -> None:
    box = Box()
    box.rows = [row(100)]
    box.look()
    box.rows = [late := row(100 - MARGIN / 2)]
    assert box.look() == [late]


def test_a_row_from_further_back_is_found_by_the_next_look_from_the_beginning() -> None:
    box = Box()
    box.rows = [row(100)]
    box.look()
    box.rows = [late := row(10)]
    assert box.look() == []
    box.clock.now += RARITY * TOOK
    assert box.look() == [late]


def test_the_rows_of_who_waited_for_a_thread_are_found_at_once_when_it_is_there() -> None:
    box = Box()
    newcomer = uuid4()
    box.rows = [waiting := row(10, conversation_id=newcomer), row(10.5)]
    assert box.look() == box.rows
    for second in range(20, 80, 10):
        box.rows = [waiting, row(second)]
        assert box.look([newcomer]) == box.rows[1:]
    assert box.look() == box.rows


def test_an_id_that_is_earlier_is_smaller_than_every_one_of_that_time() -> None:
    assert made(5) < earlier(made(10), 4.9) < made(5.2)
    assert earlier(BEGINNING, MARGIN) == BEGINNING


@given(
    st.lists(
        st.tuples(
            st.floats(0, 100),
            st.integers(0, 1),
            st.integers(0, 4),
            st.booleans(),
            st.floats(0, 2 * RARITY * TOOK),
        ),
        max_size=30,
    )
)
def test_whatever_comes_in_whatever_order_everything_is_taken_in_the_end(
    course: list[tuple[float, int, int, bool, float]],
) -> None:
    box, people = Box(), [uuid4() for _ in range(5)]
    held: set[UUID] = set()
    for seconds, partition, person, holding, passes in course:
        box.rows.append(row(seconds, partition, people[person]))
        taken = box.look(held, limit=2)
        held ^= {people[person]} if holding else set()
        box.rows = [r for r in box.rows if r not in taken or r.conversation_id in held]
        box.clock.now += passes
    for _ in range(len(course)):
        box.clock.now += RARITY * TOOK
        taken = box.look(limit=2)
        box.rows = [r for r in box.rows if r not in taken]
    assert box.rows == []
