"""The command line as a whole: what it can, and that a command waits for nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from service.cli import COMMANDS

UNNEEDED = ("openai", "service.web.server", "service.app")


def run(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True).stdout


def test_help_tells_what_each_command_is_for() -> None:
    lines = run("-m", "service", "--help").splitlines()
    for name in COMMANDS:
        told = next(line for line in lines if line.strip("│ ").split(" ")[0] == name)
        assert len(told.strip("│ ").split()) > 2, told


@pytest.mark.parametrize(
    "module", ["look", "timeline", "search", "projections", "rebuilding", "access", "erasing"]
)
def test_a_command_that_looks_imports_neither_the_web_server_nor_the_provider(module: str) -> None:
    said = run("-c", f"import sys, service.commands.{module}; print(*sys.modules, sep=chr(10))").split()
    assert [name for name in UNNEEDED if name in said] == []
