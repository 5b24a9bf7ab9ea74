"""A PostgreSQL to be tortured: killed, stopped, its disk filled; and brought back each time."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from service.storage.embedded import EmbeddedPostgres

DISK_BYTES: Final = 1_200 * 1024 * 1024
"""Of the small file system. The log of a round needs a few hundred MB."""

OPTIONS: Final = ("-c", "max_wal_size=192MB", "-c", "checkpoint_timeout=60s", "-c", "max_connections=200")
WATCH_EVERY: Final = 0.1
STOPS_WITHIN: Final = 30.0


class Postgres:
    """One server in ``folder``, which is there again a moment after it is gone.

    Where the system lets us mount one, its data is on a small file system of its own, which can be filled.
    """

    def __init__(self, folder: Path) -> None:
        self._disk = folder / "disk"
        self._data = self._disk / "postgres"
        self._log = folder / "postgres.log"
        self._binary = ""
        self._user: str | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.no_small_disk = ""
        """Why the disk cannot be filled; empty where it can."""

    async def start(self) -> None:
        """Make the database and start the server."""
        self._disk.mkdir()
        self.no_small_disk = self._mount()
        embedded = EmbeddedPostgres(self._disk)
        await embedded.url()
        server = embedded._server
        assert server is not None
        self._binary, self._user = str(server.bin_path / "postgres"), server.system_user
        await asyncio.to_thread(embedded.stop)
        self._launch()
        self._keeper = asyncio.create_task(self._keep())

    def _mount(self) -> str:
        if os.geteuid() != 0:
            return "a file system of its own can be mounted by root only"
        command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(self._disk)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stderr.strip() if done.returncode else ""

    def _launch(self) -> None:
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [self._binary, "-D", str(self._data), "-h", "", "-k", str(self._data), *OPTIONS],
                cwd=self._disk,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self._user,
                group=self._user,
            )

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(WATCH_EVERY)
            if self._process is not None and self._process.poll() is not None:
                self._launch()  # ends again where backends of the last one still hold on; so does systemd's

    async def stop(self) -> None:
        """Stop it for good and give its disk back."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._process is not None:
            self.go_on()
            self._process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(self._process.wait, STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if not self.no_small_disk:
            subprocess.run(["umount", "-l", str(self._disk)], capture_output=True, check=False)
        shutil.rmtree(self._disk, ignore_errors=True)

    @property
    def socket(self) -> str:
        """Where it listens."""
        return str(self._data / ".s.PGSQL.5432")

    @property
    def url(self) -> str:
        """Its address, past every proxy."""
        return f"postgresql://postgres:@/postgres?host={self._data}"

    # What is done to it

    def kill(self, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send the postmaster a signal; False where it is not there."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.send_signal(number)
        return True

    def kill_backend(self, chance: random.Random) -> bool:
        """kill -9 one process of the server that serves a client; False where there is none."""
        serving = [child for child in self._children() if _serves_a_client(child)]
        if not serving:
            return False
        with suppress(psutil.NoSuchProcess):
            chance.choice(serving).kill()
        return True

    def hold(self) -> bool:
        """Have all of it stand still, until :meth:`go_on`; False where it is not there."""
        if not self.kill(signal.SIGSTOP):
            return False
        for child in self._children():
            with suppress(psutil.NoSuchProcess):
                child.suspend()
        return True

    def go_on(self) -> None:
        """Let it run again."""
        for child in self._children():
            with suppress(psutil.NoSuchProcess):
                child.resume()
        self.kill(signal.SIGCONT)

    def fill_disk(self) -> bool:
        """Leave no room on its disk, until :meth:`empty_disk`; False where that cannot be done."""
        if self.no_small_disk:
            return False
        room = os.statvfs(self._disk)
        with suppress(OSError), (self._disk / "ballast").open("ab") as ballast:
            os.posix_fallocate(ballast.fileno(), ballast.tell(), room.f_bavail * room.f_frsize)
        return True

    def empty_disk(self) -> None:
        """Give the room back."""
        (self._disk / "ballast").unlink(missing_ok=True)

    def _children(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        try:
            return psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess:
            return []


def _serves_a_client(child: psutil.Process) -> bool:
    """``postgres: postgres postgres [local] idle``, where the server's own helpers have no ``[local]``."""
    try:
        return "[local]" in " ".join(child.cmdline())
    except psutil.NoSuchProcess:
        return False
