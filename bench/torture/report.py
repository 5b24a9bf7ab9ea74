"""The figures of rounds, and what they add up to."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bench.processes import ROOT
from bench.torture.course import Result

KNOBS: Final = (
    "kills", "others", "messages", "handled", "erased", "longest", "rest", "people", "rate", "singles",
)  # fmt: skip
"""What two rounds must have in common to be of one run."""

ADD_UP: Final = (
    "acknowledged", "messages", "duplicates", "conversations", "events", "drafts", "sends", "threads",
    "rebound", "recovered_sends", "possible_orphans", "handovers", "written", "erased", "rebuilds", "asked",
)  # fmt: skip

Line = dict[str, Any]


def commit() -> str:
    """What was run: the commit, with a plus where files differ from it; empty where git does not say."""
    told = []
    for arguments in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        told.append(done.stdout.strip() if done.returncode == 0 else "")
    return told[0] + ("+" if told[1] else "")


def line(result: Result, *, commit: str, profile: Line, began: float) -> Line:
    """A round as JSON values."""
    figures = asdict(result.report)
    violations = [str(violation) for violation in result.report.violations]
    del figures["violations"]
    return {
        "seed": result.seed,
        "commit": commit,
        "began": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        "profile": profile,
        "seconds": round(result.seconds, 1),
        "resting": round(result.resting, 1),
        "kills": dict(result.struck.kills),
        "others": dict(result.struck.others),
        "skipped": result.struck.skipped,
        "met": result.met,
        **figures,
        "violations": violations,
    }


def read(file: Path | None) -> list[Line]:
    """The rounds that a file has; none where there is no file."""
    if file is None or not file.exists():
        return []
    return [json.loads(text) for text in file.read_text().splitlines()]


def add(file: Path | None, one: Line) -> None:
    """Add a round to a file."""
    if file is not None:
        with file.open("a") as output:
            output.write(json.dumps(one) + "\n")


def total(rounds: Sequence[Line]) -> Line:
    """What rounds add up to, with the seeds and commits that they were of."""
    return {
        "rounds": len(rounds),
        "seeds": [one["seed"] for one in rounds],
        "commits": sorted({one["commit"] for one in rounds}),
        "machines": sorted({one["machine"] for one in rounds}),
        "seconds": round(sum(one["seconds"] for one in rounds), 1),
        "resting": round(sum(one["resting"] for one in rounds), 1),
        **{name: sum(one[name] for one in rounds) for name in ADD_UP},
        "kills": _sums([one["kills"] for one in rounds]),
        "others": _sums([one["others"] for one in rounds]),
        "met": _sums([one["met"] for one in rounds]),
        "skipped": {name: reason for one in rounds for name, reason in one["skipped"].items()},
        "violations": [violation for one in rounds for violation in one["violations"]],
    }


def _sums(counts: Sequence[dict[str, int]]) -> dict[str, int]:
    together: Counter[str] = Counter()
    for count in counts:
        together.update(count)
    return dict(sorted(together.items(), key=lambda entry: -entry[1]))


def in_a_line(one: Line) -> str:
    """A round for whoever waits."""
    kills, others = sum(one["kills"].values()), sum(one["others"].values())
    return (
        f"seed {one['seed']}: {kills} kills, {others} other faults, {one['acknowledged']:,} acknowledged in "
        f"{one['seconds']:.0f} s, at rest after {one['resting']:.0f} s, {len(one['violations'])} violations"
    )


def text(found: Line) -> str:
    """The whole for people."""
    rate = found["acknowledged"] / found["seconds"] if found["seconds"] else 0.0
    lines = [
        f"{found['rounds']} rounds, seeds {_listed(found['seeds'])}, commit {_listed(found['commits'])}",
        f"on {_listed(found['machines'])}",
        f"{found['seconds']:,.0f} s of load and faults, {rate:,.0f} messages acknowledged a second",
        f"{found['resting']:,.0f} s of coming to rest",
        "",
        f"{sum(found['kills'].values()):>9,}  kills",
        *_table(found["kills"]),
        f"{sum(found['others'].values()):>9,}  other faults",
        *_table(found["others"]),
        *(f"{'skipped':>9}  {name}: {reason}" for name, reason in found["skipped"].items()),
        "",
        *(f"{count:>9,}  {name}" for name, count in _figures(found).items()),
        "",
        f"{len(found['violations']):>9,}  violations",
        *(f"           {violation}" for violation in found["violations"]),
    ]
    return "\n".join(lines)


def _figures(found: Line) -> dict[str, int]:
    return {
        "messages acknowledged": found["acknowledged"],
        "messages in the log": found["messages"],
        "copies recognised": found["duplicates"],
        "events in the log": found["events"],
        "conversations": found["conversations"],
        "replies drafted": found["drafts"],
        "sends that Meta accepted": found["sends"],
        "taken over by a person": found["handovers"],
        "messages of a person": found["written"],
        "people erased": found["erased"],
        "read models rebuilt": found["rebuilds"],
        "requests of people of the business": found["asked"],
        "threads at OpenAI": found["threads"],
        "threads rebound": found["rebound"],
        "possible orphans, on record": found["possible_orphans"],
    }


def _table(counts: dict[str, int]) -> list[str]:
    return [f"{count:>9,}    {name}" for name, count in counts.items()]


def _listed(values: Sequence[object]) -> str:
    return ", ".join(map(str, values))
