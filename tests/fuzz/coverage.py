"""``python -m tests.fuzz.coverage TARGET CORPUS [libFuzzer options]``: one target, led by coverage.

A process of its own for each target, because libFuzzer ends the one that it runs in.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["domain", "projections", "service", "tomllib", "json"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until an option of libFuzzer's says stop, or something is found."""
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
