"""``python -m bench [NAME|all] …``, the names as below; without one, all of them, quickly."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import uvloop
from rich.console import Console

from bench import conversation, ingest, lag, outage, query, rebuild, soak, stream
from bench.figures import Result, show

BENCHMARKS: Final = {
    "ingest": ingest,
    "conversation": conversation,
    "outage": outage,
    "rebuild": rebuild,
    "query": query,
    "lag": lag,
    "soak": soak,
    "stream": stream,
}


def main(given: Sequence[str] | None = None) -> int:
    """Measure and print. The status is 0 even where a goal is missed; 1 where something was lost, doubled
    or refused that must not be."""
    words = list(sys.argv[1:] if given is None else given)
    if not any(word in {*BENCHMARKS, "all", "-h", "--help"} for word in words):
        words = ["all", "--quick", *words]
    arguments = _parser().parse_args(words)
    names = list(BENCHMARKS) if arguments.benchmark == "all" else [arguments.benchmark]
    results = []
    for name in names:
        results.append(_run(name, arguments))
        if not arguments.json:
            show(results[-1], Console(highlight=False))
    if arguments.json:
        print(json.dumps([result.as_json() for result in results], indent=2))
    return 1 if any(result.violations for result in results) else 0


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--quick", action="store_true", help="less than a minute each; not to be quoted")
    shared.add_argument("--json", action="store_true", help="JSON in place of tables")
    shared.add_argument("--folder", type=Path, help="below which the data goes (the temporary folder)")
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the speed of Onethread.")
    commands = parser.add_subparsers(dest="benchmark", required=True)
    commands.add_parser("all", parents=[shared], help="every benchmark with its defaults")
    for name, module in BENCHMARKS.items():
        said = (module.__doc__ or "").splitlines()[0]
        command = commands.add_parser(name, parents=[shared], help=said, description=said)
        for option in dataclasses.fields(module.Options):
            if "help" in option.metadata:
                command.add_argument(
                    f"--{option.name}",
                    type=option.metadata.get("type", type(option.default)),
                    choices=option.metadata.get("choices"),
                    help=f"{option.metadata['help']} ({option.default}; quick: "
                    f"{getattr(module.QUICK, option.name)})",
                )
    return parser


def _run(name: str, arguments: argparse.Namespace) -> Result:
    module = BENCHMARKS[name]
    names = {option.name for option in dataclasses.fields(module.Options)} - {"quick"}
    changes: dict[str, Any] = {
        option: value for option, value in vars(arguments).items() if option in names and value is not None
    }
    preset = module.QUICK if arguments.quick else module.Options()
    began = time.monotonic()

    def say(line: str) -> None:
        print(f"{name} {time.monotonic() - began:5.0f} s  {line}", file=sys.stderr, flush=True)

    result: Result = uvloop.run(module.measure(dataclasses.replace(preset, **changes), say))
    return result


if __name__ == "__main__":
    sys.exit(main())
