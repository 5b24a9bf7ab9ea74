"""Ids of the stream: a position for every partition, in one word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.vectors import Vector, read_vector

POSITIONS = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=70)


@given(POSITIONS)
def test_a_word_is_read_as_what_was_written(positions: list[int]) -> None:
    vector = read_vector(str(Vector(positions)), len(positions))
    assert list(vector.positions.values()) == positions


@given(POSITIONS, st.data())
def test_moving_gives_the_word_of_where_it_is_now(positions: list[int], data: st.DataObject) -> None:
    vector = Vector(positions)
    partition = data.draw(st.integers(0, len(positions) - 1))
    positions[partition] = data.draw(st.integers(0, 2**63 - 1))
    vector.move(partition, positions[partition])
    assert str(vector) == str(Vector(positions))


@given(st.text(max_size=80) | st.from_regex("[A-Za-z0-9_-]{0,80}", fullmatch=True))
def test_no_other_word_is_taken(word: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_vector(word, 64)


def test_a_word_of_another_number_of_partitions_is_not_taken() -> None:
    with pytest.raises(ValueError, match="another log"):
        read_vector(str(Vector([1] * 32)), 64)


def test_a_word_is_short() -> None:
    assert len(str(Vector([1_000_000] * 64))) < 300
