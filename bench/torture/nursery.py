"""Starts service processes quickly, each with a clock that can be put wrong.

``python -m bench.torture.nursery`` imports everything once, then forks a service for every line of JSON on
its standard input (``{"environment": {…}, "log": path, "offset": path}``), and says on its standard output
``started PID`` and, when one ends, ``ended PID STATUS``. The services are what ``onethread serve
--share-port`` is, but for the clock they are given: the file ``offset`` holds the seconds that it is wrong
by; SIGUSR1 has it read again.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import uvloop

from service import serve
from service.opening import database_url
from service.secrets import load_secrets, sandboxed
from service.settings import load_config_file, load_settings
from service.telemetry import configure_logging


class WrongClock:
    """The time, and so many seconds more or less."""

    def __init__(self, offset: Path) -> None:
        self._file = offset
        self.read()

    def read(self) -> None:
        """Take the offset that the file holds now."""
        self._offset = timedelta(seconds=float(self._file.read_text()))

    def __call__(self) -> datetime:
        """The instant it shows."""
        return datetime.now(UTC) + self._offset


async def _serve(clock: WrongClock) -> None:
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, clock.read)
    settings, config = load_settings(), load_config_file()
    secrets = load_secrets(settings, config, sandboxed(settings))
    async with database_url(settings) as url:
        await serve.run_process(settings, config, secrets, url, share_port=True, clock=clock)


def _be_a_service(order: dict[str, Any]) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # until somebody listens
        output = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nowhere, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.environ.clear()
        os.environ.update(order["environment"])
        configure_logging("json")
        uvloop.run(_serve(WrongClock(Path(order["offset"]))))
        status = 0
    except BaseException:  # noqa: BLE001 # it is the end of the process, which must not go on as the nursery
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _bury() -> None:
    """Tell of all that have ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")


def main() -> None:
    """Fork until standard input ends; then end, and the services after us by their own watch."""
    waiting = b""
    while True:
        if select.select([0], [], [], 0.05)[0]:
            data = os.read(0, 65536)
            if not data:
                return
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                order = json.loads(line)
                order["environment"][serve.PARENT] = str(os.getpid())
                pid = os.fork()
                if pid == 0:
                    _be_a_service(order)
                _say(f"started {pid}")
        _bury()


if __name__ == "__main__":
    main()
