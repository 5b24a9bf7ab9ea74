"""Slices of one run: the service, and each baseline while service and stand-ins stand still."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import Final
from uuid import uuid4

import asyncpg

from bench import load
from bench.backlog import Mark, backlog, seen_in_sessions, until_caught_up, until_logged, until_nothing_owed
from bench.figures import quantile, ratio
from bench.load import Customers, Outcome
from bench.ramp import Trial
from bench.rig import APP_SECRET, Rig, create_database, no_op_server
from bench.stock import Writers, chats_on

SINGLE: Final = "CREATE TABLE single (id uuid PRIMARY KEY, body bytea NOT NULL)"
INSERT: Final = "INSERT INTO single (id, body) VALUES ($1, $2)"

FASTEST: Final = 25_000
"""Requests a second that the first slice has enough of; one that runs out ends early and is still right."""

SPARE: Final = 1.5
"""How many more requests a slice has than the one before it took."""

PATIENCE: Final = 120.0
"""Seconds for the service to catch up after a slice, at most."""


@dataclass(slots=True)
class Slices:
    """Measures one slice at a time and keeps the samples, by name."""

    rig: Rig
    no_op_port: int
    stock: Writers
    single: asyncpg.Connection
    customers: Customers
    lone_people: Customers
    connections: int
    samples: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    violations: list[str] = field(default_factory=list)
    fastest: float = FASTEST

    def median(self, name: str) -> float:
        """Of the samples with this name; 0 where there is none."""
        return median(self.samples[name]) if self.samples[name] else 0.0

    def _add(self, name: str, outcome: Outcome) -> None:
        self.samples[name].append(outcome.rate)
        self.samples[f"{name} p50"].append(outcome.quantile(0.5) * 1e3)
        self.samples[f"{name} p99"].append(outcome.quantile(0.99) * 1e3)

    def _compare(self, what: str, outcome: Outcome, logged: int) -> None:
        if outcome.failed:
            self.violations.append(f"{what}: {outcome.failed} requests were not acknowledged")
        if logged != outcome.acknowledged:
            self.violations.append(f"{what}: {outcome.acknowledged} acknowledged, {logged} in the log")

    async def meet(self, people: Customers) -> None:
        """Everybody writes once, so that whoever writes later is known."""
        outcome = await load.run(
            self.rig.port, iter(people.write(people.count)), connections=16, seconds=PATIENCE
        )
        if outcome.acknowledged != people.count:
            raise RuntimeError(f"{outcome.acknowledged} of {people.count} first messages were acknowledged")
        await until_caught_up(self.rig, PATIENCE)

    # A lone message, a lone commit

    async def lone_message(self, seconds: float) -> float:
        """p50, in seconds, of one message at a time over one connection, while nothing else goes on."""
        await until_nothing_owed(self.rig, PATIENCE)
        requests = self.lone_people.write(int(self.fastest * seconds))
        outcome = await load.run(self.rig.port, iter(requests), connections=1, seconds=seconds)
        await until_caught_up(self.rig, PATIENCE)
        self._add("lone message", outcome)
        return outcome.quantile(0.5)

    async def lone_commit(self, seconds: float) -> float:
        """p50, in seconds, of one row inserted and committed at a time over one connection."""
        body, taken = self.lone_people.write(1)[0], []
        with self.rig.held():
            until = time.perf_counter() + seconds
            while (began := time.perf_counter()) < until:
                await self.single.execute(INSERT, uuid4(), body)
                taken.append(time.perf_counter() - began)
        self.samples["lone commit p50"].append(quantile(taken, 0.5) * 1e3)
        return quantile(taken, 0.5)

    # Full speed

    async def no_op(self, seconds: float) -> float:
        """Requests a second of the server that does nothing."""
        source = itertools.cycle(Customers(1_000, APP_SECRET, "noop").write(1_000))
        with self.rig.held():
            outcome = await load.run(self.no_op_port, source, connections=self.connections, seconds=seconds)
        self._add("no-op", outcome)
        self.samples["generator"].append(ratio(outcome.acknowledged, outcome.cpu))
        return outcome.rate

    async def stock_saves(self, seconds: float) -> float:
        """Messages a second of the stock application."""
        with self.rig.held():
            saved, took = await asyncio.to_thread(self.stock.run, seconds)
        self.samples["stock"].append(saved / took)
        return saved / took

    async def acknowledgements(self, seconds: float) -> float:
        """Acknowledgements a second of the service; what they leave behind is worked off afterwards."""
        requests = self.customers.write(int(self.fastest * seconds))
        mark, spent, began = await Mark.now(self.rig.database), self.rig.cpu(), time.perf_counter()
        outcome = await load.run(self.rig.port, iter(requests), connections=self.connections, seconds=seconds)
        _, logged = await mark.since(self.rig.database)
        self.samples["logged meanwhile"].append(logged / (time.perf_counter() - began))
        self._cores(spent, outcome)
        await until_logged(self.rig, PATIENCE)
        self.samples["logged"].append(outcome.acknowledged / (time.perf_counter() - began))
        await until_caught_up(self.rig, PATIENCE)
        _, logged = await mark.since(self.rig.database)
        self._compare("a slice at full speed", outcome, logged)
        self._add("service", outcome)
        self.fastest = SPARE * outcome.rate
        return outcome.rate

    def _cores(self, before: dict[str, float], outcome: Outcome) -> None:
        """Who had how much of the machine; ``others`` are not of this benchmark."""
        cores = {name: (spent - before[name]) / outcome.seconds for name, spent in self.rig.cpu().items()}
        cores["load generator"] = outcome.cpu / outcome.seconds
        everybody = cores.pop("machine")
        cores["others"] = max(0.0, everybody - sum(cores.values()))
        for name, share in cores.items():
            self.samples[f"cores: {name}"].append(share)

    # A steady rate

    async def trial(self, rate: float, seconds: float) -> Trial:
        """Hold a rate, then compare what was acknowledged with what is in the log and in the session view."""
        rig = self.rig
        requests = self.customers.write(int(rate * seconds * 1.05) + self.connections)
        seen, mark = await seen_in_sessions(rig), await Mark.now(rig.database)
        outcome = await load.run(
            rig.port, iter(requests), connections=self.connections, seconds=seconds, rate=rate
        )
        left = await backlog(rig)
        events, _ = await mark.since(rig.database)
        await until_caught_up(rig, PATIENCE)
        _, logged = await mark.since(rig.database)
        self._compare(f"{rate:.0f} a second", outcome, logged)
        self.samples[f"trial {rate:.0f} p50"].append(outcome.quantile(0.5) * 1e3)
        self.samples[f"trial {rate:.0f} p99"].append(outcome.quantile(0.99) * 1e3)
        return Trial(
            rate=rate,
            seconds=outcome.seconds,
            acknowledged=outcome.acknowledged,
            failed=outcome.failed,
            inbox=left.inbox,
            lag=left.lag,
            events=events,
            logged=logged,
            seen=await seen_in_sessions(rig) - seen,
        )


@asynccontextmanager
async def slices(running: Rig, *, senders: int, lone_people: int, connections: int) -> AsyncIterator[Slices]:
    """The baselines beside a service: a no-op server, and databases of their own on the same PostgreSQL."""
    single = await asyncpg.connect(await create_database(running.admin_url, "single"))
    try:
        await single.execute(SINGLE)
        chats = await asyncio.to_thread(chats_on, await create_database(running.admin_url, "stock"))
        try:
            async with no_op_server(running) as no_op_port:
                yield Slices(
                    rig=running,
                    no_op_port=no_op_port,
                    stock=Writers(chats, [f"49151{n:08d}" for n in range(senders)], load.TEXT),
                    single=single,
                    customers=Customers(senders, APP_SECRET, "a"),
                    lone_people=Customers(lone_people, APP_SECRET, "lone", first=senders),
                    connections=connections,
                )
        finally:
            await asyncio.to_thread(chats.close)
    finally:
        await single.close()
