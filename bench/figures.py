"""What a benchmark found: figures, ratios against their goals, and how they are shown."""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Literal

import psutil
from rich.console import Console
from rich.table import Table

Sense = Literal["at least", "at most"]


def quantile(values: Iterable[float], share: float) -> float:
    """The smallest value that at least ``share`` of the values do not exceed (nearest rank); 0 of nothing."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def windowed_quantile(
    moments: Sequence[float], values: Sequence[float], share: float, *, begin: float, end: float, width: float
) -> float:
    """The median, over full windows of ``width`` from ``begin`` to ``end``, of each window's quantile.

    One stall of the machine spoils one window, not the figure. Windows without a value do not count; 0
    where there is none at all.
    """
    windows: list[list[float]] = [[] for _ in range(int((end - begin) / width))]
    for moment, value in zip(moments, values, strict=True):
        place = math.floor((moment - begin) / width)
        if 0 <= place < len(windows):
            windows[place].append(value)
    found = [quantile(window, share) for window in windows if window]
    return median(found) if found else 0.0


@dataclass(frozen=True, slots=True)
class Ratio:
    """A measured ratio and the goal it is held against."""

    name: str
    value: float
    sense: Sense
    goal: float

    @property
    def met(self) -> bool:
        """Whether the goal is reached; a ratio of nothing measured (0) never is."""
        if not self.value > 0:
            return False
        return self.value >= self.goal if self.sense == "at least" else self.value <= self.goal


@dataclass(slots=True)
class Result:
    """Everything one benchmark found. ``figures`` are printed in order, ``notes`` are what a reader must know
    to judge them, ``violations`` are promises that were broken, both in words."""

    benchmark: str
    quick: bool
    machine: dict[str, str]
    figures: dict[str, float] = field(default_factory=dict)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        ratios = [{**asdict(ratio), "met": ratio.met} for ratio in self.ratios]
        return {**asdict(self), "ratios": ratios}


def ratio(over: float, under: float) -> float:
    """``over / under``; 0, which meets no goal, where there is nothing to divide by."""
    return over / under if under else 0.0


def machine(folder: Path, database: Mapping[str, str]) -> dict[str, str]:
    """What the figures were measured on; ``folder`` is where the data is, ``database`` its settings."""
    memory = psutil.virtual_memory().total / 2**30
    return {
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "memory": f"{memory:.0f} GiB",
        "load before": f"{psutil.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "file system": _file_system(folder),
        **{f"postgresql {name}": value for name, value in database.items()},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )


def _file_system(folder: Path) -> str:
    """A commit on tmpfs is durable in name only, so it is told where the data was."""
    found = [part for part in psutil.disk_partitions(all=True) if folder.is_relative_to(part.mountpoint)]
    return max(found, key=lambda part: len(part.mountpoint)).fstype if found else "unknown"


def show(result: Result, console: Console) -> None:
    """Print the tables."""
    console.print(f"\n[bold]{result.benchmark}[/bold]{' (quick)' if result.quick else ''}")
    console.print("; ".join(f"{name} {value}" for name, value in result.machine.items()), style="dim")
    console.print(_figures(result.figures))
    if result.ratios:
        console.print(_ratios(result.ratios))
    for note in result.notes:
        console.print(f"[yellow]note:[/yellow] {note}")
    for violation in result.violations:
        console.print(f"[red]violated:[/red] {violation}")


def _figures(figures: Mapping[str, float]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in figures.items():
        table.add_row(name, _number(value))
    return table


def _ratios(ratios: Sequence[Ratio]) -> Table:
    table = Table("ratio", "measured", "goal", "")
    for each in ratios:
        verdict = "[green]met[/green]" if each.met else "[red]missed[/red]"
        table.add_row(each.name, f"{each.value:.2f}", f"{each.sense} {each.goal:g}", verdict)
    return table


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:,.2f}"
