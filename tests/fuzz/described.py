"""The description of the HTTP surface held against a running service, by schemathesis."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz.population import populate
from tests.fuzz.served import Served
from tests.web.conftest import APP_SECRET, TOKEN

INSTEAD: Final = {
    "positive_data_acceptance": "what_is_well_formed_is_taken",
    "negative_data_rejection": "what_is_malformed_is_refused",
}
"""Checks of schemathesis that one of ours includes."""

NEVER_ENDS: Final = "/api/v1/stream"
"""Answers until the reader leaves: ``test_described.py`` reads its first words."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many requests were made up, how many different faults they found, and what was printed."""

    cases: int
    failures: int
    report: str


def compare(there: Served, *, seed: int, examples: int, seconds: int | None = None) -> Outcome:
    """Fill the service, then ask everything that the description says, and what it says is refused."""
    ids = [one for found in there.run(populate(there)).values() for one in found]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.described_checks",
        "ONETHREAD_FUZZ_IDS": json.dumps(ids),
        "ONETHREAD_FUZZ_SECRET": APP_SECRET,
        "NO_COLOR": "1",
        "COLUMNS": "110",
    }
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{there.url}/openapi.json",
        "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all",
        "--exclude-checks", ",".join(INSTEAD), "--exclude-path", NEVER_ENDS,
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(examples), "--seed", str(seed),
        "--request-timeout", "20", "--continue-on-failure", "--warnings", "off",
        "--generation-database", "none",
        *(() if seconds is None else ("--max-time", str(seconds))),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        env=environment,
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    cases = re.search(r"(\d+) generated", done.stdout)
    found = re.search(r"found (\d+) unique failures", done.stdout)
    failures = int(found[1]) if found else int(done.returncode != 0)
    return Outcome(int(cases[1]) if cases else 0, failures, done.stdout)
