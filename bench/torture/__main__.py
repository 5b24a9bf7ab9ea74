"""``make torture ARGS='--rounds 5 --seed 1'``: rounds that add up, on the screen, as JSON, and in a file.

Each round has a seed of its own, made of ``--seed`` and its number. With ``--results FILE`` every round that
ends is added to the file as a line of JSON, and rounds that the file has already, of the same commit and
profile, are not run again: a long run may be interrupted and gone on with. The figures are the sums.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from bench.torture import report
from bench.torture.course import Profile, torture


def main() -> None:
    """Exit status 1 where anything was violated, 2 for misuse."""
    arguments = _arguments()
    done = report.read(arguments.results)
    commit, profile = report.commit(), _profile_of(arguments)
    mine = {line["seed"]: line for line in done if (line["commit"], line["profile"]) == (commit, profile)}
    rounds = []
    for number in range(arguments.rounds):
        seed = arguments.seed * 1000 + number
        line = mine.get(seed) or uvloop.run(_round(seed, arguments, commit, profile))
        if seed not in mine:
            report.add(arguments.results, line)
        rounds.append(line)
        _say(report.in_a_line(line))
    found = report.total(rounds)
    print(json.dumps(found, indent=2) if arguments.json else report.text(found))
    sys.exit(1 if found["violations"] else 0)


async def _round(
    seed: int, arguments: argparse.Namespace, commit: str, profile: dict[str, Any]
) -> dict[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    began = time.time()
    _say(f"round with seed {seed}")
    result = await torture(Profile(seed=seed, **profile), say=_say, keep=arguments.keep)
    return report.line(result, commit=commit, profile=profile, began=began)


def _profile_of(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: getattr(arguments, name) for name in report.KNOBS}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__.splitlines()[0])
    default = Profile()
    add = parser.add_argument
    add("--seed", type=int, default=1, help="1 unless said")
    add("--rounds", type=int, default=1, help="how many, each with a seed of its own")
    add("--kills", type=int, default=default.kills, help="of a round, at least")
    add("--others", type=int, default=default.others, help="further faults of a round, at least")
    add("--messages", type=int, default=default.messages, help="acknowledged in a round, at least")
    add("--handled", type=int, default=default.handled, help="conversations handed over and back, at least")
    add("--erased", type=int, default=default.erased, help="people erased, at least")
    add(
        "--longest",
        type=float,
        default=default.longest,
        help="seconds that faults strike in a round, at most",
    )
    add("--rest", type=float, default=default.rest, help="seconds to come to rest, at most")
    add("--people", type=int, default=default.people, help="who are known at the beginning of a round")
    add("--rate", type=float, default=default.rate, help="messages a second")
    add("--singles", type=int, default=default.singles, help="service processes besides the pair")
    add("--results", type=Path, help="file of rounds, one line of JSON each, to be added to and gone on with")
    add("--keep", type=Path, help="folder for the histories and logs of all rounds")
    add("--json", action="store_true", help="print JSON")
    return parser.parse_args()


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
