"""How commands show: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from typing import Any, Final

import orjson
from rich import box
from rich.console import Console
from rich.table import Table

WIDE: Final = 10_000
"""Columns where there is no terminal: a file, or the next program, does not want lines that are broken."""

FAILED: Final = 1
"""Exit status of a command that was asked rightly and did not do it."""

lines: Final = Console(highlight=False, soft_wrap=True)
"""Sentences for people, which the terminal wraps."""

errors: Final = Console(stderr=True, highlight=False, soft_wrap=True)
"""The same where the answer goes elsewhere, or there is none."""

console: Final = Console(highlight=False)
"""Tables for people."""

if not console.is_terminal:
    console.width = WIDE


def table(first: str, *others: str) -> Table:
    """A table whose first column is never cut, since it is what one copies."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column(first, no_wrap=True)
    for name in others:
        made.add_column(name, overflow="ellipsis", no_wrap=True)
    return made


def print_json(value: Any) -> None:
    """One line for programs, instants in UTC."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_UTC_Z, default=str).decode() + "\n")
