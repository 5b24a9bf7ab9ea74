"""The command line: ``onethread COMMAND``. Help is the commands' own docstrings."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import NoReturn

import asyncpg
from cyclopts import App, CycloptsError
from rich.console import Console

from projections import views
from service.commands import (
    access,
    analytics,
    copies,
    erasing,
    export,
    ingest,
    look,
    projections,
    rebuilding,
    search,
    serving,
    tending,
    timeline,
)
from service.settings import SettingsError
from service.storage.database import Unavailable
from service.storage.migrate import MigrationError
from service.storage.vault import VaultError

FAILED = 1
MISUSED = 2

app = App(
    name="onethread",
    help="An event-sourced conversation service: one sender, one thread, for ever.",
    version=version("onethread"),
)
app.command(serving.serve)
app.command(serving.sandbox)
app.command(serving.migrate)
app.command(ingest.ingest)
app.command(export.export)
app.command(look.sessions)
app.command(timeline.timeline)
app.command(search.search)
app.command(look.quarantine)
app.command(analytics.analytics)
app.command(erasing.erase)
app.command(copies.backup)
app.command(copies.restore)
app.command(copies.certificates)
app.command(rebuilding.rebuild)
app.command(projections.app)
app.command(access.app)
app.command(access.audit)
app.command(tending.doctor)


def main() -> NoReturn:
    """Run the command of this process; exit status 0, 1 (it failed) or 2 (misuse)."""
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
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
