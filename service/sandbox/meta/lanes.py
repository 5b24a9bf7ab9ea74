"""Keeps what is posted about one person in the order in which it happened, unless told otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable, Iterable


class Turn:
    """The place of one delivery in the lanes of the people it is about."""

    def __init__(self, before: Iterable[Turn]) -> None:
        self._before = tuple(before)
        self.passed = asyncio.Event()
        self.followed = asyncio.Event()
        self.follower: Turn | None = None
        for turn in self._before:
            turn.follower = turn.follower or self
            turn.followed.set()

    async def come(self) -> None:
        """Wait until every earlier delivery has passed."""
        for turn in self._before:
            await turn.passed.wait()
        self._before = ()

    def pass_on(self) -> None:
        """Let the next one go, whether or not this one has gone."""
        self.passed.set()

    async def overtaken(self) -> None:
        """Wait until a later delivery has passed."""
        await self.followed.wait()
        if self.follower is not None:
            await self.follower.passed.wait()


class Lanes:
    """One lane for each person. A delivery about several stands in all of their lanes."""

    def __init__(self) -> None:
        self._last: dict[Hashable, Turn] = {}

    def queue(self, lanes: Iterable[Hashable]) -> Turn:
        keys = list(dict.fromkeys(lanes))
        turn = Turn(dict.fromkeys(self._last[key] for key in keys if key in self._last))
        self._last.update(dict.fromkeys(keys, turn))
        return turn

    def leave(self, turn: Turn, lanes: Iterable[Hashable]) -> None:
        turn.pass_on()
        for lane in lanes:
            if self._last.get(lane) is turn:
                del self._last[lane]
