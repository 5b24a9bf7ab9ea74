"""The command line: ``onethread COMMAND``. Help is the commands' own docstrings."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Final, NoReturn

import asyncpg
from cyclopts import App, CycloptsError
from rich.console import Console

from projections import views
from service.settings import SettingsError
from service.storage.database import Unavailable
from service.storage.migrate import MigrationError
from service.storage.vault import VaultError

FAILED = 1
MISUSED = 2

COMMANDS: Final = {
    "serve": "serving:serve",
    "sandbox": "serving:sandbox",
    "migrate": "serving:migrate",
    "ingest": "ingest:ingest",
    "export": "export:export",
    "sessions": "look:sessions",
    "timeline": "timeline:timeline",
    "search": "search:search",
    "quarantine": "look:quarantine",
    "analytics": "analytics:analytics",
    "erase": "erasing:erase",
    "backup": "copies:backup",
    "restore": "copies:restore",
    "certificates": "copies:certificates",
    "rebuild": "rebuilding:rebuild",
    "projections": "projections:app",
    "tokens": "access:app",
    "audit": "access:audit",
    "doctor": "tending:doctor",
}
"""Where each is: imported only when it is called, so that none waits for what the others need."""

app = App(
    name="onethread",
    help="An event-sourced conversation service: one sender, one thread, for ever.",
    version=version("onethread"),
)
for name, command in COMMANDS.items():
    app.command(f"service.commands.{command}", name=name)


def main() -> NoReturn:
    """Run the command of this process; exit status 0, 1 (it failed) or 2 (misuse)."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    if sys.argv[1:] in ([], ["--help"], ["-h"]):  # tells what each is for
        for name in COMMANDS:
            app[name]
    try:
        outcome = app(exit_on_error=False, print_error=False)
    except CycloptsError as error:
        errors.print(str(error), markup=False)
        sys.exit(MISUSED)
    except SettingsError as error:
        errors.print(str(error), markup=False)
        sys.exit(MISUSED)
    except views.NoSuchView as error:
        errors.print(str(error), markup=False)
        sys.exit(MISUSED)
    except asyncpg.UndefinedTableError:
        errors.print("the view was dropped while it was read; onethread projections lists those there are")
        sys.exit(FAILED)
    except (Unavailable, MigrationError, VaultError, OSError) as error:
        errors.print(f"{type(error).__name__}: {error}", markup=False)
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(outcome if isinstance(outcome, int) else 0)
