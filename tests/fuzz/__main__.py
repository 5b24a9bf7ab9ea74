"""``python -m tests.fuzz [NAME …]``: bad input for as long as it is given; exit status 1 where any was found.

Readers are led by coverage where atheris is installed (Linux on x86-64, CPython before 3.14), else by seeded
mutations of what is well formed. What is found is kept in ``.fuzz/found``.
"""

from __future__ import annotations

import argparse
import re
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Any, Final

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.storage.embedded import EmbeddedPostgres
from tests.fuzz import described
from tests.fuzz.deliveries import any_body, balances, odd_deliveries, written
from tests.fuzz.findings import FINDINGS
from tests.fuzz.mutations import mutated
from tests.fuzz.seeds import SEEDS
from tests.fuzz.served import Served, served
from tests.fuzz.targets import TARGETS

KEPT: Final = Path(".fuzz")
ROUND: Final = 200
"""Cases between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of one target. ``report`` tells what was found."""

    cases: int
    found: int
    report: str = ""


def led_by_coverage(name: str, seconds: int, seed: int) -> Tally:
    """A reader in a process of its own, under libFuzzer."""
    corpus, found = KEPT / "corpus" / name, KEPT / "found" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate((*SEEDS[name], *FINDINGS.get(name, {}).values())):
        (corpus / f"seed-{number}").write_bytes(data)
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.fuzz.coverage", name, str(corpus), f"-max_total_time={seconds}",
            f"-seed={seed}", f"-artifact_prefix={found}/", "-timeout=10", "-rss_limit_mb=2048",
            "-max_len=65536", "-print_final_stats=1",
        ],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    cases = re.search(r"number_of_executed_units:\s*(\d+)", said)
    return Tally(int(cases[1]) if cases else 0, int(done.returncode != 0), said[-4_000:])


def by_mutation(
    strategy: st.SearchStrategy[Any], holds: Callable[[Any], None], seconds: int, seed: int
) -> Tally:
    """Seeded rounds until the time is up or something is found, which comes out as small as it gets."""
    ends, cases, round_ = monotonic() + seconds, 0, 0

    def counted(case: Any) -> None:
        nonlocal cases
        cases += 1
        holds(case)

    while monotonic() < ends:
        quietly = settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        try:
            hypothesis.seed(seed + round_)(quietly(given(strategy)(counted)))()
        except Exception:  # noqa: BLE001 # whatever it is, it is what was looked for
            return Tally(cases, 1, traceback.format_exc())
        round_ += 1
    return Tally(cases, 0)


def reader(name: str, seconds: int, seed: int) -> Tally:
    """One reader of other people's bytes."""
    if find_spec("atheris"):
        return led_by_coverage(name, seconds, seed)
    return by_mutation(mutated(SEEDS[name]), TARGETS[name], seconds, seed)


def deliveries(there: Served, seconds: int, seed: int) -> Tally:
    """Signed nonsense over HTTP, and the account of it."""
    bodies = st.lists(any_body() | odd_deliveries().map(written), min_size=1, max_size=8)
    return by_mutation(bodies, partial(balances, there), seconds, seed)


def description(there: Served, seconds: int, seed: int) -> Tally:
    """The description of the HTTP surface against what is answered."""
    outcome = described.compare(there, seed=seed, examples=50, seconds=seconds)
    defects = there.defects()
    return Tally(outcome.cases, outcome.failures + len(defects), "\n".join([outcome.report, *defects]))


SERVED: Final[dict[str, Callable[[Served, int, int], Tally]]] = {
    "deliveries": deliveries,
    "described": description,
}
"""What needs a running service."""


def with_service(name: str, seconds: int, seed: int) -> Tally:
    """One of those that need it, on a service and a database of their own."""
    with tempfile.TemporaryDirectory(prefix="onethread-fuzz-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "data")
        try:
            Path(folder).chmod(0o755)  # PostgreSQL may run as somebody else
            with served(postgres.start(), Path(folder)) as there:
                return SERVED[name](there, seconds, seed)
        finally:
            postgres.stop()


def main(given: Sequence[str] | None = None) -> int:
    """Fuzz, and print what came of it."""
    names = [*TARGETS, *SERVED]
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Bad input at length.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or some of: {', '.join(names)}")
    parser.add_argument("--seconds", type=int, default=600, help="altogether, shared out evenly (600)")
    parser.add_argument("--seed", type=int, default=1, help="of everything that is drawn (1)")
    asked = parser.parse_args(given)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of what stops the servers
    if unknown := set(asked.names) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are: {', '.join(names)}")
    chosen = asked.names or names
    each = max(1, asked.seconds // len(chosen))
    print(f"{'target':<20}{'cases':>12}{'found':>8}{'seed':>12}", flush=True)
    found = 0
    for name in chosen:
        tally = (with_service if name in SERVED else reader)(name, each, asked.seed)
        found += tally.found
        print(f"{name:<20}{tally.cases:>12,}{tally.found:>8}{asked.seed:>12}", flush=True)
        if tally.found or not tally.cases:
            print(tally.report, flush=True)
            found += not tally.cases
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
